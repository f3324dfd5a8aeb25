"""The form of a case, its fields named as the columns of every file; and the filter of the log."""

import uuid
from collections.abc import Iterable
from typing import Any

from flask import request

from caselog.domain.case import LABELS, LIST_FIELDS, NOTE_MOST, Case, Fault
from caselog.domain.codes import CLOSED_LISTS, Code, CodeList
from caselog.forms.base import (
    CaselogForm,
    ChoiceField,
    ChoicesField,
    DayField,
    DecimalNumberField,
    HiddenNumberField,
    HiddenUidField,
    NoteField,
    RadioChoiceField,
    TimeOfDayField,
    WholeNumberField,
)
from caselog.services.case_log import LogFilter
from caselog.services.references import References

Choice = tuple[str, str]  # value, and the words that people see

_YES_NO = [("no", "No"), ("yes", "Yes")]
# Everything that the form fills in; the identifier, the site's country and the status are not typed.
_ENTERED = tuple(name for name in LABELS if name not in {"case_uid", "site_country", "status"})


def _words(code: str) -> str:
    return code.replace("_", " ").capitalize()


def _closed(name: str) -> list[Choice]:
    return [(code, _words(code)) for code in CLOSED_LISTS[name]]


def _optional(choices: Iterable[Choice], nothing: str = "") -> list[Choice]:
    return [("", nothing), *choices]


class CaseForm(CaselogForm):
    """A case as it is typed. A draft may leave anything out; what submission needs is the service's to say."""

    case_uid = HiddenUidField(LABELS["case_uid"])
    version = HiddenNumberField("Version")
    case_date = DayField(LABELS["case_date"])
    start_time = TimeOfDayField(LABELS["start_time"])
    site = ChoiceField(LABELS["site"])
    rotation = ChoiceField(LABELS["rotation"])
    preceptor = ChoiceField(LABELS["preceptor"])
    activity = ChoiceField(LABELS["activity"])
    procedures = ChoicesField(LABELS["procedures"])
    role = RadioChoiceField(LABELS["role"], choices=_closed("role"))
    share_percent = WholeNumberField(LABELS["share_percent"])
    setting = RadioChoiceField(LABELS["setting"], choices=_closed("setting"), default="clinical")
    age_group = RadioChoiceField(LABELS["age_group"], choices=_closed("age_group"))
    urgency = RadioChoiceField(LABELS["urgency"], choices=_closed("urgency"))
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
        self.site.choices = _optional(
            ((site.code, site.name) for site in references.sites.values()), "Choose a site"
        )
        self.rotation.choices = _optional(
            ((each.code, each.code) for each in references.rotations.values()), "No rotation"
        )
        self.preceptor.choices = _optional(
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

    @property
    def uid(self) -> uuid.UUID:
        """The case's identifier: the one that the page carried, or a fresh one."""
        if self.case_uid.data is None:
            self.case_uid.data = uuid.uuid4()
        found: uuid.UUID = self.case_uid.data
        return found

    @property
    def known_version(self) -> int:
        """The version that the page was made from; 0 if it did not say, which no case has."""
        return self.version.data or 0

    @property
    def submits(self) -> bool:
        """Whether the case is handed in now; otherwise it is kept as a draft."""
        return bool(request.form.get("action") == "submit")

    @property
    def http_status(self) -> int:
        return 400 if self.errors else 200

    def case(self) -> Case:
        """The case as typed; its status is the service's to give."""
        values = {name: self[name].data for name in _ENTERED}
        for name in LIST_FIELDS:
            values[name] = tuple(sorted(values[name] or ()))
        values["redo"] = values["redo"] == "yes"
        return Case(case_uid=str(self.uid), **values)

    def show(self, faults: list[Fault]) -> None:
        """Put what the service found wrong at the fields."""
        for fault in faults:
            if fault.field in self:
                self[fault.field].errors = [*self[fault.field].errors, fault.message]
            else:
                self.form_errors.append(fault.message)


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
            offered.setdefault(_words(code.family), []).append((code.code, code.label))
    return offered


class FilterForm(CaselogForm):
    """Which part of the log to show; comes in the address, so it can be kept and shared."""

    class Meta:
        csrf = False

    status = ChoiceField("Status", choices=_optional(_closed("status"), "Any"))
    activity = ChoiceField("Activity")
    procedure = ChoiceField("Procedure")
    role = ChoiceField("Role", choices=_optional(_closed("role"), "Any"))
    age_group = ChoiceField("Age group", choices=_optional(_closed("age_group"), "Any"))
    site = ChoiceField("Site")
    since = DayField("From")
    until = DayField("Until")

    def __init__(self, references: References, arguments: Any) -> None:
        super().__init__(formdata=arguments)
        self.activity.choices = _any_code(references, CodeList.ACTIVITY)
        self.procedure.choices = _any_code(references, CodeList.PROCEDURES)
        self.site.choices = _optional(((site.code, site.name) for site in references.sites.values()), "Any")

    def wanted(self) -> LogFilter:
        return LogFilter(**{name: field.data for name, field in self._fields.items()})

    @property
    def narrows(self) -> bool:
        """Whether anything is left out of the list."""
        return any(field.data for field in self)


def _any_code(references: References, name: CodeList) -> dict[str, list[Choice]]:
    codes = references.codes.codes(name)
    return {"": [("", "Any")], **_codes(codes.values(), tuple(codes))}
