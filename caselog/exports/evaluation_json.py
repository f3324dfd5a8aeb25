"""An evaluation as JSON, as `caselog evaluate` prints it."""

import json
from collections.abc import Mapping
from typing import Any

from caselog.domain.result import Evaluation, Outcome, RequirementResult, plain


def evaluation_json(evaluation: Evaluation) -> str:
    """One object, indented; a line break ends it."""
    return json.dumps(evaluation_object(evaluation), ensure_ascii=False, indent=2) + "\n"


def evaluation_object(evaluation: Evaluation) -> Mapping[str, Any]:
    return {
        "ruleset": evaluation.ruleset.id,
        "edition": evaluation.ruleset.edition,
        "as_of": evaluation.as_of.isoformat(),
        "status": evaluation.standing,
        "requirements": [_requirement(result) for result in evaluation.requirements],
    }


def _requirement(result: RequirementResult) -> Mapping[str, Any]:
    """Every case stands either in `counted_cases` or, pending ones too, in `excluded` with its reason."""
    return {
        "id": result.requirement.id,
        "title": result.requirement.title,
        "status": result.standing,
        "minimum": None if result.minimum is None else plain(result.minimum),
        "counted": plain(result.counted),
        "pending": plain(result.pending),
        "remaining": None if result.remaining is None else plain(result.remaining),
        "counted_cases": [verdict.entry.uid for verdict in result.with_outcome(Outcome.COUNTED)],
        "excluded": [
            {"uid": verdict.entry.uid, "reason": verdict.reason}
            for verdict in result.verdicts
            if verdict.outcome is not Outcome.COUNTED
        ],
    }
