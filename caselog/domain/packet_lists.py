"""The lists of a packet: cases, rotations, learning activities, what is on file and what was waived."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from caselog.domain.activity import LearningActivity
from caselog.domain.case import Case
from caselog.domain.codes import CodeBook, CodeList, Setting, Status
from caselog.domain.number_words import amount
from caselog.domain.packet import Table
from caselog.domain.packet_words import in_number, short_label
from caselog.domain.student import Attestation, Waiver

Day = Callable[[object], str]
WAITS = "waits"


@dataclass(frozen=True, slots=True)
class Stay:
    """A rotation: what it is called here, its code in the log, its site by code, both days inclusive."""

    name: str
    code: str
    site: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Names:
    """What sites (by code), people (by e-mail) and who verified a case (by its uid) are called in the packet."""

    sites: Mapping[str, str]
    people: Mapping[str, str]
    verified_by: Mapping[str, str]
    stays: tuple[Stay, ...]

    def who(self, case: Case) -> str:
        """Who verified a case, or that it waits."""
        if case.status != Status.VERIFIED:
            return WAITS
        return self.verified_by.get(case.uid) or self.people.get(case.preceptor or "", "")


def case_list(
    cases: Iterable[Case], codes: CodeBook, names: Names, day: Day, toward: Mapping[str, str] | None
) -> Table:
    """The cases, the earliest first. With `toward`, by case, only those that count toward something, and what."""
    given = list(cases)
    shown = given if toward is None else [each for each in given if each.uid in toward]
    rows = tuple(
        (
            str(number),
            day(each.on),
            names.sites.get(each.site or "", ""),
            what_was_done(each, codes),
            _words(each.role),
            f"{_words(each.age_group)}, {_words(each.urgency)}",
            minutes(each) if toward is None else toward[each.uid],
            names.who(each),
        )
        for number, each in enumerate(shown, start=1)
    )
    last = "CPB / clamp, min" if toward is None else "Toward"
    remarks = []
    if left := len(given) - len(shown):
        count = "counts" if left == 1 else "count"
        remarks.append(f"{in_number(left).capitalize()} more of the log {count} toward none of these.")
    return Table(
        title="Cases",
        head=("No.", "Date", "Site", "What was done", "Role", "Patient, urgency", last, "Verified by"),
        rows=rows,
        numeric=(0,),
        remarks=tuple(remarks),
    )


def what_was_done(case: Case, codes: CodeBook) -> str:
    """The activity, then the procedures; with what sets a case apart."""
    activity = short_label(codes, case.activity) if case.activity else ""
    said = ", ".join(codes.label(CodeList.PROCEDURES, code) for code in case.procedures)
    redo = " (redo)" if case.redo else ""
    simulated = "Simulation: " if case.setting == Setting.SIMULATION else ""
    return f"{simulated}{activity}{': ' if activity and said else ''}{said}{redo}"


def minutes(case: Case) -> str:
    """Minutes on bypass and under the clamp; hours of support where that is what was managed."""
    if case.cpb_minutes is None and case.cross_clamp_minutes is None:
        return f"{case.support_hours:g} h" if case.support_hours is not None else ""
    given = (case.cpb_minutes, case.cross_clamp_minutes)
    return " / ".join("–" if each is None else str(each) for each in given)


def rotation_list(names: Names, cases: Iterable[Case], day: Day) -> Table | None:
    """Rotations with the number of cases logged in each; sites without a rotation follow."""
    given = list(cases)
    rows = []
    for stay in names.stays:
        of_stay = [each for each in given if each.rotation == stay.code]
        site = names.sites.get(stay.site, "")
        rows.append((stay.name, site, day(stay.first), day(stay.last), *_counts(of_stay)))
    known = {stay.code for stay in names.stays}
    elsewhere = [each for each in given if each.rotation not in known]
    for code in dict.fromkeys(each.site for each in elsewhere):
        of_site = [each for each in elsewhere if each.site == code]
        rows.append(("–", names.sites.get(code or "", ""), "", "", *_counts(of_site)))
    head = ("Rotation", "Site", "From", "To", "Verified", "Waiting")
    return Table(title="Rotations and sites", head=head, rows=tuple(rows), numeric=(4, 5)) if rows else None


def _counts(cases: list[Case]) -> tuple[str, str]:
    verified = sum(each.status == Status.VERIFIED for each in cases)
    return str(verified), str(len(cases) - verified)


def activity_list(
    activities: Iterable[LearningActivity], names: Names, day: Day, *, own_words: bool
) -> Table | None:
    """Learning activities, the earliest first; without `own_words` their titles and providers are left out."""
    rows = tuple(
        (
            day(each.on),
            _words(each.kind),
            each.title if own_words else "",
            _number(each.hours),
            _number(each.units),
            each.provider or "" if own_words else "",
            names.people.get(each.supervisor or "", "") if each.status == Status.VERIFIED else WAITS,
        )
        for each in activities
    )
    head = ("Date", "Kind", "Title", "Hours", "Units", "Provider", "Verified by")
    return Table(title="Learning activities", head=head, rows=rows, numeric=(3, 4)) if rows else None


def activity_sums(
    activities: Iterable[LearningActivity],
    names: Names,
    day: Day,
    *,
    own_words: bool,
) -> Table | None:
    """How many learning activities of each kind, with their hours and units; those that wait by themselves."""
    given = list(activities)
    rows = []
    for kind in sorted({each.kind or "" for each in given}):
        of_kind = [each for each in given if each.kind == kind and each.status == Status.VERIFIED]
        waiting = sum(each.kind == kind and each.status != Status.VERIFIED for each in given)
        hours = _number(sum(each.hours or 0 for each in of_kind))
        units = _number(sum(each.units or 0 for each in of_kind))
        rows.append((_words(kind), str(len(of_kind)), hours, units, str(waiting)))
    head = ("Kind", "Verified", "Hours", "Units", "Waiting")
    return Table(title="Learning activities", head=head, rows=tuple(rows), numeric=(1, 2, 3, 4)) if rows else None


def attestation_list(
    attestations: Iterable[Attestation], titles: Mapping[str, str], day: Day, *, own_words: bool
) -> Table | None:
    """What is on file: the document, by whom, since when; without `own_words` not by whom."""
    rows = tuple(
        (titles.get(each.id, _words(each.id)), each.by if own_words else "", day(each.on)) for each in attestations
    )
    head = ("Document or statement", "By", "On")
    return Table(title="Attestations on file", head=head, rows=rows) if rows else None


def waiver_list(waivers: Iterable[Waiver], as_of: date, day: Day, *, own_words: bool) -> Table | None:
    """What was waived or substituted and is in force, by whom and why; without `own_words` not why."""
    rows = tuple(
        (
            _words(each.requirement),
            _granted(each),
            each.granted_by,
            each.reason if own_words else "",
            day(each.until) if each.until else "open",
        )
        for each in waivers
        if each.in_force(as_of)
    )
    head = ("Requirement", "What was granted", "By", "Why", "Until")
    return Table(title="Waivers in force", head=head, rows=rows) if rows else None


def _granted(waiver: Waiver) -> str:
    if waiver.minimum is not None:
        return f"{amount(waiver.minimum)} suffice"
    return "one entry counts" if waiver.counts else "waived"


def own_notes(cases: Iterable[Case], codes: CodeBook, day: Day) -> tuple[tuple[str, str], ...]:
    """The learning notes, each under its case."""
    return tuple(
        (f"{day(each.on)} · {what_was_done(each, codes)}", each.note) for each in cases if each.note.strip()
    )


def _words(code: str | None) -> str:
    return (code or "").replace("_", " ").replace("-", " ")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.10g}"
