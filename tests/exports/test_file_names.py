"""Names of files: nothing in somebody's name leads out of a folder, hides a file or breaks a header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselog.exports.file_names import file_name, in_ascii


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Ann Student", "Ann-Student.csv"),
        ("Zoë Müller", "Zoë-Müller.csv"),
        ("../../etc/passwd", "etc-passwd.csv"),
        ('a"; b\r\nSet-Cookie: x', "a-b-Set-Cookie-x.csv"),
        (".hidden", "hidden.csv"),
        ("con|<>?*:", "con.csv"),
        ("", "export.csv"),
        ("x" * 300, "x" * 80 + ".csv"),
    ],
)
def test_only_letters_digits_and_single_marks_stay(name: str, safe: str) -> None:
    assert file_name([name], "csv") == safe


def test_the_same_name_in_ascii() -> None:
    assert in_ascii("caselog-Zoë-Müller.csv") == "caselog-Zoe-Muller.csv"
    assert in_ascii("王芳.xlsx") == "export.xlsx"


@given(st.lists(st.text(max_size=100), max_size=3))
def test_whatever_the_name_it_is_safe(parts: list[str]) -> None:
    for name in (file_name(parts, "csv"), in_ascii(file_name(parts, "csv"))):
        assert name.endswith(".csv")
        assert not name.startswith((".", "-"))
        assert not set(name) & set("/\\\"';:\r\n\t<>|?* ")
