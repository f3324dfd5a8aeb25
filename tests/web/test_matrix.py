"""Cases × requirements in the browser, and how one case touches every rule."""

from datetime import date

import pytest
from flask import Flask

from caselog.rules import library
from caselog.services import program
from caselog.services.program import CohortDetails
from tests.support import activities
from tests.support import page as pages
from tests.support.cast import GRADUATES_ON, STARTS_ON, Cast
from tests.support.client import Page
from tests.support.log import put, signed_in

pytestmark = pytest.mark.usefixtures("every_set")

OWN = "/progress/matrix"
OF_ANN = f"/students/{Cast.student.id}/progress/matrix"
MINIMUMS = {"ruleset": "accredited-minimums"}


def table(page: Page) -> list[list[str]]:
    """The heads and cells of the matrix, with what is only heard."""
    (found,) = page.all("table")
    return [[pages.text(cell) for cell in pages.elements(row, "td", "th")] for row in pages.elements(found, "tr")]


def touches(page: Page) -> dict[str, dict[str, tuple[str, str]]]:
    """What the page of an entry says: for each set and requirement the outcome and the reason."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for section in page.all("section", class_="touch-set"):
        (heading,) = pages.elements(section, "h3")
        rows = [list(pages.elements(row, "td", "th")) for row in pages.elements(section, "tr")][1:]
        found[pages.text(heading)] = {
            pages.text(head): (pages.text(outcome), pages.text(why)) for head, outcome, why in rows
        }
    return found


def test_the_matrix_says_for_each_case_and_requirement_whether_it_counts_and_why_not(app: Flask) -> None:
    observed, waits, counts = put(
        app,
        {"role": "observed", "case_date": date(2026, 3, 1)},
        {"status": "submitted", "case_date": date(2026, 2, 1)},
        {"procedures": ("mitral_valve",), "case_date": date(2026, 1, 1)},
    )
    page = signed_in(app, "student").get(OWN, query=MINIMUMS)
    assert table(page) == [
        ["Case", "Open-heart cases", "Valve cases", "Pediatric cases", "Emergency cases", "Complex cases"],
        ["Whole log", "Not yet: 1/75 +1 waiting", "Not yet: 1/40", "Not set: 0", "Not set: 0", "Not set: 0"],
        [
            "CPB (pump run): CABG 1 Mar 2026, Observed",
            "Not counted: Observed: only performed cases count",
            "Not counted: Only valve cases count",
            "Not counted: Adult: only pediatric cases count",
            "Not counted: Elective: only emergency cases count",
            "Not counted: Only complex cases count",
        ],
        [
            "CPB (pump run): CABG 1 Feb 2026, Primary",
            "Waiting: Submitted: waiting for verification",
            "Not counted: Only valve cases count",
            "Not counted: Adult: only pediatric cases count",
            "Not counted: Elective: only emergency cases count",
            "Not counted: Only complex cases count",
        ],
        [
            "CPB (pump run): Mitral valve 1 Jan 2026, Primary",
            "Counted",
            "Counted",
            "Not counted: Adult: only pediatric cases count",
            "Not counted: Elective: only emergency cases count",
            "Not counted: Only complex cases count",
        ],
    ]  # fmt: skip
    links = [link.get("href") for row in page.all("tbody") for link in pages.elements(row, "a")]
    assert links == [f"/cases/{uid}#rules" for uid in (observed, waits, counts)]
    assert page.links()["Valve cases"] == "/progress/accredited-minimums/valve"


def test_each_cell_has_a_shape_beside_its_word(app: Flask) -> None:
    put(app, {}, {"status": "submitted"}, {"role": "observed"})
    page = signed_in(app, "student").get(OWN, query=MINIMUMS)
    drawn = {
        pages.text(cell): frozenset(shape.get("d") for shape in pages.elements(cell) if shape.tag.endswith("path"))
        for cell in page.all("span", class_="touch")
    }
    assert set(drawn) == {"Counted", "Waiting", "Not counted"}
    assert len(set(drawn.values())) == 3
    assert all(drawn.values())


def test_the_reasons_are_seen_where_they_are_asked_for_and_heard_always(app: Flask) -> None:
    put(app, role="observed")
    student = signed_in(app, "student")
    for asked, hidden in (({}, True), ({"reasons": "yes"}, False)):
        page = student.get(OWN, query={**MINIMUMS, **asked})
        said = [each for each in page.all("span") if pages.text(each).startswith(": Observed: only")]
        assert [each.get("class") for each in said] == ["visually-hidden" if hidden else "touch-why"]


def test_a_filter_shows_what_counts_toward_nothing_and_is_kept_from_page_to_page_and_set_to_set(
    app: Flask,
) -> None:
    put(app, *[{"role": "observed", "case_date": date(2026, 1, day + 1)} for day in range(27)], {})
    student = signed_in(app, "student")
    page = student.get(OWN, query={**MINIMUMS, "shown": "nothing"})
    assert "Page 1 of 2 · 27 cases" in page.text
    assert len(table(page)) == 2 + 25
    second = student.get(page.links()["Next page"])
    assert len(table(second)) == 2 + 2
    assert "Filter (on)" in second.text
    other = student.get(second.links()["ABCP PBSE (board exam, part 1)"])
    assert "Filter (on)" in other.text
    assert "27 cases" in other.text
    assert "28 cases" in student.get(OWN, query=MINIMUMS).text


def test_a_set_of_activities_shows_activities(app: Flask) -> None:
    (uid,) = activities.put(app, hours=2.5)
    put(app)
    page = signed_in(app, "student").get(OWN, query={"ruleset": "ecmo-specialist-wa"})
    assert table(page)[2][:3] == [
        "Oxygenators 12 Oct 2026", "Counted 2.5 hours", "Not counted: Kind of activity is didactic, not wet lab",
    ]  # fmt: skip
    assert page.links()["Oxygenators"] == f"/activities/{uid}#rules"
    assert "1 activity" in page.text


def test_a_set_that_builds_on_others_names_them_over_the_columns(app: Flask) -> None:
    put(app)
    page = signed_in(app, "student").get(OWN, query={"ruleset": "ccp-eligibility"})
    inner = ["Accredited-program minimums", "ABCP PBSE (board exam, part 1)", "ABCP CAPE (board exam, part 2)"]
    assert table(page)[0] == ["", *inner]
    assert page.links()["Valve cases"] == "/progress/ccp-eligibility/program-minimums"


def test_an_empty_log_an_empty_filter_and_a_cohort_without_a_set_say_so(app: Flask) -> None:
    student = signed_in(app, "student")
    assert "Log the first one" in student.get(OWN, query=MINIMUMS).text
    assert "Log an activity" in student.get(OWN, query={"ruleset": "abcp-professional"}).text
    put(app)
    assert (
        "Nothing in this log is as the filter asks"
        in student.get(OWN, query={**MINIMUMS, "shown": "waiting"}).text
    )
    details = CohortDetails(name="Class of 2027", starts_on=STARTS_ON, graduates_on=GRADUATES_ON, editions={})
    with app.app_context():
        program.save_cohort(Cast.director.actor, details, changing=Cast.program.cohort_id)
    assert "No rule set yet" in student.get(OWN).text


def test_a_query_that_cannot_be_shows_the_whole_and_says_what_would_do(app: Flask) -> None:
    put(app)
    student = signed_in(app, "student")
    for query in ({"ruleset": "nobody"}, {"shown": "everything"}, {"reasons": "perhaps"}):
        page = student.get(OWN, status=400, query=query)
        assert "1 thing to correct" in page.text
        assert len(table(page)) >= 3


def test_a_director_sees_the_matrix_of_each_student_and_nobody_elses(app: Flask) -> None:
    put(app)
    director = signed_in(app, "director")
    page = director.get(OF_ANN, query=MINIMUMS)
    assert page.heading == "Cases and requirements of Ann Student"
    assert page.links()["Valve cases"] == f"/students/{Cast.student.id}/progress/accredited-minimums/valve"
    assert table(page) == table(signed_in(app, "student").get(OWN, query=MINIMUMS))
    director.get(f"/students/{Cast.outsider_student.id}/progress/matrix", status=404)
    director.get(OWN, status=403)
    for who in ("student", "preceptor"):
        signed_in(app, who).get(OF_ANN, status=403)


def test_the_overview_leads_to_the_matrix(app: Flask) -> None:
    words = "Every case and requirement in one table"
    assert signed_in(app, "student").get("/progress").links()[words] == OWN
    director = signed_in(app, "director")
    assert director.get(f"/students/{Cast.student.id}/progress").links()[words] == OF_ANN


# One case before every rule


def test_the_page_of_a_case_says_how_it_touches_every_rule(app: Flask) -> None:
    (uid,) = put(app, procedures=("mitral_valve",), status="submitted")
    for who, base in (("student", "/progress"), ("director", f"/students/{Cast.student.id}/progress")):
        page = signed_in(app, who).get(f"/cases/{uid}")
        said = touches(page)
        assert set(said) == {ruleset.title for ruleset in library.newest()}
        assert said["Accredited-program minimums"] == {
            "Open-heart cases": ("Waiting", "Submitted: waiting for verification"),
            "Valve cases": ("Waiting", "Submitted: waiting for verification"),
            "Pediatric cases": ("Not counted", "Adult: only pediatric cases count"),
            "Emergency cases": ("Not counted", "Elective: only emergency cases count"),
            "Complex cases": ("Not counted", "Only complex cases count"),
        }
        assert "Not asked of cases: Official transcript, Competency statement" in page.text
        assert f"{base}/accredited-minimums/valve" in [link.get("href") for link in page.all("a")]


def test_the_preceptor_of_a_case_sees_nothing_of_the_students_standing(app: Flask) -> None:
    (uid,) = put(app, status="submitted")
    page = signed_in(app, "preceptor").get(f"/cases/{uid}")
    assert page.all("section", class_="touch-set") == []
    assert "counts toward" not in page.text
    assert "progress" not in " ".join(page.links().values())


def test_the_page_of_an_activity_says_the_same(app: Flask) -> None:
    (uid,) = activities.put(app, hours=2.5)
    page = signed_in(app, "student").get(f"/activities/{uid}")
    said = touches(page)["ECMO specialist, State of Washington"]
    assert said["Didactic sessions"] == ("Counted 2.5 hours", "It fits, and is verified.")
    assert "Not asked of activities: Open-heart cases" in page.text
    assert touches(signed_in(app, "preceptor").get(f"/activities/{uid}")) == {}
