"""The heights that are counted beforehand are those that Typst itself would give."""

import re
import subprocess
from dataclasses import replace

import pytest

from caselog.exports import as_pdf, row_heights
from tests.exports.test_pdf import AT, PACKET

WORDS = [
    "CPB:",
    "Mitral",
    "valve,",
    "Tricuspid",
    "valve,",
    "Ascending",
    "aorta",
    "(redo),",
    "Hémiarch;",
    "AV-canal",
]
LONG = "a.long.address@of-nobody.example"


def _rows() -> tuple[tuple[str, ...], ...]:
    done = (" ".join((WORDS * 3)[n % 7 : n % 7 + n % 17]) for n in range(17))
    return tuple(
        (str(n), "2026-11-02", "Harbor", said, "primary", "adult", "90", "Pat") for n, said in enumerate(done)
    )


@pytest.mark.parametrize("paper", ["a4", "us-letter"])
def test_a_list_looks_as_if_its_heights_were_left_to_the_setting(
    paper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    packet = replace(PACKET, paper=paper, cases=replace(PACKET.cases, rows=_rows()))
    counted = row_heights.heights(as_pdf.layouts().measures(paper), packet.cases.rows)
    assert counted.count(None) < 12
    assert len(set(counted)) > 2
    known = as_pdf.pdf(packet, "application", AT)
    monkeypatch.setattr(as_pdf, "heights", lambda _measures, rows: [None for _ in rows])
    assert _places(known) == _places(as_pdf.pdf(packet, "application", AT))


def test_what_may_break_anywhere_is_left_to_the_setting() -> None:
    measures = as_pdf.layouts().measures("a4")
    wide = {"李": None, "a/" * 60: None, "soft\u00ad" * 3: None, LONG.replace("-", "."): 1, LONG: None}
    rows = [("1", "2026-11-02", "", "CABG", "primary", "adult", "90", text) for text in wide]
    one_line = round(measures.inset + measures.one, 3)
    assert row_heights.heights(measures, rows) == [lines and one_line for lines in wide.values()]


def _places(made: bytes) -> list[tuple[str, int, int]]:
    """Each word and where it stands on its page, in points."""
    read = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=made, capture_output=True, check=True)
    found = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)"[^>]*>([^<]*)<', read.stdout.decode())
    return [(word, round(float(x)), round(float(y))) for x, y, word in found]
