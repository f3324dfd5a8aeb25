"""The acts of the trail in words."""

import pytest

from caselog.domain.acts import act_words, step_words


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("case.look", "Looked at a case"),
        ("activity.look", "Looked at an activity"),
        ("account.sign_in", "Signed in"),
        ("site.change", "Change: a site"),
        ("waiver.grant", "Grant: a waiver"),
        ("log.export", "Took a whole log away as a file"),
    ],
)
def test_an_act_is_a_short_sentence(action: str, words: str) -> None:
    assert act_words(action) == words


def test_a_step_of_an_entry_needs_no_thing() -> None:
    assert step_words("case.submit") == step_words("activity.submit") == "Handed in"
    assert step_words("text.redact") == "Removed a text that could identify a patient"
