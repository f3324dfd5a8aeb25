"""What every answer says about itself: what a page may load, who may show it, and how long it may be kept."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from flask import Flask, current_app, request
from flask.wrappers import Response
from werkzeug.security import safe_join

# Bootstrap's style sheet draws its small pictures from data: addresses.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_ALWAYS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
        "microphone=(), midi=(), payment=(), usb=()"
    ),
}
# Whoever knows such an address may use it: no other page may learn it from the browser, not even one of ours.
_SECRET_ADDRESSES: Final = ("/confirm/", "/set-password/")
_STATIC: Final = frozenset({"static", "bootstrap.static"})
_HOUR: Final = 3_600  # seconds
_YEAR: Final = 365 * 24 * _HOUR


def init_app(app: Flask) -> None:
    app.after_request(_complete)
    app.url_defaults(_name_the_content)


def _complete(response: Response) -> Response:
    response.headers.update(_ALWAYS)
    secret = request.path.startswith(_SECRET_ADDRESSES)
    response.headers["Referrer-Policy"] = "no-referrer" if secret else "same-origin"
    if current_app.config.get("SESSION_COOKIE_SECURE"):
        response.headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
    response.headers["Cache-Control"] = _keeping(response)
    return response


def _keeping(response: Response) -> str:
    """Pages are never kept; our own files are, and for good when their address names their content."""
    if request.endpoint not in _STATIC or response.status_code not in (200, 206, 304):
        return "no-store"
    named = request.args.get("v")
    filename = (request.view_args or {}).get("filename", "")
    if named and named == _fingerprint(request.endpoint, filename):
        return f"public, max-age={_YEAR}, immutable"
    return f"public, max-age={_HOUR}"


def _name_the_content(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint in _STATIC and "filename" in values and "v" not in values:
        values["v"] = _fingerprint(endpoint, values["filename"])  # a None is left out of the address


def _fingerprint(endpoint: str, filename: str) -> str | None:
    """A short hash of what a file of ours holds; None when there is no such file."""
    owner = current_app if endpoint == "static" else current_app.blueprints["bootstrap"]
    path = safe_join(owner.static_folder or "", filename)
    try:
        return _hash_of(path, Path(path).stat().st_mtime_ns) if path else None
    except OSError:
        return None


@lru_cache(maxsize=256)
def _hash_of(path: str, _changed: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]
