"""The pages. `register` names every blueprint; who may open which page, each view says itself."""

from flask import Flask


def register(app: Flask) -> None:
    from caselog.web import (
        activities,
        amendments,
        cases,
        cohorts,
        confirm,
        health,
        mail,
        matrix,
        program,
        progress,
        review,
        rules,
        sign_in,
        trail,
        waivers,
    )

    for area in (
        health,
        sign_in,
        confirm,
        cases,
        activities,
        amendments,
        matrix,
        progress,
        review,
        cohorts,
        program,
        mail,
        rules,
        waivers,
        trail,
    ):
        app.register_blueprint(area.blueprint)
