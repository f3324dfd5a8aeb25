"""What a personal token of the API may be used for."""

from enum import Enum


class Scope(Enum):
    """A part of what its owner may do. A token never reaches further than its owner does."""

    def __init__(self, code: str, words: str) -> None:
        self.code = code
        self.words = words

    READ_LOG = "log:read", "Read my cases, activities and progress, and evaluate drafts"
    WRITE_LOG = "log:write", "Log, change, submit, amend and void cases and activities"
    READ_STUDENTS = "students:read", "Read the logs and the progress of students"
    EXPORT = "export", "Take a log away as a file"
    IMPORT = "import", "Bring a file into my log"


SCOPES = {scope.code: scope for scope in Scope}
