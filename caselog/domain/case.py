"""A case as it stands in the log, and what can be wrong with one.

The field names and their order are the columns of every file (CSV, XLSX, JSON) and the fields of every form.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, make_dataclass
from datetime import date, time
from operator import attrgetter
from typing import Any

from caselog.domain.codes import CLOSED_LISTS, CodeBook, CodeList, Status
from caselog.domain.fields import HOURS_MOST, Fault, day_faults, lacking, number_fault, text_faults, unknown_code

NOTE_MOST = 2_000  # characters
CODES_MOST = 40  # in each list; ours: codes of 40 characters stay within what an index of PostgreSQL holds
MINUTES_MOST = 10_000  # about a week; ours: a longer run is support, logged in hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case, as values: codes are strings, lists are sorted tuples of codes, `None` means not given.

    `site_country` is the site's (ISO 3166 alpha-2); minutes are integers, `support_hours` decimal hours,
    `lowest_temp_c` decimal °C.
    """

    case_uid: str = ""
    case_date: date | None = None
    start_time: time | None = None
    site: str | None = None
    site_country: str | None = None
    rotation: str | None = None
    preceptor: str | None = None
    activity: str | None = None
    procedures: tuple[str, ...] = ()
    role: str | None = None
    share_percent: int | None = None
    setting: str | None = None
    age_group: str | None = None
    urgency: str | None = None
    redo: bool = False
    cpb_minutes: int | None = None
    cross_clamp_minutes: int | None = None
    circulatory_arrest_minutes: int | None = None
    support_hours: float | None = None
    lowest_temp_c: float | None = None
    techniques: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    note: str = ""
    status: str = Status.DRAFT
    site_affiliated: bool | None = None  # on the day of the case; follows from the site, so no file has it

    @property
    def uid(self) -> str:
        return self.case_uid

    @property
    def on(self) -> date | None:
        return self.case_date


# Filling a frozen class takes ten times as long as filling an open one with the same slots, and a log is long.
_Open: Any = make_dataclass("_Open", [each.name for each in fields(Case)], slots=True)


def case_of(values: Iterable[Any]) -> Case:
    """The case with these values, in the order of its fields: for whoever makes very many."""
    made = _Open(*values)
    made.__class__ = Case
    case: Case = made
    return case


DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(Case)}
COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(Case) if field.name != "site_affiliated")
LIST_FIELDS = frozenset({"procedures", "techniques", "events"})
INTEGER_FIELDS: Mapping[str, tuple[int, int]] = {
    "share_percent": (0, 100),
    "cpb_minutes": (0, MINUTES_MOST),
    "cross_clamp_minutes": (0, MINUTES_MOST),
    "circulatory_arrest_minutes": (0, MINUTES_MOST),
}
DECIMAL_FIELDS: Mapping[str, tuple[float, float]] = {
    "support_hours": (0, HOURS_MOST),
    "lowest_temp_c": (10, 42),
}
UNITS: Mapping[str, str] = {
    "share_percent": "percent",
    "cpb_minutes": "minutes",
    "cross_clamp_minutes": "minutes",
    "circulatory_arrest_minutes": "minutes",
    "support_hours": "hours",
    "lowest_temp_c": "°C",
}
LABELS: Mapping[str, str] = {
    "case_uid": "Case identifier",
    "case_date": "Date of the case",
    "start_time": "Start time",
    "site": "Clinical site",
    "site_country": "Country of the site",
    "rotation": "Rotation",
    "preceptor": "Preceptor",
    "activity": "Activity",
    "procedures": "Procedures",
    "role": "Your role",
    "share_percent": "Share of the conduct of perfusion",
    "setting": "Setting",
    "age_group": "Age group",
    "urgency": "Urgency",
    "redo": "Redo (previous cardiac surgery)",
    "cpb_minutes": "CPB time",
    "cross_clamp_minutes": "Cross-clamp time",
    "circulatory_arrest_minutes": "Circulatory arrest time",
    "support_hours": "Support managed",
    "lowest_temp_c": "Lowest temperature",
    "techniques": "Techniques",
    "events": "Events",
    "note": "Learning note",
    "status": "Status",
}
CODE_FIELDS = (*CodeList, *(name for name in CLOSED_LISTS if name in LABELS))
_LIMITS: Mapping[str, tuple[float, float]] = {**INTEGER_FIELDS, **DECIMAL_FIELDS}
# What a case must say before it can be submitted; a draft may still lack any of it.
NEEDED_TO_SUBMIT = (
    "case_date", "site", "preceptor", "activity", "role", "setting", "age_group", "urgency",
)  # fmt: skip


# Many fields at a time, since to ask for each by itself takes most of the time that checking a good case takes.
_codes_of = attrgetter(*CODE_FIELDS)
_numbers_of = attrgetter(*_LIMITS)
_needed_of = attrgetter(*NEEDED_TO_SUBMIT)


def faults(case: Case, *, today: date, codes: CodeBook) -> list[Fault]:
    """Everything impossible in a case, draft or not: `today` is the program's local date."""
    return [
        *day_faults("case_date", case.case_date, today),
        *_code_faults(case, codes),
        *_number_faults(case),
        *_minutes_faults(case),
        *text_faults("note", "The note", case.note, NOTE_MOST),
    ]


def missing(case: Case) -> list[Fault]:
    """What a case still lacks before it can be submitted for verification."""
    if all(_needed_of(case)):
        return []
    return lacking(case, NEEDED_TO_SUBMIT, LABELS, "case")


def _code_faults(case: Case, codes: CodeBook) -> Iterator[Fault]:
    for name, value in zip(CODE_FIELDS, _codes_of(case), strict=True):
        if value is None or value == ():
            continue
        given = value if name in LIST_FIELDS else (value,)
        if len(given) > CODES_MOST:
            yield Fault(name, f"{LABELS[name]}: {len(given):,} codes are too many; at most {CODES_MOST} fit.")
            continue
        if not codes.knows_all(name, given):
            for code in given:
                if not codes.knows(name, code):
                    yield Fault(name, unknown_code(name, code, codes.offered(name)))


def _number_faults(case: Case) -> Iterator[Fault]:
    for (name, limits), value in zip(_LIMITS.items(), _numbers_of(case), strict=True):
        if value is not None:
            yield from number_fault(name, LABELS[name], value, limits, UNITS[name])


def _minutes_faults(case: Case) -> Iterator[Fault]:
    for name in ("cross_clamp_minutes", "circulatory_arrest_minutes"):
        value = getattr(case, name)
        if value and case.cpb_minutes is not None and 0 <= case.cpb_minutes < value <= MINUTES_MOST:
            yield Fault(
                name,
                f"{LABELS[name]} ({value} min) cannot be longer than the CPB time ({case.cpb_minutes} min).",
            )
