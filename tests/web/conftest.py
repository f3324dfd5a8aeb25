"""Fixtures of the web tests."""

import pytest
from argon2 import PasswordHasher

from caselog.services import passwords


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parameters of the cast's passwords: signing in costs a test nothing."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
