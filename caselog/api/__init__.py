"""The same things for programs: JSON over the same services, behind the same gate, with a document made of the code."""

from flask import Flask

from caselog.extensions import csrf
from caselog.web import access


def register(app: Flask) -> None:
    """Open the API: a token opens it, and never the cookie of a browser, so there is nothing to forge."""
    from caselog.api import activities, cases, errors, exports, guide, imports, people, progress  # noqa: F401
    from caselog.api.door import who_asks
    from caselog.api.operations import blueprint

    access.use_door(app, blueprint.name, who_asks)
    app.register_blueprint(blueprint)
    csrf.exempt(blueprint)
