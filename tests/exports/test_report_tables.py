"""The yearly report as a workbook: what somebody is called never runs, not even when its cell is edited."""

import io
from datetime import UTC, date, datetime

import openpyxl

from caselog.exports.report_tables import Sheet, as_workbook


def test_a_name_that_begins_like_a_formula_is_marked_as_text() -> None:
    sheet = Sheet("Graduates", ("graduate", "cases", "on"), (("=1+1", -3, date(2026, 5, 1)), ("Ann", 4, None)))
    data = as_workbook([sheet], "=cmd", datetime(2026, 6, 1, tzinfo=UTC))
    page = openpyxl.load_workbook(io.BytesIO(data))["Graduates"]
    assert (page["A2"].value, page["A2"].data_type, page["A2"].quotePrefix) == ("=1+1", "s", True)
    assert (page["A3"].value, page["A3"].quotePrefix) == ("Ann", False)
    assert page["B2"].value == -3
