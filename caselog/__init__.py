"""Caselog: the case log of perfusion students."""

import io
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import sqlalchemy as sa
from flask import Flask, Request, request
from werkzeug.middleware.proxy_fix import ProxyFix

import config as settings
from caselog import api, web
from caselog.extensions import bootstrap, csrf, db, migrate
from caselog.store import session, tables  # noqa: F401 (importing the tables registers them)
from caselog.store.refusals import forget_rows
from caselog.web import access, errors, filters, headers

ROOT = Path(__file__).resolve().parent.parent


class InMemory(Request):
    """A request whose files never reach the disk: they may hold what nobody may keep."""

    def _get_file_stream(self, *_about: object, **_more: object) -> IO[bytes]:
        return io.BytesIO()


class Caselog(Flask):
    request_class = InMemory

    def log_exception(self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]) -> None:
        """Log the route and not the address, which may hold a secret (the link that sets a password)."""
        forget_rows(exc_info[1])
        self.logger.error("Fault in %s %s", request.method, request.url_rule, exc_info=exc_info)


def create_app(overrides: dict[str, Any] | None = None) -> Flask:
    """The application, configured by `overrides` alone if they are given (a test's), else by the environment."""
    app = Caselog(__name__, template_folder=str(ROOT / "templates"), static_folder="static")
    app.config.update(settings.load() if overrides is None else overrides)
    _use_database(app)
    headers.init_app(app)
    errors.init_app(app)
    access.init_app(app)
    csrf.init_app(app)
    bootstrap.init_app(app)
    filters.register_filters(app)
    web.register(app)
    api.register(app)
    access.declare_static(app)
    if proxies := app.config.get("CASELOG_PROXIES", 0):
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]  # Flask's own way
    return app


def _use_database(app: Flask) -> None:
    from caselog.services import screen  # after the tables, whose columns learn their types from each other

    url = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    # Parameters are what people typed; an error message, and so the log, shall not repeat them.
    options: dict[str, Any] = {"hide_parameters": True}
    if url.get_backend_name() == "sqlite":
        options["module"] = session.sqlite_module()
        if url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", options)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"), compare_type=True)
    with app.app_context():
        session.attach(db.engine)
    screen.stand_at_the_door()
