"""Progress, drafts, files out and files in, by a program."""

import csv
import io

import sqlalchemy as sa
from flask import Flask

from caselog.domain.export import read_code
from caselog.domain.scopes import Scope
from caselog.exports.evaluation_json import evaluation_object
from caselog.extensions import db
from caselog.services import issuing, progress
from caselog.store.audit import AuditEntry
from caselog.store.cases import LoggedCase
from tests.support.api import CASE, Api
from tests.support.cast import Cast
from tests.support.log import put


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(LoggedCase)) or 0


def test_progress_is_what_the_command_prints(app: Flask) -> None:
    put(app, status="verified")
    api = Api(app)
    told = api.get("/progress")
    with app.app_context():
        found = progress.student_progress(Cast.student.actor, Cast.student.id)
        assert told["evaluations"] == [evaluation_object(each) for _, each in found.evaluations]
    assert told["evaluations"][0]["requirements"]
    director = Api(app, "director")
    students = director.get("/students")["students"]
    assert {each["id"] for each in students} >= {str(Cast.student.id), str(Cast.other_student.id)}
    assert director.get(f"/students/{Cast.student.id}/progress") == told
    director.ask("GET", f"/students/{Cast.outsider_student.id}/progress", status=404)


def test_a_draft_is_evaluated_and_not_stored(app: Flask) -> None:
    api = Api(app, scopes={Scope.READ_LOG})
    told = api.ask("POST", "/evaluations", {**CASE, "site": "nowhere"}).get_json()
    assert told["gains"]
    assert {each["ruleset"] for each in told["gains"]} >= {"accredited-minimums"}
    assert [each["pointer"] for each in told["left_out"]] == ["/site"]
    assert api.ask("POST", "/evaluations", {}).get_json()["lacking"] == ["Activity", "Your role"]
    assert count(app) == 0
    Api(app, "director", {Scope.READ_LOG}).ask("POST", "/evaluations", CASE, status=403)


def test_a_log_leaves_on_record_and_comes_back_in(app: Flask) -> None:
    api = Api(app)
    api.logged(note="=1+1")
    for kind, begins in {"xlsx": b"PK", "json": b"{"}.items():
        assert api.ask("POST", "/exports", {"reason": "Mine.", "format": kind}).data.startswith(begins)
    left = api.ask("POST", "/exports", {"reason": "For my application."})
    assert left.mimetype == "text/csv"
    assert "attachment" in left.headers["Content-Disposition"]
    (row,) = csv.DictReader(io.StringIO(left.text))
    assert (row["site"], row["note"]) == ("harbor", "'=1+1")
    with app.app_context():
        found = issuing.look_up(read_code(left.headers["Caselog-Verification-Code"]) or "")
        assert found is not None
        assert found.made is not None
        assert found.made.cases == 1
    again = api.ask("POST", "/imports", data=left.data, content_type="text/csv").get_json()
    assert (again["rows"], again["added"], again["already_there"], again["stored"]) == (1, 0, 1, True)
    arrived = Api(app, "other_student")
    taken = arrived.ask("POST", "/imports?skip_bad=true", data=left.data, content_type="text/csv").get_json()
    assert "another student" in taken["bad"][0]["message"]


def test_a_director_takes_a_students_log_and_the_student_sees_it(app: Flask) -> None:
    put(app, status="verified")
    director = Api(app, "director")
    director.ask("POST", f"/students/{Cast.student.id}/exports", {"reason": "For the board."})
    director.ask("POST", f"/students/{Cast.outsider_student.id}/exports", {"reason": "x"}, status=404)
    director.ask("POST", "/exports", {"reason": "x"}, status=403)
    Api(app).ask("POST", f"/students/{Cast.student.id}/exports", {"reason": "x"}, status=403)
    with app.app_context():
        acts = list(db.session.scalars(sa.select(AuditEntry.action).where(AuditEntry.about_id == Cast.student.id)))
    assert {"log.export", "export.issue", "export.made"} <= set(acts)


def test_rows_come_in_all_or_none_with_what_is_wrong_by_row(app: Flask) -> None:
    api = Api(app)
    good = {**CASE, "status": "submitted", "redo": True, "support_hours": 1e-7, "start_time": "07:30"}
    bad = {**good, "site": "nowhere", "case_date": None}
    refused = api.ask("POST", "/imports", {"cases": [good, bad]}, status=422).get_json()
    assert {(each["line"], each["field"]) for each in refused["report"]["bad"]} == {(2, "site"), (2, "case_date")}
    assert count(app) == 0
    dry = api.ask("POST", "/imports?dry_run=true", {"cases": [good, bad]}).get_json()
    assert (dry["added"], dry["stored"]) == (1, False)
    assert count(app) == 0
    key = {"Idempotency-Key": "rows"}
    made = api.ask("POST", "/imports?skip_bad=true", {"cases": [good, bad]}, headers=key).get_json()
    assert (made["added"], made["stored"], count(app)) == (1, True, 1)
    again = api.ask("POST", "/imports?skip_bad=true", {"cases": [good, bad]}, headers=key).get_json()
    assert again["added"] == 1
    assert "message" not in again["bad"][0]
    (shown,) = api.get("/cases")["cases"]
    assert (shown["redo"], shown["support_hours"], shown["start_time"]) == (True, 1e-7, "07:30")


def test_a_file_that_is_none_is_said_to_be_none_and_a_doubtful_text_asks_to_be_checked(app: Flask) -> None:
    api = Api(app)
    told = api.ask("POST", "/imports", data=b"case_uid;x\n", content_type="text/csv", status=422).get_json()
    assert "separated by" in told["detail"]
    rows = {"cases": [{**CASE, "status": "draft", "note": "Dr. Jones wanted it colder."}]}
    refused = api.ask("POST", "/imports", rows, status=422)
    assert "Jones" not in refused.text
    assert refused.get_json()["report"]["bad"][0]["field"] == "note"
    api.ask("POST", "/imports?texts_checked=true", rows)
    nearest = api.ask("POST", "/imports", {"cases": [{"statsu": "draft"}]}, status=422).get_json()["errors"]
    assert any("Did you mean “status”?" in each["message"] for each in nearest)
