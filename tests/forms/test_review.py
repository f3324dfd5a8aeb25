"""The decision on a case: the button that was pressed, the version that was seen, and a comment."""

import uuid
from typing import Any

import pytest
from flask import Flask

from caselog.forms.review import ROLE_SEEN, DecisionForm
from caselog.services.kinds import ACTIVITIES
from caselog.services.review import Decision

UID = uuid.UUID("11111111-2222-4333-8444-555555555555")
MEND = "Say what the student should mend; the case goes back with this comment."


@pytest.fixture
def bare() -> Flask:
    app = Flask("forms")
    app.config.update(SECRET_KEY="a key for forms", WTF_CSRF_ENABLED=False)
    return app


def decided(app: Flask, **data: Any) -> tuple[dict[Any, Any], Decision]:
    with app.test_request_context("/review/x", method="POST", data=data):
        form = DecisionForm(version=7)
        form.validate()
        return dict(form.errors), form.decision(UID)


def test_a_case_is_verified_with_or_without_a_comment(bare: Flask) -> None:
    assert decided(bare, decision="verify", version="2", role="primary") == (
        {}, Decision(UID, verified=True, comment="", version=2, role="primary"),
    )  # fmt: skip
    assert decided(bare, decision="verify", version="2", role="observed", comment=" Well\r\nrun. ") == (
        {}, Decision(UID, verified=True, comment="Well\nrun.", version=2, role="observed"),
    )  # fmt: skip


def test_a_case_is_returned_only_with_a_comment(bare: Flask) -> None:
    assert decided(bare, decision="return", version="2", comment="the clamp?") == (
        {}, Decision(UID, verified=False, comment="the clamp?", version=2),
    )  # fmt: skip
    for comment in ("", "   ", "\n\t"):
        assert decided(bare, decision="return", version="2", comment=comment)[0] == {"comment": [MEND]}


def test_no_button_or_another_one_decides_nothing(bare: Flask) -> None:
    for data in ({}, {"decision": ""}, {"decision": "void"}, {"decision": "Verify"}):
        errors, decision = decided(bare, version="2", comment="x", **data)
        assert errors == {"": ["Press Verify or Return."]}
        assert not decision.verified


def test_the_version_is_the_one_that_was_sent_and_never_the_newest_one(bare: Flask) -> None:
    assert decided(bare, decision="verify")[1].version == 0
    assert set(decided(bare, decision="verify", version="two", role="primary")[0]) == {"version"}


def test_a_comment_that_is_too_long_or_cannot_be_stored_gets_a_message(bare: Flask) -> None:
    assert decided(bare, decision="return", comment="é" * 2000)[0] == {}
    assert decided(bare, decision="return", comment="é" * 3000)[0] == {
        "comment": ["Comment has 3,000 characters; at most 2,000 fit."]
    }
    assert decided(bare, decision="return", comment="a\x00b")[0] == {
        "comment": ["A character that cannot be stored was taken out; check the rest and send it again."]
    }


def test_a_case_is_not_verified_before_its_role_is_chosen(bare: Flask) -> None:
    assert decided(bare, decision="verify", version="2")[0] == {"role": [ROLE_SEEN]}
    assert set(decided(bare, decision="verify", version="2", role="surgeon")[0]) == {"role"}
    assert decided(bare, decision="return", version="2", comment="the clamp?")[0] == {}


def test_an_activity_has_no_role_to_choose(bare: Flask) -> None:
    data = {"decision": "verify", "version": "2", "role": "primary"}
    with bare.test_request_context("/review/x", method="POST", data=data):
        form = DecisionForm(7, ACTIVITIES)
        assert form.validate()
        assert form.decision(UID) == Decision(UID, verified=True, comment="", version=2)
