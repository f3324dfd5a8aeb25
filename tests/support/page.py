"""What every page must be: valid, titled, labelled, and without what a strict Content-Security-Policy refuses."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import cast
from xml.etree import ElementTree as ET

import html5lib
from html5lib.constants import E as PARSE_ERRORS
from lxml import etree

Element = ET.Element

_FIELDS = ("input", "select", "textarea")
_UNLABELLED_INPUTS = ("hidden", "submit", "button", "reset", "image")
_REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-errormessage", "form", "list")


_SVG = "{http://www.w3.org/2000/svg}"
# What an HTML5 parser can stumble over: the tags without the values of their attributes, and what looks like a
# reference. Most pages of a run are built like one before, and html5lib takes a hundred times as long as lxml.
_BUILD = re.compile(r"<[^>]*>|&\w*;?")
_VALUE = re.compile(r"=\"[^\"]*\"")
_built_well: set[int] = set()


@lru_cache(maxsize=4)
def parse(html: str) -> Element:
    """The document. Kept, since a page is checked and then read."""
    root = cast("Element", etree.fromstring(html.encode(), etree.HTMLParser(encoding="utf-8", huge_tree=True)))
    for drawing in list(root.iter("svg")):
        for element in elements(drawing):
            element.tag = _SVG + element.tag
    return root


def _errors(html: str) -> list[str]:
    """What an HTML5 parser has to say against a page."""
    build = hash("".join(_VALUE.sub("", part) for part in _BUILD.findall(html)))
    if build in _built_well:
        return []
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    parser.parse(html)
    if not parser.errors:
        _built_well.add(build)
    lines = [*html.splitlines(), ""]
    return [
        f"line {line}: {PARSE_ERRORS.get(code, code) % data}: {lines[line - 1].strip()[:120]}"
        for (line, _column), code, data in parser.errors
    ]


def elements(root: Element, *tags: str) -> Iterator[Element]:
    for element in root.iter():
        tag = cast("object", element.tag)  # of a comment it is a function
        if isinstance(tag, str) and (not tags or tag in tags):
            yield element


def text(element: Element) -> str:
    """The text of an element, with its white space as a browser would show it."""
    return " ".join("".join(element.itertext()).split())


def faults(html: str) -> list[str]:
    """Everything wrong with a page, in words."""
    root = parse(html)
    return [
        *_errors(html),
        *_skeleton(root),
        *_identifiers(root),
        *_labels(root),
        *_forms(root),
        *_refused_by_policy(root),
    ]


def _skeleton(root: Element) -> Iterator[str]:
    if not root.get("lang"):
        yield "<html> says no lang"
    titles = root.findall("head/title")
    if len(titles) != 1 or not text(titles[0]):
        yield f"one <title> with text is needed, not {[text(title) for title in titles]}"
    headings = list(elements(root, "h1"))
    if len(headings) != 1 or not text(headings[0]):
        yield f"one <h1> with text is needed, not {[text(heading) for heading in headings]}"


def _identifiers(root: Element) -> Iterator[str]:
    counts = Counter(element.get("id") for element in elements(root) if "id" in element.attrib)
    yield from (f"id “{name}” stands {count} times" for name, count in counts.items() if count > 1)
    for element in elements(root):
        for attribute in _REFERENCES:
            for name in (element.get(attribute) or "").split():
                if name not in counts:
                    yield f"<{element.tag} {attribute}=“{name}”> points at an id that is not on the page"


def _labels(root: Element) -> Iterator[str]:
    labelled = {label.get("for") for label in elements(root, "label") if text(label)}
    wrapped = {field for label in elements(root, "label") if text(label) for field in elements(label, *_FIELDS)}
    for field in elements(root, *_FIELDS):
        if field.tag == "input" and field.get("type", "text").lower() in _UNLABELLED_INPUTS:
            continue
        named = field.get("aria-label") or field.get("aria-labelledby")
        if not (named or field in wrapped or (field.get("id") and field.get("id") in labelled)):
            yield f"<{field.tag} name=“{field.get('name')}”> has no label"
    for control in elements(root, "a", "button"):
        if not (text(control) or control.get("aria-label") or _image_text(control)):
            yield f"<{control.tag}> says nothing: {dict(control.attrib)}"


def _image_text(control: Element) -> str:
    return "".join(image.get("alt", "") for image in elements(control, "img"))


def _forms(root: Element) -> Iterator[str]:
    for form in elements(root, "form"):
        if form.get("method", "get").lower() != "post":
            continue
        tokens = [field for field in elements(form, "input") if field.get("name") == "csrf_token"]
        if len(tokens) != 1 or not tokens[0].get("value"):
            yield f"<form action=“{form.get('action')}”> needs one csrf_token, not {len(tokens)}"


def _refused_by_policy(root: Element) -> Iterator[str]:
    for element in elements(root):
        if element.tag == "style" or (element.tag == "script" and not element.get("src")):
            yield f"inline <{element.tag}>"
        for name, value in element.attrib.items():
            if name == "style" or name.lower().startswith("on"):
                yield f"<{element.tag}> has the inline attribute {name}=“{value}”"
            if value.strip().lower().startswith("javascript:"):
                yield f"<{element.tag}> has {name}=“{value}”"
