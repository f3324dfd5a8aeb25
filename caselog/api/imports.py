"""Bringing rows into one's own log, as CSV or as JSON with the columns of files."""

import io
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, time
from typing import Any

from flask import Response, request

from caselog.api.answers import answer
from caselog.api.bodies import CaseRows, ImportManner
from caselog.api.models import ImportAnswer
from caselog.api.operations import operation
from caselog.api.reading import read_body, read_query
from caselog.domain.cells import FileRow
from caselog.domain.scopes import Scope
from caselog.exports.from_csv import FileFaultError, read_csv
from caselog.services.actor import Permission
from caselog.services.arrival import ImportReport
from caselog.services.transfer import NEEDED, import_cases
from caselog.web.access import current_actor
from caselog.web.problems import ProblemError

CSV = "text/csv"
_COUNTS = ("rows", "added", "already_there", "from_verified", "from_returned", "stored")


@operation(
    "/imports",
    method="POST",
    permission=Permission.LOG_CASE,
    scope=Scope.IMPORT,
    body=CaseRows,
    query=ImportManner,
    others=(CSV,),
    answer=ImportAnswer,
    repeats=True,
)
def import_log() -> Response:
    """Bring cases into your log, all or none.

    Rows that are in the log already are left alone, so the same rows twice add nothing. Verified cases arrive as
    submitted. If a row is bad nothing is added and `report` says what is wrong with which, unless `skip_bad` is set.
    """
    manner = read_query(ImportManner)
    rows = _from_csv() if request.mimetype == CSV else list(_from_json(read_body(CaseRows)))
    actor = current_actor()
    report = import_cases(
        actor,
        actor.person_id,
        rows,
        skip_bad=manner.skip_bad,
        dry_run=manner.dry_run,
        texts_checked=manner.texts_checked,
    )
    values = _values(report)
    if report.bad and not manner.skip_bad and not manner.dry_run:
        raise ProblemError(422, "Nothing was added: rows are bad. Mend them, or set skip_bad.", report=values)
    return answer(values)


def _from_csv() -> list[FileRow]:
    try:
        return read_csv(io.BytesIO(request.get_data(cache=True)), NEEDED)
    except FileFaultError as error:
        raise ProblemError(422, str(error)) from None


def _from_json(body: CaseRows) -> Iterator[FileRow]:
    """The rows as the cells of a file, numbered from 1."""
    for number, row in enumerate(body.cases, 1):
        yield FileRow(number, {name: _cell(value) for name, value in row.model_dump().items()})


def _cell(value: Any) -> str:
    """A value as the cell of a file has it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ";".join(value)
        case time():
            return f"{value:%H:%M}"
        case date():
            return value.isoformat()
        case float():
            return f"{value:.15f}".rstrip("0").rstrip(".")  # files know no exponents
        case _:
            return str(value)


def _values(report: ImportReport) -> dict[str, Any]:
    return {
        **{name: getattr(report, name) for name in _COUNTS},
        "import_id": str(report.import_id) if report.import_id else None,
        **{name: [asdict(each) for each in getattr(report, name)] for name in ("differing", "bad")},
    }
