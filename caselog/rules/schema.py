"""The format of a rule file as a JSON Schema (2020-12), for editors that complete and check while one writes.

It is made from what the loader itself goes by: fields and what they hold, code lists, kinds of requirement, limits.
The loader is stricter still: what stands above what, and whether names mean something, no schema can say. Days of
TOML are texts of the form `date` here, as such editors present them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from caselog.domain.case import LIST_FIELDS
from caselog.domain.codes import CodeBook, CodeList
from caselog.domain.conditions import ACTIVITY_FIELDS, ANCHORS, CASE_FIELDS, FREE_CODE_FIELDS, STUDENT_FIELDS, Kind
from caselog.rules.codes import load_codes
from caselog.rules.limits import YEARS_MOST
from caselog.rules.loader import ADDRESS
from caselog.rules.reading import MOST
from caselog.rules.requirements import EXCLUSIVE_MOST, ID, KINDS, ONCE, PAIRS_MOST

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string", "pattern": r"\S"}
_ID: Schema = {"type": "string", "pattern": f"^{ID.pattern}$"}
_DAY: Schema = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_YES: Schema = {"const": True}
_YES_NO: Schema = {"type": "boolean"}
_PARAMETER: Schema = {"type": "string", "pattern": r"^\$"}
_AMOUNT: Schema = {"type": "number", "minimum": 0, "maximum": MOST}
_YEARS: Schema = {
    "last_years": {"type": "integer", "minimum": 1, "maximum": YEARS_MOST},
    "year_starts": {"type": "string", "pattern": "^[0-9]{2}-[0-9]{2}$"},
}


def schema(codes: CodeBook | None = None) -> Schema:
    """The schema of a rule file, for the code lists of a program or the shipped ones."""
    codes = codes or load_codes()
    cases, activities, students = (_ref(f"{each}-condition") for each in ("case", "activity", "student"))
    kinds = {
        "cases": _counting(
            cases, [name for name, kind in CASE_FIELDS.items() if kind in ONCE], _numbers(CASE_FIELDS)
        ),
        "activities": _counting(
            activities, [name for name, kind in ACTIVITY_FIELDS.items() if kind in ONCE], _numbers(ACTIVITY_FIELDS)
        ),
        "attestation": _requirement({"minimum": _number(), "every": _number(), "of": _ID}, ()),
        "student": _requirement({"where": students}, ("where",)),
        "group": _requirement(
            {
                "members": _list(_ID, unique=True),
                "at_least": {"anyOf": [{"enum": ["all", "any"]}, {"type": "integer", "minimum": 1}]},
            },
            ("members", "at_least"),
        ),
        "set": _requirement({"ruleset": _ID, "edition": _TEXT}, ("ruleset",)),
    }
    return {
        "$schema": DIALECT,
        "title": "Caselog rule set",
        **_file(cases),
        "$defs": {
            "case-condition": _condition(
                CASE_FIELDS, codes, {"is": _one_or_list(_TEXT), "student": students}, cases
            ),
            "activity-condition": _condition(ACTIVITY_FIELDS, codes, {"student": students}, activities),
            "student-condition": _condition(STUDENT_FIELDS, codes, {}, students),
            "number": _number_forms(students),
            "requirement": {
                "type": "object",
                "properties": {"kind": {"enum": list(KINDS)}},
                # Without a kind a requirement counts cases: the first of these holds for it, too.
                "allOf": [{"if": _of_kind(kind), "then": _ref(f"{kind}-requirement")} for kind in KINDS],
            },
            **{f"{kind}-requirement": kinds[kind] for kind in KINDS},
        },
    }


def _file(cases: Schema) -> Schema:
    source = {
        "oneOf": [
            _object(
                {"title": _TEXT, "address": {"type": "string", "pattern": f"^{ADDRESS.pattern}$"}, "read": _DAY}
            ),
            _object({"title": _TEXT, "citation": _TEXT, "read": _DAY}),
        ]
    }
    return _object(
        {
            "id": _ID,
            "title": _TEXT,
            "edition": _TEXT,
            "about": _TEXT,
            "eligible": cases,
            "sources": {**_named(source), "minProperties": 1},
            "parameters": _named(_object({"value": {"anyOf": [{"type": "integer"}, _DAY]}, "source": _TEXT})),
            "conditions": _named(_object({"title": _TEXT, "where": cases})),
            "requirement": _list(_ref("requirement")),
            "exclusive": {
                "type": "array",
                "items": _object(
                    {
                        "among": {**_list(_ID, unique=True), "minItems": 2, "maxItems": EXCLUSIVE_MOST},
                        "may_share": {
                            "type": "array",
                            "maxItems": PAIRS_MOST,
                            "items": {**_list(_ID, unique=True), "minItems": 2, "maxItems": 2},
                        },
                    },
                    ("among",),
                ),
            },
        },
        ("id", "title", "edition", "about", "sources", "requirement"),
    )


def _of_kind(kind: str) -> Schema:
    found: Schema = {"properties": {"kind": {"const": kind}}}
    return found if kind == KINDS[0] else {**found, "required": ["kind"]}


def _requirement(own: Mapping[str, Schema], needed: Iterable[str]) -> Schema:
    common = {
        "id": _ID,
        "kind": {"enum": list(KINDS)},
        "title": _TEXT,
        "says": _TEXT,
        "note": _TEXT,
        "renamed_from": _ID,
        "source": _TEXT,
    }
    return _object({**common, **own}, ("id", "title", "says", "source", *needed))


def _counting(condition: Schema, once: list[str], amounts: list[str]) -> Schema:
    credit = _object(
        {
            "where": condition,
            "points": _AMOUNT,
            "field": {"enum": amounts},
            "per": {**_AMOUNT, "exclusiveMinimum": 0},
            "at_most": _AMOUNT,
        },
        (),
    )
    part = _object(
        {
            "id": _ID,
            "title": _TEXT,
            "source": _TEXT,
            "where": condition,
            "at_least": _number(),
            "at_most": _number(),
        },
        ("id", "title", "where"),
    )
    return _requirement(
        {
            "where": condition,
            "eligible": condition,
            "minimum": _number(),
            "preferred": _number(),
            "unit": _TEXT,
            "credit": {"type": "array", "items": {**credit, "anyOf": _any_of("points", "field")}},
            "once_per": {"enum": once},
            "part": {"type": "array", "items": {**part, "anyOf": _any_of("at_least", "at_most")}},
            "each_year": _object({"at_least": _number(), **_YEARS}, ("at_least",)),
        },
        ("where", "minimum"),
    )


def _numbers(fields: Mapping[str, Kind]) -> list[str]:
    return [name for name, kind in fields.items() if kind is Kind.NUMBER]


def _number() -> Schema:
    return _ref("number")


def _number_forms(students: Schema) -> Schema:
    exception = _object({"when": students, "value": _AMOUNT})
    return {
        "anyOf": [
            _AMOUNT,
            {"const": "program"},
            {
                **_object(
                    {
                        "value": _AMOUNT,
                        "program_may_change": _YES,
                        "exceptions": {"type": "array", "items": exception},
                    },
                    ("value",),
                ),
                "minProperties": 2,
            },
            _object(
                {"percent": {**_AMOUNT, "maximum": 100}, "of": _ID, "of_counted": _YES_NO},
                ("percent", "of"),
            ),
        ]
    }


def _condition(fields: Mapping[str, Kind], codes: CodeBook, words: Mapping[str, Schema], itself: Schema) -> Schema:
    """A condition over these fields; `itself` refers to it, for the conditions within."""
    properties = {name: {"anyOf": [*_field(name, kind, codes), _given()]} for name, kind in fields.items()}
    return {
        **_object({**words, "all": _list(itself), "any": _list(itself), "not": itself, **properties}, ()),
        "minProperties": 1,
    }


def _given() -> Schema:
    return _object({"given": _YES_NO})


def _field(name: str, kind: Kind, codes: CodeBook) -> list[Schema]:
    match kind:
        case Kind.YES_NO:
            return [_YES_NO]
        case Kind.NUMBER:
            limit = {"anyOf": [{"type": "number", "minimum": -MOST, "maximum": MOST}, _PARAMETER]}
            return [_some({"at_least": limit, "at_most": limit})]
        case Kind.DATE:
            return [_days()]
        case _:
            return _codes(name, codes)


def _days() -> Schema:
    limit = {"anyOf": [_DAY, _PARAMETER, {"enum": [f"@{name}" for name in ANCHORS]}]}
    month = {"type": "integer", "minimum": 1, "maximum": 12}
    limits = ("from", "after", "until", "before")
    return {
        **_some({**dict.fromkeys(limits, limit), "months": _one_or_list(month), **_YEARS}),
        "allOf": [{"not": {"required": ["from", "after"]}}, {"not": {"required": ["until", "before"]}}],
    }


def _codes(name: str, codes: CodeBook) -> list[Schema]:
    one = {"type": "string"} if name in FREE_CODE_FIELDS else {"enum": list(codes.allowed(name))}
    chosen: dict[str, Schema] = {"codes": _one_or_list(one)}
    if name in tuple(CodeList):
        chosen["family"] = _one_or_list({"enum": list(codes.families(CodeList(name)))})
    ways = _any_of(*chosen)
    if name in LIST_FIELDS:
        chosen["at_least"] = {"type": "integer", "minimum": 1, "maximum": MOST}
    return [_one_or_list(one), {**_object(chosen, ()), "anyOf": ways}]


def _object(properties: Mapping[str, Schema], required: Iterable[str] | None = None) -> Schema:
    """A table of exactly these keys; all are needed unless `required` says which."""
    needed = list(properties if required is None else required)
    return {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
        **({"required": needed} if needed else {}),
    }


def _some(properties: Mapping[str, Schema]) -> Schema:
    return {**_object(properties, ()), "minProperties": 1}


def _named(of: Schema) -> Schema:
    return {"type": "object", "additionalProperties": of}


def _list(of: Schema, *, unique: bool = False) -> Schema:
    return {"type": "array", "items": of, "minItems": 1, **({"uniqueItems": True} if unique else {})}


def _one_or_list(of: Schema) -> Schema:
    return {"anyOf": [of, _list(of)]}


def _any_of(*keys: str) -> list[Schema]:
    return [{"required": [key]} for key in keys]


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}
