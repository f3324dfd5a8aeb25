"""The pages. `register` names every blueprint; who may open which page, each view says itself."""

from flask import Flask


def register(app: Flask) -> None:
    from caselog.web import (
        activities,
        amendments,
        cases,
        cohorts,
        confirm,
        evaluation_forms,
        evaluations,
        health,
        jobs,
        mail,
        matrix,
        packets,
        program,
        progress,
        redaction,
        review,
        rules,
        sign_in,
        signals,
        trail,
        verify,
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
        signals,
        evaluations,
        evaluation_forms,
        trail,
        redaction,
        jobs,
        verify,
        packets,
    ):
        app.register_blueprint(area.blueprint)
