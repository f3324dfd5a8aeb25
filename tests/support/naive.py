"""The requirements language once more: a second evaluator, as plain as can be, to hold the engine against.

It takes a rule file as parsed TOML and reads it as docs/rule-sets.md says, with loops and ifs, one entry at a time.
Nothing of the loader or the engine is used: only the values that go in. What is true, false or not known is True,
False or None. Where entries serve one requirement of a group only, it follows every reachable tally of what each
requirement got.
"""

import math
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

from caselog.domain.activity import LearningActivity
from caselog.domain.case import Case
from caselog.domain.student import StudentFacts, Waiver

RULES = Path(__file__).parents[2] / "caselog" / "rules"
STUDENT_DATES = ("program_start", "expected_graduation", "graduated_on", "certified_on")
DAY = timedelta(days=1)
Entry = Case | LearningActivity
Tree = dict[str, Any]


@cache
def shipped(ruleset_id: str) -> Tree:
    (path,) = (RULES / "sets").glob(f"{ruleset_id}.*.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def codes_of(field_name: str, family: str) -> tuple[str, ...]:
    return tuple(tomllib.loads((RULES / "codes.toml").read_text("utf-8"))[field_name][family])


@cache
def derived() -> Tree:
    return tomllib.loads((RULES / "derived.toml").read_text("utf-8"))


# Three-valued logic


def all_of(found: Iterable[bool | None]) -> bool | None:
    values = list(found)
    if False in values:
        return False
    return None if None in values else True


def any_of(found: Iterable[bool | None]) -> bool | None:
    values = list(found)
    if True in values:
        return True
    return None if None in values else False


def opposite(found: bool | None) -> bool | None:
    return None if found is None else not found


# Days


def years_before(day: date, years: int) -> date:
    """The same day so many years earlier; 28 February where that year has no 29th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)


def a_year_starts_on(day: date, starts: str) -> bool:
    if starts == "02-29" and (day + DAY).day == 1:
        return day.month == 2
    return f"{day:%m-%d}" == starts


@cache
def start_of_the_last_years(as_of: date, years: int, starts: str | None) -> date:
    if starts is None:
        return years_before(as_of, years) + DAY
    day = as_of
    while True:
        if a_year_starts_on(day, starts):
            years -= 1
            if years == 0:
                return day
        day -= DAY


@cache
def each_of_the_last_years(as_of: date, years: int, starts: str | None) -> list[tuple[date, date]]:
    """First and last day of each, the earliest first."""
    found = []
    for back in range(years, 0, -1):
        first = start_of_the_last_years(as_of, back, starts)
        if back > 1:
            last = start_of_the_last_years(as_of, back - 1, starts) - DAY
        elif starts is None:
            last = as_of
        else:
            last = as_of
            while not a_year_starts_on(last + DAY, starts):
                last += DAY
        found.append((first, last))
    return found


@dataclass
class Said:
    """What the plain reading says of one requirement."""

    standing: str
    minimum: Fraction | None
    counted: Fraction
    pending: Fraction = Fraction(0)
    preferred: Fraction | None = None
    # By the entry's uid: its outcome, and what it contributes.
    outcomes: dict[str, tuple[str, Fraction]] = field(default_factory=dict)
    parts: list[tuple[Fraction | None, Fraction | None, Fraction, Fraction, Fraction]] = field(
        default_factory=list
    )
    years: list[tuple[date, date, Fraction, Fraction | None]] = field(default_factory=list)
    inner: "dict[str, Said]" = field(default_factory=dict)


@dataclass
class Worth:
    """An entry that may count."""

    entry: Entry
    status: str
    credit: Fraction
    part: int | None
    once: Any
    counts: Fraction = Fraction(0)


class Naive:
    """One rule file before one student."""

    def __init__(
        self, tree: Tree, student: StudentFacts, entries: Sequence[Entry], waivers: Sequence[Waiver], as_of: date
    ) -> None:
        self.tree, self.student, self.entries, self.as_of = tree, student, entries, as_of
        self.all_waivers = waivers
        self.names = {**derived(), **tree.get("conditions", {})}
        self.requirements: list[Tree] = tree["requirement"]
        self.said: dict[str, Said] = {}
        # Which entries each requirement of an exclusive group got; see `candidates`.
        self.left_to: dict[str, set[str]] = {}

    # What is known of the student on the day

    def fact(self, name: str) -> Any:
        value = getattr(self.student, name)
        if name in ("graduated_on", "certified_on") and value is not None and value > self.as_of:
            return None
        return value

    def waivers(self, asked: Tree) -> list[Waiver]:
        ids = (asked["id"], asked.get("renamed_from"))
        return [
            waiver
            for waiver in self.all_waivers
            if waiver.requirement in ids
            and waiver.ruleset in ("", self.tree["id"])
            and waiver.on <= self.as_of
            and (waiver.until is None or waiver.until >= self.as_of)
        ]

    def waived(self, asked: Tree) -> bool:
        return any(waiver.minimum is None and not waiver.counts for waiver in self.waivers(asked))

    # Conditions

    def true(self, condition: Tree, record: object) -> bool | None:
        return all_of(self.key(key, value, record) for key, value in condition.items())

    def key(self, key: str, value: Any, record: object) -> bool | None:
        if key == "is":
            names = value if isinstance(value, list) else [value]
            return all_of(self.true(self.names[name]["where"], record) for name in names)
        if key == "all":
            return all_of(self.true(each, record) for each in value)
        if key == "any":
            return any_of(self.true(each, record) for each in value)
        if key == "not":
            return opposite(self.true(value, record))
        if key == "student":
            return self.true(value, None)
        held = self.fact(key) if record is None else getattr(record, key)
        return self.field(key, held, value)

    def field(self, name: str, held: Any, value: Any) -> bool | None:
        if isinstance(value, dict) and "given" in value:
            return bool((held not in (None, "", ())) is value["given"])
        if isinstance(value, bool):
            return bool(held is value)
        if not isinstance(value, dict) or "family" in value or "codes" in value:
            return self.codes(name, held, value if isinstance(value, dict) else {"codes": value})
        if "at_least" in value or "at_most" in value:
            if held is None:
                return False
            return bool(value.get("at_least", held) <= held <= value.get("at_most", held))
        return self.day(held, value)

    def codes(self, name: str, held: Any, value: Tree) -> bool:
        wanted: set[str] = set()
        for key, given in value.items():
            for each in given if isinstance(given, list) else [given]:
                if key == "codes":
                    wanted.add(each)
                if key == "family":
                    wanted.update(codes_of(name, each))
        mine = held if isinstance(held, tuple) else (held,)
        at_least: int = value.get("at_least", 1)
        return len({code for code in mine if code in wanted}) >= at_least

    def day(self, held: date | None, value: Tree) -> bool | None:
        limits: list[bool] = []
        unknown = False
        for key in ("from", "after", "until", "before"):
            if key in value:
                limit = self.limit(value[key])
                if limit is None:
                    unknown = True
                elif held is not None:
                    limits.append(
                        {
                            "from": held >= limit,
                            "after": held > limit,
                            "until": held <= limit,
                            "before": held < limit,
                        }[key]
                    )
                else:
                    limits.append(False)
        tests: list[bool | None] = [None if unknown else all(limits)]
        if "months" in value:
            months = value["months"] if isinstance(value["months"], list) else [value["months"]]
            tests.append(held is not None and held.month in months)
        if "last_years" in value or "year_starts" in value:
            start = start_of_the_last_years(self.as_of, value.get("last_years", 1), value.get("year_starts"))
            tests.append(held is not None and start <= held <= self.as_of)
        return all_of(tests)

    def limit(self, written: Any) -> date | None:
        if isinstance(written, str) and written.startswith("$"):
            found: date = self.tree["parameters"][written[1:]]["value"]
            return found
        if isinstance(written, str):
            assert written[1:] in STUDENT_DATES
            known: date | None = self.fact(written[1:])
            return known
        day: date = written
        return day

    # Numbers

    def number(self, written: Any, key: str, asked: Tree, rounded: str = "up") -> Fraction | None:
        """A number as it holds for the student; `rounded` says what becomes of a share of whole entries."""
        if written is None:
            return None
        table = written if isinstance(written, dict) else {}
        if written == "program" or "program_may_change" in table:
            keys = [key]
            if "renamed_from" in asked:
                keys.append(asked["renamed_from"] + key.removeprefix(asked["id"]))
            for name in keys:
                for full in (f"{self.tree['id']}/{name}", name):
                    if full in self.student.program_minimums:
                        return Fraction(self.student.program_minimums[full])
        if written == "program":
            return None
        for each in table.get("exceptions", ()):
            if self.true(each["when"], None) is True:
                return exactly(each["value"])
        if "percent" in table:
            return self.share(table, asked, rounded)
        return exactly(table.get("value", written) if table else written)

    def share(self, table: Tree, asked: Tree, rounded: str) -> Fraction | None:
        (other,) = [each for each in self.requirements if each["id"] == table["of"]]
        if table.get("of_counted"):
            base: Fraction | None = self.of(other).counted
        else:
            base = self.number(other["minimum"], other["id"], other)
        if base is None:
            return None
        exact = base * exactly(table["percent"]) / 100
        if "credit" in asked:
            return exact
        return Fraction(math.ceil(exact) if rounded == "up" else math.floor(exact))

    def minimum(self, asked: Tree) -> Fraction | None:
        instead = None
        for waiver in self.waivers(asked):
            if waiver.minimum is not None and (instead is None or waiver.on > instead.on):
                instead = waiver
        if instead is not None:
            return instead.minimum
        return self.number(asked.get("minimum", 1), asked["id"], asked)

    # Requirements

    def results(self) -> dict[str, Said]:
        return {asked["id"]: self.of(asked) for asked in self.requirements}

    def overall(self) -> str:
        members = {name for asked in self.requirements for name in asked.get("members", ())}
        return worst([said.standing for name, said in self.results().items() if name not in members])

    def of(self, asked: Tree) -> Said:
        if asked["id"] not in self.said:
            kind = asked.get("kind", "cases")
            work_out = {
                "cases": self.count, "activities": self.count, "student": self.about_the_student,
                "attestation": self.attest, "group": self.group, "set": self.another_set,
            }[kind]  # fmt: skip
            said = work_out(asked)
            if self.waived(asked):
                said.standing = "waived"
            self.said[asked["id"]] = said
        return self.said[asked["id"]]

    def about_the_student(self, asked: Tree) -> Said:
        true = self.true(asked["where"], None) is True
        return Said("met" if true else "not_met", Fraction(1), Fraction(int(true)))

    def attest(self, asked: Tree) -> Said:
        ids = (asked["id"], asked.get("renamed_from"))
        found = [each for each in self.student.attestations if each.id in ids and each.on <= self.as_of]
        minimum = self.minimum(asked)
        if minimum is None:
            return Said("unset", None, Fraction(len(found)))
        due = minimum
        every = self.number(asked.get("every"), asked["id"] + ".every", asked)
        if every:
            (other,) = [each for each in self.requirements if each["id"] == asked["of"]]
            counted, due = self.of(other).counted, Fraction(0)
            while counted >= every and due < minimum:
                counted -= every
                due += 1
            due = min(due, minimum)
        standing = "needs_attestation" if len(found) < due else "not_met"
        if len(found) >= minimum:
            standing = "met"
        return Said(standing, minimum, Fraction(len(found)))

    def group(self, asked: Tree) -> Said:
        members = {
            each["id"]: self.of(each)
            for name in asked["members"]
            for each in self.requirements
            if each["id"] == name
        }
        at_least = asked["at_least"]
        needed = {"all": len(members), "any": 1}[at_least] if isinstance(at_least, str) else int(at_least)
        met = [said for said in members.values() if said.standing in ("met", "waived")]
        others = [said.standing for said in members.values() if said.standing not in ("met", "waived")]
        standing = "met" if len(met) >= needed else worst(others)
        return Said(standing, Fraction(needed), Fraction(len(met)), inner=members)

    def another_set(self, asked: Tree) -> Said:
        inner = Naive(shipped(asked["ruleset"]), self.student, self.entries, self.all_waivers, self.as_of)
        results = inner.results()
        members = {name for each in inner.requirements for name in each.get("members", ())}
        standings = [said.standing for name, said in results.items() if name not in members]
        met = [standing for standing in standings if standing in ("met", "waived")]
        return Said(inner.overall(), Fraction(len(standings)), Fraction(len(met)), inner=results)

    # Counting

    def candidates(self, asked: Tree) -> list[Worth]:
        """The entries that may count, verified before submitted, each group from the earliest day on."""
        kind: type[Case] | type[LearningActivity] = Case
        if asked.get("kind") == "activities":
            kind = LearningActivity
        granted = {uid for waiver in self.waivers(asked) for uid in waiver.counts}
        found = []
        for entry in sorted(self.entries, key=lambda entry: (entry.on or date.max, entry.uid)):
            if not isinstance(entry, kind) or entry.on is None or entry.on > self.as_of:
                continue
            if entry.status not in ("verified", "submitted"):
                continue
            once = getattr(entry, asked["once_per"]) if "once_per" in asked else None
            fits = self.true(asked["where"], entry) is True and self.eligible(asked, entry)
            if "once_per" in asked and once in (None, ""):
                fits, once = False, entry.uid
            if not fits and entry.uid not in granted:
                continue
            if entry.uid not in self.left_to.get(asked["id"], {entry.uid}):
                continue
            credit = self.credit(asked, entry)
            if credit == 0:
                if entry.uid not in granted:
                    continue
                credit = Fraction(1)
            found.append(Worth(entry, entry.status, credit, self.part(asked, entry), once))
        return sorted(found, key=lambda each: each.status != "verified")

    def eligible(self, asked: Tree, entry: Entry) -> bool:
        default: Tree = {} if isinstance(entry, LearningActivity) else self.tree.get("eligible", {})
        return self.true(asked.get("eligible", default), entry) is True

    def credit(self, asked: Tree, entry: Entry) -> Fraction:
        if "credit" not in asked:
            return Fraction(1)
        for credit in asked["credit"]:
            if "where" in credit and self.true(credit["where"], entry) is not True:
                continue
            if "field" not in credit:
                return exactly(credit["points"])
            amount = getattr(entry, credit["field"])
            if amount is None:
                return Fraction(0)
            earned = exactly(amount)
            if "per" in credit:
                steps = 0
                while (steps + 1) * exactly(credit["per"]) <= earned:
                    steps += 1
                earned = steps * exactly(credit.get("points", 1))
            return min(earned, exactly(credit["at_most"])) if "at_most" in credit else earned
        return Fraction(0)

    def part(self, asked: Tree, entry: Entry) -> int | None:
        for place, part in enumerate(asked.get("part", ())):
            if self.true(part["where"], entry) is True:
                return place
        return None

    def count(self, asked: Tree) -> Said:
        found = self.candidates(asked)
        if "once_per" in asked:
            self.once(found)
        else:
            for each in found:
                each.counts = each.credit
        self.under_the_ceilings(asked, found)
        minimum = self.minimum(asked)
        said = Said(
            "",
            minimum,
            total(found, "verified"),
            total(found, "submitted"),
            preferred=self.number(asked.get("preferred"), asked["id"] + ".preferred", asked),
            outcomes={
                each.entry.uid: ("counted" if each.status == "verified" else "pending", each.counts)
                for each in found
                if each.counts
            },
        )
        short = minimum is not None and said.counted < minimum
        for place, part in enumerate(asked.get("part", ())):
            of_part = [each for each in found if each.part == place]
            floor, ceiling = self.floor(asked, part), self.ceiling(asked, part)
            counted = total(of_part, "verified")
            verified = sum((each.credit for each in of_part if each.status == "verified"), Fraction(0))
            excess = Fraction(0) if ceiling is None else verified - counted
            said.parts.append((floor, ceiling, counted, total(of_part, "submitted"), excess))
            short = short or (floor is not None and counted < floor)
        if "each_year" in asked:
            each_year = asked["each_year"]
            floor = self.number(each_year["at_least"], asked["id"] + ".each_year", asked)
            for first, last in each_of_the_last_years(
                self.as_of, each_year.get("last_years", 1), each_year.get("year_starts")
            ):
                in_it = [each for each in found if each.entry.on and first <= each.entry.on <= last]
                counted = total(in_it, "verified")
                said.years.append((first, last, counted, floor))
                short = short or (floor is not None and counted < floor)
        said.standing = "unset" if minimum is None else "not_met" if short else "met"
        return said

    def floor(self, asked: Tree, part: Tree) -> Fraction | None:
        return self.number(part.get("at_least"), f"{asked['id']}.{part['id']}.at_least", asked)

    def ceiling(self, asked: Tree, part: Tree) -> Fraction | None:
        return self.number(part.get("at_most"), f"{asked['id']}.{part['id']}", asked, "down")

    def once(self, found: list[Worth]) -> None:
        """Of each value the one worth most counts, the earliest of equals; verified ones go first."""
        counted: set[Any] = set()
        for status in ("verified", "submitted"):
            these = [each for each in found if each.status == status]
            for value in {each.once for each in these} - counted:
                of_it = [each for each in these if each.once == value]
                best = max(each.credit for each in of_it)
                first = next(each for each in of_it if each.credit == best)
                first.counts = first.credit
                counted.add(value)

    def under_the_ceilings(self, asked: Tree, found: list[Worth]) -> None:
        for place, part in enumerate(asked.get("part", ())):
            left = self.ceiling(asked, part)
            if left is None:
                continue
            for each in found:
                if each.part == place:
                    each.counts = min(each.counts, left)
                    left -= each.counts

    # Exclusive groups

    def needed(self, asked: Tree) -> int:
        minimum = self.minimum(asked)
        return 0 if minimum is None or self.waived(asked) else math.ceil(minimum)

    def best_of_group(
        self, group: Tree, kinds: Sequence[frozenset[str]], needed: dict[str, int]
    ) -> tuple[str, ...]:
        """Which requirements the best way of sharing entries out meets; each entry could serve its `kind`.

        The most requirements; of equally many those that are named first.
        """
        among: list[str] = group["among"]
        reached = {tuple(0 for _ in among)}
        for kind in kinds:
            ways = [{name} for name in kind]
            ways += [set(pair) for pair in group.get("may_share", ()) if set(pair) <= kind]
            if ways:
                reached = {
                    tuple(min(needed[name], got + (name in way)) for name, got in zip(among, before, strict=True))
                    for before in reached
                    for way in ways
                }
        met = [{name for name, got in zip(among, after, strict=True) if got >= needed[name]} for after in reached]
        for size in range(len(among), -1, -1):
            for wanted in combinations(among, size):
                if set(wanted) in [each & set(wanted) for each in met]:
                    return wanted
        return ()


def exactly(value: float) -> Fraction:
    return Fraction(str(value))


def total(found: Iterable[Worth], status: str) -> Fraction:
    return sum((each.counts for each in found if each.status == status), Fraction(0))


def worst(standings: Sequence[str]) -> str:
    for standing in ("not_met", "unset", "needs_attestation", "met"):
        if standing in standings:
            return standing
    return "waived"
