"""Files that leave: saved and never shown, under a safe name, sent as they are made."""

from collections.abc import Mapping
from urllib.parse import quote

from flask import Response, stream_with_context

from caselog.domain.export import shown_code
from caselog.exports.file_names import in_ascii
from caselog.services.export_making import Export


def disposition(name: str) -> str:
    """`Content-Disposition` as RFC 6266 has it: the name for every browser, and once more with all its letters."""
    return f"attachment; filename=\"{in_ascii(name)}\"; filename*=UTF-8''{quote(name, safe='')}"


def download(export: Export) -> Response:
    """The file of an export; the headers say by what it can be verified."""
    headers: Mapping[str, str] = {
        "Content-Disposition": disposition(export.filename),
        "Caselog-Verification-Code": shown_code(export.prepared.code),
        "Caselog-Trail-Head": str(export.prepared.head),
    }
    response = Response(stream_with_context(export.chunks), content_type=export.media_type, headers=dict(headers))
    response.call_on_close(export.close)
    return response
