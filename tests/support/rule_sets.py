"""Rule sets, logs, students and waivers drawn at random, over few values, so that rules and entries often meet.

A rule set is drawn as the tree of its file: the loader reads it for the engine, the naive evaluator takes it as it is.
Each is drawn from a number and a size, which Hypothesis draws: quick, and a failing one can be made smaller.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from caselog.domain.activity import LearningActivity
from caselog.domain.case import Case
from caselog.domain.codes import ActivityKind, AgeGroup, Role, Setting, Status
from caselog.domain.student import Attestation, StudentFacts, Waiver

Tree = dict[str, Any]
DAYS = [
    date(2026, 11, 21),
    date(2028, 2, 29),
    date(2027, 2, 28),
    date(2024, 2, 29),
    date(2027, 6, 30),
    date(2027, 7, 1),
]
STATUSES = [*Status, Status.VERIFIED, Status.VERIFIED, Status.VERIFIED, Status.VERIFIED, Status.SUBMITTED]
ANCHORS = ["@program_start", "@expected_graduation", "@graduated_on", "@certified_on"]
YEAR_STARTS = ["07-01", "11-21", "11-22", "02-28", "02-29", "03-01", "01-01"]


@dataclass(frozen=True)
class Drawn:
    """A question: a student with a log and waivers, on a day."""

    student: StudentFacts
    entries: list[Case | LearningActivity]
    waivers: list[Waiver]
    as_of: date


class Dice(random.Random):
    def one(self, *values: Any) -> Any:
        return self.choice(values)

    def chance(self, percent: int) -> bool:
        return self.randrange(100) < percent

    def some(self, values: list[Any], least: int = 1, most: int = 3) -> list[Any]:
        return self.sample(values, self.randint(least, min(most, len(values))))

    def day(self) -> date:
        if self.chance(70):
            return self.choice(DAYS) + timedelta(days=self.one(-366, -365, -1, 0, 0, 1, 2, -730, -1096, -1461))
        return date(2023, 1, 1) + timedelta(days=self.randrange(2_000))


# Entries


def a_case(dice: Dice, uid: str) -> Case:
    one = dice.one
    return Case(
        case_uid=uid,
        case_date=None if dice.chance(3) else dice.day(),
        site=one(None, "harbor", "hill", "valley"),
        site_country=one(None, "US", "US", "CA", "DE"),
        site_affiliated=one(None, True, True, False),
        rotation=one(None, "first", "second", "third"),
        activity=one(None, "cpb", "cpb", "cpb", "ecmo", "ecpr", "vad", "pump_standby"),
        procedures=tuple(sorted(dice.some(["cabg", "aortic_valve", "mitral_valve", "hemiarch"], 0))),
        role=one(None, *Role, Role.PRIMARY, Role.PRIMARY, Role.PRIMARY),
        setting=one(None, Setting.SIMULATION, *[Setting.CLINICAL] * 5),
        age_group=one(None, *AgeGroup),
        redo=dice.chance(40),
        cpb_minutes=one(None, 0, 59, 60, 61, 240),
        support_hours=one(None, 0.0, 0.1, 3.5, 4.0, 12.5),
        status=dice.choice(STATUSES),
    )


def an_activity(dice: Dice, uid: str) -> LearningActivity:
    one = dice.one
    return LearningActivity(
        activity_uid=uid,
        date=None if dice.chance(3) else dice.day(),
        kind=one(None, *ActivityKind, ActivityKind.DIDACTIC, ActivityKind.WET_LAB),
        hours=one(None, 0.0, 0.1, 1.5, 4.0, 8.0),
        units=one(None, 0.25, 1.0, 2.0),
        category=one(None, "I", "II"),
        provider=one(None, "a board", "a school"),
        status=dice.choice(STATUSES),
    )


def _entries(dice: Dice, number: int) -> list[Case | LearningActivity]:
    drawn = (a_case if dice.chance(70) else an_activity for _ in range(number))
    return [draw(dice, f"entry-{place:04d}") for place, draw in enumerate(drawn)]


# Drawn once: a log is a sample of these, which is much quicker than drawing each log field by field.
ENTRIES = _entries(Dice(7), 2_000)


# Conditions


def case_condition(dice: Dice, deep: int = 2) -> Tree:
    return _condition(dice, deep, _case_leaf)


def activity_condition(dice: Dice, deep: int = 1) -> Tree:
    return _condition(dice, deep, _activity_leaf)


def student_condition(dice: Dice, deep: int = 1) -> Tree:
    return _condition(dice, deep, _student_leaf)


def _condition(dice: Dice, deep: int, leaf: Callable[[Dice], Tree]) -> Tree:
    found = leaf(dice)
    if deep and dice.chance(35):
        key = dice.one("all", "any", "any", "not", "not")
        if key == "not":
            found[key] = _condition(dice, deep - 1, leaf)
        else:
            found[key] = [_condition(dice, deep - 1, leaf) for _ in range(dice.randint(1, 3))]
        if dice.chance(60):
            found = {key: found[key]}
    if deep and leaf is not _student_leaf and dice.chance(8):
        found["student"] = student_condition(dice)
    return found


def _case_leaf(dice: Dice) -> Tree:
    match dice.randrange(16):
        case 0 | 1:
            return {"role": dice.some([*map(str, Role)])}
        case 2 | 3:
            return {"activity": dice.one("cpb", ["cpb", "vad"], {"family": "ecmo"}, {"family": ["ecmo", "vad"]})}
        case 4:
            codes = {"family": "valve", "codes": ["cabg"], "at_least": dice.randint(1, 2)}
            return {"procedures": dice.one({"family": "valve"}, codes, ["cabg", "hemiarch"], "cabg")}
        case 5:
            return {"redo": dice.chance(50)}
        case 6:
            return {"site_affiliated": dice.chance(70)}
        case 7:
            return {"cpb_minutes": dice.one({"at_least": 60}, {"at_most": 60}, {"at_least": 59, "at_most": 61})}
        case 8:
            return {"support_hours": dice.one({"at_least": 3.5}, {"at_most": 0.1}, {"given": True})}
        case 9:
            return {dice.one("rotation", "site"): {"given": dice.chance(70)}}
        case 10:
            return {"site": dice.one("harbor", ["harbor", "hill"])}
        case 11 | 12:
            return {"case_date": dates(dice)}
        case 13:
            return {"age_group": dice.some([*map(str, AgeGroup)])}
        case _:
            names = ["performed", "clinical", "open-heart", "valve", "pediatric", "complex", "own"]
            return {"is": dice.choice(names) if dice.chance(70) else dice.some(names)}


def _activity_leaf(dice: Dice) -> Tree:
    match dice.randrange(5):
        case 0 | 1:
            return {"kind": dice.some(["didactic", "wet_lab", "simulation", "course"])}
        case 2:
            return {"category": dice.one("I", ["I", "II"], {"given": True})}
        case 3:
            return {dice.one("hours", "units"): dice.one({"at_least": 1}, {"at_most": 1.5}, {"given": True})}
        case _:
            return {"date": dates(dice)}


def _student_leaf(dice: Dice) -> Tree:
    if dice.chance(30):
        return {"enrolled": dice.chance(60)}
    name = dice.one("program_start", "expected_graduation", "graduated_on", "certified_on")
    return {name: {"given": dice.chance(60)} if dice.chance(30) else dates(dice)}


def dates(dice: Dice) -> Tree:
    found: Tree = {}
    if dice.chance(70):
        low, high = sorted((dice.day(), dice.day()))
        anchored = dice.chance(40)
        if dice.chance(60):
            found[dice.one("from", "after")] = dice.choice(ANCHORS) if anchored else low
        if not found or dice.chance(40):
            # Two fixed limits that leave no day between them are refused.
            found[dice.one("until", "before")] = dice.choice(ANCHORS) if dice.chance(30) else high + timedelta(3)
    if dice.chance(15):
        found["months"] = dice.one(2, [2, 11], [9, 10, 11, 12], [6, 7])
    if not found or dice.chance(25):
        if dice.chance(60):
            found["last_years"] = dice.randint(1, 4)
        if "last_years" not in found or dice.chance(50):
            found["year_starts"] = dice.choice(YEAR_STARTS)
    return found


# Rule sets


def a_rule_set(number: int, size: int) -> Tree:
    """A rule file with up to `size` requirements that count, and what hangs on them."""
    dice = Dice(number)
    tree: Tree = {
        "id": "drawn",
        "title": "A set drawn",
        "edition": "1",
        "about": "For tests.",
        "sources": {"page": {"title": "A page", "address": "board.example/page", "read": date(2026, 11, 21)}},
        "conditions": {"own": {"title": "own", "where": _only_lists_above(case_condition(dice))}},
        "requirement": [],
    }
    if dice.chance(85):
        tree["eligible"] = dice.one({"is": ["performed", "clinical"]}, {"is": "clinical"}, case_condition(dice))
    asked: list[Tree] = tree["requirement"]
    asked += [_counting(dice, f"r{place}", "eligible" in tree) for place in range(dice.randint(1, max(1, size)))]
    if size > 1 and dice.chance(45):
        _exclusive(dice, tree)
    _shares(dice, asked)
    for place in range(dice.randint(0, size)):
        asked.append(_other(dice, f"s{place}", asked))
    return tree


def _only_lists_above(condition: Tree) -> Tree:
    """The condition called "own" may not name itself."""
    return {key: _not_own(value) for key, value in condition.items()}


def _not_own(value: Any) -> Any:
    if isinstance(value, dict):
        return _only_lists_above(value)
    if isinstance(value, list):
        return [_not_own(each) for each in value]
    return "valve" if value == "own" else value


def _head(dice: Dice, name: str) -> Tree:
    head: Tree = {"id": name, "title": f"Requirement {name}", "says": "It says so.", "source": "page"}
    if dice.chance(15):
        head["renamed_from"] = f"old-{name}"
    return head


def _number(dice: Dice, most: int = 6) -> Any:
    match dice.randrange(10):
        case 0:
            return "program"
        case 1:
            return {"value": dice.randint(0, most), "program_may_change": True}
        case 2:
            exceptions = [
                {"when": student_condition(dice), "value": dice.randint(0, most)}
                for _ in range(dice.randint(1, 2))
            ]
            number = {"value": dice.randint(0, most), "exceptions": exceptions}
            return {**number, "program_may_change": True} if dice.chance(30) else number
        case 3:
            return dice.one(0, 0.5, 2.5)
        case _:
            return dice.randint(0, most)


def _counting(dice: Dice, name: str, has_default: bool) -> Tree:
    activities = dice.chance(25)
    condition = activity_condition if activities else case_condition
    asked = _head(dice, name)
    if activities or dice.chance(20):
        asked["kind"] = "activities" if activities else "cases"
    asked["where"] = condition(dice)
    if (not activities and not has_default) or dice.chance(15):
        asked["eligible"] = condition(dice)
    asked["minimum"] = _number(dice)
    if dice.chance(20):
        asked["preferred"] = _number(dice, 9)
    if dice.chance(30):
        asked["credit"] = _credits(dice, activities, condition)
    if dice.chance(20):
        fields = ["date", "category", "provider"] if activities else ["case_date", "rotation", "site", "activity"]
        asked["once_per"] = dice.choice(fields)
    elif dice.chance(40):
        asked["part"] = [_part(dice, f"p{n}", condition) for n in range(dice.randint(1, 3))]
    by_day = asked.get("once_per", "date") in ("date", "case_date")
    if dice.chance(15) and by_day and not any("at_most" in part for part in asked.get("part", ())):
        asked["each_year"] = {"at_least": _number(dice, 2), "last_years": dice.randint(1, 3)}
        if dice.chance(60):
            asked["each_year"]["year_starts"] = dice.choice(YEAR_STARTS)
    return asked


def _credits(dice: Dice, activities: bool, condition: Callable[[Dice], Tree]) -> list[Tree]:
    found = []
    for _ in range(dice.randint(1, 3)):
        credit: Tree = {"where": condition(dice)} if dice.chance(60) else {}
        if dice.chance(40):
            credit["points"] = dice.one(0, 0.5, 1, 2, 0.1)
        else:
            credit["field"] = (
                dice.one("hours", "units") if activities else dice.one("support_hours", "cpb_minutes")
            )
            if dice.chance(60):
                credit["per"] = dice.one(0.1, 1, 4, 60)
                if dice.chance(40):
                    credit["points"] = dice.one(0.5, 2)
            if dice.chance(40):
                credit["at_most"] = dice.one(0.5, 1, 3)
        found.append(credit)
    return found


def _part(dice: Dice, name: str, condition: Callable[[Dice], Tree]) -> Tree:
    part: Tree = {"id": name, "title": name, "where": condition(dice)}
    if dice.chance(50):
        part["at_least"] = _number(dice, 2)
    if "at_least" not in part or dice.chance(60):
        part["at_most"] = _number(dice, 3)
    return part


def _exclusive(dice: Dice, tree: Tree) -> None:
    """A group of two or three requirements of which each case serves one."""
    plain = [
        asked
        for asked in tree["requirement"]
        if asked.get("kind") != "activities" and not {"credit", "once_per", "part", "each_year"} & set(asked)
    ]
    if len(plain) < 2:
        return
    for asked in plain:
        asked["where"] = dice.one(asked["where"], {"activity": {"given": True}}, {"is": "performed"})
    among = [asked["id"] for asked in dice.some(plain, 2, 3)]
    pairs = [[one, other] for place, one in enumerate(among) for other in among[place + 1 :]]
    group: Tree = {"among": among}
    if dice.chance(50):
        group["may_share"] = dice.some(pairs, 1, 2)
    tree["exclusive"] = [group]


def _shares(dice: Dice, asked: list[Tree]) -> None:
    """Turn some numbers into shares of another requirement's."""
    bases = [each for each in asked if dice.chance(50)]
    for each in asked:
        others = [base["id"] for base in bases if base is not each]
        if each not in bases and others and dice.chance(60):
            share: Tree = {"percent": dice.one(0, 20, 33.3, 50, 100), "of": dice.choice(others)}
            places = [(each, "minimum"), (each, "preferred")]
            places += [
                (part, key) for part in each.get("part", ()) for key in ("at_least", "at_most") if key in part
            ]
            table, key = dice.choice(places)
            if dice.chance(50) and (key != "minimum" or table is not each or not _is_plain(each)):
                share["of_counted"] = True
            table[key] = share


def _is_plain(asked: Tree) -> bool:
    """Whether it may stand in an exclusive group, where no minimum depends on what counted."""
    return not {"credit", "once_per", "part", "each_year"} & set(asked)


def _other(dice: Dice, name: str, above: list[Tree]) -> Tree:
    asked = _head(dice, name)
    match dice.randrange(5):
        case 0:
            asked["kind"] = "student"
            asked["where"] = student_condition(dice)
        case 1 | 2:
            asked["kind"] = "attestation"
            if dice.chance(50):
                asked["minimum"] = _number(dice, 3)
            counting = [each["id"] for each in above if each.get("kind", "cases") in ("cases", "activities")]
            if dice.chance(50):
                asked["every"] = dice.one(1, 2, 2.5, "program")
                asked["of"] = dice.choice(counting)
        case 3:
            asked["kind"] = "group"
            asked["members"] = [each["id"] for each in dice.some(above, 1, 3)]
            asked["at_least"] = dice.one("all", "any", dice.randint(1, len(asked["members"])))
        case _:
            asked["kind"] = "set"
            asked["ruleset"] = dice.one(
                "accredited-minimums", "abcp-cape", "abcp-recertification", "ccp-eligibility"
            )
    return asked


# Students and waivers


def a_question(tree: Tree, number: int, size: int) -> Drawn:
    """A student with up to `size` entries and some waivers, before a rule set."""
    dice = Dice(number)
    as_of = dice.choice(DAYS)
    entries = dice.sample(ENTRIES, size)
    ids = [asked["id"] for asked in tree["requirement"]]
    return Drawn(
        _student(dice, tree, ids, as_of),
        entries,
        [_waiver(dice, ids, entries, as_of) for _ in range(dice.one(0, 0, 1, 2, 3))],
        as_of,
    )


def _student(dice: Dice, tree: Tree, ids: list[str], as_of: date) -> StudentFacts:
    def day() -> date | None:
        return None if dice.chance(35) else dice.day()

    keys = [*ids, *(f"old-{name}" for name in ids), *(f"{name}.preferred" for name in ids)]
    keys += [f"{name}.every" for name in ids] + [f"{name}.each_year" for name in ids]
    keys += [f"{name}.p{n}" for name in ids for n in range(3)]
    keys += [f"old-{name}.p{n}.at_least" for name in ids for n in range(3)]
    keys += [f"{tree['id']}/{name}" for name in ids] + [f"{tree['id']}/{name}.p0.at_least" for name in ids]
    signed = [
        Attestation(
            dice.one(*ids, *(f"old-{name}" for name in ids)),
            "A registrar",
            as_of + timedelta(dice.one(-9, -1, 0, 1)),
        )
        for _ in range(dice.randint(0, 8))
    ]
    return StudentFacts(
        program_start=day(),
        expected_graduation=day(),
        graduated_on=day(),
        certified_on=day(),
        enrolled=dice.one(None, True, True, False),
        attestations=tuple(signed),
        program_minimums={key: dice.randint(0, 6) for key in keys if dice.chance(25)},
    )


def _waiver(dice: Dice, ids: list[str], entries: list[Case | LearningActivity], as_of: date) -> Waiver:
    what = dice.randrange(3)
    return Waiver(
        requirement=dice.one(*ids, *ids, f"old-{ids[0]}", "open-heart"),
        granted_by="Dana Director",
        reason="A reason.",
        on=as_of + timedelta(days=dice.one(-400, -1, 0, 1)),
        until=None if dice.chance(50) else as_of + timedelta(days=dice.one(-1, 0, 30)),
        ruleset=dice.one("", "", "drawn", "accredited-minimums"),
        minimum=Fraction(dice.one(0, 1, 2.5)) if what == 1 else None,
        counts=tuple(each.uid for each in dice.some(entries, 1, 4)) if what == 2 and entries else (),
    )
