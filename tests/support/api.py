"""A program that asks the API, with a token of somebody of the cast."""

import contextvars
import json
from collections.abc import Collection
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from caselog.domain.scopes import Scope
from caselog.services import api_tokens
from caselog.services.api_tokens import TokenWish
from tests.support.cast import Cast
from tests.support.log import TYPED

CASE: dict[str, Any] = {
    "case_date": TYPED["case_date"], "site": "harbor", "preceptor": Cast.preceptor.email, "activity": "cpb",
    "procedures": ["aortic_valve", "cabg"], "role": "primary", "setting": "clinical", "age_group": "adult",
    "urgency": "elective", "cpb_minutes": 95,
}  # fmt: skip


def make_token(app: Flask, who: str = "student", scopes: Collection[Scope] | None = None, days: int = 90) -> str:
    actor = Cast().member(who).actor
    with app.app_context():
        wanted = frozenset(api_tokens.scopes_for(actor) if scopes is None else scopes)
        return api_tokens.make_token(actor, TokenWish("a script", wanted, days))


class Api:
    """Asks in the name of a member of the cast; every answer is held to what each of them must be."""

    def __init__(self, app: Flask, who: str = "student", scopes: Collection[Scope] | None = None) -> None:
        self.http = app.test_client(use_cookies=False)
        self.token = make_token(app, who, scopes)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.token}"} | (headers or {})
        if body is not None:
            more |= {"data": json.dumps(body), "content_type": "application/json"}
        answer = contextvars.Context().run(self._send, method, f"/api/v1{path}", headers=sent, **more)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code}, {answer.text[:2000]}"
        assert answer.headers["Cache-Control"] == "no-store"
        if status >= 400:
            assert answer.mimetype == "application/problem+json"
            assert answer.get_json()["status"] == status
        return answer

    def _send(self, method: str, path: str, **more: Any) -> TestResponse:
        answer = self.http.open(path, method=method, **more)
        answer.get_data()
        answer.close()
        return answer

    def get(self, path: str, **more: Any) -> Any:
        return self.ask("GET", path, **more).get_json()

    def logged(self, **fields: Any) -> tuple[str, str]:
        """A case of one's own, as CASE says it but for `fields`: its address and its ETag."""
        answer = self.ask("POST", "/cases", {**CASE, **fields}, status=201)
        return answer.headers["Location"].removeprefix("/api/v1"), answer.headers["ETag"]
