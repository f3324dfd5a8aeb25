"""Code lists: the closed ones of the domain as enums, the open ones as a code book that a program can extend."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What the person did on the case; the meanings are shown wherever a role is chosen."""

    OBSERVED = "observed"
    FIRST_ASSISTANT = "first_assistant"
    PRIMARY = "primary"
    INDEPENDENT = "independent"
    INSTRUCTOR = "instructor"


# The 60 % is ABCP's definition of the primary perfusionist,
# abcp.org/for-ccps/recertification/clinical-activity, read 2026-11-21.
ROLE_MEANINGS: Mapping[Role, str] = {
    Role.OBSERVED: "Present, hands off. Never counts as performed.",
    Role.FIRST_ASSISTANT: (
        "Set-up, second pair of hands, part of the run: less than 60 % of the conduct of perfusion."
    ),
    Role.PRIMARY: (
        "Responsible for the conduct of perfusion for at least 60 % of the case, "
        "under a preceptor's supervision while a student. Only one perfusionist may claim primary on a case."
    ),
    Role.INDEPENDENT: "Primary without supervision, after graduation (what CAPE counts).",
    Role.INSTRUCTOR: "A CCP who supervises a student as primary.",
}


class Position(StrEnum):
    """What a person is in a program (a `role` is what somebody did on a case)."""

    STUDENT = "student"
    PRECEPTOR = "preceptor"
    DIRECTOR = "director"


class Setting(StrEnum):
    CLINICAL = "clinical"
    SIMULATION = "simulation"


class AgeGroup(StrEnum):
    """Never a birth date or an age: only these groups are stored."""

    NEONATE = "neonate"
    INFANT = "infant"
    CHILD = "child"
    ADOLESCENT = "adolescent"
    ADULT = "adult"
    OLDER_ADULT = "older_adult"


AGE_GROUP_MEANINGS: Mapping[AgeGroup, str] = {
    AgeGroup.NEONATE: "under 30 days",
    AgeGroup.INFANT: "30 days to under 1 year",
    AgeGroup.CHILD: "1–11 years",
    AgeGroup.ADOLESCENT: "12–17 years",
    AgeGroup.ADULT: "18–64 years",
    AgeGroup.OLDER_ADULT: "65 years and over",
}


class Urgency(StrEnum):
    ELECTIVE = "elective"
    URGENT = "urgent"
    EMERGENT = "emergent"
    SALVAGE = "salvage"


class Status(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    VERIFIED = "verified"
    VOID = "void"


class ActivityKind(StrEnum):
    """What a learning activity is."""

    DIDACTIC = "didactic"
    WET_LAB = "wet_lab"
    SIMULATION = "simulation"
    BEDSIDE_TRAINING = "bedside_training"
    MEETING = "meeting"
    COURSE = "course"
    RESEARCH = "research"
    OTHER = "other"


class CodeList(StrEnum):
    """The lists that a program can extend."""

    ACTIVITY = "activity"
    PROCEDURES = "procedures"
    TECHNIQUES = "techniques"
    EVENTS = "events"


CLOSED_LISTS: Mapping[str, type[StrEnum]] = {
    "role": Role,
    "setting": Setting,
    "age_group": AgeGroup,
    "urgency": Urgency,
    "status": Status,
    "kind": ActivityKind,
}


_CLOSED_CODES: Mapping[str, frozenset[str]] = {name: frozenset(codes) for name, codes in CLOSED_LISTS.items()}


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of an open list. A retired code stays readable on old cases but is no longer offered."""

    code: str
    label: str
    family: str
    retired: bool = False


class CodeBook:
    """The open code lists as one program has them. Codes are retired, never removed."""

    def __init__(self, lists: Mapping[CodeList, Iterable[Code]]) -> None:
        self._lists = {name: {code.code: code for code in lists.get(name, ())} for name in CodeList}
        self._known = {**{str(name): frozenset(codes) for name, codes in self._lists.items()}, **_CLOSED_CODES}

    def codes(self, name: CodeList) -> Mapping[str, Code]:
        return self._lists[name]

    def family_of(self, name: CodeList, code: str) -> str | None:
        found = self._lists[name].get(code)
        return found.family if found else None

    def family(self, name: CodeList, family: str) -> frozenset[str]:
        """The codes of a family, retired ones included: a case logged under one still counts."""
        return frozenset(code.code for code in self._lists[name].values() if code.family == family)

    def families(self, name: CodeList) -> tuple[str, ...]:
        return tuple(dict.fromkeys(code.family for code in self._lists[name].values()))

    def knows(self, field: str, code: str) -> bool:
        """Whether `code` may stand in `field`, be its list open or closed."""
        return code in self._known[field]

    def knows_all(self, field: str, codes: Iterable[str]) -> bool:
        """Whether each of `codes` may stand in `field`."""
        return self._known[field].issuperset(codes)

    def allowed(self, field: str) -> tuple[str, ...]:
        if field in CLOSED_LISTS:
            return tuple(CLOSED_LISTS[field])
        return tuple(self._lists[CodeList(field)])

    def offered(self, field: str) -> tuple[str, ...]:
        """What `allowed` says, without the retired codes."""
        if field in CLOSED_LISTS:
            return self.allowed(field)
        return tuple(code.code for code in self._lists[CodeList(field)].values() if not code.retired)

    def label(self, field: str, code: str) -> str:
        """The code in words; a code of no list, such as a site's, reads as itself."""
        if field in CLOSED_LISTS:
            return code.replace("_", " ")
        found = self._lists[CodeList(field)].get(code) if field in tuple(CodeList) else None
        return found.label if found else code
