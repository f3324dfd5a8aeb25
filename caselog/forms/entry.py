"""What the forms of cases and of learning activities share, and the filters of their lists."""

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from flask import request

from caselog.domain.codes import CLOSED_LISTS
from caselog.domain.fields import Fault
from caselog.forms.base import CaselogForm, ChoiceField, DayField, HiddenNumberField
from caselog.services.entry import ConflictError

Choice = tuple[str, str]  # value, and the words that people see


def words(code: str) -> str:
    """A code as people read it."""
    return code.replace("_", " ").capitalize()


def closed(name: str) -> list[Choice]:
    """The choices of a closed list of codes."""
    return [(code, words(code)) for code in CLOSED_LISTS[name]]


def optional(choices: Iterable[Choice], nothing: str = "") -> list[Choice]:
    """The same, after a choice for nothing."""
    return [("", nothing), *choices]


class EntryForm(CaselogForm):
    """An entry as it is typed. A draft may leave anything out; what submission needs is the service's to say."""

    uid_field: ClassVar[str]
    version = HiddenNumberField("Version")
    _refused = False
    conflict: ConflictError | None = None

    @property
    def uid(self) -> uuid.UUID:
        """The entry's identifier: the one that the page carried, or a fresh one."""
        field = self[self.uid_field]
        if field.data is None:
            field.data = uuid.uuid4()
        found: uuid.UUID = field.data
        return found

    @property
    def known_version(self) -> int:
        """The version that the page was made from; 0 if it did not say, which no entry has."""
        return self.version.data or 0

    @property
    def submits(self) -> bool:
        """Whether the entry is handed in now; otherwise it is kept as a draft."""
        return bool(request.form.get("action") == "submit")

    @property
    def http_status(self) -> int:
        if self._refused:
            return 409
        return 400 if self.errors else 200

    def refuse(self, message: str) -> None:
        """Say on top that what was typed cannot be stored as things stand."""
        self._refused = True
        self.form_errors.append(message)

    def clash(self, conflict: ConflictError) -> None:
        """Keep what was typed beside how the entry is now; sent again, it is stored on purpose."""
        self.refuse(str(conflict))
        self.conflict = conflict
        self.version.data = conflict.version

    def show(self, faults: list[Fault]) -> None:
        """Put what the service found wrong at the fields."""
        for fault in faults:
            if fault.field in self:
                self[fault.field].errors = [*self[fault.field].errors, fault.message]
            else:
                self.form_errors.append(fault.message)


class LogFilterForm(CaselogForm):
    """Which part of a list to show; comes in the address, so it can be kept and shared."""

    class Meta:
        csrf = False

    status = ChoiceField("Status", choices=optional(closed("status"), "Any"))
    since = DayField("From")
    until = DayField("Until")

    def __init__(self, arguments: Any) -> None:
        super().__init__(formdata=arguments)

    def given(self) -> dict[str, Any]:
        """What each field asks for, by name."""
        return {name: field.data for name, field in self._fields.items()}

    @property
    def narrows(self) -> bool:
        """Whether anything is left out of the list."""
        return any(field.data for field in self)
