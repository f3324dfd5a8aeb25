"""How the cost of counting a cohort from cold grows with its cases, its students, and the rules."""

from collections.abc import Callable
from pathlib import Path

from bench.evaluation import evaluate, forget, students_of
from bench.measure import Times, in_turns
from bench.world import RULESETS, World, build
from caselog.rules import library

STUDENTS, CASES = 200, 150  # of the row in the middle
MORE_RULES = ("abcp-recertification", "accredited-minimums", "abcp-pbse", "abcp-cape", "ccp-eligibility")
Sides = dict[str, Callable[[], object]]


def shown(folder: Path, rounds: int, students: int = STUDENTS, cases: int = CASES) -> str:
    """Half and twice the cases, the students, and the rules, each with how many times as long it takes."""
    middle = build(folder, 2 * students, cases)
    few, many = (build(folder, students, each) for each in (cases // 2, cases * 2))
    kinds: tuple[Sides, ...] = (
        {f"{students} students × {world.cases} cases": _cohort(world, students) for world in (few, middle, many)},
        {f"{n} students × {cases} cases": _cohort(middle, n) for n in (students // 2, students, 2 * students)},
        {
            f"{students} students × {cases} cases, {_size(names)} requirements": _cohort(middle, students, names)
            for names in (RULESETS[:1], RULESETS, MORE_RULES)
        },
    )
    lines = [line for sides in kinds for line in _lines(in_turns(sides, rounds, dict.fromkeys(sides, forget)))]
    return "\n".join(["how the cost grows (from cold; in brackets: times the row above)", *lines])


def _cohort(world: World, students: int, names: tuple[str, ...] = RULESETS) -> Callable[[], object]:
    with world.app.app_context():
        some = students_of(world)[:students]

    def count() -> object:
        with world.app.app_context():
            return evaluate(world, some, names)

    return count


def _size(names: tuple[str, ...]) -> int:
    return sum(len(library.find(name).requirements) for name in names)


def _lines(times: dict[str, Times]) -> list[str]:
    found, above = [], None
    for what, each in times.items():
        ratio = "" if above is None else f"  ({each.median / above:.2f}×)"
        found.append(f"  {what:<46}{each.shown()}{ratio}")
        above = each.median
    return found
