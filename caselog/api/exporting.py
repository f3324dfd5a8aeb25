"""The file of an export, made as it is sent: the one place that knows how the API gets its files."""

import hashlib
import uuid
from collections.abc import Iterator

from flask import Response, stream_with_context

from caselog.domain.export import Format, Precision, Use, shown_code
from caselog.exports import table
from caselog.exports.as_csv import csv_chunks
from caselog.services import issuing, looks
from caselog.services.actor import Actor
from caselog.services.issuing import Issue, Made, Prepared
from caselog.services.transfer import export_activities, export_cases


def download(actor: Actor, student_id: uuid.UUID, reason: str, entries: str) -> Response:
    """A student's entries as CSV; the export is on record before its first byte leaves. Raises NotFoundError."""
    looks.at_student(actor, student_id, "log.export")
    prepared = issuing.prepare(actor)
    wanted = Issue(
        use=Use.SPREADSHEET, format=Format.CSV, student_id=student_id, reason=reason, precision=Precision()
    )
    issuing.issue(actor, prepared, wanted)
    headers = {
        "Content-Disposition": f'attachment; filename="caselog-{entries}.csv"',
        "Caselog-Verification-Code": shown_code(prepared.code),
    }
    chunks = stream_with_context(_chunks(actor, student_id, prepared, entries))
    return Response(chunks, content_type="text/csv; charset=utf-8; header=present", headers=headers)


def _chunks(actor: Actor, student_id: uuid.UUID, prepared: Prepared, entries: str) -> Iterator[bytes]:
    """The chunks; the last one leaves when what was made is on record."""
    of_cases = entries == "cases"
    rows = list((export_cases if of_cases else export_activities)(actor, student_id))
    digest, last = hashlib.sha256(), b""
    for chunk in csv_chunks(rows, table.CASES if of_cases else table.ACTIVITIES):
        if last:
            yield last
        digest.update(chunk)
        last = chunk
    number = len(rows)
    made = Made(digest.hexdigest(), number if of_cases else 0, 0 if of_cases else number)
    issuing.finish(actor, prepared.id, made)
    yield last
