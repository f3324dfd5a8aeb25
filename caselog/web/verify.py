"""The check that a stranger can make: what an export is, by the code on it, and whether a file is the one issued."""

import hashlib
from typing import IO, Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.formparser import FormDataParser

from caselog.domain.export import read_code, shown_code
from caselog.domain.export_words import FORMATS, USES
from caselog.extensions import csrf
from caselog.services import verifying
from caselog.services.accounts import TooManyTriesError
from caselog.services.actor import NotFoundError
from caselog.web.access import public

FILE_MOST: Final = 50_000_000  # bytes; a packet has half a million, a workbook of a whole program some millions
_ROOM: Final = 100_000  # bytes for what stands around the file
TYPED_MOST: Final = 100  # characters: a code has 26, and what groups it

blueprint = Blueprint("verify", __name__)


class _Digest:
    """Where the bytes of a file go that is sent to be compared: into its digest, and nowhere else."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, chunk: bytes) -> int:
        self._digest.update(chunk)
        self.size += len(chunk)
        return len(chunk)

    def seek(self, _place: int) -> None:
        """Who has parsed a form goes back to the beginning of its files; there is nothing to read."""

    def close(self) -> None:
        """Nothing was kept."""

    def hex(self) -> str:
        return self._digest.hexdigest()


@blueprint.url_value_preprocessor
def _take_large_files(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    if endpoint == "verify.compare":
        request.max_content_length = FILE_MOST + _ROOM


@blueprint.get("/verify")
@public
def ask() -> ResponseReturnValue:
    typed = request.args.get("code", "")
    if not typed.strip():
        return _ask(typed)
    if code := read_code(typed[:TYPED_MOST]):
        return redirect(url_for("verify.show", typed=code))
    return _unknown(typed)


@blueprint.get("/verify/<typed>")
@public
def show(typed: str) -> ResponseReturnValue:
    return _shown(typed, None)


@blueprint.post("/verify/<typed>")
@public
def compare(typed: str) -> ResponseReturnValue:
    """Compare a file that was sent, for browsers that cannot do it themselves."""
    try:
        verifying.count_file(request.remote_addr)
        sent = _digest_of_file()
    except TooManyTriesError as error:
        return _refused(error, typed)
    return _shown(typed, sent)


# It changes nothing, and reading the token would first keep the whole file.
csrf.exempt(compare)


def _digest_of_file() -> _Digest:
    """The digest of the file of this form, taken while it arrives."""
    taken: list[_Digest] = []

    def take(*_about: object, **_more: object) -> IO[bytes]:
        taken.append(_Digest())
        return taken[-1]  # type: ignore[return-value]  # all that the parser asks of a file

    parser = FormDataParser(
        stream_factory=take, max_form_memory_size=_ROOM, max_content_length=FILE_MOST + _ROOM, max_form_parts=10
    )
    parser.parse(request.stream, request.mimetype, request.content_length, request.mimetype_params)
    return taken[0] if taken else _Digest()


def _shown(typed: str, sent: _Digest | None) -> ResponseReturnValue:
    try:
        found = verifying.look_up(typed[:TYPED_MOST], request.remote_addr)
    except NotFoundError:
        return _unknown(typed)
    except TooManyTriesError as error:
        return _refused(error, typed)
    code = read_code(typed) or ""
    return render_template(
        "verify/found.html",
        found=found,
        code=code,
        shown=shown_code(code),
        use=USES[found.use],
        format=FORMATS[found.format],
        sent=sent,
        file_most=FILE_MOST,
    )


def _ask(typed: str, **more: object) -> str:
    return render_template("verify/ask.html", typed=typed, **more)


def _unknown(typed: str) -> ResponseReturnValue:
    return _ask(typed, unknown=True), 404


def _refused(error: TooManyTriesError, typed: str) -> ResponseReturnValue:
    return _ask(typed, refusal=str(error)), 429, {"Retry-After": str(error.wait)}
