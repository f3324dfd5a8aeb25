"""`caselog create-program` and `caselog create-user`."""

import re

import pytest

from caselog.cli.database import application
from caselog.services.accounts import email_of_link
from tests.cli.conftest import Terminal
from tests.support.client import Client

NORA = ("create-user", "--program", "north", "--email", "nora@north.example", "--name", "Nora New")


def test_from_nothing_to_a_directors_first_sign_in(empty_terminal: Terminal) -> None:
    empty_terminal.run("init-db")
    empty_terminal.run("create-program", "--code", "west", "--name", "West", "--timezone", "America/Los_Angeles")
    result = empty_terminal.run(
        "create-user",
        "--program",
        "west",
        "--email",
        "dora@west.example",
        "--name",
        "Dora",
        "--position",
        "director",
    )
    link = result.stdout.splitlines()[-1]
    path = link.removeprefix("http://127.0.0.1:8000")
    with application() as app:
        browser = Client(app)
        browser.get(path)
        password = "a synthetic password, long enough"
        browser.post(path, {"password": password, "repeated": password})
        form = {"email": "dora@west.example", "password": password}
        assert browser.post("/sign-in", form).location == "/cohorts"


def test_a_student_gets_a_link_on_the_servers_own_address(terminal: Terminal) -> None:
    result = terminal.run(
        *NORA, "--position", "student", "--cohort", "Class of 2027", "--base-url", "https://caselog.north.example/"
    )
    says, link = result.stdout.splitlines()
    assert says == "Nora New is added. Send them this link to set a password; it works once, within 72 hours:"
    token = re.fullmatch(r"https://caselog\.north\.example/set-password/([\w-]{43})", link)
    assert token
    with application():
        assert email_of_link(token[1]) == "nora@north.example"


def test_a_class_is_made_with_its_first_student(terminal: Terminal) -> None:
    dates = ("--start", "2026-09-01", "--graduation", "2028-05-31")
    terminal.run(*NORA, "--position", "student", "--cohort", "Class of 2028", *dates)


def test_a_preceptor_may_work_at_several_sites(terminal: Terminal) -> None:
    terminal.run(*NORA, "--position", "preceptor", "--site", "harbor", "--site", "hill")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*NORA, "--position", "student"), "Error: A student needs a cohort.\n"),
        ((*NORA, "--position", "surgeon"), "'surgeon' is not one of 'student', 'preceptor', 'director'"),
        ((*NORA, "--position", "director", "--base-url", "caselog.example"), "write it as https://"),
        (("create-user", "--program", "noth", *NORA[3:], "--position", "director"), "Did you mean “north”?"),
        (("create-program", "--code", "north", "--name", "N", "--timezone", "UTC"), "There is a program “north”"),
    ],
)
def test_what_cannot_be_made_is_said_plainly(terminal: Terminal, arguments: tuple[str, ...], says: str) -> None:
    assert says in terminal.refused(*arguments)
