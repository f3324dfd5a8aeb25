"""What a load balancer is told."""

import sqlalchemy as sa
from flask import Flask

from caselog import create_app
from caselog.extensions import db
from caselog.store.session import transaction
from tests.support.client import Client


def on_database(app: Flask, url: str) -> Flask:
    """The same app on another database."""
    settings = {name: value for name, value in app.config.items() if name != "SQLALCHEMY_ENGINE_OPTIONS"}
    return create_app(settings | {"SQLALCHEMY_DATABASE_URI": sa.make_url(url).set(drivername=_driver(url))})


def _driver(url: str) -> str:
    return "postgresql+psycopg" if url.startswith("postgresql") else "sqlite"


def test_the_process_lives_without_asking_the_database(app: Flask) -> None:
    asked: list[object] = []
    with app.app_context():
        sa.event.listen(db.engine, "engine_connect", asked.append)
    client = Client(app)
    assert client.get("/healthz").html == "alive\n"
    assert client.get("/healthz").response.mimetype == "text/plain"
    assert asked == []


def test_it_is_ready_when_the_database_is_at_the_newest_migration(client: Client) -> None:
    assert client.get("/readyz").html == "ready\n"


def test_it_is_not_ready_while_the_database_is_at_another_migration(app: Flask, client: Client) -> None:
    with app.app_context(), transaction() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    page = client.get("/readyz", status=503)
    assert "the database is at 0000" in page.html
    assert "caselog init-db" in page.html


def test_it_is_not_ready_on_an_empty_database(app: Flask, empty_database_url: str) -> None:
    empty = on_database(app, empty_database_url)
    assert "the database is empty" in Client(empty).get("/readyz", status=503).html
    with empty.app_context():
        db.engine.dispose()


def test_it_is_not_ready_without_a_database(app: Flask) -> None:
    client = Client(on_database(app, "postgresql://nobody@127.0.0.1:1/none"))
    assert client.get("/readyz", status=503).html == "not ready: the database does not answer\n"
    assert client.get("/healthz").html == "alive\n"
