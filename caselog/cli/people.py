"""`caselog create-program` and `caselog create-user`."""

from datetime import date, datetime
from urllib.parse import urlsplit

import click

from caselog.cli.database import application
from caselog.domain.codes import Position
from caselog.services import operator
from caselog.services.operator import NewUser

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("create-program")
@click.option("--code", required=True, help="Short name for commands: small letters, digits, hyphens.")
@click.option("--name", required=True)
@click.option("--timezone", required=True, help="Whose day it is: an IANA name such as America/New_York.")
def create_program(code: str, name: str, timezone: str) -> None:
    """Make a program, with the code lists to start from."""
    with application():
        operator.create_program(code, name, timezone)
    click.echo(f"The program {code} is made. Its first person: caselog create-user --program {code} …")


def base_url(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """The address of the site, for links that a person opens."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise click.BadParameter("write it as https://caselog.program.example")
    return value.rstrip("/")


@click.command("create-user")
@click.option("--program", required=True, metavar="CODE")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--position", required=True, type=click.Choice([each.value for each in Position]))
@click.option("--cohort", metavar="NAME", help="A student's class; made when it is new and both dates are given.")
@click.option("--start", type=_DAY, metavar="DATE", help="When the student starts; else when the cohort does.")
@click.option("--graduation", type=_DAY, metavar="DATE", help="Expected graduation; else the cohort's.")
@click.option("--site", "sites", multiple=True, metavar="CODE", help="Where a preceptor works; may be repeated.")
@click.option("--base-url", default="http://127.0.0.1:8000", show_default=True, callback=base_url)
def create_user(  # noqa: PLR0913 (one argument for each option)
    *,
    program: str,
    email: str,
    name: str,
    position: str,
    cohort: str | None,
    start: datetime | None,
    graduation: datetime | None,
    sites: tuple[str, ...],
    base_url: str,
) -> None:
    """Add a person, and print a link with which they set their password, once and within 72 hours."""
    user = NewUser(
        name=name,
        email=email,
        position=Position(position),
        sites=frozenset(sites),
        cohort=cohort,
        starts_on=_day(start),
        graduates_on=_day(graduation),
    )
    with application() as app:
        token = operator.create_user(operator.find_program(program), user)
        with app.test_request_context():
            path = app.url_for("sign_in.set_password", token=token, _external=False)
    click.echo(f"{name} is added. Send them this link to set a password; it works once, within 72 hours:")
    click.echo(f"{base_url}{path}")


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None
