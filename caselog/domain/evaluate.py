"""The requirements engine: rule set, student and log in, a tree of results out. No clock, no database.

Entries are judged one by one (judging.py), settled together for each requirement (counting.py), shared out where
each may serve one requirement only (assign.py), and the requirements then stand together here. One student's page
keeps a verdict for each entry; a cohort's table says how often each judgement occurs and goes through the same
steps, so that the two cannot disagree.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from caselog.domain.case import Case
from caselog.domain.codes import CodeBook
from caselog.domain.counting import Judgement
from caselog.domain.exclusive import share_out
from caselog.domain.judging import bound, depends_on_student, judge, resolved
from caselog.domain.remembering import Remembered, fields_read
from caselog.domain.requirement_words import requirement_in_words
from caselog.domain.result import Entry, Evaluation
from caselog.domain.ruleset import AnyRequirement, CountRequirement, Entries, RuleSet, SetRequirement
from caselog.domain.standing import Columns, Prepared, Standings, overall
from caselog.domain.student import StudentFacts, Waiver

Judged = tuple[Judgement, ...]


@dataclass(frozen=True)
class Judge:
    """A rule set made ready for one student, or for all students if it asks for none of their dates.

    `judges` are those of the requirements that count entries, those of inner sets included, in their order.
    """

    judges: tuple[Callable[[Entry], Judgement], ...]
    at_once: Callable[[Case], Judged] | None = None  # all of them, where they are the same for everybody

    def judge(self, entry: Entry) -> Judged:
        """The entry before each requirement."""
        if self.at_once is not None and isinstance(entry, Case):
            return self.at_once(entry)
        return tuple([judge(entry) for judge in self.judges])


class Engine:
    """One rule set, made ready for one code book and one day."""

    def __init__(self, ruleset: RuleSet, codes: CodeBook, as_of: date) -> None:
        self.codes = codes
        self.as_of = as_of
        self.ruleset = replace(
            ruleset, requirements=tuple(resolved(each, codes, as_of) for each in ruleset.requirements)
        )
        self.inner = {
            each.id: Engine(each.ruleset, codes, as_of)
            for each in ruleset.requirements
            if isinstance(each, SetRequirement)
        }
        self.counting: tuple[CountRequirement, ...] = (
            *self.ruleset.counting(),
            *(requirement for engine in self.inner.values() for requirement in engine.counting),
        )

        self.prepared = Prepared(self.ruleset)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields of a case that its judgements depend on, sorted."""
        read = {"case_date", "status"}
        for requirement in self.counting:
            if requirement.of is Entries.CASES:
                read.update(fields_read(requirement))
        return tuple(sorted(read))

    @cached_property
    def counts_activities(self) -> bool:
        return any(requirement.of is Entries.ACTIVITIES for requirement in self.counting)

    @cached_property
    def depends_on_student(self) -> bool:
        """Whether the same case may be judged differently for two students."""
        return any(depends_on_student(requirement) for requirement in self.counting)

    def judge_for(self, facts: StudentFacts, waivers: Iterable[Waiver] = ()) -> Judge:
        """What judges the entries of one student."""
        granted = [waiver for waiver in waivers if waiver.in_force(self.as_of) and waiver.counts]
        if not granted and not self.depends_on_student:
            return self._judge_of_all
        known = facts.as_of(self.as_of)
        return Judge(
            tuple(
                self._judge_one(
                    bound(requirement, known),
                    tuple(waiver for waiver in granted if waiver.names(engine.ruleset.id, requirement.ids)),
                )
                for engine, _, _ in self._spans()
                for requirement in engine.ruleset.counting()
            )
        )

    @cached_property
    def _judge_of_all(self) -> Judge:
        judges = tuple(map(self._judge_one, self.counting))
        return Judge(
            judges, Remembered(self.counting, self.as_of, lambda case: tuple([judge(case) for judge in judges]))
        )

    def _judge_one(
        self, requirement: CountRequirement, waivers: tuple[Waiver, ...] = ()
    ) -> Callable[[Entry], Judgement]:
        """What judges entries before one requirement; what is granted for a single entry is asked each time."""

        def anew(entry: Entry) -> Judgement:
            return judge(requirement, entry, self.codes, self.as_of, waivers)

        if waivers or requirement.of is not Entries.CASES:
            return anew
        of_cases = Remembered([requirement], self.as_of, anew)
        return lambda entry: of_cases(entry) if isinstance(entry, Case) else anew(entry)

    def in_words(self, requirement: AnyRequirement) -> list[str]:
        """What a requirement asks, in sentences."""
        return list(requirement_in_words(requirement, self.codes))

    def evaluate(
        self, facts: StudentFacts, entries: Iterable[Entry], waivers: Iterable[Waiver] = ()
    ) -> Evaluation:
        """One student, with a verdict for each entry before each requirement."""
        granted = tuple(waivers)
        judge = self.judge_for(facts, granted)
        return self.evaluate_judged(facts, ((entry, judge.judge(entry)) for entry in entries), granted)

    def evaluate_judged(
        self, facts: StudentFacts, entries: Iterable[tuple[Entry, Judged]], waivers: Iterable[Waiver] = ()
    ) -> Evaluation:
        """The same with entries that `judge_for` the same student and waivers has judged."""
        ordered = sorted(
            entries, key=lambda pair: (pair[0].on or date.max, isinstance(pair[0], Case), pair[0].uid)
        )
        rows = [(judged, 1) for _, judged in ordered]
        return self._evaluation(facts, rows, [entry for entry, _ in ordered], tuple(waivers))

    def tally(
        self, facts: StudentFacts, judged: Mapping[Judged, int], waivers: Iterable[Waiver] = ()
    ) -> Evaluation:
        """One student, without verdicts: `judged` says how many entries were judged alike."""
        return self._evaluation(facts, list(judged.items()), None, tuple(waivers))

    def tally_columns(self, facts: StudentFacts, columns: Columns, waivers: Iterable[Waiver] = ()) -> Evaluation:
        """The same, with the judgements of each requirement counted by themselves.

        Not for sets with exclusive counting, which must know how the judgements of one entry go together.
        """
        return self._standing(facts, columns, None, tuple(waivers))

    @cached_property
    def shares_out(self) -> bool:
        """Whether entries are counted exclusively, here or in an inner set."""
        return bool(self.ruleset.exclusive) or any(engine.shares_out for engine in self.inner.values())

    def _evaluation(
        self,
        facts: StudentFacts,
        rows: Sequence[tuple[Judged, int]],
        entries: Sequence[Entry] | None,
        waivers: tuple[Waiver, ...],
    ) -> Evaluation:
        shared = rows
        for engine, begin, end in self._spans():
            if engine.ruleset.exclusive:
                standings = Standings(engine.prepared, self.as_of, facts.as_of(self.as_of), waivers, {})
                shared = share_out(engine.ruleset, standings.needed, shared, begin, end)
        columns = [[(judged[place], times) for judged, times in shared] for place in range(len(self.counting))]
        return self._standing(facts, columns, entries, waivers)

    def _spans(self, begin: int = 0) -> Iterator[tuple["Engine", int, int]]:
        """This engine and the inner ones, each with the places of its requirements in a row of judgements."""
        end = begin + len(self.ruleset.counting())
        yield self, begin, end
        for engine in self.inner.values():
            yield from engine._spans(end)  # noqa: SLF001 (itself)
            end += len(engine.counting)

    def _standing(
        self,
        facts: StudentFacts,
        columns: Columns,
        entries: Sequence[Entry] | None,
        waivers: tuple[Waiver, ...],
    ) -> Evaluation:
        begin = len(self.ruleset.counting())
        inner: dict[str, Evaluation] = {}
        for requirement_id, engine in self.inner.items():
            end = begin + len(engine.counting)
            inner[requirement_id] = engine._standing(facts, columns[begin:end], entries, waivers)  # noqa: SLF001 (itself)
            begin = end
        standings = Standings(self.prepared, self.as_of, facts.as_of(self.as_of), waivers, inner)
        results = standings.results(columns, entries)
        return Evaluation(self.ruleset, self.as_of, overall(self.prepared.members, results), results)
