"""The director's forms: what is typed becomes details, or a message that says what belongs there."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask

from caselog.domain.codes import CodeList, Position
from caselog.forms.base import CaselogForm
from caselog.forms.program import AttestationForm, CodeForm, CohortForm, NumberForm, PersonForm, SiteForm
from caselog.rules import library
from caselog.services.people import PersonDetails, StudentDetails
from caselog.services.program import CodeDetails, CohortDetails, SiteDetails

PRECEPTOR = {"name": "Nora Newcomer", "email": "nora@north.example", "position": "preceptor", "active": "yes"}
STUDENT = PRECEPTOR | {
    "position": "student", "cohort": "Class of 2027", "program_start": "2026-09-01", "enrolled": "yes",
}  # fmt: skip
SITE = {"code": "lake-1", "name": "Lake Test Hospital", "country": "ca"}
COHORT = {"name": "Class of 2028", "starts_on": "2026-09-01", "graduates_on": "2028-05-31"}
CODE = {"list": "procedures", "code": "ross_procedure", "label": "Ross procedure", "family": "valve"}


@pytest.fixture
def bare() -> Flask:
    app = Flask("forms")
    app.config.update(SECRET_KEY="a key for forms", WTF_CSRF_ENABLED=False)
    return app


def person_form(details: PersonDetails | None = None) -> PersonForm:
    return PersonForm([("harbor", "Harbor"), ("hill", "Hill")], ["Class of 2027"], details)


def cohort_form() -> CohortForm:
    return CohortForm(library.shipped())


def sent(app: Flask, make: Callable[[], CaselogForm], data: dict[str, Any]) -> Any:
    with app.test_request_context("/", method="POST", data=data):
        form = make()
        form.validate()
        return form


def errors(app: Flask, make: Callable[[], CaselogForm], data: dict[str, Any]) -> dict[str, str]:
    return {name: " ".join(messages) for name, messages in sent(app, make, data).errors.items()}


def test_a_preceptor_has_sites_and_a_student_a_cohort_and_dates(bare: Flask) -> None:
    assert sent(bare, person_form, PRECEPTOR | {"sites": ["hill", "harbor"]}).details() == PersonDetails(
        name="Nora Newcomer",
        email="nora@north.example",
        position=Position.PRECEPTOR,
        sites=frozenset({"harbor", "hill"}),
    )
    dated = STUDENT | {"sites": ["hill"], "expected_graduation": "2028-05-31", "graduated_on": "2028-05-30"}
    dated |= {"certified_on": "2028-10-01"}
    assert sent(bare, person_form, dated).details() == PersonDetails(
        name="Nora Newcomer",
        email="nora@north.example",
        position=Position.STUDENT,
        student=StudentDetails(
            cohort="Class of 2027",
            program_start=date(2026, 9, 1),
            expected_graduation=date(2028, 5, 31),
            graduated_on=date(2028, 5, 30),
            certified_on=date(2028, 10, 1),
        ),
    )


def test_boxes_that_are_not_ticked_mean_no(bare: Flask) -> None:
    unticked = {name: value for name, value in STUDENT.items() if name not in ("active", "enrolled")}
    details = sent(bare, person_form, unticked).details()
    assert not details.active
    assert details.student
    assert not details.student.enrolled


def test_a_person_to_change_is_shown_as_they_are(bare: Flask) -> None:
    details = sent(bare, person_form, STUDENT | {"expected_graduation": "2028-05-31"}).details()
    with bare.test_request_context("/"):
        form = person_form(details)
    assert (form.position.data, form.cohort.data, form.program_start.data, form.enrolled.data) == (
        "student", "Class of 2027", date(2026, 9, 1), True,
    )  # fmt: skip


def test_a_person_needs_a_name_an_address_and_a_position(bare: Flask) -> None:
    assert errors(bare, person_form, {}) == {
        "name": "Give the person's name.",
        "email": "Give the e-mail address; it is what they sign in with.",
        "position": "Choose what the person is in the program.",
    }


def test_a_student_needs_a_cohort_and_a_start_and_graduates_after_it(bare: Flask) -> None:
    assert errors(bare, person_form, PRECEPTOR | {"position": "student"}) == {
        "cohort": "Choose the student's cohort.",
        "program_start": "Give the day on which the student's program starts.",
    }
    for name, label in (("expected_graduation", "Expected graduation"), ("graduated_on", "Graduated on")):
        for day in ("2026-09-01", "2026-08-31"):
            assert errors(bare, person_form, STUDENT | {name: day}) == {
                name: f"{label} must be after the start of the program, 2026-09-01."
            }


def test_an_address_without_a_name_or_a_host_is_none(bare: Flask) -> None:
    for text in ("nora", "nora@", "@north.example", "a@b@c", "no ra@north.example"):
        assert errors(bare, person_form, PRECEPTOR | {"email": text}) == {
            "email": "Give a whole e-mail address, such as name@program.example."
        }
    assert set(errors(bare, person_form, PRECEPTOR | {"email": "n" * 250 + "@x.example"})) == {"email"}


def test_what_no_list_of_the_program_has_is_refused(bare: Flask) -> None:
    wrong = STUDENT | {"position": "surgeon", "sites": ["valley"], "cohort": "Class of 1999"}
    found = errors(bare, person_form, wrong)
    assert found["position"] == ("“surgeon” is not a code for position; use one of: student, preceptor, director.")
    assert found["sites"] == "“valley” is not a code for sites; use one of: harbor, hill."
    assert found["cohort"] == "“Class of 1999” is not a code for cohort; use one of: Class of 2027."


def test_a_site_has_a_code_a_name_a_country_and_perhaps_dates(bare: Flask) -> None:
    dated = SITE | {"affiliated_from": "2026-01-01", "affiliated_until": "2026-01-01"}
    assert sent(bare, SiteForm, dated).details() == SiteDetails(
        code="lake-1", name="Lake Test Hospital", country="CA",
        affiliated_from=date(2026, 1, 1), affiliated_until=date(2026, 1, 1),
    )  # fmt: skip
    assert set(errors(bare, SiteForm, {})) == {"code", "name", "country"}


def test_a_site_that_is_wrong_says_where_and_how(bare: Flask) -> None:
    spelled = "Write letters, digits, hyphens and underscores only, such as harbor-main."
    for text in ("-lake", "lake 1", "lake/1", "läke", "..", "lake?", "湖"):
        assert errors(bare, SiteForm, SITE | {"code": text}) == {"code": spelled}
    assert errors(bare, SiteForm, SITE | {"code": "l" * 41})["code"].startswith("Code has 41 characters")
    for text in ("U", "U1", "ÄÖ", "٣٣"):
        assert errors(bare, SiteForm, SITE | {"country": text}) == {
            "country": "Give the country as two letters (ISO 3166), such as US or CA."
        }
    assert set(errors(bare, SiteForm, SITE | {"country": "USA"})) == {"country"}
    backwards = SITE | {"affiliated_from": "2026-02-01", "affiliated_until": "2026-01-31"}
    assert errors(bare, SiteForm, backwards) == {
        "affiliated_until": "The affiliation cannot end before it begins, 2026-02-01."
    }


def test_a_cohort_names_one_edition_of_each_rule_set(bare: Flask) -> None:
    chosen = COHORT | {"editions": ["abcp-pbse 2026-11", "accredited-minimums 2026-11"]}
    assert sent(bare, cohort_form, chosen).details() == CohortDetails(
        name="Class of 2028", starts_on=date(2026, 9, 1), graduates_on=date(2028, 5, 31),
        editions={"abcp-pbse": "2026-11", "accredited-minimums": "2026-11"},
    )  # fmt: skip
    assert sent(bare, cohort_form, COHORT).details().editions == {}
    for unknown in ("abcp-pbse", "abcp-pbse 1999", "nobody 1"):
        assert set(errors(bare, cohort_form, COHORT | {"editions": unknown})) == {"editions"}


def test_two_editions_of_one_rule_set_are_one_too_many(bare: Flask) -> None:
    def two_editions() -> CohortForm:
        form = cohort_form()
        form.editions.choices = [("abcp-pbse 1", "one"), ("abcp-pbse 2", "two")]
        return form

    both = COHORT | {"editions": ["abcp-pbse 1", "abcp-pbse 2"]}
    assert errors(bare, two_editions, both) == {"editions": "Choose one edition of each rule set."}


def test_a_cohort_needs_a_name_and_graduates_after_it_starts(bare: Flask) -> None:
    assert set(errors(bare, cohort_form, {})) == {"name", "starts_on", "graduates_on"}
    for day in ("2026-09-01", "2026-08-31"):
        assert errors(bare, cohort_form, COHORT | {"graduates_on": day}) == {
            "graduates_on": "The graduation must be after the start, 2026-09-01."
        }


def test_a_number_is_whole_and_not_negative_or_is_left_empty(bare: Flask) -> None:
    for text, value in (("0", 0), ("12", 12), ("100000", 100_000), ("", None), ("  ", None)):
        form = sent(bare, NumberForm, {"ruleset": "a", "key": "b", "value": text})
        assert (form.errors, form.value.data) == ({}, value)
    for text in ("-1", "100001", "ten", "1.5", "9" * 30):
        form = sent(bare, NumberForm, {"ruleset": "a", "key": "b", "value": text})
        assert set(form.errors) == {"value"}
        assert form.value.typed == text


def test_a_code_has_a_list_words_and_a_family_and_is_spelled_as_files_need_it(bare: Flask) -> None:
    assert sent(bare, CodeForm, CODE).details() == CodeDetails(
        CodeList.PROCEDURES, "ross_procedure", "Ross procedure", "valve"
    )
    assert set(errors(bare, CodeForm, {})) == {"list", "code", "label", "family"}
    assert set(errors(bare, CodeForm, CODE | {"list": "role"})) == {"list"}
    for name in ("code", "family"):
        for text in ("Ross", "ross procedure", "ross;cabg", "1st", "röss"):
            found = errors(bare, CodeForm, CODE | {name: text})
            assert set(found) == {name}
            assert "small letters, digits and underscores" in found[name]


def test_a_document_is_one_of_those_offered(bare: Flask) -> None:
    def form() -> AttestationForm:
        return AttestationForm({"transcript": "Official transcript"})

    given = {"attested": "transcript", "by": "registrar", "on": "2026-09-01"}
    assert errors(bare, form, given) == {}
    assert set(errors(bare, form, {})) == {"attested", "by", "on"}
    assert set(errors(bare, form, given | {"attested": "diploma"})) == {"attested"}


def test_nobody_is_certified_before_the_start_or_the_graduation(bare: Flask) -> None:
    early = errors(bare, person_form, STUDENT | {"certified_on": "2026-09-01"})
    assert early == {"certified_on": "Certified on must be after the start of the program, 2026-09-01."}
    graduated = STUDENT | {"graduated_on": "2028-05-30"}
    before = errors(bare, person_form, graduated | {"certified_on": "2028-05-29"})
    assert before == {"certified_on": "Certified on cannot be before the graduation, 2028-05-30; check both days."}
    both = errors(bare, person_form, graduated | {"certified_on": "2026-01-01"})
    assert both == {"certified_on": "Certified on must be after the start of the program, 2026-09-01."}
    assert errors(bare, person_form, graduated | {"certified_on": "2028-05-30"}) == {}
    assert errors(bare, person_form, STUDENT | {"certified_on": "2028-05-29"}) == {}
