"""A cohort's numbers are those of each student's own evaluation, whatever the log and whatever the rules."""

import math
import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, time, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog import clock
from caselog.domain.activity import LearningActivity
from caselog.domain.case import Case
from caselog.domain.codes import ActivityKind, AgeGroup, Role, Setting, Status, Urgency
from caselog.domain.evaluate import Engine
from caselog.domain.result import Entry, Evaluation, RequirementResult
from caselog.domain.ruleset import CountRequirement, Entries
from caselog.domain.student import StudentFacts
from caselog.extensions import db
from caselog.rules import library
from caselog.rules.codes import load_codes
from caselog.rules.loader import loads
from caselog.services.cohort_tally import Known, tally_cohort
from caselog.store import activities
from caselog.store.activities import LoggedActivity
from caselog.store.cases import LoggedCase, as_case, read_cases, spelled_out
from caselog.store.programs import Rotation, Site
from caselog.store.session import transaction
from tests.support.activities import put_activity
from tests.support.cast import Cast, Member, Place

AS_OF = date(2026, 11, 21)
LIMIT = 4.1  # hours; no decimal of a file is exactly this number
# What the shipped sets do not read: numbers, references, lists of codes, what is given and what is not.
RULES = f"""
id = "everything"
title = "Everything"
edition = "1"
about = "A set that reads every field."
eligible = {{ setting = {{ given = true }} }}
[sources.book]
title = "A book"
address = "board.example/book"
read = 2026-11-21
[[requirement]]
id = "places"
title = "Places"
says = "Somewhere, with somebody."
source = "book"
where = {{ any = [{{ site = "harbor", preceptor = "pat.preceptor@north.example" }}, {{ rotation = "first" }}] }}
minimum = 3
[[requirement]]
id = "shifts"
title = "Shifts"
says = "Shifts of some hours, or long runs."
source = "book"
where = {{ any = [
    {{ support_hours = {{ at_least = {LIMIT} }} }}, {{ cpb_minutes = {{ at_least = 60, at_most = 240 }} }},
    {{ cross_clamp_minutes = {{ at_most = 30 }} }}, {{ share_percent = {{ at_least = 60 }} }},
    {{ circulatory_arrest_minutes = {{ given = true }} }},
] }}
minimum = 5
[[requirement.part]]
id = "cold"
title = "Cold"
where = {{ lowest_temp_c = {{ at_most = 20.5 }} }}
at_most = 4
[[requirement]]
id = "techniques"
title = "Techniques"
says = "Techniques without events."
source = "book"
where = {{ techniques = {{ family = "pump", at_least = 2 }}, not = {{ events = {{ family = "event" }} }} }}
minimum = 2
[[requirement]]
id = "abroad"
title = "Abroad"
says = "Not in the US, in a window of days."
source = "book"
where = {{ not = {{ site_country = "US" }}, case_date = {{ from = 2026-03-01, until = 2026-09-01 }} }}
minimum = 2
"""


def _maybe(rng: Random, value: Any) -> Any:
    return value if rng.random() < 0.6 else None


def _some(rng: Random, codes: list[str]) -> tuple[str, ...]:
    return tuple(rng.sample(codes, rng.choice((0, 1, 1, 2, 3))))


def _row(
    rng: Random, student: Member, site: Place, preceptor: Member, rotation_id: uuid.UUID | None
) -> dict[str, Any]:
    """Some case, often at the edge of a limit; drafts lack anything."""
    status = rng.choice((*Status, Status.VERIFIED, Status.VERIFIED))
    whole = status not in (Status.DRAFT, Status.VOID)
    cpb = rng.choice((59, 60, 61, 239, 240, 241))
    codes = load_codes()

    def given(value: Any) -> Any:
        return value if whole else _maybe(rng, value)

    return {
        "program_id": student.program_id,
        "case_uid": uuid.UUID(int=rng.getrandbits(128)),
        "student_id": student.id,
        "case_date": given(
            rng.choice((date(2026, 3, 1), date(2026, 9, 1), AS_OF)) + timedelta(rng.randint(-1, 1))
        ),
        "start_time": _maybe(rng, time(7, 30)),
        "site_id": given(site.id),
        "rotation_id": _maybe(rng, rotation_id),
        "preceptor_id": given(preceptor.id),
        "activity": given(rng.choice(("cpb", "cpb", "cpb", "ecmo", "vad", "pump_standby"))),
        "procedures": _some(rng, [*codes.allowed("procedures")][:16]),
        "role": given(rng.choice((*Role, Role.PRIMARY, Role.PRIMARY))),
        "share_percent": _maybe(rng, rng.choice((59, 60, 100))),
        "setting": given(rng.choice((*Setting, Setting.CLINICAL))),
        "age_group": given(rng.choice([*AgeGroup])),
        "urgency": given(rng.choice([*Urgency])),
        "redo": rng.random() < 0.3,
        "cpb_minutes": _maybe(rng, cpb),
        "cross_clamp_minutes": _maybe(rng, rng.choice((29, 30, 31))),
        "circulatory_arrest_minutes": _maybe(rng, 0),
        "support_hours": _maybe(rng, rng.choice((LIMIT, math.nextafter(LIMIT, 0), math.nextafter(LIMIT, 9)))),
        "lowest_temp_c": _maybe(rng, rng.choice((20.4, 20.5, 20.500000000000004, 36.0))),
        "techniques": _some(rng, [*codes.allowed("techniques")][:4]),
        "events": _some(rng, ["vasoplegia", "other_event", "air_embolism"]) if rng.random() < 0.3 else (),
        "note": "a | b\nc",
        "status": status,
        "created_at": clock.now(),
        "changed_at": clock.now(),
        "version": 1,
    }


@pytest.fixture
def logs(app_context: Flask, cast: Cast) -> None:
    """Two students with many odd cases each, and an outsider with as many."""
    rng = Random(7)  # noqa: S311 (synthetic cases, not secrets)
    with transaction() as session:
        other_site = session.get_one(Site, (cast.program.id, cast.other_site.id))
        other_site.country, other_site.code = "CA", "hi\x1fl\x1el"  # what the lines of kinds are taken apart at
        rotation = Rotation(
            program_id=cast.program.id, id=uuid.uuid4(), code="first", student_id=cast.student.id,
            site_id=cast.site.id, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31),
        )  # fmt: skip
        session.add(rotation)
        session.flush()
        places = [(cast.site, cast.preceptor), (cast.other_site, cast.other_preceptor)]
        rows = [_row(rng, cast.student, *rng.choice(places), rotation.id) for _ in range(300)]
        rows += [_row(rng, cast.other_student, *rng.choice(places), None) for _ in range(200)]
        rows += [
            _row(rng, cast.outsider_student, cast.outsider_site, cast.outsider_preceptor, None) for _ in range(99)
        ]
        session.connection().execute(sa.insert(LoggedCase), rows)
        for member in (cast.student, cast.other_student, cast.outsider_student):
            for _ in range(60):
                put_activity(
                    session, member, cast.preceptor if member is not cast.outsider_student else cast.outsider_preceptor,
                    kind=rng.choice([*ActivityKind]), hours=_maybe(rng, rng.choice((0.5, 2.0, 8.25))),
                    units=_maybe(rng, 2.5), category=rng.choice((None, "I", "basic", "emergency")),
                    status=rng.choice([*Status]), date=date(2026, 1, 1) + timedelta(days=rng.randrange(330)),
                )  # fmt: skip


def _engines() -> list[Engine]:
    rulesets = [*library.newest(), loads(RULES, "everything.toml")]
    return [Engine(ruleset, load_codes(), AS_OF) for ruleset in rulesets]


def _facts() -> StudentFacts:
    minimums = {
        f"{engine.ruleset.id}/{number.key}": 5
        for engine in _engines()
        for _, number, _ in engine.ruleset.program_numbers()
    }
    return StudentFacts(
        program_start=date(2025, 9, 1), graduated_on=date(2026, 6, 1), certified_on=date(2026, 9, 1), enrolled=True,
        program_minimums=minimums,
    )  # fmt: skip


def _activities(student_id: uuid.UUID) -> list[LearningActivity]:
    rows = db.session.execute(activities.spelled_out().where(LoggedActivity.student_id == student_id))
    return [activities.as_activity(row) for row in rows]


def _tally(program_id: uuid.UUID, student_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[Evaluation]]:
    known = Known(dict.fromkeys(student_ids, _facts()), {each: _activities(each) for each in student_ids})
    return tally_cohort(db.session(), program_id, _engines(), known)


def _evaluate(student: Member) -> list[Evaluation]:
    rows = db.session.execute(spelled_out().where(LoggedCase.student_id == student.id))
    entries: list[Entry] = [*map(as_case, rows), *_activities(student.id)]
    full = [engine.evaluate(_facts(), entries) for engine in _engines()]
    return list(map(_without_verdicts, full))


def _without_verdicts(evaluation: Evaluation) -> Evaluation:
    return replace(evaluation, requirements=tuple(map(_numbers_of, evaluation.requirements)))


def _numbers_of(result: RequirementResult) -> RequirementResult:
    return replace(result, verdicts=(), inner=tuple(map(_numbers_of, result.inner)))


def test_the_tally_says_what_each_students_own_evaluation_says(logs: None, cast: Cast) -> None:
    found = _tally(cast.program.id, [cast.student.id, cast.other_student.id])
    for student in (cast.student, cast.other_student):
        assert found[student.id] == _evaluate(student)


def test_most_requirements_count_some_of_these_entries_and_let_some_wait(logs: None, cast: Cast) -> None:
    """Otherwise the agreement above could be one of zeros."""
    counting = [
        result for each in _evaluate(cast.student) for result in each.requirements if result.counts_entries
    ]
    assert all(result.counted < 300 for result in counting)
    for moved in ([result.counted for result in counting], [result.pending for result in counting]):
        assert sum(map(bool, moved)) > 0.8 * len(counting)


def test_only_the_students_asked_for_are_counted(logs: None, cast: Cast) -> None:
    found = _tally(cast.program.id, [cast.other_student.id])
    assert list(found) == [cast.other_student.id]
    assert found[cast.other_student.id] == _evaluate(cast.other_student)


def test_no_case_of_another_program_is_counted(logs: None, cast: Cast) -> None:
    (found,) = _tally(cast.program.id, [cast.outsider_student.id]).values()
    counted = {
        result.counted
        for each in found
        for result in each.requirements
        if isinstance(result.requirement, CountRequirement) and result.requirement.of is Entries.CASES
    }
    assert counted == {0}


def test_a_student_without_cases_has_an_evaluation_all_the_same(app_context: Flask, cast: Cast) -> None:
    found = _tally(cast.program.id, [cast.student.id])
    assert found[cast.student.id] == _evaluate(cast.student)


def test_nobody_asked_about_nobody_found(app_context: Flask, cast: Cast) -> None:
    assert _tally(cast.program.id, []) == {}


def test_a_cohort_judged_by_no_rule_set_has_no_evaluations(logs: None, cast: Cast) -> None:
    assert tally_cohort(db.session(), cast.program.id, [], Known({cast.student.id: _facts()})) == {
        cast.student.id: []
    }


def test_cases_read_for_counting_are_the_cases_of_the_log(logs: None, cast: Cast) -> None:
    of_student = LoggedCase.student_id == cast.student.id
    rows = db.session.execute(spelled_out().where(of_student))
    assert _by_uid(read_cases(db.session(), of_student)) == _by_uid(as_case(row) for row in rows)


def _by_uid(cases: Iterable[Case]) -> list[Case]:
    return sorted(cases, key=lambda case: case.case_uid)
