"""Every form of the product, sent once as it should be, by whoever may: the trail then holds every kind of act."""

from collections.abc import Mapping
from typing import Any

from flask import Flask

from tests.support.clock import TestClock
from tests.support.log import signed_in
from tests.support.world import ROLES, World, addresses


def send_every_form(app: Flask, world: World, clock: TestClock, good: Mapping[str, Mapping[str, Any]]) -> None:
    """Send to each endpoint what `good` says, at each of its addresses, as each position."""
    paths: dict[str, list[str]] = {}
    for endpoint, path in addresses(app, world, "POST"):
        paths.setdefault(endpoint, []).append(path)
    for who in ROLES:
        clock.advance(minutes=16)  # what was counted against an account is forgotten
        client = signed_in(app, who)
        token = client.csrf_token()
        # Signing in and out comes last, since it ends the session of the others.
        for endpoint in sorted(good, key=lambda name: (name.startswith("sign_in."), name)):
            for path in paths[endpoint]:
                # A file is taken to its end, as a browser would.
                answer = client.http.post(path, data={**good[endpoint], "csrf_token": token}, buffered=True)
                assert answer.status_code < 500, f"{path} as {who}: {answer.status_code}"
