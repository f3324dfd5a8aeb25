"""What the API answers with, as models: they describe the answers in the document, and tests hold answers to them."""

import uuid
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from caselog.api.bodies import ActivityFields, CaseFields
from caselog.domain.codes import Status


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


class _Entry(BaseModel):
    """What is known of an entry beside what files say of it."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)

    status: Status
    student_id: uuid.UUID
    version: int
    hidden: list[str] = Field(
        description="Fields that are null since you are to say first, as the reviewer, which role you saw."
    )


class CaseAnswer(CaseFields, _Entry):
    """A case: the columns of files, and what is known of it beside."""

    case_uid: uuid.UUID


class ActivityAnswer(ActivityFields, _Entry):
    """A learning activity: the columns of files, and what is known of it beside."""

    activity_uid: uuid.UUID


class CaseList(Answer):
    """Some cases, the newest in the log first; `next` is the address of what follows."""

    cases: list[CaseAnswer]
    next: str | None


class ActivityList(Answer):
    """Some activities, the newest in the log first; `next` is the address of what follows."""

    activities: list[ActivityAnswer]
    next: str | None


class Receipt(Answer):
    """What became of an entry. `fresh` is false where it was in the log already and nothing was changed."""

    uid: uuid.UUID
    status: Status
    version: int
    fresh: bool


class Me(Answer):
    """Who a token stands for, and what it is for."""

    person_id: uuid.UUID
    name: str
    position: Literal["student", "preceptor", "director"]
    timezone: str
    scopes: list[str]


class ListedCode(Answer):
    """A code of a list of the program."""

    code: str
    label: str


class ListedSite(Answer):
    """A clinical site."""

    code: str
    name: str
    country: str


class ListedPreceptor(Answer):
    """A preceptor, named by e-mail, with the codes of their sites."""

    email: str
    name: str
    sites: list[str]


class ReferencesAnswer(Answer):
    """What the fields of a case may hold in this program."""

    codes: dict[str, list[ListedCode]]
    sites: list[ListedSite]
    preceptors: list[ListedPreceptor]
    rotations: list[str]
    free_text: bool


class StudentAnswer(Answer):
    """A student of the program."""

    id: uuid.UUID
    name: str
    cohort: str


class StudentList(Answer):
    """All students whom the token's owner may see."""

    students: list[StudentAnswer]


class Excluded(Answer):
    """An entry that does not count toward a requirement, and why."""

    uid: uuid.UUID
    reason: str


class RequirementAnswer(BaseModel):
    """Where one requirement stands. What does not apply to it is left out."""

    model_config = ConfigDict(extra="forbid")

    id: str
    title: str
    status: str
    minimum: float | None
    counted: float
    pending: float
    remaining: float | None
    counted_cases: list[uuid.UUID]
    excluded: list[Excluded]
    counted_activities: list[uuid.UUID] = []
    credits: dict[str, float] = {}
    preferred: float | None = None
    excess: float = 0
    parts: list[dict[str, Any]] = []
    years: list[dict[str, Any]] = []
    waivers: list[dict[str, Any]] = []
    requirements: list["RequirementAnswer"] = []


class EvaluationAnswer(Answer):
    """One rule set: the JSON that `caselog evaluate` prints."""

    ruleset: str
    edition: str
    as_of: date
    status: str
    requirements: list[RequirementAnswer]


class ProgressAnswer(Answer):
    """A student before every rule set that applies."""

    student_id: uuid.UUID
    as_of: date
    evaluations: list[EvaluationAnswer]


class FieldError(Answer):
    """What is wrong with one field; the pointer is a JSON pointer into the body."""

    pointer: str
    message: str


class Touched(Answer):
    """What a case is to one requirement once it is verified."""

    ruleset: str
    edition: str
    requirement: str
    title: str
    gain: float
    reason: str


class DraftEvaluation(Answer):
    """What a case would add. Nothing can be told while something is `lacking`."""

    lacking: list[str]
    still_open: list[str]
    left_out: list[FieldError]
    undated: bool
    judged: bool
    gains: list[Touched]
    nothing: list[Touched]


class RowFaultAnswer(BaseModel):
    """What is wrong with a row; a kept answer that is given again has no message."""

    model_config = ConfigDict(extra="forbid")

    line: int
    field: str
    message: str = ""


class ImportAnswer(Answer):
    """What became of the rows; `differing` are those whose entry keeps its other values.

    Lines count from 1: of a file its lines, of JSON the rows of the list."""

    rows: int
    added: int
    already_there: int
    from_verified: int
    from_returned: int
    stored: bool
    import_id: uuid.UUID | None
    differing: list[RowFaultAnswer]
    bad: list[RowFaultAnswer]


class Found(Answer):
    """Where in a text something was found that may identify somebody; places count characters from 0."""

    pointer: str
    start: int
    end: int
    kind: str
    strong: bool


class DifferenceAnswer(Answer):
    """A field that is not as the request says."""

    field: str
    now: Any
    sent: Any


class Problem(BaseModel):
    """An error (RFC 9457). `errors` name fields, `findings` places in texts, `differences` what stands there now."""

    model_config = ConfigDict(extra="forbid")

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = []
    findings: list[Found] = []
    differences: list[DifferenceAnswer] = []
    report: ImportAnswer | None = None


class FileAnswer(BaseModel):
    """A file."""
