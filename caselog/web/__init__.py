"""The pages. `register` names every blueprint; who may open which page, each view says itself."""

from flask import Flask


def register(app: Flask) -> None:
    from caselog.web import health, sign_in

    for area in (health, sign_in):
        app.register_blueprint(area.blueprint)
