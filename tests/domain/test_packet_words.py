"""The summary of a log: sentences that follow from the cases, and numbers that agree with them."""

from collections.abc import Mapping
from dataclasses import replace

from caselog.domain.case import Case
from caselog.domain.packet_numbers import breakdown
from caselog.domain.packet_words import Category, in_number, listed, summary
from caselog.rules.codes import load_codes

CASE = Case(
    activity="cpb", role="primary", setting="clinical", age_group="adult", urgency="elective", status="verified",
    site="harbor", preceptor="pat@north.example",
)  # fmt: skip
CATEGORIES: Mapping[str, Category] = {
    "open-heart": lambda case: case.activity == "cpb",
    "pediatric": lambda case: case.age_group == "infant",
    "emergency": lambda case: case.urgency == "salvage",
}


def told(*cases: Case) -> str:
    return " ".join(summary(cases, load_codes(), CATEGORIES))


def several(count: int, **changes: object) -> list[Case]:
    return [replace(CASE, **changes)] * count  # type: ignore[arg-type]  # fields of a case


def test_the_log_is_told_by_role_and_by_what_was_done_most() -> None:
    cases = [
        *several(12, procedures=("cabg",)),
        *several(4, procedures=("aortic_valve",)),
        *several(1, procedures=("aortic_valve", "mitral_valve")),
        *several(2, procedures=("type_a_dissection",)),
        *several(20, role="first_assistant"),
    ]
    assert told(*cases).startswith(
        "Primary on 19 open-heart cases, among them 12 with CABG, four on a single valve, two with type A dissection "
        "and one on two valves; first assistant on 20 cases."
    )


def test_what_is_not_verified_or_not_clinical_is_in_no_number_but_is_told() -> None:
    words = told(*several(2), *several(3, status="submitted"), *several(1, setting="simulation"))
    assert "Primary on two open-heart cases." in words
    assert "Three more clinical cases stand for verification" in words
    assert "One simulation is listed, and is in none" in words


def test_other_activities_patients_and_places_are_told_apart() -> None:
    words = told(*several(1), *several(2, activity="ecmo", age_group="infant", urgency="salvage", redo=True))
    assert "Beside open-heart surgery: primary on two ECMO." in words
    assert "Of all, two were pediatric (2 infants), two were emergencies, and two were redo operations." in words
    assert "three verified clinical cases at one site" in words
    assert "one preceptor took part" in words


def test_an_empty_log_says_so() -> None:
    assert told() == "No verified clinical case yet."


def test_numbers_read_as_people_write_them() -> None:
    assert [in_number(number) for number in (0, 1, 10, 11, 1200)] == ["no", "one", "ten", "11", "1,200"]
    assert [listed(parts) for parts in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


def test_the_tables_count_the_same_cases_by_role() -> None:
    tables = breakdown([*several(2), *several(1, role="observed", status="submitted")], load_codes())
    assert [(table.title, table.rows[0][1:]) for table in tables] == [
        ("By activity", ("2", "0", "0", "2", "1")),
        ("By age group", ("2", "0", "0", "2", "1")),
        ("By urgency", ("2", "0", "0", "2", "1")),
    ]
