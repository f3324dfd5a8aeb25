"""The packet of a student: the record as one hands it in, for an application, the program's file or a board."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog.domain.activity import LearningActivity
from caselog.domain.case import Case
from caselog.domain.codes import CodeBook, Status
from caselog.domain.conditions import Condition, holds, resolve
from caselog.domain.export import FULL, Dates, Precision, Use, date_text, shown_code
from caselog.domain.export_words import what_is_left_out
from caselog.domain.packet import Packet
from caselog.domain.packet_lists import (
    Day,
    Names,
    attestation_list,
    case_list,
    own_notes,
    rotation_list,
    waiver_list,
)
from caselog.domain.packet_lists import activity_list as list_activities
from caselog.domain.packet_lists import activity_sums as sum_activities
from caselog.domain.packet_numbers import breakdown, readiness, set_part
from caselog.domain.packet_words import Category, of_things, summary
from caselog.domain.result import Evaluation, Outcome
from caselog.domain.ruleset import AttestationRequirement, CountRequirement, Entries
from caselog.domain.student import StudentFacts
from caselog.exports.as_pdf import pdf
from caselog.extensions import public_address
from caselog.rules.loader import derived_categories
from caselog.services import progress
from caselog.services.actor import Actor, RefusedError
from caselog.services.case_log import hidden_from
from caselog.services.issuing import Made, Prepared
from caselog.services.packet_names import names_of
from caselog.services.progress import StudentRecord
from caselog.store.cases import LoggedCase
from caselog.store.programs import Program
from caselog.store.session import reading

USES = (Use.APPLICATION, Use.PROGRAM_FILE, Use.BOARD)
_TITLES: Mapping[Use, tuple[str, str]] = {
    Use.APPLICATION: ("Perfusion case log", "For an application"),
    Use.PROGRAM_FILE: ("Perfusion case log", "For the program’s file"),
    Use.BOARD: ("Perfusion case log and readiness", "For a board"),
}
_SIGNERS = ("Student", "Program director")
_STATEMENT = (
    "The entries listed here are the student’s own. Those marked with the name of a preceptor were verified by that "
    "preceptor in the program’s case log; the others wait for verification."
)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class _Known:
    """What a packet is made of."""

    record: StudentRecord
    evaluations: tuple[Evaluation, ...]
    program: Program
    names: Names
    cases: tuple[Case, ...]
    activities: tuple[LearningActivity, ...]
    withheld: int  # cases that the actor is yet to judge blind


def packet(
    actor: Actor, student_id: uuid.UUID, use: Use, prepared: Prepared, precision: Precision
) -> tuple[bytes, Made]:
    """A student's packet as a PDF, and what it came to; the caller puts it on record before it leaves.

    It holds what was handed in or verified: no drafts, nothing returned or void. Raises NotFoundError for a student
    whom the actor may not see, RefusedError for a use that has no packet.
    """
    said = told(actor, student_id, use, prepared, precision)
    made = pdf(said, use, prepared.at)
    return made, Made(hashlib.sha256(made).hexdigest(), len(said.cases.rows), said.activity_count)


def told(actor: Actor, student_id: uuid.UUID, use: Use, prepared: Prepared, precision: Precision) -> Packet:
    """What a student's packet says, as values; raises as `packet` does."""
    if use not in USES:
        raise RefusedError("There is no packet for this use; choose another kind of file.")
    with reading() as session:
        return _packet(_read(session, actor, student_id, precision), use, prepared, precision)


def _read(session: Session, actor: Actor, student_id: uuid.UUID, precision: Precision) -> _Known:
    record = progress.student_record(actor, student_id)
    handed_in = [each for each in record.entries if each.status in (Status.SUBMITTED, Status.VERIFIED)]
    cases = [each for each in handed_in if isinstance(each, Case)]
    activities = [each for each in handed_in if isinstance(each, LearningActivity)]
    return _Known(
        record,
        tuple(record.evaluate(engine) for engine in record.engines),
        session.get_one(Program, actor.program_id),
        names_of(session, actor.program_id, student_id, precision),
        tuple(sorted(cases, key=lambda each: (each.on or date.min, str(each.start_time or ""), each.uid))),
        tuple(sorted(activities, key=lambda each: (each.on or date.min, each.uid))),
        _withheld(session, actor, student_id),
    )


def _withheld(session: Session, actor: Actor, student_id: uuid.UUID) -> int:
    if student_id == actor.person_id:
        return 0
    hidden = [uuid.UUID(uid) for uid in hidden_from(session, actor, student_id)]
    found = session.scalar(
        sa.select(sa.func.count()).where(
            LoggedCase.program_id == actor.program_id,
            LoggedCase.status == Status.SUBMITTED,
            LoggedCase.case_uid.in_(hidden),
        )
    )
    return found or 0


def _packet(known: _Known, use: Use, prepared: Prepared, precision: Precision) -> Packet:
    record, codes = known.record, known.record.codes
    day = partial(_day, dates=precision.dates)
    title, purpose = _TITLES[use]
    evaluations = _of_boards(known.evaluations) if use is Use.BOARD else known.evaluations
    letters = _letters(evaluations) if use is Use.BOARD else {}
    whole = precision == FULL
    sets = tuple(
        set_part(each, codes, letters.get(each.ruleset.id, {}), day, own_words=whole) for each in evaluations
    )
    toward = _toward(evaluations, letters) if use is Use.BOARD else None
    in_file = use is Use.PROGRAM_FILE
    listing = list_activities if in_file else sum_activities
    address = public_address()
    return Packet(
        title=title,
        purpose=purpose,
        paper="us-letter" if known.program.timezone.startswith("America/") else "a4",
        student=record.name,
        program=known.program.name,
        is_demo=known.program.is_demo,
        facts=tuple(_facts(known.program, record, day)),
        code=shown_code(prepared.code),
        verify=f"{address}/verify/{prepared.code}" if address else "",
        head=str(prepared.head),
        made=f"{prepared.at.astimezone(ZoneInfo(known.program.timezone)):%Y-%m-%d %H:%M} ({known.program.timezone})",
        readiness=tuple((each.ruleset.title, readiness(each.standing)) for each in evaluations),
        remarks=tuple(_remarks(known, precision)),
        summary=summary(known.cases, codes, _categories(codes, record.as_of)),
        breakdown=breakdown(known.cases, codes),
        sets=sets,
        rotations=rotation_list(known.names, known.cases, day),
        cases=case_list(known.cases, codes, known.names, day, toward),
        activities=None if use is Use.BOARD else listing(known.activities, known.names, day, own_words=whole),
        activity_count=0 if use is Use.BOARD else len(known.activities),
        attestations=attestation_list(
            record.facts.attestations, _documents(known.evaluations), day, own_words=whole
        ),
        waivers=waiver_list(record.waivers, record.as_of, day, own_words=whole) if in_file else None,
        notes=own_notes(known.cases, codes, day) if in_file and whole else (),
        signers=_SIGNERS,
        statement=_STATEMENT,
    )


def _day(value: object, dates: Dates) -> str:
    return date_text(value, dates) if isinstance(value, date) else ""


@lru_cache(maxsize=16)
def _resolved(codes: CodeBook, as_of: date) -> Mapping[str, Condition]:
    return {name: resolve(each, codes, as_of) for name, each in derived_categories().items()}


def _categories(codes: CodeBook, as_of: date) -> dict[str, Category]:
    return {name: partial(holds, each) for name, each in _resolved(codes, as_of).items()}


def _facts(program: Program, record: StudentRecord, day: Day) -> Iterable[tuple[str, str]]:
    facts: StudentFacts = record.facts
    yield "Program", program.name
    yield "Cohort", record.cohort
    days = {
        "Began": facts.program_start,
        "Expected graduation": None if facts.graduated_on else facts.expected_graduation,
        "Graduated": facts.graduated_on,
        "Certified": facts.certified_on,
    }
    for label, found in days.items():
        if found is not None:
            yield label, day(found)
    yield "As of", record.as_of.isoformat()


def _remarks(known: _Known, precision: Precision) -> Iterable[str]:
    yield from what_is_left_out(precision)
    if known.withheld:
        waits = "waits" if known.withheld == 1 else "wait"
        yield (
            f"{of_things(known.withheld, 'case').capitalize()} that {waits} for a decision of the person who made "
            "this packet cannot be in it yet."
        )


def _of_boards(evaluations: tuple[Evaluation, ...]) -> tuple[Evaluation, ...]:
    """The sets that ask for documents, which is what boards do; all of them where none does."""
    found = tuple(
        each
        for each in evaluations
        if any(isinstance(asked, AttestationRequirement) for asked in each.ruleset.requirements)
    )
    return found or evaluations


def _letters(evaluations: Iterable[Evaluation]) -> dict[str, dict[str, str]]:
    """A letter for each requirement that counts cases, by set and requirement."""
    counting = [
        (each.ruleset.id, asked.id)
        for each in evaluations
        for asked in each.ruleset.requirements
        if isinstance(asked, CountRequirement) and asked.of is Entries.CASES
    ]
    found: dict[str, dict[str, str]] = {}
    for place, (ruleset, requirement) in enumerate(counting):
        round_, letter = divmod(place, len(_LETTERS))
        found.setdefault(ruleset, {})[requirement] = _LETTERS[letter] + (str(round_) if round_ else "")
    return found


def _toward(evaluations: Iterable[Evaluation], letters: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """By case: the letters of what it counts toward, in brackets where it waits."""
    found: dict[str, list[str]] = {}
    for evaluation in evaluations:
        for result in evaluation.requirements:
            letter = letters.get(evaluation.ruleset.id, {}).get(result.requirement.id)
            for verdict in result.verdicts if letter else ():
                if verdict.outcome is not Outcome.EXCLUDED:
                    waits = verdict.outcome is Outcome.PENDING
                    found.setdefault(verdict.entry.uid, []).append(f"({letter})" if waits else f"{letter}")
    return {uid: " ".join(each) for uid, each in found.items()}


def _documents(evaluations: Iterable[Evaluation]) -> dict[str, str]:
    """What can be on file: requirement id → title."""
    return {
        each.id: each.title
        for evaluation in evaluations
        for each in evaluation.ruleset.requirements
        if isinstance(each, AttestationRequirement)
    }
