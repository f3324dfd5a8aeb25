"""The form of a learning activity: what is typed becomes an activity or a message, and stays in the form."""

import uuid
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from caselog.domain.activity import COLUMNS, LABELS, LearningActivity
from caselog.domain.fields import Fault
from caselog.forms.activity import ActivityFilterForm, ActivityForm
from caselog.services.activity_log import ActivityFilter
from caselog.services.activity_references import ActivityReferences, Supervisor
from tests.support.activities import TYPED, an_activity, typed
from tests.support.cast import Cast

UID = uuid.UUID("11111111-2222-4333-8444-555555555555")
GONE = "gone@north.example"
REFERENCES = ActivityReferences(
    {
        Cast.preceptor.email: Supervisor(Cast.preceptor.id, "Pat Preceptor", Cast.preceptor.email, active=True),
        GONE: Supervisor(uuid.uuid4(), "Gus Gone", GONE, active=False),
    }
)


@pytest.fixture
def bare() -> Flask:
    """An app without a database: forms need none."""
    app = Flask("forms")
    app.config.update(SECRET_KEY="a key for forms", WTF_CSRF_ENABLED=False)
    return app


def sent(app: Flask, data: dict[str, Any], **known: Any) -> ActivityForm:
    with app.test_request_context(method="POST", data=data):
        form = ActivityForm(REFERENCES, **known)
        form.validate_on_submit()
        return form


def test_every_column_but_the_status_is_a_field_with_its_label(bare: Flask) -> None:
    form = sent(bare, {})
    assert {name: form[name].label.text for name in COLUMNS if name != "status"} == {
        name: label for name, label in LABELS.items() if name != "status"
    }


def test_what_is_typed_is_the_activity(bare: Flask) -> None:
    form = sent(bare, typed(UID))
    assert form.errors == {}
    assert form.activity() == an_activity(UID, status="draft")
    assert form.http_status == 200


def test_nothing_typed_is_an_empty_draft_with_a_fresh_identifier(bare: Flask) -> None:
    form = sent(bare, {"title": "  "})
    assert form.errors == {}
    assert form.activity() == LearningActivity(activity_uid=str(form.uid))
    assert form.known_version == 0


def test_an_activity_that_is_changed_keeps_its_identifier(bare: Flask) -> None:
    form = sent(bare, typed(uuid.uuid4(), version="7"), activity=an_activity(UID), version=3)
    assert (form.activity().uid, form.known_version) == (str(UID), 7)


def test_an_activity_is_shown_as_it_was_typed(bare: Flask) -> None:
    with bare.test_request_context():
        form = ActivityForm(REFERENCES, activity=an_activity(UID), version=3)
        shown = {
            name: form[name].data if name in ("kind", "supervisor") else form[name]._value() for name in TYPED
        }
    assert shown == dict(TYPED)


def test_who_is_inactive_is_offered_only_where_named_already(bare: Flask) -> None:
    assert sent(bare, typed(supervisor=GONE)).errors.keys() == {"supervisor"}
    assert sent(bare, typed(UID, supervisor=GONE), activity=an_activity(UID, supervisor=GONE)).errors == {}


def test_faults_and_refusals_of_the_service_stand_in_the_form(bare: Flask) -> None:
    form = sent(bare, typed(UID))
    form.show([Fault("hours", "Too many."), Fault("status", "Odd.")])
    assert (form.hours.errors, form.form_errors, form.http_status) == (["Too many."], ["Odd."], 400)
    form.refuse("Changed elsewhere.")
    assert (form.form_errors, form.http_status) == (["Odd.", "Changed elsewhere."], 409)


def test_a_filter_asks_for_what_the_address_says(bare: Flask) -> None:
    def asked(**given: str) -> ActivityFilterForm:
        with bare.test_request_context():
            form = ActivityFilterForm(MultiDict(given))
            form.validate()
            return form

    form = asked(status="draft", kind="course", since="2026-01-02", page="3")
    assert form.errors == {}
    assert (form.wanted().status, form.wanted().kind, str(form.wanted().since)) == (
        "draft",
        "course",
        "2026-01-02",
    )
    assert form.narrows
    assert asked().wanted() == ActivityFilter()
    assert not asked(status="").narrows
    assert asked(kind="party", until="soon").errors.keys() == {"kind", "until"}
