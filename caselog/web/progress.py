"""Where a student stands: every requirement, and behind each the cases that count and those that do not."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from caselog.domain.evaluate import Engine
from caselog.domain.forecast import Forecast
from caselog.domain.result import Evaluation, Outcome, RequirementResult
from caselog.domain.ruleset import CountRequirement
from caselog.exports.burn_up import burn_up_key, burn_up_svg, burn_up_table
from caselog.services import outlook, progress
from caselog.services.actor import NotFoundError, Permission
from caselog.services.progress import StudentProgress
from caselog.web.access import current_actor, needs
from caselog.web.filters import day

blueprint = Blueprint("progress", __name__)

_ISO_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """A requirement on its way from a set: the engine of its own set, and the ids that lead to it."""

    engine: Engine
    evaluation: Evaluation
    results: tuple[RequirementResult, ...]  # from the set's own requirement to the one that is meant

    @property
    def result(self) -> RequirementResult:
        return self.results[-1]

    @property
    def path(self) -> str:
        """The end of its address, such as `ccp-eligibility/pbse/primary-cpb`."""
        return "/".join([self.evaluation.ruleset.id, *(each.requirement.id for each in self.results)])

    @property
    def outer(self) -> "list[Place]":
        """The requirements on the way to this one, the outermost first."""
        return [Place(self.engine, self.evaluation, self.results[:depth]) for depth in range(1, len(self.results))]

    def inside(self, result: RequirementResult) -> "Place":
        """A requirement of the set that this requirement asks for."""
        inner = self.engine.inner[self.result.requirement.id]
        return Place(inner, self.evaluation, (*self.results, result))


@dataclass(frozen=True, slots=True)
class Line:
    """A requirement as a page shows it; the chart is empty where nothing is counted.

    `inner` are the requirements of the set that it asks for, or the members of its group, without charts.
    """

    place: Place
    forecast: Forecast | None = None
    chart: Markup | None = None
    inner: "tuple[Line, ...]" = ()

    @property
    def result(self) -> RequirementResult:
        return self.place.result

    @property
    def unit(self) -> str:
        """What its numbers are, in words that stand after more than one."""
        requirement = self.result.requirement
        return requirement.unit if isinstance(requirement, CountRequirement) else "requirements"

    @property
    def unit_of_one(self) -> str:
        return self.unit.removesuffix("s")


@blueprint.app_template_filter("days_in_words")
def days_in_words(text: str) -> str:
    """A sentence with its days as pages write them: `14 Mar 2026` for `2026-03-14`."""
    return _ISO_DAY.sub(_day_or_as_it_is, text)


def _day_or_as_it_is(found: re.Match[str]) -> str:
    """Titles of rules are what somebody wrote, and need not name a day of the calendar."""
    try:
        return day(date.fromisoformat(found[0]))
    except ValueError:
        return found[0]


@blueprint.get("/progress")
@needs(Permission.VIEW_OWN_LOG)
def own() -> ResponseReturnValue:
    actor = current_actor()
    return overview_page(progress.student_progress(actor, actor.person_id), own=True)


@blueprint.get("/progress/next")
@needs(Permission.VIEW_OWN_LOG)
def own_next() -> ResponseReturnValue:
    actor = current_actor()
    return next_page(progress.student_progress(actor, actor.person_id), own=True)


@blueprint.get("/progress/<ruleset>/<path:requirement>")
@needs(Permission.VIEW_OWN_LOG)
def own_requirement(ruleset: str, requirement: str) -> ResponseReturnValue:
    actor = current_actor()
    standing = progress.student_progress(actor, actor.person_id)
    return requirement_page(standing, ruleset, requirement, own=True)


def overview_page(standing: StudentProgress, *, own: bool, **more: object) -> str:
    """Every requirement, how it stands and when it will be met."""
    sets = [
        (
            evaluation,
            outlook.asked(evaluation),
            [_line(standing, Place(engine, evaluation, (result,))) for result in evaluation.requirements],
        )
        for engine, evaluation in standing.evaluations
    ]
    return render_template(
        "progress/overview.html",
        progress=standing,
        base=_base(standing, own=own),
        sets=sets,
        least=outlook.least_sets(current_actor(), standing),
        fulfilled=outlook.fulfilled,
        chart_key=Markup(burn_up_key()),  # noqa: S704 (our own text)
        own=own,
        **more,
    )


def next_page(standing: StudentProgress, *, own: bool) -> str:
    """What completes each set, and what each kind of next case would add."""
    return render_template(
        "progress/next.html",
        progress=standing,
        base=_base(standing, own=own),
        sets=outlook.what_next(current_actor(), standing),
        own=own,
    )


def requirement_page(standing: StudentProgress, ruleset_id: str, path: str, *, own: bool) -> str:
    """One requirement with every case's verdict; `path` leads to it through inner sets. Raises NotFoundError."""
    place = _place(standing, ruleset_id, path.split("/"))
    result = place.result
    excluded = result.with_outcome(Outcome.EXCLUDED)
    reasons = Counter(verdict.reason for verdict in excluded).most_common()
    why = request.args.get("why", "")
    if why not in dict(reasons):
        why = ""
    return render_template(
        "progress/requirement.html",
        progress=standing,
        base=_base(standing, own=own),
        line=_line(standing, place),
        months=burn_up_table(result) if result.counts_entries else (),
        chart_key=Markup(burn_up_key()),  # noqa: S704 (our own text)
        counted=result.with_outcome(Outcome.COUNTED),
        pending=result.with_outcome(Outcome.PENDING),
        excluded=[verdict for verdict in excluded if why in ("", verdict.reason)],
        excluded_of_all=len(excluded),
        reasons=reasons,
        with_credit=any(verdict.credit not in (0, 1) for verdict in result.verdicts),
        why=why,
        own=own,
    )


def _base(standing: StudentProgress, *, own: bool) -> str:
    return "/progress" if own else f"/students/{standing.student_id}/progress"


def _place(standing: StudentProgress, ruleset_id: str, ids: list[str]) -> Place:
    """Where these ids lead. Raises NotFoundError."""
    for engine, evaluation in standing.evaluations:
        if evaluation.ruleset.id == ruleset_id:
            places = [Place(engine, evaluation, (result,)) for result in evaluation.requirements]
            for depth, wanted in enumerate(ids):
                found = next((each for each in places if each.result.requirement.id == wanted), None)
                if found is None:
                    break
                if depth == len(ids) - 1:
                    return found
                places = list(_of_inner_set(found))
    raise NotFoundError


def _of_inner_set(place: Place) -> Iterator[Place]:
    if place.result.requirement.id in place.engine.inner:
        yield from (place.inside(result) for result in place.result.inner)


def _inner(place: Place) -> Iterator[Place]:
    """The requirements of the set that a requirement asks for, or the members of a group, each with its own page."""
    if place.result.requirement.id in place.engine.inner:
        yield from _of_inner_set(place)
    else:
        yield from (
            Place(place.engine, place.evaluation, (*place.results[:-1], each)) for each in place.result.inner
        )


def _line(standing: StudentProgress, place: Place) -> Line:
    inner = tuple(Line(each) for each in _inner(place))
    if not place.result.counts_entries:
        return Line(place, inner=inner)
    forecast = outlook.forecast_for(standing, place.result)
    facts = standing.facts
    svg = burn_up_svg(
        place.result,
        facts.program_start,
        facts.graduated_on or facts.expected_graduation,
        standing.as_of,
        forecast,
        within=place.path.rpartition("/")[0].replace("/", "-"),
    )
    return Line(place, forecast, Markup(svg), inner)  # noqa: S704 (what it quotes is escaped)
