"""The form of a case, its fields named as the columns of every file; and the filter of the log."""

import uuid
from collections.abc import Iterable
from typing import Any

from flask import request

from caselog.domain.case import LABELS, LIST_FIELDS, NOTE_MOST, Case
from caselog.domain.codes import Code, CodeList
from caselog.domain.fields import Fault
from caselog.forms.base import (
    ChoiceField,
    ChoicesField,
    DayField,
    DecimalNumberField,
    HiddenUidField,
    NoteField,
    RadioChoiceField,
    TimeOfDayField,
    WholeNumberField,
)
from caselog.forms.entry import Choice, EntryForm, LogFilterForm, closed, optional, words
from caselog.services.case_log import LogFilter
from caselog.services.references import References
from caselog.services.screen import SWITCHED_OFF

_YES_NO = [("no", "No"), ("yes", "Yes")]
# Everything that the form fills in; the identifier, the site's country and the status are not typed.
_ENTERED = tuple(name for name in LABELS if name not in {"case_uid", "site_country", "status"})


class CaseForm(EntryForm):
    """A case as it is typed."""

    uid_field = "case_uid"
    _note_not_taken = False

    case_uid = HiddenUidField(LABELS["case_uid"])
    case_date = DayField(LABELS["case_date"])
    start_time = TimeOfDayField(LABELS["start_time"])
    site = ChoiceField(LABELS["site"])
    rotation = ChoiceField(LABELS["rotation"])
    preceptor = ChoiceField(LABELS["preceptor"])
    activity = ChoiceField(LABELS["activity"])
    procedures = ChoicesField(LABELS["procedures"])
    role = RadioChoiceField(LABELS["role"], choices=closed("role"))
    share_percent = WholeNumberField(LABELS["share_percent"])
    setting = RadioChoiceField(LABELS["setting"], choices=closed("setting"), default="clinical")
    age_group = RadioChoiceField(LABELS["age_group"], choices=closed("age_group"))
    urgency = RadioChoiceField(LABELS["urgency"], choices=closed("urgency"))
    redo = RadioChoiceField(LABELS["redo"], choices=_YES_NO, default="no")
    cpb_minutes = WholeNumberField(LABELS["cpb_minutes"])
    cross_clamp_minutes = WholeNumberField(LABELS["cross_clamp_minutes"])
    circulatory_arrest_minutes = WholeNumberField(LABELS["circulatory_arrest_minutes"])
    support_hours = DecimalNumberField(LABELS["support_hours"])
    lowest_temp_c = DecimalNumberField(LABELS["lowest_temp_c"])
    techniques = ChoicesField(LABELS["techniques"])
    events = ChoicesField(LABELS["events"])
    note = NoteField(LABELS["note"], most=NOTE_MOST)

    def __init__(self, references: References, *, case: Case | None = None, version: int | None = None) -> None:
        super().__init__(data=_as_typed(case, version))
        if case:  # its page's address says which case it is, whatever else was sent
            self.case_uid.data = uuid.UUID(case.case_uid)
        kept = case or Case()
        self.note.offered = references.free_text
        if not self.note.offered:
            self._keep_note(kept.note)
        self.site.choices = optional(
            ((site.code, site.name) for site in references.sites.values()), "Choose a site"
        )
        self.rotation.choices = optional(
            ((each.code, each.code) for each in references.rotations.values()), "No rotation"
        )
        self.preceptor.choices = optional(
            (
                (each.email, f"{each.name} ({', '.join(sorted(each.sites))})")
                for each in references.preceptors.values()
                if each.active or each.email == kept.preceptor
            ),
            "Choose a preceptor",
        )
        for name in CodeList:
            offered = _codes(references.codes.codes(name).values(), getattr(kept, name) or ())
            self[name].choices = offered if name in LIST_FIELDS else {"": [("", "Choose an activity")], **offered}

    def case(self) -> Case:
        """The case as typed; its status is the service's to give."""
        values = {name: self[name].data for name in _ENTERED}
        for name in LIST_FIELDS:
            values[name] = tuple(sorted(values[name] or ()))
        values["redo"] = values["redo"] == "yes"
        return Case(case_uid=str(self.uid), **values)

    def _keep_note(self, kept: str) -> None:
        """Leave the note as it stands, since the program takes no others."""
        self._note_not_taken = self.note.data not in ("", kept)
        self.note.data = kept

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if self._note_not_taken:
            self.form_errors.append(SWITCHED_OFF)
        return valid and not self.form_errors

    @property
    def previews(self) -> bool:
        """Whether it is asked what the case would count toward; then nothing is stored."""
        return bool(request.form.get("action") == "preview")

    def unreadable(self) -> list[Fault]:
        """What could not be read as it was typed; `case` leaves it out."""
        return [Fault(name, message) for name in _ENTERED for message in self[name].process_errors]


def _as_typed(case: Case | None, version: int | None) -> dict[str, Any]:
    if case is None:
        return {"case_uid": uuid.uuid4()}
    values = {name: getattr(case, name) for name in _ENTERED}
    return values | {
        "case_uid": uuid.UUID(case.case_uid),
        "version": version,
        "redo": "yes" if case.redo else "no",
        **{name: list(getattr(case, name)) for name in LIST_FIELDS},
    }


def _codes(codes: Iterable[Code], kept: str | tuple[str, ...]) -> dict[str, list[Choice]]:
    """What a list offers, by family: codes in use, and retired ones only where the case has them."""
    offered: dict[str, list[Choice]] = {}
    for code in codes:
        if not code.retired or code.code == kept or code.code in kept:
            offered.setdefault(words(code.family), []).append((code.code, code.label))
    return offered


class FilterForm(LogFilterForm):
    """Which cases to show."""

    activity = ChoiceField("Activity")
    procedure = ChoiceField("Procedure")
    role = ChoiceField("Role", choices=optional(closed("role"), "Any"))
    age_group = ChoiceField("Age group", choices=optional(closed("age_group"), "Any"))
    site = ChoiceField("Site")

    def __init__(self, references: References, arguments: Any) -> None:
        super().__init__(arguments)
        self.activity.choices = _any_code(references, CodeList.ACTIVITY)
        self.procedure.choices = _any_code(references, CodeList.PROCEDURES)
        self.site.choices = optional(((site.code, site.name) for site in references.sites.values()), "Any")

    def wanted(self) -> LogFilter:
        return LogFilter(**self.given())


def _any_code(references: References, name: CodeList) -> dict[str, list[Choice]]:
    codes = references.codes.codes(name)
    return {"": [("", "Any")], **_codes(codes.values(), tuple(codes))}
