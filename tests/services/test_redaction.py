"""A text that could identify a patient is removed wherever it stands, and the trail stays whole."""

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog import clock
from caselog.extensions import db
from caselog.services import amendments, audit, redaction
from caselog.services.actor import NotFoundError, Operator, RefusedError
from caselog.services.case_log import case_view
from caselog.services.kinds import CASES
from caselog.services.review import Decision, decide
from caselog.services.trail_log import acts_on
from caselog.store.audit import AuditSalt
from caselog.store.cases import LoggedCase
from caselog.store.evaluations import CaseEvaluation, EvaluationForm
from caselog.store.session import transaction
from tests.support.cast import Cast
from tests.support.log import put_case

LEAK = "Kestrel zebrafinch synthetic"  # one that the screen does not know
OPERATOR = Operator(Cast.program.id, Cast.program.timezone)
pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def leaked(app_context: Flask, cast: Cast) -> uuid.UUID:
    """A verified case with the same text in its note, in an earlier note, in a comment and in a reason."""
    with transaction() as session:
        uid = put_case(session, status="submitted", note=LEAK)
    student, preceptor = cast.student.actor, cast.preceptor.actor
    decide(preceptor, Decision(uid, verified=False, comment=f"Remove {LEAK}", version=1))
    with transaction() as session:
        session.get_one(LoggedCase, (cast.program.id, uid)).status = "submitted"
    case = case_view(student, uid)
    from dataclasses import replace

    amended = replace(case.listed.case, note=f"still {LEAK}")
    amendments.amend(CASES, student, amended, version=case.version, reason=f"because of {LEAK}")
    decide(preceptor, Decision(uid, verified=True, comment="", version=version_of(uid), role="primary"))
    return uid


def version_of(uid: uuid.UUID) -> int:
    return db.session.get_one(LoggedCase, (Cast.program.id, uid), populate_existing=True).version


def everything() -> Iterator[str]:
    """All that the database holds, as text."""
    for table in db.metadata.sorted_tables:
        for row in db.session.execute(sa.select(table)):
            yield f"{table.name} {tuple(row)}"
    db.session.rollback()


def test_every_copy_of_the_text_is_gone_and_the_trail_is_whole(leaked: uuid.UUID, cast: Cast) -> None:
    assert any(LEAK in row for row in everything())
    texts = redaction.texts_of(CASES, cast.director.actor, leaked)
    assert len(texts) == 5
    redaction.redact(CASES, cast.director.actor, leaked, [each.key for each in texts], version=version_of(leaked))
    assert not [row for row in everything() if LEAK in row]
    assert redaction.texts_of(CASES, cast.director.actor, leaked) == ()
    assert audit.verify(OPERATOR).breaks == ()
    last = acts_on(db.session(), cast.program.id, leaked)[-1]
    assert (last.action, last.who) == ("text.redact", cast.director.name)


def test_the_salt_of_what_was_removed_is_another_one(leaked: uuid.UUID, cast: Cast) -> None:
    salt = sa.select(AuditSalt.salt).where(AuditSalt.object == f"logged_case {leaked}")
    before = db.session.scalar(salt)
    redaction.redact(CASES, cast.director.actor, leaked, ["field note"], version=version_of(leaked))
    after = db.session.scalar(salt)
    assert before is not None
    assert after is not None
    assert before != after


def test_a_case_that_loses_its_note_waits_for_verification_again(leaked: uuid.UUID, cast: Cast) -> None:
    redaction.redact(CASES, cast.director.actor, leaked, ["field note"], version=version_of(leaked))
    view = case_view(cast.director.actor, leaked)
    assert (view.listed.case.status, view.listed.case.note) == ("submitted", redaction.REMOVED)
    assert view.reviews[0].outdated
    decide(cast.preceptor.actor, Decision(leaked, verified=True, comment="", version=view.version, role="primary"))
    assert audit.verify(OPERATOR).breaks == ()


def test_a_case_whose_reviewers_comment_goes_stays_verified(leaked: uuid.UUID, cast: Cast) -> None:
    comment = next(
        each.key for each in redaction.texts_of(CASES, cast.director.actor, leaked) if "review" in each.key
    )
    redaction.redact(CASES, cast.director.actor, leaked, [comment], version=version_of(leaked))
    assert case_view(cast.director.actor, leaked).listed.case.status == "verified"
    assert audit.verify(OPERATOR).breaks == ()


def test_a_student_takes_back_their_own_words_and_nobody_elses(leaked: uuid.UUID, cast: Cast) -> None:
    student = cast.student.actor
    amendments.make_void(CASES, cast.director.actor, leaked, version=version_of(leaked), reason=f"of {LEAK}")
    mine = {each.key for each in redaction.texts_of(CASES, student, leaked)}
    others = [each.key for each in redaction.texts_of(CASES, cast.director.actor, leaked) if each.key not in mine]
    assert [key.split(" ")[0] for key in sorted(others)] == ["reason", "review"]
    assert {key.split(" ")[0] for key in mine} == {"field", "before", "after", "reason"}
    with pytest.raises(RefusedError, match="at least one"):
        redaction.redact(CASES, student, leaked, others, version=version_of(leaked))


def test_the_comment_of_an_evaluation_goes_too(leaked: uuid.UUID, cast: Cast) -> None:
    with transaction() as session:
        form = EvaluationForm(
            program_id=cast.program.id, name="Case", definition="{}", source="", written_by=cast.director.id,
            changed_at=clock.now(),
        )  # fmt: skip
        session.add(form)
        session.flush()
        session.add(
            CaseEvaluation(
                program_id=cast.program.id, case_uid=leaked, case_version=1, form_id=form.id, side="preceptor",
                given_by=cast.preceptor.id, scores="{}", lowest=1, comment=f"seen with {LEAK}", at=clock.now(),
            )
        )  # fmt: skip
    texts = redaction.texts_of(CASES, cast.director.actor, leaked)
    redaction.redact(CASES, cast.director.actor, leaked, [each.key for each in texts], version=version_of(leaked))
    assert not [row for row in everything() if LEAK in row]
    assert audit.verify(OPERATOR).breaks == ()


def test_only_the_student_and_a_director_remove_texts(leaked: uuid.UUID, cast: Cast) -> None:
    for somebody in (cast.preceptor, cast.other_student, cast.outsider_director):
        with pytest.raises(NotFoundError):
            redaction.redact(CASES, somebody.actor, leaked, ["field note"], version=version_of(leaked))


def test_what_is_not_named_or_has_moved_on_is_refused(leaked: uuid.UUID, cast: Cast) -> None:
    with pytest.raises(RefusedError, match="at least one"):
        redaction.redact(CASES, cast.director.actor, leaked, ["field role"], version=version_of(leaked))
    with pytest.raises(RefusedError, match="changed since"):
        redaction.redact(CASES, cast.director.actor, leaked, ["field note"], version=1)


def test_a_case_that_is_verified_by_hand_of_the_database_is_found(cast: Cast) -> None:
    with transaction() as session:
        uid = put_case(session, status="submitted")
    decide(cast.preceptor.actor, Decision(uid, verified=True, comment="", version=1, role="primary"))
    with transaction() as session:
        other = put_case(session, status="verified")
    assert [each.message for each in audit.verify(OPERATOR).breaks] == [
        f"logged_case {other} is shown as verified, and no review says so."
    ]
