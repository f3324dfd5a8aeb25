"""An evaluation as JSON, as `caselog evaluate` prints it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from caselog.domain.case import Case
from caselog.domain.result import (
    Evaluation,
    Outcome,
    PartResult,
    RequirementResult,
    Verdict,
    YearResult,
    plain,
)
from caselog.domain.student import Waiver


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
    """Every entry stands either among those counted or, pending ones too, in `excluded` with its reason."""
    counted = result.with_outcome(Outcome.COUNTED)
    return {
        "id": result.requirement.id,
        "title": result.requirement.title,
        "status": result.standing,
        "minimum": _number(result.minimum),
        "counted": plain(result.counted),
        "pending": plain(result.pending),
        "remaining": _number(result.remaining),
        "counted_cases": [verdict.entry.uid for verdict in counted if isinstance(verdict.entry, Case)],
        "excluded": [
            {"uid": verdict.entry.uid, "reason": verdict.reason}
            for verdict in result.verdicts
            if verdict.outcome is not Outcome.COUNTED
        ],
        **{name: value for name, value in _rest(result, counted) if value},
    }


def _rest(result: RequirementResult, counted: Sequence[Verdict]) -> Iterator[tuple[str, Any]]:
    """What only some requirements have; left out of the others."""
    yield "counted_activities", [each.entry.uid for each in counted if not isinstance(each.entry, Case)]
    yield "credits", {each.entry.uid: plain(each.credit) for each in counted if each.credit != 1}
    yield "preferred", _number(result.preferred)
    yield "excess", plain(result.excess)
    yield "parts", [_part(each) for each in result.parts]
    yield "years", [_year(each) for each in result.years]
    yield "waivers", [_waiver(each) for each in result.waivers]
    yield "requirements", [_requirement(each) for each in result.inner]


def _part(result: PartResult) -> Mapping[str, Any]:
    return {
        "id": result.part.id,
        "title": result.part.title,
        "at_least": _number(result.at_least),
        "at_most": _number(result.at_most),
        "counted": plain(result.counted),
        "pending": plain(result.pending),
        "excess": plain(result.excess),
    }


def _year(result: YearResult) -> Mapping[str, Any]:
    return {
        "first": result.first.isoformat(),
        "last": result.last.isoformat(),
        "at_least": _number(result.at_least),
        "counted": plain(result.counted),
    }


def _waiver(waiver: Waiver) -> Mapping[str, Any]:
    return {
        "reason": waiver.reason,
        "granted_by": waiver.granted_by,
        "on": waiver.on.isoformat(),
        "until": waiver.until.isoformat() if waiver.until else None,
        "minimum": _number(waiver.minimum),
        "counts": waiver.counts,
    }


def _number(value: Fraction | None) -> int | float | None:
    return None if value is None else plain(value)
