"""Caselog: the case log of perfusion students."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

import config as settings
from caselog.extensions import bootstrap, csrf, db, login_manager, migrate
from caselog.store import session, tables  # noqa: F401 (importing the tables registers them)

ROOT = Path(__file__).resolve().parent.parent


def create_app(overrides: dict[str, Any] | None = None) -> Flask:
    """The application. `overrides` replaces single settings; without it the environment alone decides."""
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "caselog" / "static"))
    app.config.update(settings.load() if overrides is None else overrides)
    _use_database(app)
    csrf.init_app(app)
    login_manager.init_app(app)
    bootstrap.init_app(app)
    return app


def _use_database(app: Flask) -> None:
    url = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() == "sqlite":
        app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", {"module": session.sqlite_module()})
        if url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"), compare_type=True)
    with app.app_context():
        session.attach(db.engine)
