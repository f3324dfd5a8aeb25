"""What leaves: the whole log or a part that one may see, on record, and never the role that is to be judged blind."""

import csv
import hashlib
import io
import json
import uuid
from dataclasses import replace
from datetime import date
from typing import Any

import openpyxl
import pytest

from caselog.domain.export import Dates, Format, Precision, Sites, Use, pseudonym
from caselog.domain.scopes import Scope
from caselog.services import api_tokens, export_policy, issuing, review
from caselog.services.actor import Actor, NotFoundError, Operator, RefusedError
from caselog.services.api_tokens import TokenWish
from caselog.services.export_making import Entries, Export, make, previews
from caselog.services.issuing import Issue, Issued, Made
from caselog.services.review import Decision
from caselog.store.session import transaction
from tests.support.activities import put_activity
from tests.support.cast import Cast
from tests.support.log import put_case, put_rotation
from tests.support.trail import acts

pytestmark = pytest.mark.usefixtures("app_context")
OWN = Issue(use=Use.SPREADSHEET, format=Format.CSV, student_id=Cast.student.id, reason="a job")
OF_COHORT = Issue(use=Use.COHORT, format=Format.CSV, cohort_id=Cast.program.cohort_id)
OF_ALL = Issue(use=Use.COHORT, format=Format.CSV)


def cases(**changes: Any) -> uuid.UUID:
    with transaction() as session:
        return put_case(session, **changes)


def taken(export: Export) -> bytes:
    data = b"".join(export.chunks)
    export.close()
    return data


def rows(actor: Actor, wanted: Issue, entries: Entries = Entries.CASES) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(taken(make(actor, wanted, entries)).decode(), newline="")))


def workbook(actor: Actor, wanted: Issue) -> dict[str, list[tuple[Any, ...]]]:
    found = openpyxl.load_workbook(io.BytesIO(taken(make(actor, wanted))))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in found}


def with_format(wanted: Issue, format_: Format) -> Issue:
    return Issue(use=wanted.use, format=format_, student_id=wanted.student_id, cohort_id=wanted.cohort_id)


def the_record(actor: Actor) -> Issued:
    (found,) = issuing.issued_of(actor)
    return found


@pytest.mark.parametrize("format_", [Format.CSV, Format.XLSX, Format.JSON])
def test_every_file_is_on_record_with_its_digest_and_what_is_in_it(cast: Cast, format_: Format) -> None:
    cases()
    with transaction() as session:
        put_activity(session)
    data = taken(make(cast.student.actor, with_format(OWN, format_)))
    of_both = 0 if format_ is Format.CSV else 1
    assert the_record(cast.student.actor).made == Made(hashlib.sha256(data).hexdigest(), 1, of_both)


def test_a_full_copy_is_in_full_whatever_the_program_set(cast: Cast) -> None:
    coarse = Precision(Dates.TERM, Sites.PSEUDONYM)
    every_use: dict[Use, Precision] = dict.fromkeys(export_policy.SET_BY_PROGRAM, coarse)
    export_policy.set_precisions(cast.director.actor, every_use)
    cases(note="At Harbor on the 2nd.")
    whole = Issue(use=Use.ARCHIVE, format=Format.JSON, student_id=cast.student.id)
    data = taken(make(cast.student.actor, whole))
    assert b"At Harbor on the 2nd." in data
    assert b"2026-11-02" in data
    assert the_record(cast.student.actor).made == Made(hashlib.sha256(data).hexdigest(), 1, 0)


@pytest.mark.parametrize("format_", [Format.CSV, Format.XLSX, Format.JSON])
def test_nobody_else_takes_a_full_copy_past_what_the_program_set(cast: Cast, format_: Format) -> None:
    whole = Issue(use=Use.ARCHIVE, format=format_, student_id=cast.student.id)
    with pytest.raises(RefusedError, match="the student’s own"):
        make(cast.director.actor, whole)
    with pytest.raises(RefusedError, match="the student’s own"):
        make(cast.director.actor, replace(whole, student_id=None))


def test_a_file_that_is_not_taken_to_its_end_is_on_record_without_a_digest(cast: Cast) -> None:
    begun, barely = make(cast.student.actor, OWN), make(cast.director.actor, OF_ALL)
    cases()
    assert next(begun.chunks)
    for export in (begun, barely):
        export.close()
    with transaction():  # what was left open keeps nobody from writing
        pass
    assert [each.made for each in issuing.issued_of(cast.director.actor)] == [None, None]


def test_the_same_rows_leave_in_every_format(cast: Cast) -> None:
    cases(note="=1+1", lowest_temp_c=28.5)
    cases(case_date=None, status="draft")
    plain = rows(cast.student.actor, OWN)
    header, *book = workbook(cast.student.actor, with_format(OWN, Format.XLSX))["Cases"]
    document = json.loads(taken(make(cast.student.actor, with_format(OWN, Format.JSON))))
    assert [row["case_uid"] for row in plain] == [row[0] for row in book]
    assert [row["case_uid"] for row in plain] == [case["case_uid"] for case in document["cases"]]
    assert [row["note"] for row in plain] == ["", "'=1+1"]
    assert book[1][header.index("note")] == document["cases"][1]["note"] == "=1+1"


def test_the_summary_has_the_requirements_as_the_page_of_progress_has_them(cast: Cast) -> None:
    cases()
    summary = workbook(cast.student.actor, with_format(OWN, Format.XLSX))["Summary"]
    assert ("Student", cast.student.name) == summary[1][:2]
    header = next(row for row in summary if row[0] == "ruleset")
    (found,) = (row for row in summary if row[2] == "Primary CPB")
    primary = dict(zip(header, found, strict=True))
    assert (primary["asked"], primary["counted"], primary["missing"]) == (70, 1, 69)
    assert primary["source"].startswith("ABCP")


def test_a_cohort_and_the_program_leave_student_by_student(cast: Cast) -> None:
    cases(student=cast.other_student)
    cases(case_date=date(2026, 11, 3))
    cases(case_date=date(2026, 11, 2))
    cases(student=cast.outsider_student, preceptor=cast.outsider_preceptor)
    for wanted in (OF_COHORT, OF_ALL):
        found = rows(cast.director.actor, wanted)
        assert [(row["student"], row["case_date"]) for row in found] == [
            ("Ann Student", "2026-11-02"), ("Ann Student", "2026-11-03"), ("Ben Student", "2026-11-02"),
        ]  # fmt: skip
        assert {row["cohort"] for row in found} == {"Class of 2027"}
    book = workbook(cast.director.actor, with_format(OF_ALL, Format.XLSX))
    assert {row[0] for row in book["Summary"][-4:]} == {"Ben Student"}


def test_activities_leave_as_a_table_of_their_own(cast: Cast) -> None:
    with transaction() as session:
        put_activity(session, title="-Lab")
    (found,) = rows(cast.student.actor, OWN, Entries.ACTIVITIES)
    assert found["title"] == "'-Lab"


@pytest.mark.parametrize(
    ("who", "wanted"),
    [
        ("student", Issue(use=Use.SPREADSHEET, format=Format.CSV, student_id=Cast.other_student.id)),
        ("student", OF_COHORT),
        ("student", OF_ALL),
        ("preceptor", OWN),
        ("preceptor", OF_ALL),
        ("outsider_director", OWN),
        ("outsider_director", OF_COHORT),
    ],
)
def test_nobody_takes_what_one_may_not_see(cast: Cast, who: str, wanted: Issue) -> None:
    actor = cast.member(who).actor
    for begin in (make, lambda actor, wanted: previews(actor, wanted, Entries)):
        with pytest.raises(NotFoundError):
            begin(actor, wanted)
    assert issuing.issued_of(cast.director.actor) == ()


def test_a_file_that_there_is_not_is_refused_in_words(cast: Cast) -> None:
    with pytest.raises(RefusedError, match="no ZIP"):
        make(cast.student.actor, with_format(OWN, Format.ZIP))


def test_a_director_who_is_to_judge_a_case_blind_learns_no_role_from_any_export(cast: Cast) -> None:
    mine = {"preceptor_id": cast.director.id, "share_percent": 80}
    waiting = cases(**mine, status="submitted", procedures=("maze",))
    cases(**mine, status="returned")
    cases(**mine, status="verified")
    cases(status="submitted")
    for wanted in (OWN, OF_COHORT, OF_ALL):
        found = rows(cast.director.actor, wanted)
        assert sorted((row["status"], row["role"], row["share_percent"]) for row in found) == [
            ("returned", "", ""), ("submitted", "", ""), ("submitted", "primary", ""), ("verified", "primary", "80"),
        ]  # fmt: skip
    of_student = workbook(cast.director.actor, with_format(OWN, Format.XLSX))["Summary"]
    (primary,) = (row for row in of_student if row[2] == "Primary CPB")
    assert primary[4:6] == (1, 1)  # the waiting one of the other preceptor, and not one's own
    assert "waiting" not in str(workbook(cast.director.actor, with_format(OF_ALL, Format.XLSX))["Summary"])
    (preview,) = previews(cast.director.actor, OWN, [Entries.CASES])
    as_it_leaves = [tuple(row.values()) for row in rows(cast.director.actor, OWN)]
    assert list(preview.rows) == as_it_leaves[:3]
    review.decide(cast.director.actor, Decision(waiting, verified=True, comment="", version=1, role="primary"))
    assert sorted(row["role"] for row in rows(cast.director.actor, OWN)) == ["", "primary", "primary", "primary"]
    assert {row["role"] for row in rows(cast.student.actor, OWN)} == {"primary"}


def test_a_token_for_exports_tells_no_role_that_is_to_be_judged_blind(cast: Cast) -> None:
    cases(preceptor_id=cast.director.id, share_percent=80, status="submitted")
    token = api_tokens.make_token(cast.director.actor, TokenWish("a script", frozenset({Scope.EXPORT})))
    used = api_tokens.use(token)
    assert used is not None
    for wanted in (OWN, OF_COHORT, OF_ALL):
        assert [(row["role"], row["share_percent"]) for row in rows(used.actor, wanted)] == [("", "")]
        sheets = workbook(used.actor, with_format(wanted, Format.XLSX))
        assert "primary" not in str(sheets["Cases"])


def test_the_program_sets_how_exactly_things_leave_and_nobody_asks_for_more(cast: Cast) -> None:
    with transaction() as session:
        rotation = put_rotation(session, cast.student, cast.site, "fall-at-harbor")
    cases(rotation_id=rotation, note="At Harbor on the 2nd.")
    export_policy.set_precisions(cast.director.actor, {Use.SPREADSHEET: Precision(Dates.TERM, Sites.PSEUDONYM)})
    (found,) = rows(cast.student.actor, OWN)
    assert (found["case_date"], found["site_country"], found["note"]) == ("2026 fall", "US", "")
    assert found["site"] == pseudonym("site", cast.site.id)
    assert found["rotation"] == pseudonym("rotation", rotation)
    assert found["preceptor"] == pseudonym("person", cast.preceptor.id)
    assert the_record(cast.student.actor).issue.precision == Precision(Dates.TERM, Sites.PSEUDONYM)
    for format_ in (Format.XLSX, Format.JSON):
        data = taken(make(cast.student.actor, with_format(OWN, format_)))
        text = (
            str(openpyxl.load_workbook(io.BytesIO(data))["Cases"]["D2"].value) if data[:2] == b"PK" else str(data)
        )
        assert pseudonym("site", cast.site.id) in text
        assert "harbor" not in text


def test_the_preview_shows_the_first_rows_as_they_leave(cast: Cast) -> None:
    for day in range(1, 6):
        cases(case_date=date(2026, 10, day))
    (preview,) = previews(cast.student.actor, OWN, [Entries.CASES])
    assert [dict(zip(preview.columns, row, strict=True)) for row in preview.rows] == rows(cast.student.actor, OWN)[
        :3
    ]


@pytest.mark.parametrize(
    ("wanted", "action", "about"),
    [(OWN, "log.export", Cast.student.id), (OF_COHORT, "cohort.export", None), (OF_ALL, "program.export", None)],
)
def test_who_takes_the_records_of_others_leaves_a_note(
    cast: Cast, wanted: Issue, action: str, about: uuid.UUID | None
) -> None:
    rows(cast.director.actor, wanted)
    assert [(act.action, act.about_id, act.actor_id) for act in acts()] == [
        (action, about, cast.director.id),
        ("export.issue", wanted.student_id, cast.director.id),
        ("export.made", wanted.student_id, cast.director.id),
    ]


def test_the_operator_takes_a_whole_log_in_full(cast: Cast) -> None:
    export_policy.set_precisions(cast.director.actor, {Use.SPREADSHEET: Precision(Dates.TERM)})
    cases()
    export = make(Operator(cast.program.id, cast.program.timezone), with_format(OWN, Format.XLSX))
    found = openpyxl.load_workbook(io.BytesIO(taken(export)))
    assert found["Cases"]["B2"].is_date
    assert export.filename == "caselog-log-Ann-Student-2026-11-21.xlsx"
