"""Keys of ours, each for one purpose, derived from SECRET_KEY: none of them gives away another."""

import hmac

from flask import current_app


def derived_key(purpose: str) -> bytes:
    """32 bytes that only an app with the same SECRET_KEY finds again."""
    return hmac.digest(current_app.config["SECRET_KEY"].encode(), f"caselog {purpose}".encode(), "sha256")
