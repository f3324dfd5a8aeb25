"""Dealing out synthetic cases that read like two years of a perfusion student. No database, no clock."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TypeVar

from caselog.domain.case import Case
from caselog.domain.codes import Role, Setting, Status
from caselog.services import demo_mixture as mix

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stay:
    """A rotation as far as it has gone: its code, its site, both days inclusive, and who teaches there."""

    rotation: str
    site: str
    country: str
    pediatric: bool
    first: date
    last: date
    preceptors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What a student's log comes to until `today`: numbers of cases, and how they are mixed."""

    starts_on: date
    graduates_on: date
    today: date
    stays: Sequence[Stay]
    adult: int
    pediatric: int
    valve_factor: float = 1.0
    ecmo_factor: float = 1.0
    all_verified: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A case, the day it was entered, and the day on which a preceptor decided about it, with the comment."""

    case: Case
    entered_on: date
    decided_on: date | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class _Frame:
    """What is dealt before the details are drawn."""

    activity: str
    age_group: str
    procedures: tuple[str, ...]
    urgency: str


Start = tuple[str, date, time]


def draw_log(rng: Random, outline: Outline, taken: set[Start]) -> list[Drawn]:
    """A student's log, by date. The same generator state gives the same log.

    `taken` holds when cases begin at which site, and grows: no two students are to claim the same case.
    """
    at_children = [stay for stay in outline.stays if stay.pediatric]
    elsewhere = [stay for stay in outline.stays if not stay.pediatric] or at_children
    drawn = [
        _draw(rng, outline, frame, elsewhere, taken)
        for frame in _frames(rng, outline, mix.ADULT_ACTIVITIES, mix.ADULT_AGES, outline.adult)
    ]
    ages = mix.PEDIATRIC_AGES if at_children else mix.PEDIATRIC_AGES_ELSEWHERE
    drawn += [
        _draw(rng, outline, frame, at_children or elsewhere, taken)
        for frame in _frames(rng, outline, mix.PEDIATRIC_ACTIVITIES, ages, outline.pediatric)
    ]
    return _one_after_another(sorted(drawn, key=_begins), taken)


def _begins(drawn: Drawn) -> datetime:
    return datetime.combine(drawn.case.case_date or date.max, drawn.case.start_time or time())


def _one_after_another(in_order: list[Drawn], taken: set[Start]) -> list[Drawn]:
    """The log with no case begun before the one before it was over, as long as the day lasts."""
    found: list[Drawn] = []
    free = datetime.min  # noqa: DTZ901 (local times, as cases have them)
    for drawn in in_order:
        case, begins = drawn.case, _begins(drawn)
        site, last = case.site or "", datetime.combine(begins.date(), time(23, 55))
        while begins < min(free, last) or (
            begins != _begins(drawn) and (site, begins.date(), begins.time()) in taken
        ):
            begins += timedelta(minutes=5)
        if begins.date() == case.case_date and begins >= free:
            taken.add((site, begins.date(), begins.time()))
            drawn = replace(drawn, case=replace(case, start_time=begins.time()))  # noqa: PLW2901 (the same case, later)
        found.append(drawn)
        lasts = max(case.cpb_minutes or 0, round(60 * (case.support_hours or 0)), 1)
        free = max(free, _begins(drawn) + timedelta(minutes=lasts))
    return found


def deal(rng: Random, weights: Mapping[T, float], n: int) -> list[T]:
    """`n` cards in the proportions of the weights, as near as whole numbers allow, shuffled.

    Chance decides the order only: a small log still has the mixture that it was meant to have.
    """
    total = sum(weights.values())
    exact = {value: n * weight / total for value, weight in weights.items()}
    cards = [value for value, share in exact.items() for _ in range(int(share))]
    by_rest = sorted(exact, key=lambda value: exact[value] % 1, reverse=True)
    cards += by_rest[: n - len(cards)]
    rng.shuffle(cards)
    return cards


def _one(rng: Random, weights: Mapping[T, float]) -> T:
    return rng.choices(tuple(weights), tuple(weights.values()))[0]


def _frames(
    rng: Random, outline: Outline, activities: Mapping[str, float], ages: Mapping[str, float], n: int
) -> list[_Frame]:
    bent = {
        activity: weight * (outline.ecmo_factor if activity in mix.ECMO_LIKE else 1)
        for activity, weight in activities.items()
    }
    adult_procedures = {
        procedures: weight * (outline.valve_factor if any(_is_valve(code) for code in procedures) else 1)
        for procedures, weight in mix.ADULT_PROCEDURES.items()
    }
    dealt = zip(
        deal(rng, bent, n),
        deal(rng, ages, n),
        deal(rng, adult_procedures, n),
        deal(rng, mix.URGENCIES, n),
        strict=True,
    )
    return [
        _Frame(activity, age, _procedures(rng, activity, age, procedures), _urgency(activity, procedures, urgency))
        for activity, age, procedures, urgency in dealt
    ]


def _is_valve(code: str) -> bool:
    return code.endswith("_valve")


def _procedures(rng: Random, activity: str, age: str, adult: tuple[str, ...]) -> tuple[str, ...]:
    if activity not in ("cpb", "pump_standby"):
        return ()
    if activity == "pump_standby":
        return ("transcatheter_valve",) if age in mix.ADULT_AGES else ()
    if age in mix.CHILD_PROCEDURES:
        return _one(rng, mix.CHILD_PROCEDURES[age])
    return adult


def _urgency(activity: str, procedures: tuple[str, ...], dealt: str) -> str:
    if activity == "ecpr" or (activity == "cpb" and "type_a_dissection" in procedures):
        return "emergent"
    return dealt


def _draw(rng: Random, outline: Outline, frame: _Frame, stays: Sequence[Stay], taken: set[Start]) -> Drawn:
    stay = rng.choices(stays, [(stay.last - stay.first).days + 1 for stay in stays])[0]
    day = stay.first + timedelta(days=rng.randint(0, (stay.last - stay.first).days))
    if frame.urgency == "elective" and day.weekday() >= 5:
        day = max(stay.first, day - timedelta(days=2))
    elapsed = (day - outline.starts_on) / (outline.graduates_on - outline.starts_on)
    role = _one(rng, next(weights for until, weights in mix.STAGES if elapsed <= until))
    simulation = frame.activity == "cpb" and elapsed < mix.STAGES[1][0] and rng.random() < 0.1
    case = Case(
        case_uid=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        case_date=day,
        start_time=_start_time(rng, frame.urgency, (stay.site, day), taken),
        site=stay.site,
        site_country=stay.country,
        rotation=stay.rotation,
        preceptor=rng.choice(stay.preceptors),
        activity=frame.activity,
        procedures=frame.procedures,
        role=role,
        share_percent=_share(rng, role),
        setting=Setting.SIMULATION if simulation else Setting.CLINICAL,
        age_group=frame.age_group,
        urgency=frame.urgency,
        redo=bool(frame.procedures) and rng.random() < 0.08,
        techniques=_techniques(rng, frame),
        events=("vasoplegia",) if rng.random() < 0.02 else ("other_event",) if rng.random() < 0.01 else (),
        note=rng.choice(mix.NOTES) if rng.random() < 0.18 else "",
        status=Status.VERIFIED,
    )
    return _with_status(rng, outline, _with_numbers(rng, case))


def _start_time(rng: Random, urgency: str, where: tuple[str, date], taken: set[Start]) -> time:
    while True:
        at_night = urgency in ("emergent", "salvage") and rng.random() < 0.5
        start = time(rng.randint(0, 23) if at_night else rng.choice((7, 7, 8, 11, 12, 13)), 5 * rng.randint(0, 11))
        if (*where, start) not in taken:
            taken.add((*where, start))
            return start


def _share(rng: Random, role: str) -> int | None:
    if rng.random() > 0.2:
        return None
    match role:
        case Role.PRIMARY:
            return 5 * rng.randint(12, 20)
        case Role.FIRST_ASSISTANT:
            return 5 * rng.randint(2, 11)
        case _:
            return None


def _techniques(rng: Random, frame: _Frame) -> tuple[str, ...]:
    def some(**chances: float) -> list[str]:
        return [code for code, chance in chances.items() if rng.random() < chance]

    match frame.activity:
        case "ecmo" | "ecpr" | "vad":
            kind = "va" if frame.activity != "ecmo" or rng.random() < 0.5 else "vv"
            found = ["centrifugal_pump", "heparin", *some(peripheral_cannulation=0.8, nirs=0.4)]
            found += [kind] if frame.activity != "vad" else []
        case "cpb":
            small = frame.age_group in mix.PEDIATRIC_AGES
            found = [rng.choice(("roller_pump", "centrifugal_pump")), "heparin", "antegrade"]
            found += [_one(rng, {"del_nido": 6, "blood_cardioplegia": 3, "crystalloid_cardioplegia": 1})]
            found += some(retrograde=0.3, cell_saver=0.6, inline_gas_monitoring=0.8, svo2=0.6, nirs=0.5, vavd=0.35)
            found += some(muf=0.7, ultrafiltration=0.4) if small else some(rap=0.35, hemoconcentrator=0.25)
            if mix.WITH_ARREST.intersection(frame.procedures):
                found += ["dhca", *some(antegrade_cerebral_perfusion=0.7)]
        case "autotransfusion":
            found = ["cell_saver"]
        case _:
            found = []
    return tuple(sorted(found))


def _with_numbers(rng: Random, case: Case) -> Case:
    """Minutes, hours and °C that fit the activity and the procedures."""
    if case.activity in mix.ECMO_LIKE:
        return replace(case, support_hours=rng.randint(8, 24) / 2)
    if case.activity != "cpb":
        return case
    cpb = max(35, round(rng.gauss(70 + 25 * len(case.procedures), 24)))
    arrest = mix.WITH_ARREST.intersection(case.procedures)
    if arrest:
        cpb += 60
    return replace(
        case,
        cpb_minutes=cpb,
        cross_clamp_minutes=round(cpb * rng.uniform(0.5, 0.8)),
        circulatory_arrest_minutes=rng.randint(8, 30) if arrest else None,
        lowest_temp_c=rng.randint(180, 240) / 10 if arrest else rng.randint(310, 360) / 10,
    )


def _with_status(rng: Random, outline: Outline, case: Case) -> Drawn:
    day = case.case_date or outline.today
    ago = (outline.today - day).days
    status = _one(rng, next(weights for until, weights in mix.STATUSES if ago <= until))
    if outline.all_verified:
        status = Status.VERIFIED
    entered = day + timedelta(days=min(ago, _one(rng, {0: 70, 1: 18, 2: 6, 5: 4, 12: 2})))
    if status not in (Status.VERIFIED, Status.RETURNED):
        return Drawn(replace(case, status=status), entered)
    decided = min(outline.today, entered + timedelta(days=rng.randint(0, 6)))
    comment = rng.choice(mix.RETURN_COMMENTS) if status == Status.RETURNED else ""
    return Drawn(replace(case, status=status), entered, decided, comment)
