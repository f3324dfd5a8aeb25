"""Schemathesis asks everything that the document allows, and much that it does not, and finds nothing."""

import pytest
from flask import Flask

from caselog.store.session import transaction
from tests.support.activities import put_activity
from tests.support.api import make_token
from tests.support.api_search import Aim, Search, search
from tests.support.cast import Cast
from tests.support.log import put_case
from tests.support.profiles import NIGHTLY

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")  # of a long body, by Hypothesis
NIGHTLY_EXAMPLES = 300
OF_STUDENTS = "/api/v1/students"
# The same code as for cases; and bodies of as many fields as that of a new case.
ACTIVITY_CHANGES = "/api/v1/activities/"
MANY_FIELDS = r"/api/v1/(cases/\{uid\}|imports)"


@pytest.fixture(autouse=True)
def no_limit(app: Flask) -> None:
    app.config["API_REQUESTS_A_MINUTE"] = 1_000_000


def aim(app: Flask, *, without: str | None = None, lightly: str | None = None, many: int = 2) -> Aim:
    """A draft to change, and submitted entries to amend and to make void."""
    with app.app_context(), transaction() as session:
        cases = [put_case(session, status=status) for status in ("draft", "draft", "submitted", "submitted")]
        activities = [
            put_activity(session, status=status) for status in ("draft", "draft", "submitted", "submitted")
        ]
    ends = (r"$", "/submit$", "/amend$", "/void$")
    places = {
        rf"/{name}/\{{uid\}}{end}": {"path.uid": str(uid)}
        for name, uids in {"cases": cases, "activities": activities}.items()
        for end, uid in zip(ends, uids, strict=True)
    }
    places["/students/"] = {"path.student_id": str(Cast.student.id)}
    if NIGHTLY:
        return Aim(places, many=NIGHTLY_EXAMPLES, seed=None)
    return Aim(places, without, lightly, many)


def asked(found: Search) -> dict[str, set[int]]:
    """The statuses with which each operation was answered."""
    answers: dict[str, set[int]] = {}
    for operation, status in found.answers:
        answers.setdefault(operation, set()).add(status)
    return answers


def test_no_request_of_a_student_gets_what_the_document_does_not_promise(app: Flask) -> None:
    without = f"({OF_STUDENTS}|{ACTIVITY_CHANGES})"
    found = search(app, make_token(app), aim(app, without=without, lightly=MANY_FIELDS))
    assert found.findings == []
    assert found.phases >= {"COVERAGE", "FUZZING", "STATEFUL_TESTING"}
    answers = asked(found)
    # It goes deep: nearly everything was done, and not only refused.
    assert {operation for operation, statuses in answers.items() if statuses & {200, 201}} >= {
        "GET /api/v1/cases", "GET /api/v1/cases/{uid}", "POST /api/v1/cases", "POST /api/v1/activities",
        "POST /api/v1/evaluations", "GET /api/v1/progress", "POST /api/v1/exports", "GET /api/v1/me",
        "PATCH /api/v1/cases/{uid}", "POST /api/v1/cases/{uid}/submit", "POST /api/v1/cases/{uid}/void",
    }  # fmt: skip
    assert {status for statuses in answers.values() for status in statuses} >= {401, 405, 415, 422, 428}


def test_no_request_of_a_director_does_either(app: Flask) -> None:
    not_theirs = "/api/v1/(cases|activities|evaluations|progress|exports|imports|references)"
    found = search(app, make_token(app, "director"), aim(app, without=not_theirs, lightly="/exports"))
    assert found.findings == []
    assert 200 in asked(found)["GET /api/v1/students/{student_id}/progress"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_nor_does_one_on_the_other_database(app: Flask) -> None:
    found = search(app, make_token(app), aim(app, without=OF_STUDENTS, lightly="/api/v1", many=1))
    assert found.findings == []
    assert 201 in asked(found)["POST /api/v1/cases"]
