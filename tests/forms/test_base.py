"""Fields: whatever is sent, they read it or say in words what they need."""

import io
import uuid
from collections.abc import Iterator
from datetime import date, time
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caselog.forms.base import (
    CaselogForm,
    ChoiceField,
    ChoicesField,
    DayField,
    DecimalNumberField,
    EmailField,
    HiddenNumberField,
    HiddenUidField,
    LineField,
    Needed,
    NoteField,
    PasswordField,
    RadioChoiceField,
    TimeOfDayField,
    WholeNumberField,
    YesNoField,
)

AGES = [("adult", "Adult"), ("child", "Child")]


class Sample(CaselogForm):
    class Meta:
        csrf = False

    line = LineField("Name", most=10)
    note = NoteField("Note", most=20)
    email = EmailField("E-mail")
    password = PasswordField("Password")
    number = WholeNumberField("CPB time", least=0, most=600)
    decimal = DecimalNumberField("Hours", least=0)
    version = HiddenNumberField("Version")
    day = DayField("Date", default=date(2026, 1, 1))
    clock_time = TimeOfDayField("Start")
    yes = YesNoField("Redo", default=True)
    uid = HiddenUidField("Identifier")
    choice = ChoiceField("Site")
    radio = RadioChoiceField("Age group", choices=AGES, default="adult")
    several = ChoicesField("Techniques", choices={"Pumps": [("roller", "Roller")], "": [("rap", "RAP")]})

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.choice.choices = [("", ""), ("harbor", "Harbor")]


NAMES = [name for name in vars(Sample) if hasattr(getattr(Sample, name), "field_class")]


class Demanding(CaselogForm):
    class Meta:
        csrf = False

    line = LineField("Name", [Needed("Give a name.")])
    number = WholeNumberField("Number", [Needed("Give a number.")])
    several = ChoicesField("Techniques", [Needed("Choose one.")], choices=[("rap", "RAP")])


@pytest.fixture(scope="module")
def bare() -> Flask:
    app = Flask(__name__)
    app.secret_key = "not used"
    return app


@pytest.fixture
def sent(bare: Flask) -> Iterator[Any]:
    """A function that gives the form as it arrives with these fields."""
    contexts = []

    def send(form: type[CaselogForm] = Sample, **fields: Any) -> Any:
        context = bare.test_request_context(method="POST", data=fields)
        context.push()
        contexts.append(context)
        found = form()
        found.validate_on_submit()
        return found

    yield send
    for context in reversed(contexts):
        context.pop()


def test_what_is_typed_well_is_read(sent: Any) -> None:
    form = sent(
        line="  Ann  ", note=" one\r\ntwo\r ", email=" ann@north.example", password=" as typed ", number="90",
        decimal="4,5", version="7", day="2026-02-28", clock_time="07:05", yes="yes",
        uid="7e6f0c2e-0000-4000-8000-00000000000a", choice="harbor", radio="child", several=["rap", "roller", "rap"],
    )  # fmt: skip
    assert form.errors == {}
    assert form.data == {
        "line": "Ann",
        "note": "one\ntwo",
        "email": "ann@north.example",
        "password": " as typed ",
        "number": 90,
        "decimal": 4.5,
        "version": 7,
        "day": date(2026, 2, 28),
        "clock_time": time(7, 5),
        "yes": True,
        "uid": uuid.UUID("7e6f0c2e-0000-4000-8000-00000000000a"),
        "choice": "harbor",
        "radio": "child",
        "several": ["rap", "roller"],
    }


def test_what_is_not_sent_is_not_given_whatever_the_default(sent: Any) -> None:
    form = sent()
    assert form.errors == {}
    assert {value for value in form.data.values() if not isinstance(value, list)} == {"", None, False}
    assert form.several.data == []


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("line", "x" * 11, "Name has 11 characters; at most 10 fit."),
        ("line", "a\x00b", "A character that cannot be stored was taken out"),
        ("line", "a\nb", "A character that cannot be stored was taken out"),
        ("note", "a\x0bb", "A character that cannot be stored was taken out"),
        ("note", "x" * 21, "at most 20 fit"),
        ("email", "ann", "Give a whole e-mail address"),
        ("email", "a@b@c", "Give a whole e-mail address"),
        ("email", "a b@c.example", "Give a whole e-mail address"),
        ("number", "１２", "“１２” is not a whole number in digits, such as 12."),
        ("number", "1e3", "not a whole number"),
        ("number", "12.0", "not a whole number"),
        ("number", "9" * 5000, "CPB time cannot be such a large number"),
        ("number", "601", "CPB time must be at most 600, not 601."),
        ("number", "-1", "CPB time must be at least 0, not -1."),
        ("decimal", "1e3", "not a number in digits, such as 4.5"),
        ("decimal", "nan", "not a number"),
        ("decimal", "inf", "not a number"),
        ("decimal", ".5", "not a number"),
        ("decimal", "٤٫٥", "not a number"),
        ("decimal", "0." + "1" * 400, "cannot be such a large number"),
        ("version", "x", "not a whole number"),
        ("day", "2026-02-30", "2026-02-30 is no day of the calendar"),
        ("day", "20260228", "not a date such as"),
        ("day", "２０２６-02-28", "not a date such as"),
        ("day", "0000-01-01", "no day of the calendar"),
        ("clock_time", "24:00", "between 00:00 and 23:59"),
        ("clock_time", "7:05", "between 00:00 and 23:59"),
        ("yes", "perhaps", "“perhaps” is neither yes nor no."),
        ("uid", "1", "“1” is no identifier; load the page again."),
        ("choice", "valley", "“valley” is not a code for choice; use one of: harbor."),
        ("choice", "\x00", "“\ufffd” is not a code for choice"),
        ("radio", "old", "use one of: adult, child."),
        ("several", "bicycle", "use one of: roller, rap."),
    ],
)
def test_what_cannot_be_read_is_said_in_words_and_stays(sent: Any, field: str, typed: str, words: str) -> None:
    form = sent(**{field: typed})
    assert list(form.errors) == [field]
    assert words in form.errors[field][0]
    assert "\x00" not in form[field]() + form.errors[field][0]
    if field not in ("yes", "choice", "radio", "several"):
        assert typed.replace("\x00", "").replace("\n", "").replace("\x0b", "") in form[field]()


def test_what_is_needed_is_asked_for_but_a_message_about_what_was_given_comes_first(sent: Any) -> None:
    assert sent(Demanding).errors == {
        "line": ["Give a name."],
        "number": ["Give a number."],
        "several": ["Choose one."],
    }
    assert sent(Demanding, line="Ann", number="x", several="rap").errors == {
        "number": ["“x” is not a whole number in digits, such as 12."]
    }
    assert sent(Demanding, line="Ann", number="0", several="rap").errors == {}


def test_the_first_of_several_values_is_read(sent: Any) -> None:
    form = sent(line=["Ann", "Ben"], number=["1", "x"], day=["2026-01-02", ""], choice=["harbor", "valley"])
    assert form.errors == {}
    assert (form.line.data, form.number.data, form.choice.data) == ("Ann", 1, "harbor")


def test_a_file_in_place_of_a_text_is_no_text(sent: Any) -> None:
    form = sent(**{name: (io.BytesIO(b"x"), "x.txt") for name in NAMES})
    assert form.errors == {}
    assert form.line.data == ""


def test_a_password_is_never_shown_again(sent: Any) -> None:
    assert "quiet pumps" not in sent(password="quiet pumps").password()


def test_json_is_not_a_form(bare: Flask) -> None:
    with bare.test_request_context(method="POST", json=["not", "a", "mapping"]):
        assert Sample().line.data == ""


def test_a_form_shows_what_it_was_made_with(bare: Flask) -> None:
    with bare.test_request_context():
        form = Sample(data={"decimal": 0.1, "clock_time": time(9, 0), "day": date(2026, 1, 2), "choice": "harbor"})
        assert not form.validate_on_submit()
        for name, shown in (("decimal", "0.1"), ("clock_time", "09:00"), ("day", "2026-01-02")):
            assert f'value="{shown}"' in form[name]()
        assert '<option selected value="harbor">' in form.choice()
        assert '<input checked id="radio-0"' in form.radio()
        assert "checked" in form.yes()
        assert '<optgroup label="">' not in form.several()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=st.dictionaries(st.sampled_from(NAMES), st.lists(st.text(max_size=30), max_size=3), max_size=6))
def test_nothing_that_is_sent_breaks_a_form(bare: Flask, fields: dict[str, list[str]]) -> None:
    with bare.test_request_context(method="POST", data=fields):
        form = Sample()
        form.validate_on_submit()
        for field in form:
            assert "\x00" not in field()
            assert all(isinstance(message, str) and "\x00" not in message for message in field.errors)
        if not form.errors:
            assert all("\x00" not in value for value in form.data.values() if isinstance(value, str))
