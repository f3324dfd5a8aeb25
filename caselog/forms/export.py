"""The forms of what leaves: which file and why, how exactly things leave for each use, and why one is withdrawn."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caselog.domain.export import REASON_MOST, Dates, Format, Precision, Sites, Use
from caselog.domain.export_words import DATES, SITES, USES
from caselog.forms.base import CaselogForm, ChoiceField, LineField, Needed
from caselog.services.export_making import Entries, is_made
from caselog.services.issuing import Issue

_PACKETS = {
    Use.APPLICATION: "Application packet",
    Use.PROGRAM_FILE: "Packet for the program’s file",
    Use.BOARD: "Packet for a board",
}
# The yearly report holds counts only, and a full copy is always full.
SET_HERE = (Use.SPREADSHEET, Use.APPLICATION, Use.PROGRAM_FILE, Use.BOARD, Use.COHORT)


@dataclass(frozen=True, slots=True)
class Choice:
    """A file that may leave: for which use, in which format, with which entries where it has room for one table."""

    use: Use
    format: Format
    entries: Entries = Entries.CASES

    @property
    def key(self) -> str:
        one_table = [self.entries] if self.format is Format.CSV else []
        return "-".join([self.use, self.format, *one_table])

    @property
    def words(self) -> str:
        match self.format:
            case Format.PDF:
                return f"{_PACKETS[self.use]} (PDF)"
            case Format.XLSX:
                return "Spreadsheet, all tables (XLSX)"
            case Format.CSV:
                return f"{self.entries.capitalize()} as a plain table (CSV)"
            case Format.ZIP:
                return "Packets of all (ZIP)"
        return "Everything, to keep (JSON)"

    @property
    def tables(self) -> tuple[Entries, ...]:
        """Which tables are in the file."""
        return (self.entries,) if self.format is Format.CSV else tuple(Entries)


def _choices(use: Use, *formats: Format) -> list[Choice]:
    tables = [Choice(use, Format.CSV, entries) for entries in Entries] if Format.CSV in formats else []
    others = [Choice(use, each) for each in formats if each is not Format.CSV]
    return [each for each in (*others, *tables) if is_made(each.use, each.format)]


_TO_SHOW = (Format.PDF, Format.XLSX, Format.CSV)
OF_STUDENT: Sequence[Choice] = (
    *_choices(Use.SPREADSHEET, Format.XLSX, Format.CSV),
    *(choice for use in (Use.APPLICATION, Use.PROGRAM_FILE, Use.BOARD) for choice in _choices(use, *_TO_SHOW)),
)
# A full copy is the student's own; nobody else takes it.
OF_ONESELF: Sequence[Choice] = (*OF_STUDENT, *_choices(Use.ARCHIVE, Format.JSON))
OF_MANY: Sequence[Choice] = _choices(Use.COHORT, Format.XLSX, Format.CSV, Format.JSON)


class ExportForm(CaselogForm):
    """What leaves, and why."""

    file = ChoiceField("File", [Needed("Choose which file leaves.")])
    reason = LineField(
        "Why", [Needed("Say in a few words what it is for; it is kept with the export.")], most=REASON_MOST
    )

    def __init__(self, choices: Sequence[Choice], chosen: str | None = None) -> None:
        """`chosen` is the choice that stands there at first, if there is such a one."""
        self._choices = {choice.key: choice for choice in choices}
        first = choices[0].key
        super().__init__(data={"file": chosen if chosen in self._choices else first})
        groups: dict[str, list[tuple[str, str]]] = {}
        for choice in choices:
            groups.setdefault(USES[choice.use], []).append((choice.key, choice.words))
        self.file.choices = groups

    @property
    def choice(self) -> Choice:
        """What is chosen; where nothing that there is was chosen, the first."""
        return self._choices.get(self.file.data) or next(iter(self._choices.values()))

    def wanted(self, student_id: uuid.UUID | None, cohort_id: uuid.UUID | None) -> Issue:
        return Issue(
            use=self.choice.use,
            format=self.choice.format,
            student_id=student_id,
            cohort_id=cohort_id,
            reason=self.reason.data,
        )


class WithdrawForm(CaselogForm):
    why = LineField("Why", [Needed("Say why it no longer stands.")], most=REASON_MOST)


def _fields() -> Iterable[tuple[str, Any]]:
    for use in SET_HERE:
        yield f"dates_{use}", ChoiceField("Dates", [Needed("Choose how dates leave.")], choices=DATES.items())
        yield f"sites_{use}", ChoiceField("Sites", [Needed("Choose how sites leave.")], choices=SITES.items())


class PrecisionForm(CaselogForm):
    """How exactly things leave, for each use that a program sets."""

    def __init__(self, precisions: Mapping[Use, Precision]) -> None:
        data: dict[str, str] = {}
        for use in SET_HERE:
            precision = precisions[use]
            data |= {f"dates_{use}": precision.dates, f"sites_{use}": precision.sites}
        super().__init__(data=data)

    def precisions(self) -> dict[Use, Precision]:
        return {
            use: Precision(Dates(self[f"dates_{use}"].data), Sites(self[f"sites_{use}"].data)) for use in SET_HERE
        }


for _name, _field in _fields():
    setattr(PrecisionForm, _name, _field)
