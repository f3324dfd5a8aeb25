"""What each kind of signal watches, what may explain it, and how it can be settled; in words that accuse nobody."""

from collections.abc import Mapping
from dataclasses import dataclass

from caselog.domain.signal import (
    BURST_AFTER,
    BURST_CASES,
    BURST_GAP,
    COPY_FIGURES,
    COPY_NOTE,
    DAY_MINUTES,
    LATE_AFTER_HOURS,
    PERFECT_EVALUATIONS,
    WHOLE_PERCENT,
    SignalKind,
    in_words,
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A kind of signal in words."""

    title: str
    watches: str
    may_be: tuple[str, ...]
    settle: str


def meanings(late_after_hours: int = LATE_AFTER_HOURS) -> Mapping[SignalKind, Meaning]:
    """All kinds, in the order of a page."""
    gap = BURST_GAP.seconds // 60
    return {
        SignalKind.TWO_PRIMARIES: Meaning(
            "Two primaries",
            "Clinical cases of different students with the same site, day and start time and a procedure in common, "
            "each with the role primary (or independent). Only one perfusionist may claim primary on a case.",
            (
                "Two rooms of the site began the same kind of case at the same time.",
                "The case was handed over, and each took their part for the whole.",
                "One of the roles was chosen by mistake.",
            ),
            "Ask the preceptor who conducted the perfusion; the student whose role differs mends the case.",
        ),
        SignalKind.ELSEWHERE: Meaning(
            "A primary in another program",
            "A case as primary at a site with a shared code, where another program with the same code holds a case "
            "as primary for the same day, start time and procedures. Which program, and whose case, is not shown.",
            (
                "Two rooms of the site began the same kind of case at the same time.",
                "Two programs gave different hospitals the same shared code.",
                "The case was handed over, and each took their part for the whole.",
            ),
            "Ask the preceptor whether a student of another program was on the case, and who conducted it.",
        ),
        SignalKind.OVERLAP: Meaning(
            "Overlapping cases",
            "Cases of one student of which the next began before the one before was over. A case lasts at least as "
            "long as its CPB time or support time says; nothing else is guessed.",
            (
                "A start time stands for when the room was ready, or for when bypass began.",
                "Support hours were gathered over several shifts.",
                "The student left one case for the other.",
            ),
            "Have the student look at the start times and durations.",
        ),
        SignalKind.LONG_DAY: Meaning(
            "More minutes than a day",
            f"Days of a student whose CPB times add to more than {DAY_MINUTES:,} minutes.",
            (
                "A digit was mistyped.",
                "A run went on past midnight.",
                "Hours of support were entered as minutes of bypass.",
            ),
            "Have the student look at the CPB times of that day.",
        ),
        SignalKind.SHARES: Meaning(
            "Handover shares",
            "Clinical cases of different students with the same site, day and start time and a procedure in common "
            f"whose shares of the conduct of perfusion add to more than {WHOLE_PERCENT} %.",
            (
                "They are two cases that began at the same time.",
                "The students remember the handover differently.",
                "One share was meant as a share of another whole.",
            ),
            "Ask the preceptor how the case was handed over.",
        ),
        SignalKind.COPIES: Meaning(
            "Cases that are alike",
            "Cases of one student that are alike in every field; or in every field but the day and the rotation, "
            f"where {in_words(COPY_FIGURES)} or more measured values, or a note of {COPY_NOTE} characters or more, "
            "are among them.",
            (
                "The case was entered twice, for example after a lost connection or from a file.",
                "A case was entered by changing an earlier one.",
                "They are cases that came out the same.",
            ),
            "Have the student look at both; one that was entered twice can be voided.",
        ),
        SignalKind.BURST: Meaning(
            "Many cases entered at once",
            f"{BURST_CASES} or more cases of a student entered one after another, no more than {gap} minutes between "
            f"two, each {BURST_AFTER.days} days or more after its day.",
            (
                "The cases were imported from a file or another log.",
                "The student kept notes and entered them together.",
            ),
            "Ask the student what the cases were entered from.",
        ),
        SignalKind.LATE: Meaning(
            "Late entry",
            f"Cases entered more than {late_after_hours} hours after the end of their day, by student and by month "
            "of entry. The number of hours is the program’s setting. Late entries are never refused.",
            (
                "The cases were imported from a file or another log.",
                "The student was away, or without a connection.",
            ),
            "Remind the student; nothing needs to be mended.",
        ),
        SignalKind.PERFECT: Meaning(
            "Best scores throughout",
            f"Evaluators who gave the best score in every graded section of {PERFECT_EVALUATIONS} evaluations or "
            "more.",
            (
                "The student or students did excellently.",
                "The evaluator grades only what went well, or has no time to weigh each section.",
            ),
            "Talk with the evaluator about the words of the scale.",
        ),
    }
