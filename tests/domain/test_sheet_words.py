"""Words, columns and whole rows of spreadsheets that nobody made for us."""

from typing import Any

import pytest

from caselog.domain.arranging import Reading, arrange
from caselog.domain.codes import CLOSED_LISTS, CodeList
from caselog.domain.sheet import Sheet, sheet_of
from caselog.domain.sheet_columns import guess_columns, is_own
from caselog.domain.sheet_values import Order
from caselog.domain.sheet_words import Vocabulary, codes_of
from caselog.rules.codes import load_codes

_BOOK = load_codes()
WORDS = Vocabulary(
    {
        **{str(name): {each.code: each.label for each in _BOOK.codes(name).values()} for name in CodeList},
        **{
            name: {str(code): str(code).replace("_", " ") for code in codes}
            for name, codes in CLOSED_LISTS.items()
            if name != "kind"
        },
        "site": {"harbor": "Harbor Test Hospital", "hill": "Hill Test Hospital"},
        "preceptor": {"pat@north.example": "Pat Preceptor", "quinn@north.example": "Quinn Preceptor"},
        "rotation": {},
    }
)
OF_ACTIVITIES = Vocabulary(
    {
        "kind": {str(each): str(each) for each in CLOSED_LISTS["kind"]},
        "supervisor": {"pat@north.example": "Pat Preceptor"},
    }
)


def sheet(header: str, *rows: str) -> Sheet:
    found = sheet_of("csv", [(line, text.split("|")) for line, text in enumerate([header, *rows], 1)])
    assert found
    return found


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("CABG", "cabg"),
        ("CABG x3", "cabg"),
        ("Mitral repair", "mitral_valve"),
        ("MV repair", "mitral_valve"),
        ("AVR + MVR", "aortic_valve mitral_valve"),
        ("CABG/AVR", "aortic_valve cabg"),
        ("Bentall", "aortic_root"),
        ("aortic and mitral valve replacement", "aortic_valve mitral_valve"),
        ("TAVR", "transcatheter_valve"),
        ("transcatheter aortic valve", "transcatheter_valve"),
        ("AV canal", "avsd"),
        ("VSD closure", "vsd"),
        ("Type A dissection repair", "type_a_dissection"),
        ("Hemi-arch", "hemiarch"),
        ("total arch", "total_arch"),
        ("Redo sternotomy, TV repair", "tricuspid_valve"),
        ("OHT", "heart_transplant"),
        ("BLTx", "lung_transplant"),
        ("heart-lung transplant", "heart_lung_transplant"),
        ("HeartMate 3", "lvad_implant"),
        ("cabg;maze", "cabg maze"),
        ("Tetralogy of Fallot", "tof"),
        ("septal myectomy", "septal_myectomy"),
        ("n/a", ""),
    ],
)
def test_operations_by_the_names_they_have_in_the_room(text: str, codes: str) -> None:
    assert codes_of("procedures", text, WORDS) == (tuple(codes.split()), True)


def test_what_is_understood_only_in_part_is_asked_about() -> None:
    assert codes_of("procedures", "CABG + zebra plication", WORDS) == (("cabg",), False)
    assert codes_of("procedures", "zebra plication", WORDS) == ((), False)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("role", "1st assist", "first_assistant"),
        ("role", "First assistant", "first_assistant"),
        ("role", "Primary", "primary"),
        ("role", "Observer", "observed"),
        ("role", "perfusionist", None),
        ("urgency", "Emergency", "emergent"),
        ("urgency", "urgent", "urgent"),
        ("activity", "Pump case", "cpb"),
        ("activity", "VA ECMO", "ecmo"),
        ("activity", "ECPR", "ecpr"),
        ("activity", "Pump standby", "pump_standby"),
        ("setting", "Sim lab", "simulation"),
        ("age_group", "Newborn", "neonate"),
        ("age_group", "71", "older_adult"),
        ("site", "harbor", "harbor"),
        ("site", "Hill Test Hospital", "hill"),
        ("site", "Hospital", None),
        ("preceptor", "Preceptor, Pat", "pat@north.example"),
        ("preceptor", "P. Preceptor, CCP", "pat@north.example"),
        ("preceptor", "Preceptor", None),
        ("preceptor", "Quinn", "quinn@north.example"),
    ],
)
def test_a_word_means_one_code_or_none(name: str, text: str, code: str | None) -> None:
    assert codes_of(name, text, WORDS)[0] == ((code,) if code else ())


@pytest.mark.parametrize(
    ("heading", "cells", "field"),
    [
        ("Date of surgery", "3/2/2026", "case_date"),
        ("DOS", "3/2/2026", "case_date"),
        ("Procedure", "CABG", "procedures"),
        ("CPB time (min)", "95", "cpb_minutes"),
        ("Pump time", "95", "cpb_minutes"),
        ("X-clamp", "60", "cross_clamp_minutes"),
        ("AoX (min)", "60", "cross_clamp_minutes"),
        ("DHCA", "20", "circulatory_arrest_minutes"),
        ("Age", "67", "age_group"),
        ("Hospital", "Harbor", "site"),
        ("My role", "primary", "role"),
        ("Preceptor", "Pat Preceptor", "preceptor"),
        ("Perfusionist", "Pat Preceptor", "preceptor"),
        ("Redo?", "y", "redo"),
        ("Lowest temp (°C)", "28", "lowest_temp_c"),
        ("Cardioplegia", "del Nido", "techniques"),
        ("Comments", "Calm.", "note"),
        ("Case type", "CPB", "activity"),
        ("Whatever", "1st assist", "role"),
        ("Column 7", "2 March 2026", "case_date"),
        ("Surgeon", "Dr. Xu", None),
        ("case_uid", "x", "case_uid"),
        ("Case #", "17", None),
        ("Status", "elective", "urgency"),
    ],
)
def test_a_column_is_known_by_its_name_or_by_what_stands_in_it(
    heading: str, cells: str, field: str | None
) -> None:
    (guess,) = guess_columns(sheet(heading, cells, cells), "case", WORDS)
    assert guess.field == field


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("Patient name", "x"),
        ("Pt Name", "x"),
        ("Patient", "x"),
        ("Last name", "x"),
        ("MRN", "x"),
        ("Medical record #", "x"),
        ("Patient ID", "x"),
        ("DOB", "x"),
        ("Date of birth", "1/2/1960"),
        ("Birthdate", "x"),
        ("Phone", "x"),
        ("Serial no.", "x"),
        ("Who", "Doe, Jane"),
        ("Key", "4471902"),
        ("Initials", "JD"),
    ],
)
def test_a_column_that_says_who_a_patient_is_is_left_out_with_a_word_why(heading: str, cell: str) -> None:
    (guess,) = guess_columns(sheet(heading, cell, cell, cell), "case", WORDS)
    assert guess.field is None
    assert guess.identifying
    assert guess.why.startswith("left out: ")


def test_two_columns_that_say_the_same_are_not_both_taken_but_lists_join() -> None:
    found = guess_columns(
        sheet("Date|Surgery date|Cardioplegia|Pump type", "3/2/2026|3/2/2026|del Nido|roller"), "case", WORDS
    )
    assert [each.field for each in found] == ["case_date", None, "techniques", "techniques"]


def test_learning_activities_have_columns_of_their_own() -> None:
    found = guess_columns(
        sheet("Date|Topic|Type|CEUs|Hours|Sponsor|Supervisor", "3/2/2026|Oxygenators|Lecture|1|1|A society|Pat"),
        "activity",
        OF_ACTIVITIES,
    )
    assert [each.field for each in found] == ["date", "title", "kind", "units", "hours", "provider", "supervisor"]


def test_the_header_is_found_below_a_title() -> None:
    found = sheet("My log of 2026||", "||", "Date|Procedure|Role", "3/2/2026|CABG|primary")
    assert found.header == ("Date", "Procedure", "Role")
    assert found.rows == ((4, ("3/2/2026", "CABG", "primary")),)


def test_only_files_with_identifier_and_status_are_our_own() -> None:
    assert is_own(sheet("case_uid|case_date|status", "||draft"), "case")
    assert not is_own(sheet("date|title|hours", "3/2/2026|Drill|2"), "activity")


def arranged(header: str, *rows: str, **how: Any) -> Any:
    table = sheet(header, *rows)
    columns = {place: each.field for place, each in enumerate(guess_columns(table, "case", WORDS)) if each.field}
    return arrange(table, Reading(noun="case", columns=columns, **how), WORDS)


WHOLE = "Date|Procedure|Type|Role|Hospital|Preceptor|Age|Urgency|Setting"


def test_a_row_becomes_a_row_of_our_files() -> None:
    found = arranged(WHOLE, "3/14/2026|AVR + MVR|Pump case|1st assist|Harbor|Pat|67|STAT|OR", submit=True)
    (row,) = found.rows
    assert row.faults == ()
    assert row.cells == {
        "case_date": "2026-03-14",
        "procedures": "aortic_valve;mitral_valve",
        "activity": "cpb",
        "role": "first_assistant",
        "site": "harbor",
        "preceptor": "pat@north.example",
        "age_group": "older_adult",
        "urgency": "emergent",
        "setting": "clinical",
        "status": "submitted",
    }


def test_what_is_not_whole_is_a_draft_and_nothing_is_ever_verified() -> None:
    found = arranged("Date|Procedure|Status", "3/14/2026|CABG|verified", "3/15/2026|CABG|draft", submit=True)
    assert [row.cells["status"] for row in found.rows] == ["draft", "draft"]


def test_what_all_rows_share_is_said_once_and_does_not_win_over_a_cell() -> None:
    found = arranged(
        "Date|Role", "3/14/2026|", "3/15/2026|primary", always={"role": "observed", "setting": "clinical"}
    )
    assert [row.cells["role"] for row in found.rows] == ["observed", "primary"]
    assert {row.cells["setting"] for row in found.rows} == {"clinical"}


def test_a_word_is_asked_about_once_and_its_meaning_taken_everywhere() -> None:
    rows = ("3/14/2026|Zebra op", "3/15/2026|zebra OP", "3/16/2026|CABG")
    asked = arranged("Date|Procedure", *rows)
    assert asked.unknown == {"procedures": {"Zebra op": (1, ()), "zebra OP": (1, ())}}
    assert [bool(row.faults) for row in asked.rows] == [True, True, False]
    said = arranged("Date|Procedure", *rows, meanings={("procedures", "zebra op"): ("other_cardiac",)})
    assert [row.cells["procedures"] for row in said.rows] == ["other_cardiac", "other_cardiac", "cabg"]


def test_the_order_of_month_and_day_is_asked_once_for_the_file() -> None:
    assert arranged("Date|Role", "3/2/2026|primary").asks_order
    said = arranged("Date|Role", "3/2/2026|primary", "3/4/2026|primary", order=Order.DAY)
    assert [row.cells["case_date"] for row in said.rows] == ["2026-02-03", "2026-04-03"]
    assert not said.asks_order
