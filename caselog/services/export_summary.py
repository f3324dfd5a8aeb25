"""The summary in front of a workbook: what was exported, and how the students in it stand before each requirement."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from caselog.domain.export import Use, shown_code
from caselog.domain.export_words import DATES, SITES, USES
from caselog.domain.result import RequirementResult, Standing, plain
from caselog.domain.ruleset import RuleSet
from caselog.exports.as_xlsx import Cell, Summary
from caselog.extensions import db
from caselog.services.actor import Actor
from caselog.services.cohort_standing import cohort_table
from caselog.services.export_rows import Member
from caselog.services.issuing import Issue, Prepared
from caselog.services.progress import student_progress
from caselog.store.programs import Cohort, Program

_REQUIREMENT = ("ruleset", "edition", "requirement", "asked", "counted")
_OF_ONE = (*_REQUIREMENT, "waiting", "missing", "standing", "source")
# What waits for verification would tell a director who is to judge a case blind which role it claims.
_OF_MANY = ("student", "cohort", *_REQUIREMENT, "missing", "standing")
_STANDINGS = {
    Standing.MET: "met",
    Standing.NOT_MET: "not met",
    Standing.UNSET: "no number set",
    Standing.NEEDS_ATTESTATION: "nothing on file",
    Standing.WAIVED: "waived",
}


def summary(actor: Actor, issue: Issue, prepared: Prepared, students: list[Member]) -> Summary:
    """The sheet in front, of one student or of many. Raises NotFoundError."""
    if issue.student_id is None:
        return Summary(tuple(_facts(actor, issue, prepared, students)), _OF_MANY, _of_many(actor, issue))
    standing = student_progress(actor, issue.student_id)
    rows = (
        _of_one(evaluation.ruleset, result)
        for _, evaluation in standing.evaluations
        for result in evaluation.requirements
    )
    return Summary(tuple(_facts(actor, issue, prepared, students)), _OF_ONE, rows)


def _facts(actor: Actor, issue: Issue, prepared: Prepared, students: list[Member]) -> Iterator[tuple[str, Cell]]:
    """What the file is; the code and the head are what it can be verified by."""
    yield "Program", db.session().get_one(Program, actor.program_id).name
    if issue.student_id is not None:
        yield "Student", students[0].name
        yield "Cohort", students[0].cohort
    else:
        yield "Students", len(students)
        if issue.cohort_id is not None:
            yield "Cohort", db.session().get_one(Cohort, (actor.program_id, issue.cohort_id)).name
    yield "Exported on", prepared.at.astimezone(ZoneInfo(actor.timezone)).date()
    if issue.use is not Use.ARCHIVE:
        yield "For", USES[issue.use]
    yield "Dates", DATES[issue.precision.dates]
    yield "Sites", SITES[issue.precision.sites]
    yield "Verification code", shown_code(prepared.code)
    yield "Head of the audit trail", str(prepared.head)


def _of_one(ruleset: RuleSet, result: RequirementResult) -> list[Cell]:
    source = result.requirement.source
    return [
        *_numbers(ruleset, result),
        plain(result.pending),
        _missing(result),
        _STANDINGS[result.standing],
        f"{source.title}, {source.address}",
    ]


def _of_many(actor: Actor, issue: Issue) -> Iterator[list[Cell]]:
    for cohort in _cohorts(actor, issue):
        table = cohort_table(actor, cohort.id)
        asked = [ruleset for ruleset in table.rulesets for _ in ruleset.requirements]
        for row in table.rows:
            for ruleset, result in zip(asked, row.results, strict=True):
                yield [
                    row.name,
                    table.cohort.name,
                    *_numbers(ruleset, result),
                    _missing(result),
                    _STANDINGS[result.standing],
                ]


def _cohorts(actor: Actor, issue: Issue) -> Iterable[Cohort]:
    query = sa.select(Cohort).where(Cohort.program_id == actor.program_id)
    if issue.cohort_id is not None:
        query = query.where(Cohort.id == issue.cohort_id)
    return list(db.session.scalars(query.order_by(Cohort.graduates_on, Cohort.name)))


def _numbers(ruleset: RuleSet, result: RequirementResult) -> list[Cell]:
    minimum = None if result.minimum is None else plain(result.minimum)
    return [ruleset.title, ruleset.edition, result.requirement.title, minimum, plain(result.counted)]


def _missing(result: RequirementResult) -> Cell:
    return None if result.remaining is None else plain(result.remaining)
