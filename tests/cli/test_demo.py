"""`caselog seed-demo`: the demo program once, and a printed password that fits."""

import pytest
import sqlalchemy as sa

from caselog.cli.database import application
from caselog.services import accounts, passwords
from caselog.services.accounts import Credentials
from caselog.store.accounts import Account, SignInSession
from caselog.store.programs import Program
from caselog.store.session import reading
from tests.cli.conftest import Terminal


def fits(password: str) -> bool:
    with application(), reading() as session:
        return passwords.fits(
            session.scalar(sa.select(Account.password_hash).where(Account.email == "student@demo.example")),
            password,
        )


def sessions() -> int:
    with application(), reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(SignInSession)) or 0


def test_the_demo_is_set_up_once_and_the_printed_password_always_fits(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = terminal.run("seed-demo").stdout.splitlines()
    kept = (terminal.folder / "instance" / "demo-password").read_text()
    assert first[0] == f"Sign in to the demo program (Demo Perfusion Program) with the password {kept} as"
    assert [line.split()[0] for line in first[1:]] == [
        "student@demo.example", "preceptor@demo.example", "director@demo.example"
    ]  # fmt: skip
    assert fits(kept)

    with application():
        accounts.sign_in(Credentials("student@demo.example", kept, "192.0.2.1"))
    terminal.run("seed-demo")
    assert sessions() == 1  # the password was right already, so nobody was signed out

    monkeypatch.setenv("CASELOG_DEMO_PASSWORD", "a synthetic password of one's own")
    assert "with the password a synthetic password of one's own as" in terminal.run("seed-demo").stdout
    assert fits("a synthetic password of one's own")
    assert sessions() == 0
    with application(), reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Program).where(Program.is_demo)) == 1


def test_a_program_that_took_the_demos_code_is_left_alone(terminal: Terminal) -> None:
    terminal.run("create-program", "--code", "demo", "--name", "Not a demo", "--timezone", "UTC")
    assert "There is a program “demo” already that is not the demo program" in terminal.refused("seed-demo")
