"""Every page, found by walking the routes themselves: whole as each role, and never a fault whatever is sent."""

import contextvars
import re
from collections.abc import Mapping
from typing import Any
from unittest.mock import ANY

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from caselog.domain.carrying import carry
from caselog.domain.sheet import Sheet
from tests.support import activities, hostile
from tests.support.cast import Cast
from tests.support.client import Client, Page
from tests.support.clock import TestClock
from tests.support.hostile import Body
from tests.support.log import TYPED, signed_in
from tests.support.profiles import DEEP, examples
from tests.support.world import EVERYBODY, World, addresses, arguments_of, furnish, pages

IMPORTED = carry(Sheet("csv", ("Day", "Words"), ((2, ("2026-03-02", "Harmless.")),)))
NEW_PASSWORD = "seven quiet pumps at dawn"
# A form that is good, or nearly, for each endpoint that takes one: what is sent at random begins as this.
GOOD: Mapping[str, Mapping[str, Any]] = {
    "sign_in.sign_in": {"email": Cast.student.email, "password": Cast.password},
    "sign_in.sign_out": {},
    "sign_in.set_password": {"password": NEW_PASSWORD, "repeated": NEW_PASSWORD},
    "sign_in.account": {"current": "not the one", "password": NEW_PASSWORD, "repeated": NEW_PASSWORD},
    "jobs.cancel": {},
    "leaving.delete": {"password": "not the one", "word": "delete"},
    "imports.index": {"noun": "case"},
    "imports.check": {"noun": "case", "table": IMPORTED, "act": "import", "column-0": "case_date", "column-1": "note"},
    "imports.undo": {},
    "api_tokens.index": {"name": "my spreadsheet", "scopes": ["log:read"], "days": "90"},
    "api_tokens.end": {},
    "packets.begin": {"use": "board"},
    "packets.go_on": {},
    "verify.compare": {"file": ""},
    "cases.new": {**TYPED, "action": "submit"},
    "cases.preview": dict(TYPED),
    "cases.edit": {**TYPED, "version": "1", "action": "draft"},
    "cases.submit": {},
    "amendments.amend_case": {**TYPED, "version": "1", "reason": "typed wrong"},
    "amendments.void_case": {"version": "1", "reason": "logged twice"},
    "amendments.answer_role": {"version": "1", "answer": "keep", "reason": "the whole run was mine"},
    "amendments.amend_activity": {**activities.TYPED, "version": "1", "reason": "typed wrong"},
    "amendments.void_activity": {"version": "1", "reason": "logged twice"},
    "activities.new": {**activities.TYPED, "action": "submit"},
    "activities.edit": {**activities.TYPED, "version": "1", "action": "draft"},
    "activities.submit": {},
    "redaction.of_case": {"version": "1", "texts": ["field note"]},
    "redaction.of_activity": {"version": "1", "texts": ["field title"]},
    "review.decide_activity": {"version": "1", "decision": "return", "comment": "which pump?"},
    "waivers.index": {
        "requirement": "accredited-minimums open-heart", "granted": "number", "minimum": "70",
        "reason": "Ill in spring.", "until": "2027-01-31",
    },
    "waivers.end": {},
    "rules.new": {"title": "Our minimums", "ruleset": "our-minimums", "edition": "2026-11"},
    "rules.draft": {"text": "minimum = 75", "seen": "", "act": "save"},
    "rules.discard": {},
    "rules.adopt": {"cohort": str(Cast.program.cohort_id), "on": "2026-11-21"},
    "review.decide": {"version": "1", "decision": "return", "comment": "the clamp?", "role": "primary"},
    "confirm.confirm": {"role_for_all": "primary", "activities_for_all": "yes"},
    "exports.own": {"file": "spreadsheet-csv-cases", "reason": "my application"},
    "exports.student": {"file": "program_file-xlsx", "reason": "the file of the program"},
    "exports.cohort": {"file": "cohort-csv-activities", "reason": "the self-study"},
    "exports.of_program": {"file": "cohort-json", "reason": "the self-study"},
    "exports.withdraw_own": {"why": "a newer one went out"},
    "exports.withdraw": {"why": "a newer one went out"},
    "exports.precision": {
        f"{part}_{use}": value
        for use in ("spreadsheet", "application", "program_file", "board", "cohort")
        for part, value in (("dates", "term"), ("sites", "pseudonym"))
    },
    "mail.ask": {},
    "mail.revoke": {},
    "mail.settings": {
        "confirm_over": "20", "confirm_after_days": "14", "digest_pause_days": "3", "link_days": "7",
        "late_entry_hours": "48", "free_text": "yes",
    },
    "review.queue": {"role_for_all": "primary", "activities_for_all": "yes"},
    "cohorts.attest": {"attested": "transcript", "by": "the registrar", "on": "2026-09-01"},
    "program.new_person": {
        "name": "Nora Newcomer", "email": "nora@north.example", "position": "student", "sites": ["harbor"],
        "cohort": "Class of 2027", "program_start": "2026-09-01", "expected_graduation": "2028-05-31",
        "graduated_on": "2028-05-31", "enrolled": "yes", "active": "yes",
    },
    "program.person": {
        "name": "Spare Preceptor", "email": "spare@north.example", "position": "preceptor",
        "sites": ["harbor", "hill"], "active": "yes",
    },
    "program.password_link": {},
    "outcomes.of_student": {
        "pbse": "passed_first", "pbse_passed_on": "2026-04-18", "cape": "not_taken", "placement": "employed",
        "placed_on": "2026-07-01", "left_on": "2026-05-01", "left_why": "academic",
    },
    "outcomes.download": {"file": "measures", "reason": "the accreditors' yearly report"},
    "evaluations.case": {"section-1": "4", "section-2": "open", "section-3": "1", "comment": "Calm."},
    "evaluation_forms.new": {
        "name": "Third form", "sections": "Patient work-up: 10\nWeaning: 90", "fails_at": "2", "least_score": "2.5",
        "scale": "Critical error: a\nUnsatisfactory\nSatisfactory: c\nGood: d\nExcellent: e", "source": "Our handbook",
        "source_read_on": "2026-11-20",
    },
    "evaluation_forms.edit": {
        "name": "Another form", "sections": "Patient work-up: 10\nWeaning: 90", "fails_at": "2",
        "scale": "Critical error: a\nUnsatisfactory\nSatisfactory: c\nGood: d\nExcellent: e",
    },
    "evaluation_forms.show": {"cohort": str(Cast.program.cohort_id), "site": "harbor", "ending_from": "2026-11-01"},
    "evaluation_forms.retire": {},
    "evaluation_forms.release": {},
    "signals.show": {"outcome": "explained", "words": "Two rooms began at once.", "digest": "0"},
    "program.new_site": {
        "code": "lake", "name": "Lake Test Hospital", "country": "CA", "affiliated_from": "2026-01-01",
        "affiliated_until": "2027-01-01", "shared_code": "CCN 000001",
    },
    "program.site": {
        "code": "harbor", "name": "Harbor", "country": "US", "affiliated_from": "2026-01-01", "affiliated_until": "",
    },
    "program.new_cohort": {
        "name": "Class of 2030", "starts_on": "2028-09-01", "graduates_on": "2030-05-31",
        "editions": ["abcp-pbse 2026-11", "accredited-minimums 2026-11"],
    },
    "program.cohort": {
        "name": "Class of 2029", "starts_on": "2027-09-01", "graduates_on": "2029-05-31",
        "editions": ["abcp-pbse 2026-11"],
    },
    "program.numbers": {"ruleset": "accredited-minimums", "key": "complex", "value": "3"},
    "program.codes": {"list": "procedures", "code": "ross", "label": "Ross procedure", "family": "valve"},
    "program.retire_code": {},
}  # fmt: skip


# What a page looks like and where it leads does not hang on the database; what it takes in may.
on_both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def world(app: Flask) -> World:
    return furnish(app)


def somebody(app: Flask, who: str | None) -> Client:
    return signed_in(app, who) if who else Client(app)


def rules(app: Flask, method: str) -> list[Rule]:
    return pages(app, method)


def test_every_page_is_whole_as_each_role_and_somebody_may_see_it(app: Flask, world: World) -> None:
    shown: dict[str, set[str | None]] = {rule.endpoint: set() for rule in rules(app, "GET")}
    for who in EVERYBODY:
        client = somebody(app, who)
        for endpoint, path in addresses(app, world):
            answer = client.get(path, status=ANY)  # the client checks every page that it gets
            assert answer.status in (200, 302, 403, 404, 409), f"{path} as {who}: {answer.status}"
            if answer.status == 200:
                shown[endpoint].add(who)
    assert {endpoint for endpoint, roles in shown.items() if not roles} == {
        "packets.of_batch", "sign_in.home"  # which lead on
    }  # fmt: skip
    assert shown["cases.index"] == {"student"}
    assert shown["cases.show"] == {"student", "preceptor", "director"}
    assert shown["review.decide"] == {"preceptor"}
    assert shown["program.person"] == shown["cohorts.table"] == {"director"}


def test_every_link_and_form_of_every_page_leads_somewhere(app: Flask, world: World) -> None:
    for who in EVERYBODY:
        client = somebody(app, who)
        asked: dict[tuple[str, str], int] = {}
        for _, path in addresses(app, world):
            answer = client.get(path, status=ANY)
            if answer.status != 200 or answer.response.mimetype != "text/html":
                continue
            for kind, target in targets(answer):
                known = asked.get((kind, target))
                if known is None and kind == "link":
                    known = asked[kind, target] = client.http.get(target, buffered=True).status_code
                elif known is None:
                    known = asked[kind, target] = 405 if not takes_post(app, target) else 200
                assert known < 400, f"the page {path} has a {kind} to {target}, which answers {known} to {who}"


def targets(answer: Page) -> list[tuple[str, str]]:
    """Where the links and the forms of a page lead: addresses of ours, each once."""
    here = answer.response.request.path
    links = {("link", each.get("href", "").partition("#")[0] or here) for each in answer.all("a")}
    forms = {
        ("form" if each.get("method") == "post" else "link", each.get("action") or here)
        for each in answer.all("form")
    }
    return sorted(links | forms)


def takes_post(app: Flask, target: str) -> bool:
    return bool(app.url_map.bind("localhost").test(target.partition("?")[0], method="POST"))


def send(client: Client, method: str, path: str, **arguments: Any) -> TestResponse:
    """An answer that is not a fault of ours; a deep search looks at its page too."""
    if DEEP:
        return client._request(method, path, ANY, **arguments).response

    def ask() -> TestResponse:
        answer = client.http.open(path, method=method, **arguments)
        answer.get_data()
        answer.close()
        return answer

    answer = contextvars.Context().run(ask)
    assert answer.status_code < 500, f"{method} {path}: {answer.status_code}\n{answer.text[:2000]}"
    return answer


def led_on(answer: TestResponse) -> bool:
    """Whether a form was taken."""
    return answer.status_code == 302 and "/sign-in" not in answer.headers["Location"]


def shoot(client: Client, paths: list[str], good: Mapping[str, Any], many: int) -> bool:
    """Send forms like a good one to these addresses; whether any was taken, and led on."""
    token = client.csrf_token()
    taken: list[str] = []

    @examples(many)
    @given(path=st.sampled_from(paths), body=hostile.bodies(good))
    def one(path: str, body: Body) -> None:
        arguments: dict[str, Any] = {"content_type": body.kind, "data": body.data}
        if body.in_header:
            arguments["headers"] = {"X-CSRFToken": token}
        else:
            arguments["data"] = body.data + b"&csrf_token=" + token.encode()
        answer = send(client, "POST", path, **arguments)
        if led_on(answer):
            taken.append(path)

    one()
    return bool(taken)


@on_both
def test_no_form_that_is_sent_to_any_address_is_a_fault(app: Flask, world: World, clock: TestClock) -> None:
    endpoints = {rule.endpoint for rule in rules(app, "POST")}
    assert set(GOOD) == endpoints, "say in GOOD what a good form for each of these is"
    taken: set[str] = set()
    # What removes, amends or ends things comes last, so that there is something left for the others.
    for endpoint in sorted(endpoints, key=lambda name: (name.startswith(("amendments.", "redaction.")), name)):
        paths = [path for each, path in addresses(app, world, "POST") if each == endpoint]
        for who in EVERYBODY:
            clock.advance(minutes=16)  # what was counted against an account is forgotten
            client = somebody(app, who)
            tried = send(client, "POST", paths[0], data={"csrf_token": client.csrf_token()})
            shut = tried.status_code == 403 or "/sign-in" in tried.headers.get("Location", "")
            token = client.csrf_token()
            whole = (
                send(client, "POST", path, data={**GOOD[endpoint], "csrf_token": token}) for path in paths[:4]
            )
            if any(led_on(each) for each in whole) or shoot(client, paths, GOOD[endpoint], 2 if shut else 12):
                taken.add(endpoint)
    # The search goes deep: nearly every form was also sent so that what it asks for was done. (The drafts of rule
    # sets are discarded before they could be saved.)
    # (Nor is it known beforehand what a signal rests on; and what is amended or removed must be in the version that was
    # shown, which the forms before have changed. These have tests of their own.)
    assert endpoints - taken <= {
        "amendments.amend_activity", "amendments.amend_case", "amendments.void_activity", "amendments.void_case",
        "redaction.of_activity",
        "redaction.of_case", "review.queue",
        "amendments.answer_role", "cases.preview", "confirm.confirm", "leaving.delete",
        "program.password_link", "rules.draft",
        "sign_in.account", "sign_in.set_password", "sign_in.sign_out", "signals.show",
        # Whoever asks for a file gets it and is led nowhere.
        "exports.cohort", "exports.of_program", "exports.own", "exports.student", "outcomes.download",
        # Or sees on the same page what came of it.
        "api_tokens.index", "imports.index", "packets.go_on", "verify.compare",
    }  # fmt: skip


def ask(client: Client, paths: list[str], names: list[str]) -> None:
    """Ask for these addresses with any query."""

    @examples(4)
    @given(path=st.sampled_from(paths), query=hostile.queries(names))
    def one(path: str, query: str) -> None:
        send(client, "GET", f"{path}?{query}")

    one()


def look(client: Client, rule: Rule, world: World) -> None:
    """Ask for addresses of this route with anything in its places."""
    strange = st.fixed_dictionaries({}, optional=dict.fromkeys(rule.arguments, hostile.segments))

    @examples(4)
    @given(known=st.sampled_from(arguments_of(rule, world)), made_up=strange)
    def one(known: dict[str, object], made_up: dict[str, str]) -> None:
        parts = re.split(r"<(?:[^<>]*:)?(\w+)>", rule.rule)
        given = {**known, **made_up}
        send(client, "GET", "".join(str(given[part]) if n % 2 else part for n, part in enumerate(parts)))

    one()


@on_both
def test_no_address_and_no_query_is_a_fault(app: Flask, world: World) -> None:
    names = [*hostile.field_names(), "page", "next", "v", "since", "until", "sort", "order"]
    for who in EVERYBODY:
        client = somebody(app, who)
        for rule in rules(app, "GET"):
            ask(client, [path for endpoint, path in addresses(app, world) if endpoint == rule.endpoint], names)
            if rule.arguments:
                look(client, rule, world)
