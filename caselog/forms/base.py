"""Fields that take whatever a browser, or somebody in its place, may send, and say what they need instead.

Each field reads the first value of its name (or all, where several may be chosen). A name that is missing reads as
not given, and a file in place of a text is no text. What a field cannot read stays in the form as it was typed.
"""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from typing import Any, Final

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.form import SUBMIT_METHODS
from wtforms import Field, Form, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # its stubs are a release behind
from wtforms.validators import StopValidation, ValidationError
from wtforms.widgets import (
    CheckboxInput,
    DateInput,
    EmailInput,
    HiddenInput,
    ListWidget,
    PasswordInput,
    RadioInput,
    TextArea,
    TextInput,
    TimeInput,
)

from caselog.domain.fields import unknown_code
from caselog.forms.screened import Screen, screen_field
from caselog.services.screen import Treatment

LINE_MOST: Final = 200  # characters
EMAIL_MOST: Final = 254
DIGITS_MOST: Final = 9
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROL_BUT_BREAKS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class CaselogForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A form of ours: reads the fields of a form that was sent, never JSON and never files."""

    class Meta:
        def wrap_formdata(self, form: Form, formdata: Any) -> Any:
            # Flask-WTF takes a form without any field for one that was not sent, and would fill in the defaults.
            if formdata is None or hasattr(formdata, "getlist"):
                return formdata
            return request.form if request.method in SUBMIT_METHODS else None

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        for field in self:
            if isinstance(field, LineField):
                screen_field(field, field.treatment)
        return valid and not self.errors


class Needed:
    """The field must be given; the message says what belongs there."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.field_flags = {"required": True}

    def __call__(self, _form: Form, field: Field) -> None:
        if field.process_errors:
            raise StopValidation  # something was given, and the field has said what is wrong with it
        if field.data is None or field.data in ("", [], ()):
            raise StopValidation(self.message)


class TypedField(Field):
    """A text, read into a value of the field's own type; None when nothing was given."""

    widget: Any = TextInput()
    control = _CONTROL
    typed: str | None = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = next((value for value in valuelist if isinstance(value, str)), "")
        self.data = None
        text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
        self.typed = self.control.sub("", text)
        if self.typed != text:
            raise ValueError("A character that cannot be stored was taken out; check the rest and send it again.")
        if self.typed:
            self.data = self.read(self.typed)

    def read(self, text: str) -> object:
        """The value of a text that is not empty. Raises ValueError with a message for the user."""
        raise NotImplementedError

    def show(self, value: Any) -> str:
        return str(value)

    def _value(self) -> str:
        if self.typed is not None:
            return self.typed
        return "" if self.data is None else self.show(self.data)


class LineField(TypedField):
    """One line of text; at most `most` characters. Its value is never None.

    It is screened for what may identify a patient, according to its `treatment`: None for a text that the screen
    has no business with, such as a code.
    """

    screen: Screen | None = None
    offered = True  # False where the program takes no such text

    def __init__(
        self,
        label: str,
        validators: Sequence[Any] = (),
        *,
        most: int = LINE_MOST,
        treatment: Treatment | None = Treatment.FREE,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, list(validators), **kwargs)
        self.most, self.treatment = most, treatment

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        finally:
            self.data = self.typed or ""

    def read(self, text: str) -> object:
        if len(text) > self.most:
            raise ValueError(f"{self.label.text} has {len(text):,} characters; at most {self.most:,} fit.")
        return text


class HiddenLineField(LineField):
    """A line that the page carries."""

    widget: Any = HiddenInput()

    def __init__(self, label: str, validators: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(label, validators, treatment=None, **kwargs)


class NoteField(LineField):
    """Text of several lines."""

    widget: Any = TextArea()
    control = _CONTROL_BUT_BREAKS


class EmailField(LineField):
    widget = EmailInput()

    def __init__(self, label: str, validators: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(label, validators, most=EMAIL_MOST, treatment=None, **kwargs)

    def read(self, text: str) -> object:
        name, _, host = text.partition("@")
        if not name or not host or "@" in host or any(character.isspace() for character in text):
            raise ValueError("Give a whole e-mail address, such as name@program.example.")
        return super().read(text)


class PasswordField(Field):
    """A password: taken exactly as it was typed, and never shown again."""

    widget = PasswordInput()

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = next((value for value in valuelist if isinstance(value, str)), "")


class HiddenUidField(TypedField):
    """A UUID that the page carries."""

    widget = HiddenInput()

    def read(self, text: str) -> object:
        try:
            return uuid.UUID(text)
        except ValueError:
            raise ValueError(f"“{text[:60]}” is no identifier; load the page again.") from None


class WholeNumberField(TypedField):
    """An integer, perhaps between `least` and `most`.

    Shown as a text box with a keyboard of digits: browsers send nothing at all for what they do not take for a
    number, and what was typed would be lost.
    """

    pattern = re.compile(r"-?[0-9]+")
    example = "a whole number in digits, such as 12"
    keyboard = "numeric"

    def __init__(
        self,
        label: str,
        validators: Sequence[Any] = (),
        *,
        least: int | None = None,
        most: int | None = None,
        **kwargs: Any,
    ) -> None:
        render_kw = {"inputmode": self.keyboard, "autocomplete": "off"} | (kwargs.pop("render_kw", None) or {})
        super().__init__(label, list(validators), render_kw=render_kw, **kwargs)
        self.least, self.most = least, most

    def read(self, text: str) -> object:
        if not self.pattern.fullmatch(text):
            raise ValueError(f"“{text[:60]}” is not {self.example}.")
        if sum(character.isdigit() for character in text) > DIGITS_MOST:
            raise ValueError(f"{self.label.text} cannot be such a large number; check the digits.")
        value = self.convert(text)
        if self.least is not None and value < self.least:
            raise ValueError(f"{self.label.text} must be at least {self.least:,}, not {value:g}.")
        if self.most is not None and value > self.most:
            raise ValueError(f"{self.label.text} must be at most {self.most:,}, not {value:g}.")
        return value

    def convert(self, text: str) -> float:
        return int(text)


class HiddenNumberField(WholeNumberField):
    """A number that the page carries."""

    widget = HiddenInput()


class DecimalNumberField(WholeNumberField):
    """A number with decimals after a point or a comma; its value is a float."""

    pattern = re.compile(r"-?[0-9]+([.,][0-9]+)?")
    example = "a number in digits, such as 4.5"
    keyboard = "decimal"

    def convert(self, text: str) -> float:
        return float(text.replace(",", "."))

    def show(self, value: Any) -> str:
        return f"{value:.9g}"


class DayField(TypedField):
    """A date; its value is a `date`."""

    widget = DateInput()
    pattern = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

    def read(self, text: str) -> object:
        try:
            if self.pattern.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text} is no day of the calendar; check the month and the day.") from None
        raise ValueError(f"“{text[:60]}” is not a date such as 2026-05-31 (year, month, day).")


class TimeOfDayField(TypedField):
    """A local time, to the minute; its value is a `time`."""

    widget = TimeInput()
    pattern = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(:00)?")

    def read(self, text: str) -> object:
        found = self.pattern.fullmatch(text)
        if not found:
            raise ValueError(f"“{text[:60]}” is not a time of day between 00:00 and 23:59.")
        return time(int(found[1]), int(found[2]))

    def show(self, value: Any) -> str:
        return f"{value:%H:%M}"


class YesNoField(TypedField):
    """A box to tick; its value is a bool. Takes `yes` and `no` as files have them, too."""

    widget = CheckboxInput()
    answers: Mapping[str, bool] = {"yes": True, "y": True, "on": True, "true": True, "no": False, "false": False}

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        self.data = bool(self.data)

    def read(self, text: str) -> object:
        if text.lower() not in self.answers:
            raise ValueError(f"“{text[:60]}” is neither yes nor no.")
        return self.answers[text.lower()]

    def _value(self) -> str:
        return "yes"


def _texts(valuelist: list[Any]) -> list[str]:
    """What was chosen, fit to be shown in a message."""
    return [_CONTROL.sub("\ufffd", value).strip() for value in valuelist if isinstance(value, str)]


Listed = Iterable[tuple[str, str]]  # the value of each choice, and the words that people see


class _ListField(SelectField):
    """Takes `choices` as pairs, or as a mapping of pairs by group, where the group "" has no heading."""

    def __init__(
        self,
        label: str,
        validators: Sequence[Any] = (),
        *,
        choices: Listed | Mapping[str, Listed] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, list(validators), **kwargs)
        self.choices = choices

    @property
    def choices(self) -> Any:
        return self._listed

    @choices.setter
    def choices(self, choices: Any) -> None:
        groups = choices.items() if isinstance(choices, Mapping) else [("", choices or ())]
        self._listed = [
            SelectChoice(value, words, optgroup=group or None)
            for group, listed in groups
            for value, words in listed
        ]

    def _refuse_unknown(self, given: Sequence[str]) -> None:
        allowed = tuple(choice.value for choice in self._listed if choice.value)
        for value in given:
            if value not in allowed:
                raise ValidationError(unknown_code(self.short_name, value, allowed))


class ChoiceField(_ListField):
    """One of a list; None when nothing, or the empty choice, was chosen."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = next(iter(_texts(valuelist)), "") or None

    def pre_validate(self, form: Any) -> None:
        self._refuse_unknown([self.data] if self.data else [])


class RadioChoiceField(ChoiceField):
    """The same, with every choice in sight."""

    widget = ListWidget(prefix_label=False)
    option_widget = RadioInput()


class ChoicesField(_ListField, SelectMultipleField):
    """Any number of a list; its value is a list without repeats."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = list(dict.fromkeys(text for text in _texts(valuelist) if text))

    def pre_validate(self, form: Any) -> None:
        self._refuse_unknown(self.data or [])
