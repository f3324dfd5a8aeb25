"""The burn-up chart: what it draws and says, and that it keeps to the policy of the pages."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import caselog
from caselog.domain.case import Case
from caselog.domain.evaluate import Engine
from caselog.domain.forecast import Forecast, Outlook, forecast_of
from caselog.domain.result import RequirementResult
from caselog.domain.student import StudentFacts
from caselog.exports.burn_up import (
    LABEL,
    SHORT_LABEL,
    WIDTH,
    BurnUpRow,
    burn_up_key,
    burn_up_svg,
    burn_up_table,
    in_words,
)
from caselog.rules.codes import load_codes
from caselog.rules.library import find
from tests.domain.samples import a_case
from tests.support import page

START, GRADUATION, TODAY = date(2025, 8, 1), date(2027, 7, 31), date(2026, 11, 21)
CSS = Path(caselog.__file__).parent / "static" / "burn-up.css"


def a_log(every: int = 10, pending: int = 0) -> list[Case]:
    """One pump run every so many days of the program; the last `pending` of them wait."""
    days = range(every, (TODAY - START).days, every)
    return [
        a_case(
            n,
            case_date=START + timedelta(days=day),
            status="submitted" if n >= len(days) - pending else "verified",
        )
        for n, day in enumerate(days)
    ]


def evaluated(log: Sequence[Case], name: str = "open-heart") -> RequirementResult:
    return Engine(find("accredited-minimums"), load_codes(), TODAY).evaluate(StudentFacts(), log).of(name)


def drawn(log: Sequence[Case], name: str = "open-heart", graduation: date | None = GRADUATION) -> ET.Element:
    result = evaluated(log, name)
    found = forecast_of(result, TODAY, START, graduation)
    return ET.fromstring(burn_up_svg(result, START, graduation, TODAY, found))  # noqa: S314 (our own text)


def classes(svg: ET.Element) -> set[str]:
    return {name for element in svg.iter() for name in (element.get("class") or "").split()}


def one(svg: ET.Element, name: str) -> ET.Element:
    (found,) = (element for element in svg.iter() if name in (element.get("class") or "").split())
    return found


def test_the_line_rises_with_every_case_and_ends_today() -> None:
    path = one(drawn(a_log(8)), "burn-counted").get("d") or ""
    heights = [float(value) for value in re.findall(r"V([\d.]+)", path)]
    assert len(heights) == len(a_log(8)) == 59
    assert heights == sorted(heights, reverse=True)  # up is less
    days, whole = (TODAY - START).days, (GRADUATION - START).days
    assert float(path.rpartition("H")[2]) == pytest.approx(34 + 354 * days / whole, abs=0.1)


def test_what_waits_stands_above_what_counted_in_a_line_of_its_own() -> None:
    svg = drawn(a_log(pending=5))
    counted, pending = (
        re.findall(r"V([\d.]+)", one(svg, f"burn-{name}").get("d") or "") for name in ("counted", "pending")
    )
    assert len(pending) == len(counted) + 5
    assert float(pending[-1]) < float(counted[-1])
    assert "burn-pending" not in classes(drawn(a_log()))


def test_what_is_needed_today_and_the_even_pace_are_lines() -> None:
    svg = drawn(a_log(8))
    target, pace, today = one(svg, "burn-target"), one(svg, "burn-pace"), one(svg, "burn-today")
    assert target.get("y1") == target.get("y2") == pace.get("y2")
    assert today.get("x1") == today.get("x2")
    assert (pace.get("x1"), pace.get("x2")) == ("34", "388")
    assert [text.text for text in svg.iter("{*}text")] == []
    labels = [element.text for element in svg.iter() if "burn-label" in (element.get("class") or "")]
    assert labels == ["0", "Aug 2025", "Jul 2027", "graduation", "today", "75"]


def test_the_projection_runs_from_what_is_done_to_what_is_needed() -> None:
    svg = drawn(a_log())
    (start, end) = (one(svg, "burn-median").get("d") or "")[1:].split("L")
    counted = one(svg, "burn-counted").get("d") or ""
    assert start == f"{counted.rpartition('H')[2]} {re.findall(r'V([0-9.]+)', counted)[-1]}"
    assert end.split()[1] == one(svg, "burn-target").get("y1")
    assert (one(svg, "burn-likely").get("cx"), one(svg, "burn-likely").get("cy")) == tuple(end.split())
    band = [float(point.split()[0]) for point in (one(svg, "burn-band").get("d") or "")[1:-1].split("L")]
    assert band[1] < float(end.split()[0]) < band[2]


def test_a_projection_beyond_the_picture_runs_off_its_edge_and_marks_no_day() -> None:
    svg = drawn(a_log(every=40))
    assert "burn-likely" not in classes(svg)
    (x, y) = map(float, (one(svg, "burn-median").get("d") or "").rpartition("L")[2].split())
    target = float(one(svg, "burn-target").get("y1") or 0)
    assert x == 388
    assert target < y < 176
    band = (one(svg, "burn-band").get("d") or "")[1:-1].split("L")
    assert [point.split()[0] for point in band[1:]] == ["388", "388"]
    assert float(band[1].split()[1]) < y < float(band[2].split()[1])


@pytest.mark.parametrize("days", [-300, -20, 0, 3, 20, 200])
def test_today_and_graduation_are_both_named_and_their_names_never_meet(days: int) -> None:
    svg = drawn(a_log(8), graduation=TODAY + timedelta(days=days))
    places = {
        element.text: float(element.get("x") or 0)
        for element in svg.iter()
        if "burn-middle" in (element.get("class") or "")
    }
    earlier, later = ("graduation", "today") if days <= 0 else ("today", "graduation")
    assert places[later] - places[earlier] >= (LABEL + SHORT_LABEL) / 2
    assert min(places.values()) - SHORT_LABEL / 2 >= 0
    assert max(places.values()) + SHORT_LABEL / 2 <= WIDTH
    assert "burn-graduation" not in classes(drawn(a_log(8), graduation=None))


def test_an_even_pace_is_drawn_only_where_the_forecast_is_held_against_one() -> None:
    result = evaluated(a_log())
    assert "burn-pace" in burn_up_svg(
        result, START, GRADUATION, TODAY, forecast_of(result, TODAY, START, GRADUATION)
    )
    assert "burn-pace" not in burn_up_svg(
        result, START, GRADUATION, TODAY, forecast_of(result, TODAY, None, GRADUATION)
    )


def test_nothing_is_drawn_outside_the_picture() -> None:
    for every in (2, 10, 80, 400):
        for element in drawn(a_log(every)).iter():
            for name, most in (
                ("x1", 400),
                ("x2", 400),
                ("x", 400),
                ("cx", 400),
                ("y1", 200),
                ("y2", 200),
                ("y", 200),
            ):
                assert 0 <= float(element.get(name) or 0) <= most


@pytest.mark.parametrize(
    ("log", "name", "graduation", "missing"),
    [
        ([], "open-heart", GRADUATION, {"burn-band", "burn-median", "burn-likely", "burn-pending"}),
        (a_log(), "pediatric", GRADUATION, {"burn-target", "burn-pace", "burn-median"}),
        (a_log(), "open-heart", None, {"burn-pace"}),
        (a_log(2), "open-heart", GRADUATION, {"burn-band", "burn-median"}),
    ],
    ids=["nothing logged", "not set", "graduation unknown", "met"],
)
def test_what_is_not_known_is_not_drawn(
    log: list[Case], name: str, graduation: date | None, missing: set[str]
) -> None:
    svg = drawn(log, name, graduation)
    assert not classes(svg) & missing
    assert {"burn-axis", "burn-counted", "burn-today"} <= classes(svg)


def test_a_graduation_at_the_end_of_the_calendar_still_gets_a_chart() -> None:
    assert "burn-counted" in classes(drawn(a_log(), graduation=date.max))


def test_a_student_without_any_date_still_gets_a_chart() -> None:
    result = evaluated([])
    svg = burn_up_svg(result, None, None, TODAY, forecast_of(result, TODAY, None, None))
    assert "burn-counted" in svg


def test_the_chart_says_in_words_what_it_shows() -> None:
    svg = drawn(a_log(pending=2))
    namespace = {element.tag: element for element in svg.iter()}
    assert namespace["title"].text == "Open-heart cases: what counted over time"
    says = namespace["desc"].text or ""
    assert says.startswith(
        "By 2026-11-21, 45 of 75 cases counted, and 2 wait for verification. At this pace on 2027-"
    )
    assert says.endswith("At 65 % of the program: 62 % of what is needed; behind by 2 cases.")
    assert (svg.get("role"), svg.get("aria-labelledby")) == ("img", "burn-open-heart-title burn-open-heart-desc")


def test_a_number_that_is_not_set_is_said_so() -> None:
    result = evaluated([], "pediatric")
    says = in_words(result, TODAY, forecast_of(result, TODAY, START, GRADUATION))
    assert (
        says == "By 2026-11-21, 0 of a number not yet set cases counted. The program has not set this number yet."
    )


def test_two_sets_on_a_page_have_ids_of_their_own() -> None:
    result = evaluated(a_log())
    svgs = [burn_up_svg(result, START, GRADUATION, TODAY, None, within=name) for name in ("one", "other")]
    head = '<!doctype html><html lang="en"><head><title>T</title></head><body><h1>T</h1>'
    html = f"{head}{''.join(svgs)}{burn_up_key()}</body></html>"
    assert page.faults(html) == []


def test_titles_are_escaped() -> None:
    result = evaluated(a_log())
    named = replace(result, requirement=replace(result.requirement, title="<b>Valves & more</b>"))
    svg = burn_up_svg(named, START, GRADUATION, TODAY, None)
    assert "<b>" not in svg
    assert "&lt;b&gt;Valves &amp; more" in svg


def test_every_class_has_a_rule_in_the_style_sheet_and_every_rule_a_class() -> None:
    text = CSS.read_text(encoding="utf-8")
    used = classes(drawn(a_log(pending=2)))
    used |= set(re.findall(r'class="([\w-]+)"', burn_up_key()))
    assert set(re.findall(r"\.(burn[\w-]*)", text)) == used
    defined = set(re.findall(r"(--[\w-]+):", (CSS.parent / "ground.css").read_text(encoding="utf-8")))
    assert set(re.findall(r"var\((--[\w-]+)\)", text)) <= defined


def test_the_table_says_month_by_month_what_counted_so_far() -> None:
    log = [
        a_case(1, case_date=date(2025, 11, 30)),
        a_case(2, case_date=date(2025, 12, 1)),
        a_case(3, case_date=date(2026, 2, 27)),
        a_case(4, case_date=date(2026, 2, 28), status="submitted"),
        a_case(5, case_date=date(2026, 3, 1), role="observed"),
    ]
    assert burn_up_table(evaluated(log)) == (
        BurnUpRow(date(2025, 11, 1), Fraction(1), Fraction(0)),
        BurnUpRow(date(2025, 12, 1), Fraction(2), Fraction(0)),
        BurnUpRow(date(2026, 1, 1), Fraction(2), Fraction(0)),
        BurnUpRow(date(2026, 2, 1), Fraction(3), Fraction(1)),
    )
    assert burn_up_table(evaluated([])) == ()


def test_a_forecast_that_has_no_latest_day_still_has_a_band() -> None:
    result = evaluated(a_log(80))
    found = Forecast(
        outlook=Outlook.PROJECTED, says="Some day.", needed=Fraction(75), counted=Fraction(5), earliest=date(2027, 3, 1)
    )  # fmt: skip
    svg = burn_up_svg(result, START, GRADUATION, TODAY, found)
    band = svg.partition('class="burn-band" d="M')[2].partition("Z")[0].split("L")
    assert len(band) == 4  # today, the earliest day, the corner, and today's height at the edge
    assert band[3].split() == ["388", band[0].split()[1]]
    assert "burn-median" not in svg
