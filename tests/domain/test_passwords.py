"""What a password must be like."""

import pytest

from caselog.domain.passwords import COMMON, PASSWORD_LEAST, PASSWORD_MOST, weakness


@pytest.mark.parametrize(
    "password", ["seven quiet pumps", "ωμέγα πλοίο 77", "x" * 8 + "abcd", "a b c d e f g h", "abcde" * 40]
)
def test_a_password_of_twelve_characters_or_more_is_accepted(password: str) -> None:
    assert weakness(password, "ann@north.example") is None


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("elevenchars", "Use at least 12 characters; this has 11."),
        ("abcde" * 40 + "f", "Use at most 200 characters; this has 201."),
        (" ANN@north.example", "Use something else than your e-mail address."),
        ("Password1234", "This is one of the first passwords that anybody tries; use one of your own."),
        ("abcdabcdabcd", "This is one of the first passwords that anybody tries; use one of your own."),
    ],
)
def test_another_one_is_refused_with_the_reason(password: str, words: str) -> None:
    assert weakness(password, "Ann@north.example") == words


def test_every_common_password_would_have_been_long_enough() -> None:
    assert all(PASSWORD_LEAST <= len(word) <= PASSWORD_MOST and word == word.lower() for word in COMMON)
