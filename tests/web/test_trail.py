"""Every look at another's record leaves a note; the pages of the trail, of histories and of who looked."""

import csv
import io
import uuid
from dataclasses import replace
from datetime import datetime
from xml.etree.ElementTree import Element

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.chain import Entry, Head, breaks
from caselog.extensions import db
from caselog.services.review import Decision, decide
from caselog.store.audit import AuditEntry
from caselog.store.session import transaction
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.log import TYPED, put, put_case, signed_in
from tests.support.mail import make_link
from tests.support.world import ROLES, addresses, furnish, pages

# Pages on which no student's record stands: what belongs to oneself, to nobody, or to the program.
NO_RECORD = {
    "activities.edit", "activities.index", "activities.new",
    "amendments.answer_role",
    "api.guide", "api.openapi", "api_tokens.index",
    "bootstrap.static", "cases.edit", "cases.index", "cases.new", "cohorts.index",
    "evaluation_forms.edit", "evaluation_forms.index", "evaluation_forms.new", "evaluation_forms.show",
    "evaluations.own", "exports.own", "exports.precision", "exports.withdraw", "exports.withdraw_own",
    "health.alive", "health.ready", "imports.index", "imports.show", "jobs.show",
    "leaving.delete", "mail.index", "mail.settings", "matrix.own", "outcomes.own", "packets.of_batch",
    "packets.of_cohort",
    "program.codes", "program.cohort", "program.list_cohorts", "program.list_people", "program.list_sites",
    "program.new_cohort", "program.new_person", "program.new_site", "program.numbers", "program.site",
    "progress.own", "progress.own_next", "progress.own_requirement", "rules.draft", "rules.index", "rules.new",
    "rules.preview_draft", "rules.show", "sign_in.account", "sign_in.home", "sign_in.set_password",
    "sign_in.sign_in", "static", "trail.check", "trail.export", "trail.index", "trail.own",
    "verify.ask", "verify.show",
}  # fmt: skip


def words_of(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def looks(app: Flask) -> list[tuple[uuid.UUID | None, str, uuid.UUID | None]]:
    with app.app_context():
        rows = db.session.execute(
            sa.select(AuditEntry.actor_id, AuditEntry.action, AuditEntry.about_id)
            .where(AuditEntry.action.endswith(".look"))
            .order_by(AuditEntry.seq)
        ).all()
        db.session.rollback()
    return [(row.actor_id, row.action, row.about_id) for row in rows]


def test_every_page_with_another_persons_record_leaves_a_note_before_it_is_shown(app: Flask) -> None:
    world = furnish(app)
    seen = set()
    for who in ROLES:
        client = signed_in(app, who)
        me = Cast().member(who).id
        for endpoint, path in addresses(app, world):
            before = len(looks(app))
            answer = client.http.get(path)
            answer.close()
            if answer.status_code != 200:
                continue
            noted = looks(app)[before:]
            if endpoint in NO_RECORD:
                assert not noted, f"{path} as {who}: {noted}"
            elif noted:
                seen.add(endpoint)
                assert {actor for actor, _, _ in noted} == {
                    Cast.preceptor.id if endpoint == "confirm.confirm" else me
                }
                assert endpoint == "confirm.confirm" or me not in {about for _, _, about in noted}
            else:
                assert who == "student" or endpoint in ("program.person", "review.queue"), (
                    f"{path} as {who} leaves no note"
                )
    everything = {rule.endpoint for rule in pages(app, "GET")}
    assert everything - NO_RECORD - seen == set(), "say in NO_RECORD which pages show nobody's record"


def test_a_student_sees_who_looked_and_at_what(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        case = put_case(session, status="submitted")
    student = signed_in(app, "student")
    assert "Nobody has looked yet" in student.get("/looks").text
    student.get(f"/cases/{case}")
    signed_in(app, "preceptor").get(f"/cases/{case}")
    director = signed_in(app, "director")
    director.get(f"/students/{Cast.student.id}/progress")
    director.get(f"/students/{Cast.other_student.id}/progress")
    director.get(f"/cohorts/{Cast.program.cohort_id}")
    rows = [words_of(row) for row in student.get("/looks").all("tr")[1:]]
    assert len(rows) == 3
    assert "the standing of the whole cohort" in rows[0]
    assert f"{Cast.director.name} the progress" in rows[1]
    assert f"{Cast.preceptor.name} a case" in rows[2]


def test_a_reviewers_look_is_at_each_student_whom_the_page_shows_and_at_no_other(app: Flask) -> None:
    (differing,) = put(app, status="submitted")
    put(app, status="submitted", student=Cast.other_student)
    with app.app_context():
        decide(Cast.preceptor.actor, Decision(differing, verified=True, comment="", version=1, role="observed"))
        token = make_link()
    preceptor = signed_in(app, "preceptor")
    preceptor.get("/review")
    assert {about for _, _, about in looks(app)} == {Cast.student.id, Cast.other_student.id}
    put(app, status="submitted")  # the link does not name it
    before = len(looks(app))
    preceptor.get(f"/confirm/{token}")
    assert [about for _, _, about in looks(app)[before:]] == [Cast.other_student.id]


def test_one_may_not_look_at_what_is_not_there_for_one_and_no_note_is_made(app: Flask) -> None:
    director = signed_in(app, "director")
    for path in (
        f"/students/{Cast.outsider_student.id}/cases",
        f"/cohorts/{uuid.uuid4()}",
        f"/cases/{uuid.uuid4()}",
    ):
        director.get(path, status=404)
    assert looks(app) == []


def test_the_director_filters_the_trail(app: Flask) -> None:
    client = signed_in(app, "director")
    client.get(f"/students/{Cast.student.id}/progress")
    assert "Looked at the progress" in client.get(f"/trail?about={Cast.student.id}").text
    assert "No entry fits" in client.get(f"/trail?about={Cast.other_student.id}").text
    assert "No entry fits" in client.get(f"/trail?actor={Cast.student.id}").text
    assert "Looked at the progress" in client.get("/trail?thing=progress&since=2026-11-21&until=2026-11-21").text
    assert "No entry fits" in client.get("/trail?until=2026-11-19").text
    assert "Looked at the progress" not in client.get("/trail?thing=account").text
    client.get("/trail?thing=nonsense", status=400)
    signed_in(app, "student").get("/trail", status=403)


def test_the_exported_trail_can_be_checked_without_caselog(app: Flask) -> None:
    client = signed_in(app, "director")
    answer = client.http.get("/trail.csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows[-1]["action"] == "trail.export"
    chain = [entry_of(row) for row in rows]
    head = Head(chain[-1].seq, chain[-1].hash)
    assert answer.headers["Caselog-Trail-Head"] == str(head)
    assert list(breaks(chain, head)) == []
    changed = [replace(chain[0], action="x"), *chain[1:]]
    assert list(breaks(changed, head)) != []


def entry_of(row: dict[str, str]) -> Entry:
    return Entry(
        program=row["program"], seq=int(row["seq"]), at=datetime.fromisoformat(row["at"]), actor=row["actor"] or None,
        way=row["way"], action=row["action"], subject=row["subject"], about=row["about"] or None,
        digests=row["digests"], previous=row["previous"], hash=row["hash"],
    )  # fmt: skip


def test_the_trail_is_checked_on_a_page_that_names_what_was_changed(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        case = put_case(session, status="submitted")
    client = signed_in(app, "director")
    assert "all is as it was written" in client.get("/trail/check").text
    with app.app_context(), transaction() as session:
        session.execute(sa.text("UPDATE logged_case SET role = 'observed'"))
    assert f"logged_case {case} was changed without an entry: role." in client.get("/trail/check").text


@pytest.mark.parametrize("who", ["student", "director", "preceptor"])
def test_a_case_tells_its_history(app: Flask, who: str) -> None:
    student = signed_in(app, "student")
    case = logged(student)
    reviewer = signed_in(app, "preceptor")
    reviewer.post(f"/review/{case}", {"version": "1", "decision": "return", "comment": "The clamp?"})
    student.post(f"/cases/{case}/submit", {})
    reviewer.post(f"/review/{case}", {"version": "3", "decision": "verify", "role": "primary"})
    steps = [words_of(each) for each in signed_in(app, who).get(f"/cases/{case}/history").all("li")]
    told = [step for step in steps if " by " in step]
    assert [step.split(" by ")[0] for step in told] == ["Handed in", "Returned", "Handed in", "Verified"]
    assert "The clamp?" in told[1]
    assert "Covers version 3, as primary; digest of its content" in told[3]
    assert "covers it no more" not in told[3]


def logged(student: Client) -> str:
    uid = str(uuid.uuid4())
    student.post("/cases/new", {**TYPED, "case_uid": uid, "action": "submit"})
    return uid


def test_the_record_of_a_student_answers_for_each_case(app: Flask) -> None:
    case = logged(signed_in(app, "student"))
    signed_in(app, "preceptor").post(f"/review/{case}", {"version": "1", "decision": "verify", "role": "primary"})
    page = signed_in(app, "director").get(f"/students/{Cast.student.id}/record")
    text = " ".join(page.text.split())
    assert f"by {Cast.student.name}" in text
    assert f"Verified by {Cast.preceptor.name}" in text
    assert "Covers version 1, as primary" in text
