"""What a case that is being entered will count toward once it is verified, before it is stored.

Nothing is written, and nothing that was typed so far is refused: what is wrong is left out, and said.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from caselog import clock
from caselog.domain.case import LABELS, NEEDED_TO_SUBMIT, Case
from caselog.domain.fields import Fault
from caselog.domain.next_cases import Touch, touches
from caselog.domain.ruleset import Entries, RuleSet
from caselog.services.actor import Actor
from caselog.services.progress import StudentRecord, student_record
from caselog.services.references import References
from caselog.store.programs import Site

# Without these a case counts toward nothing, whatever else it says.
NEEDED = ("activity", "role")
_NOTHING_GIVEN = Case()


@dataclass(frozen=True, slots=True)
class SetForesight:
    """What a case will be to one rule set: what it adds to, and where it adds nothing."""

    ruleset: RuleSet
    gains: tuple[Touch, ...]
    nothing: tuple[Touch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """What a case will be to every rule set that applies, each requirement once.

    `lacking` are the labels of what must be given before anything can be told; then `sets` is empty. `still_open`
    are those of what is needed to submit and not given yet, `left_out` is what could not be taken as it was typed.
    A case without a day is `undated` and reckoned as of today. `judged`: whether any set applies at all.
    """

    lacking: tuple[str, ...]
    still_open: tuple[str, ...]
    left_out: tuple[Fault, ...]
    undated: bool
    judged: bool = True
    sets: tuple[SetForesight, ...] = ()

    @property
    def gains(self) -> tuple[Touch, ...]:
        return tuple(touch for each in self.sets for touch in each.gains)


def foresee(actor: Actor, references: References, typed: Case, unreadable: Iterable[Fault] = ()) -> Foresight:
    """What a case of the student's own, as far as it is typed, will count toward."""
    today = clock.today(actor.timezone)
    case, faults = _without_faults(references, typed, today)
    lacking = tuple(LABELS[name] for name in NEEDED if not getattr(case, name))
    told = Foresight(
        lacking=lacking,
        still_open=tuple(LABELS[name] for name in NEEDED_TO_SUBMIT if not getattr(case, name)),
        left_out=(*unreadable, *faults),
        undated=case.case_date is None,
    )
    if lacking:
        return told
    record = student_record(actor, actor.person_id)
    whole = _completed(references, replace(case, case_date=case.case_date or today))
    return replace(told, judged=bool(record.engines), sets=tuple(_sets(record, whole)))


def _sets(record: StudentRecord, case: Case) -> Iterator[SetForesight]:
    known: set[tuple[str, str, str]] = set()
    for engine in record.engines:
        found = [
            touch
            for touch in touches(engine, record.facts, record.entries, case, record.waivers)
            if touch.requirement.of is Entries.CASES and _key(touch) not in known
        ]
        known.update(map(_key, found))
        if found:
            gains = tuple(touch for touch in found if touch.gain > 0)
            yield SetForesight(engine.ruleset, gains, tuple(touch for touch in found if touch.gain <= 0))


def _key(touch: Touch) -> tuple[str, str, str]:
    """The same for a requirement of an adopted set and of one that another set builds on."""
    return touch.ruleset.id, touch.ruleset.edition, touch.requirement.id


def _without_faults(references: References, case: Case, today: date) -> tuple[Case, list[Fault]]:
    """The case without the fields that something is wrong with, and what that is."""
    faults = references.faults(case, today=today)
    mended: dict[str, Any] = {fault.field: getattr(_NOTHING_GIVEN, fault.field) for fault in faults}
    return replace(case, **mended), faults


def _completed(references: References, case: Case) -> Case:
    """The case with what follows from its site, as the log will have it."""
    site = references.sites.get(case.site or "")
    if site is None or case.case_date is None:
        return case
    return replace(case, site_country=site.country, site_affiliated=_affiliated(site, case.case_date))


def _affiliated(site: Site, day: date) -> bool:
    since, until = site.affiliated_from, site.affiliated_until
    return (since is None or since <= day) and (until is None or day <= until)
