"""The pages. `register` names every blueprint; who may open which page, each view says itself."""

from flask import Flask


def register(app: Flask) -> None:
    from caselog.web import (
        activities,
        amendments,
        api_tokens,
        cases,
        cohorts,
        confirm,
        evaluation_forms,
        evaluations,
        exports,
        health,
        imports,
        jobs,
        leaving,
        mail,
        matrix,
        outcomes,
        program,
        progress,
        redaction,
        review,
        rules,
        sign_in,
        signals,
        trail,
        waivers,
    )

    for area in (
        health,
        sign_in,
        api_tokens,
        confirm,
        cases,
        activities,
        amendments,
        matrix,
        progress,
        review,
        cohorts,
        program,
        outcomes,
        mail,
        rules,
        waivers,
        signals,
        evaluations,
        evaluation_forms,
        trail,
        redaction,
        jobs,
        exports,
        leaving,
        imports,
    ):
        app.register_blueprint(area.blueprint)
