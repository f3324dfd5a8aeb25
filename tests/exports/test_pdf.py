"""Packets as PDFs: readable by machines, the same bytes each time, and markup is only text."""

import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pikepdf
import pytest

from caselog.domain.packet import Asked, Packet, SetPart, Table
from caselog.exports.as_pdf import pdf

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
MARKUP = r'#read("/etc/passwd") *bold* $x^2$ <label> @ref \ `raw` = head // no [a] #{1+1}'
TABLE = Table(title="Cases", head=("No.", "Date"), rows=(("1", "2026-11-02"),), numeric=(0,))
SET = SetPart(
    title="A board", edition="2026-11", standing="not yet", about="What a board asks.",
    table=replace(TABLE, head=("Requirement", "Asked", "Verified", "Waiting", "Missing", "Stands", "Source"),
                  rows=(("Cases", "75", "1", "0", "74", "not yet", "1"),)),
    asked=(Asked(letter="A", title="Cases", standing="not yet", numbers="1 of 75", says=("75 cases.",)),),
    attach=(("Transcript", "not on file"),), sources=("A board: board.example, read 2026-11-21",),
)  # fmt: skip
PACKET = Packet(
    title="Perfusion case log", purpose="For an application", paper="a4", student="Ann Student",
    program="North Perfusion Program", is_demo=False, facts=(("Cohort", "Class of 2027"),),
    code="0123-4567", verify="https://caselog.example/verify/01234567", head=f"17:{'0f' * 32}", made="2026-11-21",
    readiness=(("A board", "not yet"),), remarks=("Dates leave by month.",), summary=("Primary on one case.",),
    breakdown=(replace(TABLE, title="By role"),), sets=(SET,), rotations=None,
    cases=Table(
        title="Cases",
        head=("No.", "Date", "Site", "What was done", "Role", "Patient, urgency", "CPB / clamp, min", "Verified by"),
        rows=(("1", "2026-11-02", "Harbor", "CPB: CABG", "primary", "adult", "90", "Pat"),) * 90,
        numeric=(0,),
    ),
    activities=None, activity_count=0,
    attestations=None, waivers=None, notes=(), signers=("Student",), statement="Mine.",
)  # fmt: skip
LAYOUTS = ("application", "program_file", "board")


def text_of(made: bytes) -> str:
    """What the pages say, as `pdftotext` reads it."""
    read = subprocess.run(["pdftotext", "-layout", "-", "-"], input=made, capture_output=True, check=True)
    return read.stdout.decode()


def tags(node: Any) -> list[str]:
    """The tags of a structure tree, from the top."""
    if isinstance(node, pikepdf.Array):
        return [tag for each in node for tag in tags(each)]
    if not isinstance(node, pikepdf.Dictionary):
        return []
    own = [str(node.S)] if "/S" in node else []
    return own + (tags(node.K) if "/K" in node else [])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_is_tagged_for_who_hears_it(layout: str) -> None:
    with pikepdf.open(BytesIO(pdf(PACKET, layout, AT))) as made:
        assert made.Root.MarkInfo.Marked
        assert str(made.Root.Lang).startswith("en")
        with made.open_metadata() as about:
            assert about["pdfuaid:part"] == "1"
            assert about["dc:title"] == "Perfusion case log: Ann Student"
        with made.open_outline() as outline:
            assert {"Summary", "Cases", "Signatures"} <= {
                entry.title for top in outline.root for entry in (top, *top.children)
            }
        found = tags(made.Root.StructTreeRoot.K)
    assert found.count("/TH") >= 8
    assert "/Figure" in found  # the QR code, which has words


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_page_says_by_what_it_can_be_checked(layout: str) -> None:
    pages = text_of(pdf(PACKET, layout, AT)).split("\f")[:-1]
    assert len(pages) >= 4
    assert all(PACKET.code in page and PACKET.head in page for page in pages)


def test_the_same_packet_at_the_same_instant_is_the_same_file() -> None:
    assert pdf(PACKET, "application", AT) == pdf(PACKET, "application", AT)
    assert pdf(PACKET, "application", AT) != pdf(replace(PACKET, code="4567-0123"), "application", AT)


def test_markup_in_names_and_notes_is_only_text() -> None:
    strange = replace(PACKET, student=MARKUP, program=MARKUP, notes=((MARKUP, MARKUP),), summary=(MARKUP,))
    said = re.sub(r"\s+", " ", text_of(pdf(strange, "program_file", AT)))
    assert said.count(MARKUP) >= 4


def test_what_no_font_has_is_named_and_never_stops_a_packet() -> None:
    said = text_of(pdf(replace(PACKET, student="李 Ann\x00\x1b 😀", verify=""), "board", AT))
    assert "‹U+674E› Ann ‹U+1F600›" in said


def test_making_one_opens_no_file_and_no_connection() -> None:
    """Where nothing more can be opened, a packet with hostile markup is made all the same."""
    code = f"""
import os, resource
from dataclasses import replace
from tests.exports.test_pdf import AT, MARKUP, PACKET
from caselog.exports.as_pdf import layouts, pdf
import _strptime, encodings.idna
layouts()
free = os.open("/dev/null", os.O_RDONLY)
os.close(free)
resource.setrlimit(resource.RLIMIT_NOFILE, (free, free))
try:
    os.open("/dev/null", os.O_RDONLY)
except OSError:
    made = pdf(replace(PACKET, student=MARKUP), "application", AT)
    print(len(made) > {10_000})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True\n", "")
