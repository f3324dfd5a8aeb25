"""The document says what the routes are, and the page says what the document says."""

import json
from typing import Any

import jsonschema
import pytest
from flask import Flask

from caselog.api import bodies
from caselog.api.openapi import operations
from caselog.domain import activity, case
from caselog.domain.scopes import Scope
from caselog.services import api_tokens
from caselog.services.actor import Permission
from tests.support.api import Api, make_token
from tests.support.client import Client
from tests.support.world import pages

# Nothing is changed in the log by these, although they are asked by POST.
READ_BY_POST = {"evaluate_draft"}


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get("/api/v1/openapi.json")
    found: dict[str, Any] = json.loads(answer.data)
    return found


def test_every_route_is_in_the_document_and_the_reverse(app: Flask, document: dict[str, Any]) -> None:
    routes = {
        (method, rule.rule.replace("<uuid:", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule not in pages(app, "GET")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert told == routes
    assert len(told) > 20
    assert len({each["operationId"] for path in document["paths"].values() for each in path.values()}) == len(told)


def test_the_document_is_openapi_3_1_with_schemas_of_json_schema_2020_12(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    told = json.dumps(document)
    assert all(f'"#/components/schemas/{name}"' in told for name in schemas), "a schema that nothing uses"
    assert all("{" not in each.get("title", "") for each in schemas.values())


def test_every_operation_says_its_scope_and_only_what_needs_none_has_none(app: Flask) -> None:
    found = [operation for _, operation in operations(app)]
    assert {each.id for each in found if each.scope is None} == {"show_me"}
    assert {each.scope for each in found} == {*Scope, None}
    for each in found:
        assert each.summary.endswith(".")
        assert each.permission.writes == (each.method != "GET"), each.id
        assert each.method == "GET" or each.repeats or each.method == "PATCH" or each.id in READ_BY_POST
        assert each.permission is not Permission.MANAGE_ACCOUNT, "no token makes or ends tokens"


def test_the_fields_are_the_columns_of_files() -> None:
    set_by_us = {"case_uid", "activity_uid", "status"}
    assert tuple(bodies.CaseFields.model_fields) == tuple(x for x in case.COLUMNS if x not in set_by_us)
    assert tuple(bodies.ActivityFields.model_fields) == tuple(x for x in activity.COLUMNS if x not in set_by_us)
    assert {*bodies.CaseRow.model_fields} == {*case.COLUMNS}


def test_a_page_says_the_same_in_words_with_an_example_for_each(app: Flask, document: dict[str, Any]) -> None:
    page = Client(app).get("/api/v1/")
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            assert f"{method.upper()} {path}" in page.text
            assert told["summary"] in page.text
    assert page.text.count("curl -H") == sum(len(methods) for methods in document["paths"].values())
    for status in ("401", "412", "422", "429"):
        assert page.find("dt", id=f"problem-{status}") is not None


def test_every_error_under_the_api_is_a_problem_for_programs(app: Flask) -> None:
    api = Api(app)
    api.ask("GET", "/nothing", status=404)
    assert set(api.ask("PUT", "/cases", status=405).headers["Allow"].split(", ")) >= {"GET", "POST"}
    api.ask("POST", "/cases", data="a=b", content_type="application/x-www-form-urlencoded", status=415)
    api.ask("POST", "/cases", data=b" " * 1_000_001, content_type="application/json", status=413)
    api.ask("GET", "/cases?site=%00", status=400)
    api.ask("GET", "/cases/7", status=404)
    for path in ("/api/v2/cases", "/api/"):
        answer = api.http.get(path)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    described = api.ask("GET", "/nothing", status=404).get_json()
    assert described.keys() == {"type", "title", "status", "detail"}
    assert described["type"] == "/api/v1/#problem-404"
    assert app.test_client().get("/nothing").mimetype == "text/html"


def test_answers_are_as_the_document_says(app: Flask, document: dict[str, Any]) -> None:
    """Schemathesis asks too; here are answers with something in them."""
    api = Api(app)
    path, _ = api.logged(status="submitted", note="Cold.")
    for asked, name in {
        "/cases": "CaseList", path: "CaseAnswer", "/progress": "ProgressAnswer", "/references": "ReferencesAnswer",
    }.items():  # fmt: skip
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema.validate(api.get(asked), schema, jsonschema.Draft202012Validator)


def test_a_token_of_each_position_can_be_made_for_whatever_is_offered(app: Flask) -> None:
    for who in ("student", "preceptor", "director"):
        assert make_token(app, who).startswith(api_tokens.PREFIX)
