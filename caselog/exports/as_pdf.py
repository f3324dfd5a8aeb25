"""A packet as a PDF that screen readers can read (PDF/UA-1), made with Typst.

What people typed goes in as data and never as markup, so it appears as it was typed. Only the fonts that Typst itself
brings are used: making a packet opens no file and no connection.
"""

import io
import json
import re
import threading
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import segno
import typst

from caselog.domain.packet import Packet
from caselog.exports.row_heights import CHARACTERS, Measures, heights

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates" / "packet"
# What no page can show. Line breaks stay, since people make them.
_NOT_SHOWN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NO_GLYPH = re.compile(r'text `"((?:[^"`\\]|\\.)+)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-fA-F]+)\}")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_TRIES_MOST = 4
# Typst keeps what it worked out for so many makings; a packet would cost the process 25 MB for each of them.
_KEEPS = 10

_lock = threading.Lock()
_without_glyph: set[str] = set()  # characters that none of the fonts has


class _Layouts:
    """The layouts, read once, and a compiler with its fonts loaded for each."""

    def __init__(self) -> None:
        self._fonts = fonts = typst.Fonts(include_system_fonts=False)
        parts = (TEMPLATES / "parts.typ").read_bytes()
        self._measuring = parts + (TEMPLATES / "measures.typ").read_bytes()
        self._made = {
            path.stem: (
                parts + path.read_bytes(),
                typst.Compiler(b"", font_paths=fonts, ignore_system_fonts=True),
            )
            for path in sorted(TEMPLATES.glob("*.typ"))
            if path.stem not in ("parts", "measures")
        }
        no_fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False)
        self._empty = typst.Compiler(b"", font_paths=no_fonts, ignore_system_fonts=True)

    def make(self, layout: str, data: str, at: int) -> bytes:
        source, compiler = self._made[layout]
        made = compiler.compile(
            input=source, format="pdf", sys_inputs={"packet": data}, pdf_standards=["ua-1"], timestamp=at
        )
        if not isinstance(made, bytes):
            raise TypeError("Typst made no document.")
        return made

    def measures(self, paper: str) -> Measures:
        nothing = dict.fromkeys(("title", "student", "program", "purpose", "code", "head"), "")
        data = json.dumps(nothing | {"paper": paper, "characters": list(CHARACTERS)})
        compiler = typst.Compiler(
            self._measuring, font_paths=self._fonts, ignore_system_fonts=True, sys_inputs={"packet": data}
        )
        found = json.loads(compiler.query("<measures>", field="value", one=True))
        return Measures(**found | {"widths": dict(zip(CHARACTERS, found["widths"], strict=True))})

    def forget(self) -> None:
        for _ in range(_KEEPS):
            self._empty.compile(input=b"", format="svg")


@lru_cache(maxsize=1)
def layouts() -> _Layouts:
    """The layouts of this process; the first call reads them."""
    return _Layouts()


@lru_cache(maxsize=4)
def _measures(paper: str) -> Measures:
    return layouts().measures(paper)


def pdf(packet: Packet, layout: str, at: datetime) -> bytes:
    """The packet as a PDF in one of the layouts; the same packet at the same instant gives the same bytes."""
    found, stamp = layouts(), int(at.timestamp())
    try:
        for _ in range(_TRIES_MOST):
            try:
                return found.make(layout, _data(packet), stamp)
            except typst.TypstError as error:
                if not (missing := _missing(str(error.diagnostic))):
                    raise
                _without_glyph.update(missing)
        return found.make(layout, _NOT_ASCII.sub(lambda match: f"[U+{ord(match[0]):04X}]", _data(packet)), stamp)
    finally:
        with _lock:
            found.forget()


def _missing(diagnostic: str) -> set[str]:
    """The characters that Typst says no font has."""
    found: set[str] = set()
    for text in _NO_GLYPH.findall(diagnostic):
        found.update(_ESCAPED.sub(lambda match: chr(int(match[1], 16)), text))
    return {each for each in found if not each.isascii()}


def _data(packet: Packet) -> str:
    values: dict[str, Any] = json.loads(json.dumps(packet, default=_fields))
    values["qr"] = _qr(packet.verify) if packet.verify else ""
    shown = _showable(values)
    shown["heights"] = heights(_measures(packet.paper), shown["cases"]["rows"])
    return json.dumps(shown, ensure_ascii=False)


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def _showable(value: Any) -> Any:
    """The same with every text as a page can show it."""
    match value:
        case str():
            return _text(value)
        case list():
            return [_showable(each) for each in value]
        case dict():
            return {name: _showable(each) for name, each in value.items()}
        case _:
            return value


def _text(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    text = _NOT_SHOWN.sub("", text)
    if _without_glyph.isdisjoint(text):
        return text
    return "".join(_named(each) if each in _without_glyph else each for each in text)


def _named(character: str) -> str:
    """What stands for a character that no font has: its number, by which it can be looked up."""
    return f"‹U+{ord(character):04X}›"


def _qr(address: str) -> str:
    """A QR code of an address as SVG."""
    kept = io.BytesIO()
    segno.make(address, error="m", micro=False).save(kept, kind="svg", xmldecl=False, border=2)
    return kept.getvalue().decode()
