"""The document of the API as the page shows it: what each address does, its fields, and how to ask it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_EXAMPLES: Mapping[str, Any] = {
    "case_date": "2026-11-20", "site": "harbor", "preceptor": "preceptor@program.example", "activity": "cpb",
    "procedures": ["cabg"], "role": "primary", "setting": "clinical", "age_group": "adult", "urgency": "elective",
    "cpb_minutes": 95, "date": "2026-11-20", "kind": "didactic", "title": "Coagulation", "hours": 2,
    "status": "submitted", "reason": "Typed wrong.", "format": "csv",
}  # fmt: skip
_SHORT = {"CaseChanges": ("cpb_minutes",), "CaseAmendment": ("cpb_minutes", "reason"),
    "ActivityChanges": ("hours",), "ActivityAmendment": ("hours", "reason")}  # fmt: skip
_UID = "7f3f2c5e-3b0a-4f0e-9a53-0c6f3a4f9d11"


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field of a body, or a parameter: its name, where it stands, what it takes, and what it means."""

    name: str
    where: str
    takes: str
    means: str


@dataclass(frozen=True, slots=True)
class Section:
    """One operation, as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    says: str
    scope: str
    fields: tuple[ShownField, ...]
    answers: tuple[tuple[str, str], ...]
    example: str


def sections(document: Mapping[str, Any]) -> list[Section]:
    """Every operation of the document."""
    schemas = document["components"]["schemas"]
    return [
        Section(
            told["operationId"],
            method.upper(),
            path,
            told["summary"],
            told["description"] if told["description"] != told["summary"] else "",
            told["tags"][0] if ":" in told["tags"][0] or told["tags"][0] in ("export", "import") else "",
            (*_parameters(told), *_body(told, schemas)),
            tuple((status, each["description"]) for status, each in told["responses"].items()),
            _example(method.upper(), path, told, schemas),
        )
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    ]


def _parameters(told: Mapping[str, Any]) -> Iterator[ShownField]:
    for each in told["parameters"]:
        where = {"path": "address", "query": "query", "header": "header"}[each["in"]]
        needed = ", needed" if each.get("required") else ""
        yield ShownField(each["name"], where + needed, takes(each["schema"]), each.get("description", ""))


def _schema_of(told: Mapping[str, Any], schemas: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    if "requestBody" not in told:
        return None
    name = told["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return name, schemas[name]


def _body(told: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[ShownField]:
    found = _schema_of(told, schemas)
    if found:
        _, schema = found
        for name, each in schema["properties"].items():
            needed = ", needed" if name in schema.get("required", ()) else ""
            yield ShownField(name, f"body{needed}", takes(each), each.get("description", ""))


def takes(schema: Mapping[str, Any]) -> str:
    """What a schema lets through, in a few words."""
    kinds = [each for each in schema.get("anyOf", [schema]) if each != {"type": "null"}]
    first = kinds[0] if kinds else {}
    if "$ref" in first:
        return "an object"
    if "enum" in first:
        return "one of " + ", ".join(str(each) for each in first["enum"] if each is not None)
    if "const" in first:
        return str(first["const"])
    if first.get("type") == "array":
        inner = first["items"]
        return "a list of objects" if "$ref" in inner else "a list of texts"
    if first.get("type") in ("integer", "number") and "minimum" in first:
        kind = "a whole number" if first["type"] == "integer" else "a number"
        return f"{kind} from {first['minimum']:,} to {first['maximum']:,}"
    shape = {"date": "a day such as 2026-11-20", "uuid": "a UUID"}.get(first.get("format", ""))
    if shape is None and first.get("pattern", "").startswith("^([01]"):
        shape = "a time such as 07:30"
    if shape is None and "maxLength" in first:
        shape = f"a text of at most {first['maxLength']:,} characters"
    return shape or {"boolean": "true or false", "string": "a text"}.get(first.get("type", ""), "anything")


def _example(method: str, path: str, told: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    """How to ask with curl; TOKEN stands for the token and HOST for the server."""
    lines = ['curl -H "Authorization: Bearer $TOKEN"']
    if method != "GET":
        lines.append(f"-X {method}")
    if any(each["name"] == "If-Match" for each in told["parameters"]):
        lines.append("-H 'If-Match: \"3-0123456789ab\"'")
    found = _schema_of(told, schemas)
    if found:
        lines.append("-H 'Content-Type: application/json'")
        lines.append(f"-d '{json.dumps(_sample(*found, schemas))}'")
    address = path
    for each in told["parameters"]:
        address = address.replace("{" + each["name"] + "}", _UID)
    return " \\\n  ".join([*lines, f"https://$HOST{address}"])


def _sample(name: str, schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    if name == "CaseRows":
        return {"cases": [_sample("CaseRow", schemas["CaseRow"], schemas)]}
    wanted = _SHORT.get(name, tuple(_EXAMPLES))
    return {key: value for key, value in _EXAMPLES.items() if key in wanted and key in schema["properties"]}
