"""Writing a rule set of the program's own: a draft is kept however wrong it is, and only a right one is published."""

import difflib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.evaluate import Engine
from caselog.domain.result import Evaluation
from caselog.domain.ruleset import RuleSet
from caselog.domain.student import StudentFacts
from caselog.extensions import db
from caselog.rules import library
from caselog.rules.lines import line_of, with_values
from caselog.rules.loader import parsed
from caselog.rules.reading import RuleFileError
from caselog.rules.requirements import ID
from caselog.services import rulesets, trail
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.services.progress import program_numbers
from caselog.services.references import load_codes
from caselog.store.people import Person
from caselog.store.rulesets import ProgramRuleset
from caselog.store.session import transaction

TITLE_MOST = 200
COMPARED_MOST = 5_000  # lines; to compare more would keep the page waiting


class SavedMeanwhileError(RefusedError):
    """Somebody else saved the draft after it was opened here; nothing was changed."""

    def __init__(self) -> None:
        super().__init__(
            "This draft was saved in another window meanwhile, so yours is not saved yet. Look at the differences; "
            "what you send now takes the place of the other text."
        )


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a text: at which line, if one is meant (counted from 1), and what that line says."""

    key: str
    says: str
    line: int | None
    shown: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that is being written. `ruleset`, `edition` and `title` are what it last said in so many words."""

    id: uuid.UUID
    ruleset: str
    edition: str
    title: str
    text: str
    changed_at: datetime
    written_by: str
    checked: RuleSet | None
    complaint: Complaint | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftStart:
    """What a new draft begins with; `like` is the edition whose text it copies, as set and edition."""

    ruleset: str
    edition: str
    title: str
    like: tuple[str, str] | None = None


def drafts(actor: Actor) -> list[Draft]:
    """The program's drafts, by set and edition."""
    session = db.session()
    return [_as_draft(session, row, name) for row, name in session.execute(_drafts(actor))]


def draft(actor: Actor, draft_id: uuid.UUID) -> Draft:
    """One draft, checked. Raises NotFoundError."""
    session = db.session()
    found = session.execute(_drafts(actor).where(ProgramRuleset.id == draft_id)).one_or_none()
    if found is None:
        raise NotFoundError
    return _as_draft(session, *found)


def start(actor: Actor, begun: DraftStart) -> uuid.UUID:
    """Begin a draft, from an example or as a copy. Raises NotFoundError, RefusedError for an id or edition taken."""
    text = rulesets.text_of(actor, *begun.like) if begun.like else library.starter(clock.today(actor.timezone))
    text = with_values(text, {"id": begun.ruleset, "edition": begun.edition, "title": begun.title})
    with transaction() as session:
        _check_name(session, actor, begun.ruleset, begun.edition)
        row = ProgramRuleset(
            program_id=actor.program_id,
            id=uuid.uuid4(),
            ruleset=begun.ruleset,
            edition=begun.edition,
            title=begun.title,
            text=text,
            published=False,
            written_by=actor.person_id,
            changed_at=clock.now(),
        )
        session.add(row)
        trail.record(actor, "ruleset.start", row.id)
        return row.id


def save(actor: Actor, draft_id: uuid.UUID, text: str, seen: datetime) -> datetime:
    """Keep a text as it is, right or wrong, and say when; `seen` is when the draft that was open had been saved.

    Raises NotFoundError, RefusedError for a text too long, SavedMeanwhileError.
    """
    if (size := len(text.encode())) > rulesets.TEXT_MOST:
        raise RefusedError(f"The text has {size:,} bytes; at most {rulesets.TEXT_MOST:,} fit.")
    with transaction() as session:
        row = _fetch(session, actor, draft_id, seen)
        row.text, row.written_by, row.changed_at = text, actor.person_id, clock.now()
        _follow(session, row)
        trail.record(actor, "ruleset.save", draft_id)
        return row.changed_at


def differences(saved: str, typed: str) -> Iterator[tuple[str, str]]:
    """The lines that differ and those around them: "-" only saved, "+" only typed, " " both, "…" some left out.

    Nothing for texts too long to compare.
    """
    before, after = saved.splitlines(), typed.splitlines()
    if max(len(before), len(after)) > COMPARED_MOST:
        return
    for line in [*difflib.unified_diff(before, after, n=2, lineterm="")][2:]:
        yield ("…", "") if line.startswith("@@") else (line[0], line[1:])


def publish(actor: Actor, draft_id: uuid.UUID, seen: datetime | None = None) -> RuleSet:
    """Make a draft an edition that cohorts can adopt, and that never changes again.

    `seen` as in `save`; without it, what was saved last is published.
    Raises NotFoundError, SavedMeanwhileError, RefusedError while the text is wrong or its edition is taken.
    """
    with transaction() as session:
        row = _fetch(session, actor, draft_id, seen)
        try:
            found = _check(session, row)
        except RuleFileError as error:
            at = f"line {error.line}, {error.key}" if error.line else error.key
            raise RefusedError(f"Not published: {at}: {error.fault} {error.fix}") from error
        row.ruleset, row.edition, row.title = found.id, found.edition, found.title
        row.published, row.changed_at = True, clock.now()
        trail.record(actor, "ruleset.publish", draft_id)
        return found


def discard(actor: Actor, draft_id: uuid.UUID) -> None:
    """Delete a draft. Raises NotFoundError; what is published cannot be deleted."""
    with transaction() as session:
        row = _fetch(session, actor, draft_id)
        session.delete(row)
        trail.record(actor, "ruleset.discard", draft_id)


def preview(actor: Actor, ruleset: RuleSet) -> tuple[Engine, Evaluation]:
    """How a set reads for a student who began a year ago and has logged nothing yet."""
    session = db.session()
    today = clock.today(actor.timezone)
    nobody = StudentFacts(
        program_start=_years_from(today, -1),
        expected_graduation=_years_from(today, 1),
        enrolled=True,
        program_minimums=program_numbers(session, actor.program_id),
    )
    engine = Engine(ruleset, load_codes(session, actor.program_id), today)
    return engine, engine.evaluate(nobody, ())


def _years_from(day: date, years: int) -> date:
    return day + timedelta(days=365 * years)


def _drafts(actor: Actor) -> sa.Select[ProgramRuleset, str]:
    return (
        sa.select(ProgramRuleset, Person.name)
        .join(
            Person, sa.and_(Person.program_id == ProgramRuleset.program_id, Person.id == ProgramRuleset.written_by)
        )
        .where(ProgramRuleset.program_id == actor.program_id, sa.not_(ProgramRuleset.published))
        .order_by(ProgramRuleset.ruleset, ProgramRuleset.edition)
    )


def _fetch(session: Session, actor: Actor, draft_id: uuid.UUID, seen: datetime | None = None) -> ProgramRuleset:
    """A draft, locked: of two who save or publish at once the second sees what the first did."""
    row = session.scalars(
        sa.select(ProgramRuleset)
        .where(
            ProgramRuleset.program_id == actor.program_id,
            ProgramRuleset.id == draft_id,
            sa.not_(ProgramRuleset.published),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFoundError
    if seen is not None and row.changed_at != seen:
        raise SavedMeanwhileError
    return row


def _as_draft(session: Session, row: ProgramRuleset, written_by: str) -> Draft:
    found = complaint = None
    try:
        found = _check(session, row)
    except RuleFileError as error:
        lines = row.text.split("\n")
        shown = lines[error.line - 1] if error.line and error.line <= len(lines) else ""
        complaint = Complaint(error.key, f"{error.fault} {error.fix}", error.line, shown.strip())
    return Draft(
        row.id, row.ruleset, row.edition, row.title, row.text, row.changed_at, written_by, found, complaint
    )


def _check(session: Session, row: ProgramRuleset) -> RuleSet:
    """What the draft says, if it could be published. Raises RuleFileError."""
    found = rulesets.check(session, row.program_id, row.text)
    if other := _taken(session, row.program_id, found.id, found.edition, row.id):
        fault = (
            f"“{found.edition}” of {found.id} is {'published already' if other.published else 'another draft'}."
        )
        error = RuleFileError("the rule set", "edition", fault, "Name another edition.")
        error.line = line_of(row.text, error.key, error.fault)
        raise error
    return found


def _taken(
    session: Session, program_id: uuid.UUID, ruleset_id: str, name: str, but: uuid.UUID | None = None
) -> ProgramRuleset | None:
    """The row that has this set and edition, if it is not `but`."""
    row = session.scalars(
        sa.select(ProgramRuleset).where(
            ProgramRuleset.program_id == program_id,
            ProgramRuleset.ruleset == ruleset_id,
            ProgramRuleset.edition == name,
        )
    ).one_or_none()
    return None if row is None or row.id == but else row


def _check_name(session: Session, actor: Actor, ruleset_id: str, name: str) -> None:
    if not ID.fullmatch(ruleset_id):
        raise RefusedError(
            f"“{ruleset_id}” is not an id: write small letters, digits and hyphens, as in our-minimums."
        )
    if rulesets.is_shipped(ruleset_id):
        raise RefusedError(f"“{ruleset_id}” is a set that Caselog ships; choose an id of your own.")
    if not rulesets.EDITION.fullmatch(name):
        raise RefusedError(
            f"“{name}” is no name for an edition: write letters, digits, dots and hyphens, as in 2026-11."
        )
    if other := _taken(session, actor.program_id, ruleset_id, name):
        raise RefusedError(
            f"Edition {name} of {ruleset_id} is {'published' if other.published else 'a draft'} already; "
            "name another edition."
        )


def _follow(session: Session, row: ProgramRuleset) -> None:
    """Have the row's id, edition and title follow its text, as far as it says them and nobody else has them."""
    try:
        says = parsed(row.text, "")
    except RuleFileError:
        return
    ruleset_id, name, title = (says.get(key) for key in ("id", "edition", "title"))
    if isinstance(title, str) and title.strip() and title.isprintable():
        row.title = title.strip()[:TITLE_MOST]
    if not (isinstance(ruleset_id, str) and ID.fullmatch(ruleset_id)):
        ruleset_id = row.ruleset
    if not (isinstance(name, str) and rulesets.EDITION.fullmatch(name)):
        name = row.edition
    if not _taken(session, row.program_id, ruleset_id, name, row.id):
        row.ruleset, row.edition = ruleset_id, name
