"""The form of a case: what is typed becomes a case or a message at its field, and stays in the form."""

import uuid
from typing import Any

import pytest
from flask import Flask, request

from caselog.domain.case import COLUMNS, LABELS, Case
from caselog.domain.codes import Code, CodeBook, CodeList
from caselog.domain.fields import Fault
from caselog.forms.case import CaseForm, FilterForm
from caselog.rules.codes import load_codes
from caselog.services.case_log import LogFilter
from caselog.services.references import Preceptor, References
from caselog.store.programs import Rotation, Site
from tests.support.cast import Cast
from tests.support.log import CASE, TYPED, typed

UID = uuid.UUID("11111111-2222-4333-8444-555555555555")


def preceptor(email: str, *, active: bool = True) -> Preceptor:
    return Preceptor(uuid.uuid4(), "Pat Preceptor", email, active, frozenset({"harbor"}))


REFERENCES = References(
    codes=load_codes(),
    sites={"harbor": Site(code="harbor", name="Harbor Test Hospital", country="US")},
    preceptors={
        Cast.preceptor.email: preceptor(Cast.preceptor.email),
        "gone@north.example": preceptor("gone@north.example", active=False),
    },
    rotations={"fall": Rotation(code="fall")},
)


@pytest.fixture
def bare() -> Flask:
    """An app without a database: forms need none."""
    app = Flask("forms")
    app.config.update(SECRET_KEY="a key for forms", WTF_CSRF_ENABLED=False)
    return app


def sent(app: Flask, data: dict[str, Any], references: References = REFERENCES, **known: Any) -> CaseForm:
    with app.test_request_context("/cases/new", method="POST", data=data):
        form = CaseForm(references, **known)
        form.validate()
        return form


def shown(app: Flask, **known: Any) -> CaseForm:
    with app.test_request_context("/cases/new"):
        return CaseForm(REFERENCES, **known)


def test_what_is_typed_becomes_the_case_with_every_field_of_it(bare: Flask) -> None:
    form = sent(bare, typed(UID, rotation="fall"))
    assert form.errors == {}
    with bare.test_request_context():
        case = form.case()
    assert case == Case(
        **{name: getattr(CASE, name) for name in COLUMNS}
        | {"case_uid": str(UID), "rotation": "fall", "site_country": None, "status": "draft"}
    )


def test_the_fields_are_named_as_the_columns_of_files(bare: Flask) -> None:
    names = {field.name for field in shown(bare)}
    assert names - {"version"} == set(COLUMNS) - {"site_country", "status"}
    assert {name: shown(bare)[name].label.text for name in names - {"version"}} == {
        name: LABELS[name] for name in names - {"version"}
    }


def test_a_form_sent_without_any_field_is_a_case_without_any_value(bare: Flask) -> None:
    for data in ({}, {"action": "draft"}, dict.fromkeys(TYPED, "")):
        form = sent(bare, data)
        assert form.errors == {}
        case = form.case()
        assert case == Case(case_uid=case.case_uid)
        assert uuid.UUID(case.case_uid).version == 4


def test_only_the_submit_button_submits(bare: Flask) -> None:
    for action, submits in (("submit", True), ("draft", False), ("SUBMIT", False), (None, False)):
        data = {} if action is None else {"action": action}
        with bare.test_request_context("/cases/new", method="POST", data=data):
            assert CaseForm(REFERENCES).submits == submits


def test_lists_are_sorted_and_without_repeats(bare: Flask) -> None:
    form = sent(bare, typed(procedures=["maze", "cabg", "maze", ""], techniques=[], events=["", " "]))
    case = form.case()
    assert (case.procedures, case.techniques, case.events) == (("cabg", "maze"), (), ())


def test_of_several_values_for_a_single_field_the_first_is_taken(bare: Flask) -> None:
    form = sent(bare, typed(cpb_minutes=["100", "200"], role=["primary", "observed"], site=["harbor", "valley"]))
    assert form.errors == {}
    assert (form.case().cpb_minutes, form.case().role, form.case().site) == (100, "primary", "harbor")


def test_numbers_of_other_scripts_letters_and_shapes_are_not_digits(bare: Flask) -> None:
    for text in (
        "٣٠",
        "３０",
        "²",
        "1e3",
        "0x1F",
        "1_000",
        "1,000",
        "12.0",
        "−5",
        "--5",
        "+5",
        "five",
        "5 min",
        "∞",
    ):
        form = sent(bare, typed(cpb_minutes=text))
        assert form.errors == {"cpb_minutes": [f"“{text}” is not a whole number in digits, such as 12."]}
        assert form.cpb_minutes._value() == text
    for text in ("28,5", " 28.5 ", "28.50", "028.5"):
        assert sent(bare, typed(lowest_temp_c=text)).case().lowest_temp_c == 28.5
    for text in ("28,5,0", ".5", "5.", "nan", "inf", "1e1", "28.5°"):
        form = sent(bare, typed(lowest_temp_c=text))
        assert form.errors == {"lowest_temp_c": [f"“{text}” is not a number in digits, such as 4.5."]}


def test_a_number_with_thirty_digits_is_refused_and_stays(bare: Flask) -> None:
    for name in ("cpb_minutes", "share_percent", "support_hours", "lowest_temp_c"):
        form = sent(bare, typed(**{name: "1" + "0" * 30}))
        assert form.errors == {name: [f"{LABELS[name]} cannot be such a large number; check the digits."]}
        assert form[name]._value() == "1" + "0" * 30


def test_what_the_service_finds_wrong_stands_at_its_field(bare: Flask) -> None:
    form = sent(bare, typed())
    assert form.http_status == 200
    form.show([Fault("cpb_minutes", "too long"), Fault("cpb_minutes", "and odd"), Fault("site_country", "not US")])
    assert form.errors == {"cpb_minutes": ["too long", "and odd"], "": ["not US"]}
    assert form.http_status == 400


def test_a_case_to_change_is_shown_as_it_would_be_typed(bare: Flask) -> None:
    form = shown(
        bare, case=Case(**{name: getattr(CASE, name) for name in COLUMNS} | {"case_uid": str(UID)}), version=3
    )
    values = {name: form[name]._value() for name in ("case_date", "start_time", "cpb_minutes", "lowest_temp_c")}
    assert values == {name: TYPED[name] for name in values}
    assert (form.redo.data, form.procedures.data, form.note.data) == (
        "yes",
        ["aortic_valve", "cabg"],
        TYPED["note"],
    )
    assert (form.uid, form.known_version) == (UID, 3)


def test_a_case_to_change_is_the_one_of_its_page_whatever_is_sent(bare: Flask) -> None:
    for text in (str(uuid.uuid4()), "", "none"):
        form = sent(bare, typed(case_uid=text), case=Case(case_uid=str(UID)), version=1)
        assert form.uid == UID


def test_a_fresh_form_has_an_identifier_of_its_own_and_the_usual_answers(bare: Flask) -> None:
    one, two = shown(bare), shown(bare)
    assert one.uid != two.uid
    assert (one.setting.data, one.redo.data, one.role.data, one.known_version) == ("clinical", "no", None, 0)


def test_an_identifier_that_is_none_gets_a_message_and_a_fresh_one(bare: Flask) -> None:
    for text in ("1", "zzzz", str(UID) + "0", "{" * 500):
        form = sent(bare, typed(case_uid=text))
        assert form.errors == {"case_uid": [f"“{text[:60]}” is no identifier; load the page again."]}
        assert form.uid.version == 4


def values(choices: Any) -> list[str]:
    return [choice.value for choice in choices]


@pytest.fixture
def with_retired() -> References:
    book = load_codes()
    lists = {
        name: [
            Code(code.code, code.label, code.family, retired=code.code in ("maze", "ecmo"))
            for code in book.codes(name).values()
        ]
        for name in CodeList
    }
    return References(CodeBook(lists), REFERENCES.sites, REFERENCES.preceptors, REFERENCES.rotations)


def test_a_retired_code_is_offered_only_where_the_case_has_it(bare: Flask, with_retired: References) -> None:
    with bare.test_request_context("/cases/new"):
        fresh = CaseForm(with_retired)
        old = CaseForm(
            with_retired, case=Case(case_uid=str(UID), activity="ecmo", procedures=("maze",)), version=1
        )
    assert "maze" not in values(fresh.procedures.choices)
    assert "ecmo" not in values(fresh.activity.choices)
    assert {"maze", "cabg"} <= set(values(old.procedures.choices))
    assert {"ecmo", "cpb"} <= set(values(old.activity.choices))
    form = sent(bare, typed(activity="ecmo", procedures=["maze"]), with_retired)
    assert set(form.errors) == {"activity", "procedures"}


def test_a_preceptor_who_left_is_offered_only_where_the_case_names_them(bare: Flask) -> None:
    gone = "gone@north.example"
    assert values(shown(bare).preceptor.choices) == ["", Cast.preceptor.email]
    assert gone in values(shown(bare, case=Case(case_uid=str(UID), preceptor=gone), version=1).preceptor.choices)
    assert set(sent(bare, typed(preceptor=gone)).errors) == {"preceptor"}


def filtered(app: Flask, query: str) -> FilterForm:
    with app.test_request_context(f"/cases?{query}"):
        form = FilterForm(REFERENCES, request.args)
        form.validate()
        return form


def test_a_filter_that_asks_nothing_narrows_nothing(bare: Flask) -> None:
    for query in ("", "status=&activity=&since=", "page=3", "colour=red"):
        form = filtered(bare, query)
        assert (form.errors, form.wanted(), form.narrows) == ({}, LogFilter(), False)


def test_a_filter_reads_each_of_its_fields(bare: Flask) -> None:
    query = "status=draft&activity=cpb&procedure=cabg&role=primary&age_group=adult&site=harbor&since=2026-01-01"
    form = filtered(bare, query)
    assert form.errors == {}
    assert form.narrows
    wanted = form.wanted()
    assert (wanted.status, wanted.activity, wanted.procedure, wanted.role, wanted.age_group, wanted.site) == (
        "draft", "cpb", "cabg", "primary", "adult", "harbor",
    )  # fmt: skip
    assert (str(wanted.since), wanted.until) == ("2026-01-01", None)


def test_a_filter_that_no_list_has_gets_a_message_at_its_field(bare: Flask) -> None:
    for name in ("status", "activity", "procedure", "role", "age_group", "site"):
        (message,) = filtered(bare, f"{name}=bogus").errors[name]
        assert message.startswith(f"“bogus” is not a code for {name}; use one of: "), name
    assert filtered(bare, "since=yesterday").errors == {
        "since": ["“yesterday” is not a date such as 2026-05-31 (year, month, day)."]
    }
    assert filtered(bare, "until=2026-02-30").errors == {
        "until": ["2026-02-30 is no day of the calendar; check the month and the day."]
    }


def test_a_filter_offers_retired_codes_since_old_cases_have_them(bare: Flask, with_retired: References) -> None:
    with bare.test_request_context("/cases"):
        form = FilterForm(with_retired, request.args)
    assert "maze" in values(form.procedure.choices)
    assert "ecmo" in values(form.activity.choices)
