"""The frame of every page and the macros that pages are made of, without a database."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from flask import Flask, flash, g, render_template_string
from flask_wtf import CSRFProtect, FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # its stubs are a release behind
from wtforms.validators import InputRequired, Optional

from caselog import ROOT
from caselog.domain.codes import Position, Status
from caselog.domain.evaluate import Engine
from caselog.domain.result import Standing
from caselog.domain.spread import step_of
from caselog.domain.student import StudentFacts
from caselog.extensions import bootstrap
from caselog.rules import library
from caselog.rules.codes import load_codes
from caselog.services.actor import Actor
from caselog.web.filters import register_filters
from tests.support.page import elements, faults, parse, text

PAGE = """{%% extends "base.html" %%}
{%% from "components/forms.html" import error_summary, field, fold, post_button %%}
{%% from "components/page.html" import heading, notice %%}
{%% from "components/progress.html" import bar, case_status, heat_cell, status_badge %%}
{%% from "components/tables.html" import empty, pagination, scroll_region %%}
{%% block title %%}Sample{%% endblock %%}
{%% block content %%}{{ heading("Sample", "In a sentence.") }}%s{%% endblock %%}"""
SVG = "{http://www.w3.org/2000/svg}"
ROLES = {"observed": "Hands off.", "primary": "At least 60 % of the case."}
FAMILIES = {"Valve": ["aortic_valve", "mitral_valve"], "Congenital": ["asd", "vsd"]}


class CaseForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    case_date = DateField("Date of the case", [InputRequired("Date of the case is needed.")])
    site = SelectField("Clinical site", choices=[SelectChoice("harbor", "Harbor")])
    role = RadioField(
        "Your role", [InputRequired("Choose your role.")], choices=[SelectChoice(role) for role in ROLES]
    )
    procedures = SelectMultipleField(
        "Procedures",
        [Optional()],
        choices=[SelectChoice(code, optgroup=family) for family, codes in FAMILIES.items() for code in codes],
    )
    redo = BooleanField("Redo")
    cpb_minutes = IntegerField("CPB time", [Optional()])
    password = PasswordField("Password", [Optional()])
    note = TextAreaField("Learning note", [Optional()])


@pytest.fixture
def page_app() -> Iterator[Flask]:
    app = Flask("sample", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "caselog" / "static"))
    app.config.update(SECRET_KEY="only for tests", BOOTSTRAP_SERVE_LOCAL=True)
    CSRFProtect(app)
    bootstrap.init_app(app)
    register_filters(app)
    with app.test_request_context("/sample"):
        yield app


def page(content: str, **context: Any) -> ET.Element:
    """A page with this content, after making sure that nothing is wrong with it."""
    html = render_template_string(PAGE % content, **context)
    assert faults(html) == []
    return parse(html)


def sent(app: Flask, **fields: Any) -> CaseForm:
    """The form as it comes back after these fields were sent and found wanting."""
    with app.test_request_context("/sample", method="POST", data=fields):
        form = CaseForm()
        form.validate()
        form.csrf_token.errors = ()  # the sample has no session that a token could belong to
        return form


def by_id(root: ET.Element, name: str) -> ET.Element:
    return next(element for element in elements(root) if element.get("id") == name)


def described(root: ET.Element, element: ET.Element) -> list[str]:
    return [text(by_id(root, name)) for name in (element.get("aria-describedby") or "").split()]


def be(position: Position) -> None:
    g.actor = Actor(uuid.uuid4(), uuid.uuid4(), position, "Sam Sample", "UTC")


@pytest.mark.usefixtures("page_app")
@pytest.mark.parametrize(
    ("position", "links"),
    [
        (Position.STUDENT, ["/progress", "/cases", "/activities", "/cases/new"]),
        (Position.PRECEPTOR, ["/review"]),
        (Position.DIRECTOR, ["/cohorts", "/review", "/signals", "/program/people", "/trail"]),
    ],
)
def test_the_navigation_shows_each_position_what_is_theirs(position: Position, links: list[str]) -> None:
    be(position)
    navigation = next(elements(page(""), "nav"))
    assert [link.get("href") for link in elements(navigation, "a")] == links


@pytest.mark.usefixtures("page_app")
def test_somebody_unknown_is_shown_no_navigation_and_no_way_to_sign_out() -> None:
    root = page("")
    assert list(elements(root, "nav", "form")) == []


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/cases", {"/cases": "page"}),
        ("/cases/0b1f", {"/cases": "true"}),
        ("/cases/new", {"/cases/new": "page"}),
        ("/account", {"/account": "page"}),
    ],
)
def test_the_navigation_says_where_one_is(page_app: Flask, path: str, current: dict[str, str]) -> None:
    with page_app.test_request_context(path):
        be(Position.STUDENT)
        root = page("")
    marked = {
        link.get("href"): link.get("aria-current") for link in elements(root, "a") if link.get("aria-current")
    }
    assert marked == current


@pytest.mark.usefixtures("page_app")
def test_only_a_demo_program_is_called_one() -> None:
    assert "synthetic" not in text(page(""))
    g.program_is_demo = True
    assert "Demo program: all people and cases are synthetic." in text(page(""))


@pytest.mark.usefixtures("page_app")
def test_messages_say_in_words_what_kind_they_are_and_a_problem_interrupts() -> None:
    for category in ("success", "warning", "danger", "message"):
        flash(f"<{category}>", category)
    root = page("")
    shown = [(element.get("role"), text(element)) for element in elements(root) if element.get("role")]
    assert shown == [
        ("status", "Done: <success>"),
        ("status", "Attention: <warning>"),
        ("alert", "Problem: <danger>"),
        ("status", "Note: <message>"),
    ]


def test_a_field_is_tied_to_its_hint_its_unit_and_its_error(page_app: Flask) -> None:
    form = sent(page_app, cpb_minutes="ninety")
    root = page("{{ field(form.cpb_minutes, hint='From start to end.', unit='minutes') }}", form=form)
    box = by_id(root, "cpb_minutes")
    assert described(root, box) == ["From start to end.", "minutes", "Error: Not a valid integer value."]
    assert box.get("aria-invalid") == "true"


def test_a_number_that_cannot_be_read_comes_back_as_it_was_typed(page_app: Flask) -> None:
    root = page("{{ field(form.cpb_minutes) }}", form=sent(page_app, cpb_minutes="9O"))
    box = by_id(root, "cpb_minutes")
    assert (box.get("type"), box.get("value")) == ("text", "9O")


def test_a_field_without_fault_or_help_refers_to_nothing(page_app: Flask) -> None:
    box = by_id(page("{{ field(form.note) }}", form=sent(page_app)), "note")
    assert box.get("aria-describedby") is None
    assert box.get("aria-invalid") is None


def test_optional_fields_say_so_unless_the_page_knows_better(page_app: Flask) -> None:
    form = sent(page_app)
    content = "{{ field(form.case_date) }}{{ field(form.note) }}{{ field(form.site, optional=False) }}"
    labels = [text(label) for label in elements(page(content, form=form), "label")]
    assert labels == ["Date of the case", "Learning note optional", "Clinical site"]


def test_further_attributes_reach_the_box(page_app: Flask) -> None:
    root = page("{{ field(form.password, autocomplete='current-password') }}", form=sent(page_app))
    assert by_id(root, "password").get("autocomplete") == "current-password"


def test_each_choice_is_named_by_its_word_and_described_by_its_meaning(page_app: Flask) -> None:
    root = page("{{ field(form.role, meanings=roles) }}", form=sent(page_app, role="primary"), roles=ROLES)
    chosen = by_id(root, "role-1")
    assert (chosen.get("value"), "checked" in chosen.attrib) == ("primary", True)
    assert text(by_id(root, chosen.attrib["aria-labelledby"])) == "primary"
    assert described(root, chosen) == ["At least 60 % of the case."]


def test_a_group_of_choices_carries_its_error(page_app: Flask) -> None:
    root = page("{{ field(form.role) }}", form=sent(page_app))
    group = by_id(root, "role")
    assert (group.get("role"), group.get("aria-invalid")) == ("radiogroup", "true")
    assert described(root, group) == ["Error: Choose your role."]


def test_families_of_a_long_list_stay_folded_until_one_of_them_is_chosen(page_app: Flask) -> None:
    content = "{{ field(form.procedures, open_families=['Valve']) }}"
    folded = list(elements(page(content, form=sent(page_app)), "details"))
    assert [(text(next(elements(fold, "summary"))), "open" in fold.attrib) for fold in folded] == [
        ("Congenital", False)
    ]
    chosen = page(content, form=sent(page_app, procedures=["vsd"]))
    assert ["open" in fold.attrib for fold in elements(chosen, "details")] == [True]
    checked = [box.get("value") for box in elements(chosen, "input") if "checked" in box.attrib]
    assert checked == ["vsd"]


def test_a_fold_opens_by_itself_around_an_error(page_app: Flask) -> None:
    content = "{% call fold('More') %}{{ field(form.cpb_minutes) }}{% endcall %}"
    for typed, is_open in (("90", False), ("ninety", True)):
        fold = next(elements(page(content, form=sent(page_app, cpb_minutes=typed)), "details"))
        assert ("open" in fold.attrib) is is_open


def test_the_error_summary_leads_to_every_faulty_field(page_app: Flask) -> None:
    form = sent(page_app, cpb_minutes="ninety")
    every_field = "{% for each in form if each.name != 'csrf_token' %}{{ field(each) }}{% endfor %}"
    root = page("{{ error_summary(form) }}" + every_field, form=form)
    summary = next(element for element in elements(root) if element.get("role") == "alert")
    links = {text(link): link.attrib["href"].removeprefix("#") for link in elements(summary, "a")}
    assert links == {
        "Date of the case is needed.": "case_date",
        "Clinical site: Not a valid choice.": "site",
        "Your role: Choose your role.": "role-0",
        "CPB time: Not a valid integer value.": "cpb_minutes",
    }
    assert {by_id(root, name).tag for name in links.values()} <= {"input", "select"}
    assert "4 things to correct" in text(summary)
    assert text(next(elements(root, "title"))).startswith("Error: ")


def test_a_form_without_errors_has_no_error_summary(page_app: Flask) -> None:
    root = page(
        "{{ error_summary(form) }}", form=sent(page_app, case_date="2026-03-14", site="harbor", role="primary")
    )
    assert not [element for element in elements(root) if element.get("role") == "alert"]


@pytest.mark.usefixtures("page_app")
@pytest.mark.parametrize(
    ("arguments", "heard"),
    [
        ("62, 4, 75", "Valve: 62 of 75 counted, 4 waiting for verification"),
        ("62, 0, 75", "Valve: 62 of 75 counted"),
        ("7, 1, None", "Valve: 7 counted, 1 waiting for verification; the number is not set"),
        ("0, 0, 0", "Valve: 0 of 0 counted"),
        ("2.5, 0, 4", "Valve: 2.5 of 4 counted"),
    ],
)
def test_a_bar_says_in_words_what_it_draws(arguments: str, heard: str) -> None:
    root = page("{{ bar(" + arguments + ", 'Valve') }}")
    drawing = next(element for element in elements(root, f"{SVG}svg") if element.get("role") == "img")
    assert drawing.get("aria-label") == heard


@pytest.mark.usefixtures("page_app")
@pytest.mark.parametrize(
    ("arguments", "counted", "target"),
    [
        ("62, 4, 75", "82.67%", "100.0%"),
        ("80, 20, 75", "80.0%", "75.0%"),
        ("75, 0, 75", "100.0%", "100.0%"),
        ("0, 0, 75", None, "100.0%"),
        ("7, 1, None", None, None),
    ],
)
def test_a_bar_is_as_long_as_what_counts_and_never_longer_than_its_place(
    arguments: str, counted: str | None, target: str | None
) -> None:
    root = page("{{ bar(" + arguments + ", 'Valve') }}")
    drawn = {element.get("class"): element for element in elements(root, f"{SVG}rect", f"{SVG}line")}
    assert (drawn["bar-counted"].get("width") if "bar-counted" in drawn else None) == counted
    assert (drawn["bar-target"].get("x1") if "bar-target" in drawn else None) == target


@pytest.mark.usefixtures("page_app")
def test_every_standing_and_every_status_has_words_and_a_shape_of_its_own() -> None:
    for macro, values in (("status_badge", list(Standing)), ("case_status", list(Status))):
        root = page("{% for value in values %}{{ " + macro + "(value) }}{% endfor %}", values=values)
        badges = [
            element for element in elements(root, "span") if "status" in (element.get("class") or "").split()
        ]
        words = {text(badge) for badge in badges}
        shapes = {ET.tostring(next(elements(badge, f"{SVG}svg"))).rpartition(b">")[0] for badge in badges}
        assert len(words) == len(shapes) == len(values)
        assert "" not in words


@pytest.mark.usefixtures("page_app")
def test_a_cell_of_the_cohorts_table_can_be_heard_and_leads_on() -> None:
    evaluation = Engine(library.find("abcp-pbse"), load_codes(), date(2026, 11, 21)).evaluate(StudentFacts(), [])
    perfusions, transcript, enrolled = map(
        evaluation.of, ("clinical-perfusions", "transcript", "enrolled-or-graduated")
    )
    forty = replace(perfusions, counted=Fraction(31), pending=Fraction(4), minimum=Fraction(40))
    for result, heard, shade in (
        (forty, "Not yet: 31/40 +4 waiting", "heat heat-4"),
        (replace(forty, minimum=None, standing=Standing.UNSET), "Not set: 31 +4 waiting", "heat heat-unset"),
        (replace(forty, counted=Fraction(40), pending=Fraction(0)), "Not yet: 40/40 part short", "heat heat-4"),
        (transcript, "Needs attestation: not on file", "heat heat-paper"),
        (enrolled, "Not yet: no", "heat heat-0"),
    ):
        cell = "<table><tr>{{ heat_cell(result, step, '/there') }}</tr></table>"
        (found,) = elements(page(cell, result=result, step=step_of(result)), "td")
        (link,) = elements(found, "a")
        assert (text(found), found.get("class"), link.get("href")) == (heard, shade, "/there")


def leaf(number: int, pages: int) -> dict[str, Any]:
    """A page of a list, as views hand it to the macro."""
    return {
        "number": number,
        "pages": pages,
        "total": 25 * pages,
        "first_url": "?page=1",
        "previous_url": f"?page={number - 1}" if number > 1 else None,
        "next_url": f"?page={number + 1}" if number < pages else None,
        "last_url": f"?page={pages}",
    }


@pytest.mark.usefixtures("page_app")
@pytest.mark.parametrize(
    ("number", "pages", "links"),
    [
        (1, 1, []),
        (1, 3, ["Next page", "Last page"]),
        (2, 3, ["First page", "Previous page", "Next page", "Last page"]),
        (3, 3, ["First page", "Previous page"]),
    ],
)
def test_pages_lead_only_where_there_is_something(number: int, pages: int, links: list[str]) -> None:
    pagination = next(elements(page("{{ pagination(leaf) }}", leaf=leaf(number, pages)), "nav"))
    assert [text(link) for link in elements(pagination, "a")] == links
    assert ("Page" in text(pagination)) is (pages > 1)
    assert f"{pages * 25} cases" in text(pagination)


@pytest.mark.usefixtures("page_app")
def test_a_wide_table_scrolls_in_a_region_that_the_keyboard_can_reach() -> None:
    root = page("{% call scroll_region('Cases') %}<table><tr><td>1</td></tr></table>{% endcall %}")
    region = next(element for element in elements(root) if element.get("role") == "region")
    assert (region.get("tabindex"), region.get("aria-label")) == ("0", "Cases (table)")


@pytest.mark.usefixtures("page_app")
def test_what_people_typed_is_shown_and_never_run() -> None:
    hostile = "<script>alert(1)</script>\"' onload=x"
    content = "{{ notice(t) }}{{ empty(t, t, '/x', t) }}{{ bar(1, 0, 2, t) }}{{ post_button(t, '/x', about=t) }}"
    assert list(elements(page(content, t=hostile), "script")) == []
