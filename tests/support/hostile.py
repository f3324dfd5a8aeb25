"""What somebody may send who does not use our pages: bytes, never only strings."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from caselog.forms.base import CaselogForm
from tests.support.cast import Cast

_OTHER_NAMES = ("status", "student_id", "program_id", "site_country", "__class__", "case_uid[]", "", "\x00", "é")
_NEARLY_RIGHT = (
    "", " ", "0", "-1", "1", "3", "42", "100000", "2147483648", "9223372036854775808", "1" + "0" * 30, "9" * 5000,
    "1.5", "1,5", "1e400", "nan", "-inf", "٣", "²", "１２", "+5", "1_000", "0x10", "yes", "no", "on", "true", "null",
    "2026-11-02", "2026-11-22", "2026-02-29", "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "today",
    "07:30", "24:00", "23:59:59.9", "harbor", "hill", "cpb", "cabg", "cabg;maze", ";", "primary", "draft", "void",
    "student", "preceptor", "director", "Class of 2027", "abcp-pbse 2026-11", "abcp-pbse", "pediatric", "procedures",
    "submit", "verify", "return", "transcript", "[]", "{}", "x" * 3000, "🫀" * 600, "İ" * 250, "ǅ@Ω.example",
    "a|b@north.example", "a\nb", "\r\n", "\x00", "a\x00b", "\x1b[31m", "\x85", "\u2028", "\u202e", "\ufeff", "\ud800",
    "\udfff\ud800", "<script>alert(1)</script>", "'; DROP TABLE person; --", "%", "_", "\\", "{{7*7}}", "${7*7}",
    "%s%n", "../../etc/passwd", "//evil.example", "=1+1",
    Cast.student.email, Cast.preceptor.email, Cast.outsider_student.email, Cast.outsider_preceptor.email,
    Cast.outsider_site.code, str(Cast.student.id), str(Cast.outsider_student.id), str(Cast.outsider_program.id),
)  # fmt: skip


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


# Texts, bytes that are no text, and lone surrogates.
values: st.SearchStrategy[bytes] = st.one_of(
    st.sampled_from(_NEARLY_RIGHT).map(_bytes),
    st.text(st.characters(exclude_categories=()), max_size=12).map(_bytes),
    st.binary(max_size=6),
)


def _all_forms(form: type[CaselogForm]) -> list[type[CaselogForm]]:
    return [form, *(each for child in form.__subclasses__() for each in _all_forms(child))]


def field_names() -> list[str]:
    """The fields of every form that there is."""
    found = {
        name
        for form in _all_forms(CaselogForm)
        for name in dir(form)
        if not name.startswith("_") and hasattr(getattr(form, name), "field_class")
    }
    return sorted(found | {"action", "decision", *_OTHER_NAMES})


@dataclass(frozen=True)
class Body:
    """The body of a request; `kind` is its content type, and `in_header` says that the form token is not in it."""

    data: bytes
    kind: str
    in_header: bool = False


def pairs(good: Mapping[str, Any]) -> st.SearchStrategy[list[tuple[bytes, bytes]]]:
    """The fields of a good form, spoilt: some left out, some with other values, some twice, some unknown."""
    fields = [
        (_bytes(name), _bytes(str(value)))
        for name, given in good.items()
        for value in (given if isinstance(given, list) else [given])
    ]
    names = st.sampled_from([name for name, _ in fields] * 3 + [_bytes(name) for name in field_names()])

    @st.composite
    def spoilt(draw: st.DrawFn) -> list[tuple[bytes, bytes]]:
        how_much = draw(st.sampled_from([0, 1, 1, 1, 2, 5]))
        out = draw(st.sets(st.sampled_from(range(len(fields))), max_size=how_much // 2)) if fields else set()
        changed = dict(draw(st.lists(st.tuples(names, values), min_size=how_much, max_size=how_much)))
        kept = [
            (name, changed.pop(name, value)) for number, (name, value) in enumerate(fields) if number not in out
        ]
        return [*kept, *changed.items(), *draw(st.lists(st.tuples(names, values), max_size=how_much // 2))]

    return spoilt()


def bodies(good: Mapping[str, Any]) -> st.SearchStrategy[Body]:
    """Mostly what a browser would send, now and then another kind of content."""
    kinds: Sequence[Any] = (_urlencoded, _urlencoded, _urlencoded, _urlencoded, _multipart, _json)
    return st.tuples(st.sampled_from(kinds), pairs(good)).map(lambda drawn: drawn[0](drawn[1]))


def _urlencoded(fields: list[tuple[bytes, bytes]]) -> Body:
    text = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in fields)
    return Body(text.encode(), "application/x-www-form-urlencoded")


def _multipart(fields: list[tuple[bytes, bytes]]) -> Body:
    parts = []
    for number, (name, value) in enumerate(fields):
        shown = name.replace(b'"', b"%22").replace(b"\r", b"").replace(b"\n", b"")
        file = b'; filename="a.txt"' if number % 5 == 4 else b""
        head = b'--cut\r\nContent-Disposition: form-data; name="' + shown + b'"' + file
        parts.append(head + b"\r\n\r\n" + value + b"\r\n")
    return Body(b"".join(parts) + b"--cut--\r\n", "multipart/form-data; boundary=cut", in_header=True)


def _json(fields: list[tuple[bytes, bytes]]) -> Body:
    pairs = {name.decode("utf-8", "replace"): value.decode("utf-8", "replace") for name, value in fields}
    return Body(json.dumps([pairs] if len(pairs) % 2 else pairs).encode(), "application/json", in_header=True)


def queries(names: Sequence[str]) -> st.SearchStrategy[str]:
    """A query string, its bytes percent-encoded."""
    name = st.sampled_from([_bytes(each) for each in names])
    return st.lists(st.tuples(name, values), max_size=5).map(
        lambda fields: "&".join(f"{quote(each, safe='')}={quote(value, safe='')}" for each, value in fields)
    )


# A part of a path: anything percent-encoded, a slash included.
segments: st.SearchStrategy[str] = values.map(lambda value: quote(value[:300], safe=""))
