"""What a password must be like."""

import pytest

from caselog.domain.passwords import COMMON, PASSWORD_LEAST, PASSWORD_MOST, weakness


@pytest.mark.parametrize("password", ["seven quiet pumps", "ωμέγα πλοίο 77", "x" * 8 + "abcd", "a b c d e f g h"])
def test_a_password_of_twelve_characters_or_more_is_accepted(password: str) -> None:
    assert weakness(password, "ann@north.example") is None


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("elevenchars", "at least 12"),
        ("abcde" * 41, "at most 200"),
        ("ANN@north.example", "your e-mail"),
        ("Password1234", "anybody tries"),
        ("aaaaaaaaaaaaaaaa", "anybody tries"),
    ],
)
def test_another_one_is_refused_with_the_reason(password: str, words: str) -> None:
    assert words in (weakness(password, "ann@north.example") or "")


def test_every_common_password_would_have_been_long_enough() -> None:
    assert all(PASSWORD_LEAST <= len(word) <= PASSWORD_MOST and word == word.lower() for word in COMMON)
