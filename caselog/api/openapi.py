"""The OpenAPI 3.1 document, made of the routes and of what each view says of itself."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from werkzeug.routing import Rule

from caselog.api.bodies import WORDS
from caselog.api.models import FileAnswer, Problem
from caselog.api.operations import Operation, operation_of
from caselog.api.repeats import KEY_MOST
from caselog.domain.scopes import Scope
from caselog.web import problems

REF: Final = "#/components/schemas/{model}"
_ALWAYS: Final = (400, 401, 403, 422, 429, 500, 503)
_PLACE: Final = re.compile(r"<(?:\w+:)?(\w+)>")
_HEADERS: Final[Mapping[str, Any]] = {
    "ETag": {
        "description": "Names what this is now; send it back as If-Match or If-None-Match.",
        "schema": {"type": "string"},
    },
    "Location": {"description": "Where the entry is.", "schema": {"type": "string"}},
    "Link": {"description": "The first of the list, and what follows (RFC 8288).", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
    "WWW-Authenticate": {"description": "That a token is needed.", "schema": {"type": "string"}},
}


def operations(app: Flask) -> Iterator[tuple[Rule, Operation]]:
    """Every route of the API that does something, by address."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
        view = app.view_functions[rule.endpoint]
        if rule.endpoint.startswith("api.") and "caselog_operation" in view.__dict__:
            yield rule, operation_of(view)


def document(app: Flask) -> dict[str, Any]:
    """The document of this app."""
    found = list(operations(app))
    schemas = _schemas(tuple(operation for _, operation in found))
    paths: dict[str, dict[str, Any]] = {}
    for rule, operation in found:
        path = _PLACE.sub(r"{\1}", rule.rule)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(rule, operation)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Caselog",
            "version": "1",
            "description": "The case log of perfusion students. A personal token, made on the page “API tokens” of "
            "your account, acts as you, as far as its scopes allow. Fields are named as the columns of files.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Scopes: " + "; ".join(f"{each.code}: {each.words}" for each in Scope),
                }
            },
        },
    }


_Key = tuple[type[BaseModel], JsonSchemaMode]
_Schemas = dict[str, Any]


def errors_of(operation: Operation, rule: Rule) -> tuple[int, ...]:
    """The statuses of the errors that an operation can answer with."""
    found = {*_ALWAYS, *operation.errors}
    if rule.arguments:
        found.add(404)
    if operation.body:
        found |= {409, 413, 415}
    if operation.repeats:
        found.add(409)
    if operation.conditional:
        found |= {409, 412, 428}
    return tuple(sorted(found))


@cache
def _schemas(found: tuple[Operation, ...]) -> _Schemas:
    wanted: dict[_Key, None] = {(Problem, "serialization"): None}
    for each in found:
        if each.body:
            wanted[each.body, "validation"] = None
        if each.answer is not FileAnswer:
            wanted[each.answer, "serialization"] = None
    _, made = models_json_schema(list(wanted), ref_template=REF)
    schemas: _Schemas = made["$defs"]
    for schema in schemas.values():
        for name, value in schema.get("properties", {}).items():
            value.pop("title", None)
            if value.get("default", ...) is None:
                del value["default"]  # left out is not the same as null where only what is sent changes
            if name in WORDS and "description" not in value:
                value["description"] = WORDS[name]
    return schemas


def _operation(rule: Rule, operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.says or operation.summary,
        "tags": [operation.id.rpartition("_")[2] if operation.scope is None else operation.scope.code],
        "parameters": [*_parameters(rule, operation)],
        "responses": _responses(rule, operation),
    }
    if operation.body:
        media = {"application/json": {"schema": _ref(operation.body)}}
        media |= {other: {"schema": {"type": "string"}} for other in operation.others}
        told["requestBody"] = {"required": True, "content": media}
    return told


def _parameters(rule: Rule, operation: Operation) -> Iterator[dict[str, Any]]:
    for name in sorted(rule.arguments):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    if operation.query:
        for name, schema in operation.query.model_json_schema()["properties"].items():
            kept = {key: value for key, value in _not_null(schema).items() if key not in ("title", "default")}
            told = {"name": name, "in": "query", "required": False, "schema": kept}
            description = kept.pop("description", None) or WORDS.get(name)
            yield told | ({"description": description} if description else {})
    if operation.conditional:
        words = "The ETag that you were given, or * for whatever stands there now."
        any_text: dict[str, Any] = {"type": "string", "minLength": 1, "examples": ["*"]}
        yield {"name": "If-Match", "in": "header", "required": True, "schema": any_text, "description": words}
    if operation.etag and operation.method == "GET":
        words = "The ETag of what you have; the answer is 304 where it still stands."
        yield {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}, "description": words}
    if operation.repeats:
        words = "A text of yours that names this request: sent again within a day, it gets the first answer again."
        key: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": KEY_MOST}
        yield {"name": "Idempotency-Key", "in": "header", "schema": key, "description": words}


def _not_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a value that may be left out of an address, where nothing can be null."""
    told = dict(schema)
    if "enum" in told:
        told["enum"] = [each for each in told["enum"] if each is not None]
    for each in told.pop("anyOf", ()):
        if each != {"type": "null"}:
            told |= each
    return told


def _responses(rule: Rule, operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for status in (operation.status, operation.also):
        if status:
            told[str(status)] = {
                "description": (operation.answer.__doc__ or "").strip(),
                "headers": {name: _HEADERS[name] for name in _headers(operation)},
                "content": {
                    media: {"schema": {} if operation.answer is FileAnswer else _ref(operation.answer)}
                    for media in operation.media
                },
            }
    if operation.etag and operation.method == "GET":
        told["304"] = {"description": "It is as you have it.", "headers": {"ETag": _HEADERS["ETag"]}}
    for status in errors_of(operation, rule):
        extra = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}.get(status)
        told[str(status)] = {
            "description": problems.title_of(status),
            "headers": {extra: _HEADERS[extra]} if extra else {},
            "content": {problems.MEDIA_TYPE: {"schema": _ref(Problem)}},
        }
    return told


def _headers(operation: Operation) -> Iterator[str]:
    if operation.etag:
        yield "ETag"
    if operation.etag and operation.method != "GET":
        yield "Location"
    if "next" in operation.answer.model_fields:
        yield "Link"


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF.format(model=model.__name__)}
