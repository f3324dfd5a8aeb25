"""Schemathesis against the app: every phase and every check that it has, in this process."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from flask import Flask
from schemathesis.engine import Status, events, from_schema
from schemathesis.transport.wsgi import WSGITransport

# What may also be answered to a request that fits the document: what it says is impossible, or not so any more.
REFUSED_FOR_WHAT_IT_SAYS = ["409", "412", "422"]
USUAL = ["2xx", "3xx", "401", "403", "404", "429"]


_SEND = WSGITransport.send


@dataclass
class Search:
    """What was found, and how often each operation was asked and answered with which status."""

    findings: list[str] = field(default_factory=list)
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    phases: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Aim:
    """What to search with: places to ask for by path, which paths to leave out, and which to search less thoroughly."""

    places: Mapping[str, Mapping[str, str]]
    without: str | None = None
    lightly: str | None = None
    many: int = 3  # examples for each operation
    seed: int | None = 1  # None searches anew each time


def search(app: Flask, token: str, aim: Aim) -> Search:
    """Search for requests that the document promises something else about."""
    config = schemathesis.Config.from_dict(
        {
            **({} if aim.seed is None else {"seed": aim.seed}),
            "headers": {"Authorization": f"Bearer {token}"},
            "continue-on-failure": True,
            "generation": {
                "max-examples": aim.many, "deterministic": aim.seed is not None, "database": "none",
            },
            "checks": {
                "positive_data_acceptance": {"expected-statuses": USUAL + REFUSED_FOR_WHAT_IT_SAYS},
                "missing_required_header": {"expected-statuses": ["400", "401", "403", "422", "428"]},
            },
            "operations": [*_operations(aim)],
        }
    )  # fmt: skip
    _take_no_network_options()
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=config)
    found = Search()
    for event in from_schema(schema).execute():
        _take(found, event)
    return found


def _operations(aim: Aim) -> Iterator[dict[str, Any]]:
    for path, values in aim.places.items():
        yield {"include-path-regex": f"^/api/v1{path}", "parameters": dict(values)}
    if aim.without:
        yield {"include-path-regex": aim.without, "enabled": False}
    if aim.lightly:
        yield {"include-path-regex": aim.lightly, "phases": {"coverage": {"enabled": False}}}


def _take_no_network_options() -> None:
    """Schemathesis gives options of a network session to the app itself, too, where it looks for ignored sign-ins."""

    def send(self: WSGITransport, case: Any, **options: Any) -> Any:
        for name in ("max_redirects", "verify", "cert", "proxies"):
            options.pop(name, None)
        return _SEND(self, case, **options)

    WSGITransport.send = send  # type: ignore[method-assign]


def _take(found: Search, event: Any) -> None:
    match event:
        case events.ScenarioFinished():
            found.phases.add(event.phase.name)
            for case_id, node in event.recorder.interactions.items():
                case = event.recorder.cases[case_id].value
                if node.response is not None:
                    found.answers[f"{case.method} {case.path}", node.response.status_code] += 1
            for checks in event.recorder.checks.values():
                for check in checks:
                    if check.status is Status.FAILURE and check.failure_info:
                        found.findings.append(
                            f"{event.recorder.label}: {check.failure_info.failure}\n{check.failure_info.code_sample}"
                        )
        case events.NonFatalError():
            found.findings.append(f"{event.label}: {event.info.format()}")
        case events.FatalError():
            raise event.exception
