"""The director's forms for rule sets and waivers: strings to commands."""

import uuid
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask

from caselog.forms.base import CaselogForm
from caselog.forms.rules import AdoptForm, StartForm, TextForm
from caselog.forms.waiver import WaiverForm
from caselog.rules import library
from caselog.services.ruleset_drafts import DraftStart
from caselog.services.waivers import WaiverDetails

SAVED = datetime(2026, 11, 21, 15, 0, 0, 1000, tzinfo=UTC)
UID = uuid.UUID("4a6d1f0e-0000-4000-8000-000000000001")
WAIVER = {
    "requirement": "abcp-pbse clinical-perfusions", "granted": "all", "reason": "Agreed.", "until": "2027-05-31",
}  # fmt: skip


@pytest.fixture(scope="module")
def bare() -> Flask:
    app = Flask("bare")
    app.config.update(SECRET_KEY="of the tests", WTF_CSRF_ENABLED=False)
    return app


def posted(bare: Flask, make: Any, data: dict[str, Any], read: Any) -> Any:
    """What `read` finds in a form that was sent with this data."""
    with bare.test_request_context(method="POST", data=data):
        form: CaselogForm = make()
        form.validate_on_submit()
        return read(form)


def errors(bare: Flask, make: Any, data: dict[str, Any]) -> set[str | None]:
    return set(posted(bare, make, data, lambda form: form.errors))


def a_waiver() -> WaiverForm:
    return WaiverForm([("abcp-pbse clinical-perfusions", "Clinical perfusions")])


def test_a_start_is_read_with_what_it_copies(bare: Flask) -> None:
    def start() -> StartForm:
        return StartForm(library.shipped())

    given = {"title": "Ours", "ruleset": "ours", "edition": "1"}
    plain = DraftStart(ruleset="ours", edition="1", title="Ours")
    assert posted(bare, start, given, lambda form: form.begun()) == plain
    copy = posted(bare, start, given | {"like": "abcp-pbse 2026-11"}, lambda form: form.begun())
    assert copy.like == ("abcp-pbse", "2026-11")
    assert errors(bare, start, {}) == {"title", "ruleset", "edition"}
    assert errors(bare, start, given | {"like": "abcp-pbse"}) == {"like"}


def test_a_text_comes_back_with_the_instant_at_which_it_was_opened(bare: Flask) -> None:
    def text() -> TextForm:
        return TextForm("old", SAVED)

    given = {"text": "id = 1\r\n\ttitle", "seen": SAVED.isoformat(), "act": "publish"}
    read = posted(bare, text, given, lambda form: (form.text.data, form.seen_at, form.act))
    assert read == ("id = 1\n\ttitle", SAVED, "publish")
    assert posted(bare, text, given | {"act": "delete"}, lambda form: form.act) == "save"
    for seen in ("", "yesterday", "2026-11-21", "2026-11-21T15:00:00", "9" * 200):
        assert errors(bare, text, given | {"seen": seen}) == {"seen"}
    with bare.test_request_context():
        form = text()
        form.send_over(SAVED.replace(hour=16))
        assert SAVED.replace(hour=16).isoformat() in form.seen()
        assert TextForm("old", SAVED).text.data == "old"


def test_an_adoption_names_a_cohort_and_a_day(bare: Flask) -> None:
    def adoption() -> AdoptForm:
        return AdoptForm([("one", "Class of 2027")], on=date(2026, 11, 21))

    given = {"cohort": "one", "on": "2026-11-02"}
    assert posted(bare, adoption, given, lambda form: (form.cohort.data, form.on.data)) == (
        "one",
        date(2026, 11, 2),
    )
    assert errors(bare, adoption, {}) == {"cohort", "on"}
    assert errors(bare, adoption, given | {"cohort": "two"}) == {"cohort"}


@pytest.mark.parametrize(
    ("changes", "minimum", "entry"),
    [
        ({}, None, None),
        ({"granted": "number", "minimum": "0"}, 0, None),
        ({"granted": "number", "minimum": "60"}, 60, None),
        ({"granted": "entry", "entry": str(UID)}, None, UID),
        ({"granted": "entry", "entry": f"https://x.example/students/{uuid.UUID(int=1)}/cases/{UID}/"}, None, UID),
    ],
)
def test_a_waiver_is_read_in_its_three_kinds(
    bare: Flask, changes: dict[str, str], minimum: int | None, entry: uuid.UUID | None
) -> None:
    assert posted(bare, a_waiver, WAIVER | changes, lambda form: form.details()) == WaiverDetails(
        ruleset="abcp-pbse", requirement="clinical-perfusions", reason="Agreed.", until=date(2027, 5, 31),
        minimum=minimum, entry_uid=entry,
    )  # fmt: skip


def test_a_number_or_an_entry_that_is_typed_but_not_chosen_waives_nothing(bare: Flask) -> None:
    assert errors(bare, a_waiver, WAIVER | {"minimum": "0"}) == {"granted"}
    assert errors(bare, a_waiver, WAIVER | {"entry": str(UID)}) == {"granted"}
    assert errors(bare, a_waiver, WAIVER | {"granted": "number", "minimum": "5", "entry": str(UID)}) == {"granted"}
    assert errors(bare, a_waiver, WAIVER | {"granted": "number"}) == {"minimum"}
    assert errors(bare, a_waiver, WAIVER | {"granted": "entry"}) == {"entry"}
    assert errors(bare, a_waiver, {}) == {"requirement", "granted", "reason", "until"}
