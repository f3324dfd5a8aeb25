"""Where a student stands: every requirement, and behind each the cases that count and those that do not."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from caselog.domain.result import Outcome
from caselog.services import progress
from caselog.services.actor import NotFoundError, Permission
from caselog.services.progress import StudentProgress
from caselog.web.access import current_actor, needs

blueprint = Blueprint("progress", __name__)


@blueprint.get("/progress")
@needs(Permission.VIEW_OWN_LOG)
def own() -> ResponseReturnValue:
    actor = current_actor()
    standing = progress.student_progress(actor, actor.person_id)
    return render_template("progress/overview.html", progress=standing, own=True)


@blueprint.get("/progress/<ruleset>/<requirement>")
@needs(Permission.VIEW_OWN_LOG)
def own_requirement(ruleset: str, requirement: str) -> ResponseReturnValue:
    actor = current_actor()
    standing = progress.student_progress(actor, actor.person_id)
    return requirement_page(standing, ruleset, requirement, own=True)


def requirement_page(
    standing: StudentProgress, ruleset_id: str, requirement_id: str, *, own: bool
) -> ResponseReturnValue:
    """One requirement with every case's verdict. Raises NotFoundError."""
    for engine, evaluation in standing.evaluations:
        for result in evaluation.requirements:
            if (evaluation.ruleset.id, result.requirement.id) == (ruleset_id, requirement_id):
                return render_template(
                    "progress/requirement.html",
                    progress=standing,
                    engine=engine,
                    evaluation=evaluation,
                    result=result,
                    counted=result.with_outcome(Outcome.COUNTED),
                    pending=result.with_outcome(Outcome.PENDING),
                    excluded=result.with_outcome(Outcome.EXCLUDED),
                    own=own,
                )
    raise NotFoundError
