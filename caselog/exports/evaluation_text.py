"""An evaluation as aligned text for a terminal."""

from collections.abc import Iterator, Sequence

from caselog.domain.result import Evaluation, RequirementResult, Standing, plain
from caselog.domain.ruleset import AnyRequirement, CountRequirement, Source

STANDING_WORDS = {
    Standing.MET: "met",
    Standing.NOT_MET: "not met",
    Standing.UNSET: "not set",
    Standing.NEEDS_ATTESTATION: "needs attestation",
    Standing.WAIVED: "waived",
}
_HEADINGS = ("Requirement", "Status", "Counted", "Pending", "Remaining", "Source")


def evaluation_text(evaluation: Evaluation) -> str:
    """Lines for people: the set and its standing, the requirements as a table, the sources."""
    return "\n".join(_lines(evaluation)) + "\n"


def _lines(evaluation: Evaluation) -> Iterator[str]:
    ruleset = evaluation.ruleset
    sources = list(dict.fromkeys(source for each in ruleset.requirements for source in _sources(each)))
    rows = [_HEADINGS, *(_row(result, sources) for result in evaluation.requirements)]
    yield f"{ruleset.title}, edition {ruleset.edition}: {STANDING_WORDS[evaluation.standing]}"
    yield f"As of {evaluation.as_of}; {ruleset.id}"
    yield ""
    yield from _aligned(rows)
    yield ""
    yield from (
        f"[{number}] {source.title}, {source.address}, read {source.read}"
        for number, source in enumerate(sources, 1)
    )


def _sources(requirement: AnyRequirement) -> Iterator[Source]:
    yield requirement.source
    if isinstance(requirement, CountRequirement):
        yield from (number.source for number, _ in requirement.numbers())


def _row(result: RequirementResult, sources: Sequence[Source]) -> tuple[str, ...]:
    numbers = dict.fromkeys(sources.index(source) + 1 for source in _sources(result.requirement))
    counts = isinstance(result.requirement, CountRequirement)
    asked = "not set" if result.minimum is None else str(plain(result.minimum))
    return (
        result.requirement.title,
        STANDING_WORDS[result.standing],
        f"{plain(result.counted)} of {asked}" if counts else "",
        str(plain(result.pending)) if counts else "",
        "" if result.remaining is None or not counts else str(plain(result.remaining)),
        "".join(f"[{number}]" for number in numbers),
    )


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
