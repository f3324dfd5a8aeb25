"""A program's evaluation forms: written, used by rotations, and unchanged once somebody was evaluated on them."""

import uuid
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.evaluation_form import EvaluationForm, sections_of_lines
from caselog.extensions import db
from caselog.services import case_evaluations, evaluation_forms
from caselog.services.actor import NotFoundError, RefusedError
from caselog.services.evaluation_forms import Assignment, FormDetails
from caselog.store.audit import AuditEntry
from caselog.store.evaluations import RotationEvaluation
from caselog.store.session import transaction
from tests.support.cast import Cast
from tests.support.log import put_case, put_rotation

DETAILS = FormDetails(
    "Pump cases", EvaluationForm(sections_of_lines("Weaning: 1")), "Our handbook", date(2026, 9, 1)
)


def whole_cohort(cast: Cast, site: str | None = None, ending_from: date | None = None) -> Assignment:
    return Assignment(cast.program.cohort_id, site, ending_from)


def test_a_form_is_kept_as_it_was_written_and_is_on_the_trail(app_context: Flask, cast: Cast) -> None:
    form_id = evaluation_forms.save_form(cast.director.actor, DETAILS)
    listed = evaluation_forms.form(cast.director.actor, form_id)
    assert (listed.details, listed.retired, listed.written_by) == (DETAILS, False, "Dana Director")
    assert (listed.rotations, listed.evaluations) == (0, 0)
    changed = replace(DETAILS, name="Bypass", source="")
    evaluation_forms.save_form(cast.director.actor, changed, changing=form_id)
    assert evaluation_forms.form(cast.director.actor, form_id).details == changed
    told = db.session.scalars(sa.select(AuditEntry.action).where(AuditEntry.subject == str(form_id)))
    assert list(told) == ["evaluation_form.add", "evaluation_form.change"]


def test_a_form_on_which_somebody_was_evaluated_does_not_change(app_context: Flask, cast: Cast) -> None:
    form_id = evaluation_forms.save_form(cast.director.actor, DETAILS)
    with transaction() as session:
        uid = put_case(session, rotation_id=put_rotation(session, cast.student, cast.site, "fall"))
    evaluation_forms.assign(cast.director.actor, form_id, whole_cohort(cast))
    case_evaluations.evaluate(cast.preceptor.actor, uid, {"weaning": 3}, "")
    with pytest.raises(RefusedError, match="does not change any more"):
        evaluation_forms.save_form(cast.director.actor, DETAILS, changing=form_id)
    assert evaluation_forms.form(cast.director.actor, form_id).evaluations == 1


def test_two_forms_do_not_share_a_name(app_context: Flask, cast: Cast) -> None:
    form_id = evaluation_forms.save_form(cast.director.actor, DETAILS)
    evaluation_forms.save_form(cast.director.actor, DETAILS, changing=form_id)
    with pytest.raises(RefusedError, match="choose another name"):
        evaluation_forms.save_form(cast.director.actor, DETAILS)
    evaluation_forms.save_form(cast.outsider_director.actor, DETAILS)


def test_rotations_of_a_cohort_use_a_form_until_they_use_another_or_none(app_context: Flask, cast: Cast) -> None:
    director = cast.director.actor
    first = evaluation_forms.save_form(director, DETAILS)
    second = evaluation_forms.save_form(director, replace(DETAILS, name="Another"))
    with transaction() as session:
        harbor = put_rotation(session, cast.student, cast.site, "harbor")
        hill = put_rotation(session, cast.other_student, cast.other_site, "hill")
    assert evaluation_forms.assign(director, first, whole_cohort(cast)) == 2
    assert evaluation_forms.assign(director, second, whole_cohort(cast, site="hill")) == 1
    assert evaluation_forms.assign(director, second, whole_cohort(cast, ending_from=date(2026, 12, 21))) == 0
    assert evaluation_forms.assign(director, second, Assignment(uuid.uuid4(), None, None)) == 0
    assert [(each.id, each.student) for each in evaluation_forms.rotations_of_form(director, first)] == [
        (harbor, "Ann Student")
    ]
    assert [each.id for each in evaluation_forms.rotations_of_form(director, second)] == [hill]
    with pytest.raises(NotFoundError):
        evaluation_forms.release(director, first, hill)
    evaluation_forms.release(director, second, hill)
    assert db.session.scalars(sa.select(RotationEvaluation.rotation_id)).all() == [harbor]


@pytest.mark.parametrize("who", ["student", "preceptor", "outsider_director"])
def test_forms_are_for_the_programs_directors(app_context: Flask, cast: Cast, who: str) -> None:
    form_id = evaluation_forms.save_form(cast.director.actor, DETAILS)
    actor = cast.member(who).actor
    with pytest.raises(NotFoundError):
        evaluation_forms.form(actor, form_id)
    with pytest.raises(NotFoundError):
        evaluation_forms.save_form(actor, DETAILS, changing=form_id)
    with pytest.raises(NotFoundError):
        evaluation_forms.retire_form(actor, form_id, retired=True)
    with pytest.raises(NotFoundError):
        evaluation_forms.assign(actor, form_id, whole_cohort(cast))
    with pytest.raises(NotFoundError):
        evaluation_forms.release(actor, form_id, uuid.uuid4())
    with pytest.raises(NotFoundError):
        evaluation_forms.rotations_of_form(actor, form_id)
