"""Work in the background of the process that was asked for it, beside its requests."""

import threading
from collections.abc import Callable

from flask import Flask, current_app

from caselog.store.session import end_request


def start(body: Callable[[], None]) -> threading.Thread:
    """Do `body` in a thread of its own, with the app and a session of the database that are its alone."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 (Flask's documented way)
    thread = threading.Thread(target=_within, args=(app, body), name="caselog background", daemon=True)
    thread.start()
    return thread


def _within(app: Flask, body: Callable[[], None]) -> None:
    with app.app_context():
        try:
            body()
        finally:
            end_request()
