"""How passwords are kept: argon2id, with the library's present parameters. Never call this inside a write
transaction: a hash takes a tenth of a second on purpose, and others would wait for it.
"""

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHER = PasswordHasher()


def hashed(password: str) -> str:
    return HASHER.hash(_same_on_every_keyboard(password))


def fits(password_hash: str | None, password: str) -> bool:
    """Whether the password is the hashed one. Takes as long when there is no hash to compare with."""
    dummy = _dummy_hash()  # made even when it is not needed: its first making takes time too
    try:
        HASHER.verify(password_hash or dummy, _same_on_every_keyboard(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than those of today."""
    return HASHER.check_needs_rehash(password_hash)


@cache
def _dummy_hash() -> str:
    return HASHER.hash(secrets.token_urlsafe(32))


def _same_on_every_keyboard(password: str) -> str:
    # “é” may arrive as one character or as two, depending on the keyboard.
    return unicodedata.normalize("NFKC", password)
