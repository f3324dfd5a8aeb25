"""Rows on their way into one student's log: which are new, which stand there already, and which cannot be.

Finding out reads the log once and then asks nothing more of the database, so nobody waits while it takes its time.
"""

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.cells import FileRow, RowFault, remembering
from caselog.domain.codes import Status
from caselog.domain.fields import Fault
from caselog.services.actor import Actor, Operator
from caselog.services.file_evaluation import said_twice
from caselog.services.kinds import ACTIVITIES, CASES, E, EntryKind
from caselog.services.screen import entry_faults
from caselog.services.settings import settings_of

# Only a reviewer verifies, and only an entry that stands in the log can have been returned.
_ARRIVES_AS: Mapping[str, Status] = {Status.VERIFIED: Status.SUBMITTED, Status.RETURNED: Status.DRAFT}
# The site says its country, and a status changes in the log: neither makes it another entry.
_NOT_CONTENT = frozenset({CASES.uid, ACTIVITIES.uid, "site_country", "status"})
# What makes two entries look like one, and what must not speak against it where no time of day tells them apart.
_ALIKE = {
    CASES.noun: (
        ("case_date", "site", "start_time", "procedures"),
        ("activity", "role", "cpb_minutes", "age_group"),
    ),
    ACTIVITIES.noun: (("date", "kind", "title"), ("hours",)),
}
_SPELLED = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # a UUID as Python writes it
_AT_ONCE = 1_000  # identifiers in one question to the database


@dataclass(frozen=True, slots=True)
class Manner:
    """How to import: see `transfer.import_cases`. `twice` adds what looks like another entry all the same."""

    skip_bad: bool = False
    dry_run: bool = False
    texts_checked: bool = False
    twice: bool = True
    progress: Callable[[int], None] = lambda rows: None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the rows of a file; counts are rows.

    `differing` are rows whose entry stood in the log with other values, which it kept; `alike` rows that were left
    out because they look like another entry; `there` the lines of rows that stood in the log or above already.
    `stored` is False after a dry run, and where a row is bad that was not to be skipped: then nothing was added.
    """

    rows: int
    added: int
    already_there: int
    from_verified: int  # added as submitted
    from_returned: int  # added as drafts
    differing: tuple[RowFault, ...]
    bad: tuple[RowFault, ...]
    stored: bool
    alike: tuple[RowFault, ...] = ()
    there: tuple[int, ...] = ()
    import_id: uuid.UUID | None = field(default=None, compare=False)


class Arrival(Generic[E]):
    """The rows of one file, and what is known of the log that they come to."""

    def __init__(
        self,
        kind: EntryKind[E],
        session: Session,
        actor: Actor | Operator,
        student_id: uuid.UUID,
        manner: Manner,
    ) -> None:
        self.kind, self.actor, self.student_id, self.manner = kind, actor, student_id, manner
        self.references = kind.references(session, actor.program_id, student_id)
        self.takes_notes = settings_of(session, actor.program_id).free_text
        self.today = clock.today(actor.timezone)
        self.in_log = {each.uid: each for each in kind.read(session, self._of_student())}
        session.expunge_all()  # what was read is needed after this read has ended
        self.rows = 0
        self.readers = remembering(kind.readers)
        # By identifier, with the line and with the status that the file says.
        self.arriving: dict[str, tuple[int, E]] = {}
        self.times: dict[str, int] = {}  # how often the same content came without an identifier
        self.looks_like: dict[tuple[Any, ...], list[tuple[int, E]]] = {}  # line 0 stands for the log
        self.there: list[int] = []
        self.alike: list[RowFault] = []
        self.differing: list[RowFault] = []
        self.bad: list[RowFault] = []
        if not manner.twice:
            for each in self.in_log.values():
                self._note_looks(0, each)

    def take(self, row: FileRow) -> None:
        """Find out whether a row is bad, there already, or an entry to add."""
        self.rows += 1
        found = list(row.faults)
        if not found:
            reviewer = self.kind.reviewer
            entry, found = self.kind.parse_row(
                {**row.cells, reviewer: row.cells.get(reviewer, "").lower()}, self.readers
            )
            unreadable = {fault.field for fault in found}
            if unreadable:
                found += (fault for fault in self._impossible(entry) if fault.field not in unreadable)
            else:
                found = self._place(row.line, entry)
        self.bad += (RowFault(row.line, fault.field, fault.message) for fault in found)

    def _impossible(self, entry: E) -> list[Fault]:
        return [
            *self.references.faults(_as_asked(entry), today=self.today),
            *entry_faults(entry, takes_notes=self.takes_notes),
        ]

    def _place(self, line: int, entry: E) -> list[Fault]:
        try:
            identifier = self._identifier(entry)
        except ValueError:
            message = (
                f"The identifier is not a UUID; leave it empty, and the {self.kind.noun} gets one of its own."
            )
            return [Fault(self.kind.uid, message), *self._impossible(entry)]
        if identifier in self.in_log:
            return self._compare(line, entry, self.in_log[identifier])
        has_own = entry.uid == identifier
        entry = entry if has_own else self.kind.identified(entry, identifier)
        found = self._impossible(entry)
        if found:
            return found
        if not self.manner.twice and not has_own and self._left_out(line, entry):
            return []
        earlier, known = self.arriving.setdefault(identifier, (line, entry))
        if known is not entry and known != entry:
            return [Fault(self.kind.uid, said_twice(self.kind.uid, identifier, earlier))]
        if earlier != line:
            self.there.append(line)
        return []

    def _left_out(self, line: int, entry: E) -> bool:
        """Whether a row looks like an entry that is there already; it is noted either way."""
        twin = next((earlier for earlier, other in self._noted(entry) if self._same(entry, other)), None)
        if twin is None:
            self._note_looks(line, entry)
            return False
        same = ", ".join(self.kind.labels[name].lower() for name in _ALIKE[self.kind.noun][0])
        where = f"the {self.kind.noun} on line {twin}" if twin else f"{self.kind.a_noun} in the log"
        self.alike.append(RowFault(line, self.kind.columns[1], f"The same {same} as {where}."))
        return True

    def _same(self, entry: E, other: E) -> bool:
        if getattr(entry, "start_time", None) is not None:
            return True
        pairs = ((getattr(entry, name), getattr(other, name)) for name in _ALIKE[self.kind.noun][1])
        return all(one == two or one is None or two is None for one, two in pairs)

    def _noted(self, entry: E) -> list[tuple[int, E]]:
        return self.looks_like.get(self._looks(entry), [])

    def _note_looks(self, line: int, entry: E) -> None:
        if entry.on is not None and entry.status != Status.VOID:
            self.looks_like.setdefault(self._looks(entry), []).append((line, entry))

    def _looks(self, entry: E) -> tuple[Any, ...]:
        return tuple(getattr(entry, name) for name in _ALIKE[self.kind.noun][0])

    def _compare(self, line: int, entry: E, stands: E) -> list[Fault]:
        """An entry in the log stays as it is; a row that says something impossible of it is bad all the same."""
        ours, theirs = _content(self.kind, stands), _content(self.kind, entry)
        names = [name for name in self.kind.columns if ours.get(name) != theirs.get(name)]
        found = self._impossible(entry) if names else []
        if not found:
            self.there.append(line)
        if names and not found:
            message = f"The log has other values in {', '.join(names)}, and keeps them."
            self.differing.append(RowFault(line, names[0], message))
        return found

    def _identifier(self, entry: E) -> str:
        """The entry's own identifier in one spelling, or one made of the student and of what the entry says.

        Raises ValueError for an identifier that is not a UUID.
        """
        if _SPELLED.fullmatch(entry.uid):
            return entry.uid
        if entry.uid:
            return str(uuid.UUID(entry.uid))
        content = json.dumps(_content(self.kind, entry), sort_keys=True, default=str)
        self.times[content] = self.times.get(content, 0) + 1
        return str(uuid.uuid5(self.student_id, f"{self.times[content]} {content}"))

    def refuse_those_of_others(self, session: Session) -> None:
        """An entry of another student in the program is not this student's."""
        for start in range(0, len(self.arriving), _AT_ONCE):
            wanted = list(self.arriving)[start : start + _AT_ONCE]
            taken = session.scalars(
                sa.select(self.kind.table.uid).where(
                    self.kind.table.program_id == self.actor.program_id,
                    self.kind.table.uid.in_(map(uuid.UUID, wanted)),
                )
            )
            for uid in map(str, taken):
                message = f"{uid} is {self.kind.a_noun} of another student; remove the row."
                self.bad.append(RowFault(self.arriving[uid][0], self.kind.uid, message))
        lines = {fault.line for fault in self.bad}
        self.arriving = {uid: (line, entry) for uid, (line, entry) in self.arriving.items() if line not in lines}
        self.bad.sort(key=lambda fault: fault.line)

    def columns(self, import_id: uuid.UUID) -> list[dict[str, Any]]:
        """The entries to add, as column values."""
        now = clock.now()
        own = {
            "program_id": self.actor.program_id,
            "student_id": self.student_id,
            "created_at": now,
            "changed_at": now,
            "version": 1,
            "import_id": import_id,
        }
        return [
            {
                **self.references.columns(entry),
                **own,
                "status": _ARRIVES_AS.get(entry.status, entry.status),
                self.kind.uid: uuid.UUID(uid),
            }
            for uid, (_, entry) in self.arriving.items()
        ]

    @property
    def keeps(self) -> bool:
        """Whether anything is to be added, as things stand and as it was asked for."""
        return not self.manner.dry_run and (self.manner.skip_bad or not self.bad)

    def report(self, import_id: uuid.UUID | None = None) -> ImportReport:
        in_file = [entry.status for _, entry in self.arriving.values()]
        return ImportReport(
            rows=self.rows,
            added=len(in_file),
            already_there=len(self.there),
            from_verified=in_file.count(Status.VERIFIED),
            from_returned=in_file.count(Status.RETURNED),
            differing=tuple(self.differing),
            bad=tuple(self.bad),
            stored=self.keeps,
            alike=tuple(self.alike),
            there=tuple(self.there),
            import_id=import_id,
        )

    def _of_student(self) -> sa.ColumnElement[bool]:
        return sa.and_(
            self.kind.table.program_id == self.actor.program_id, self.kind.table.student_id == self.student_id
        )


def _as_asked(entry: E) -> E:
    """The entry as its faults are asked for: what was returned arrives as a draft, which may lack anything."""
    return replace(entry, status=Status.DRAFT) if entry.status == Status.RETURNED else entry


def _content(kind: EntryKind[E], entry: E) -> dict[str, Any]:
    """What of an entry is given, so that a column added one day leaves today's entries what they are."""
    given = {name: getattr(entry, name) for name in kind.columns if name not in _NOT_CONTENT}
    return {name: value for name, value in given.items() if value not in (None, "", (), False)}
