"""`caselog seed-demo`, and how one signs in to the demo program."""

import os
from pathlib import Path

import click

from caselog.cli.database import application
from caselog.services import demo
from config import kept_secret


def demo_password(instance: Path) -> str:
    """CASELOG_DEMO_PASSWORD, or this machine's own random one, kept in `instance/demo-password`."""
    return os.environ.get("CASELOG_DEMO_PASSWORD") or kept_secret(instance / "demo-password", size=12)


def set_up_demo(instance: Path) -> None:
    """Set up the demo program where it is missing, see that the printed password fits, and print the sign-ins."""
    password = demo_password(instance)
    sign_ins = demo.seed_demo(password)
    if not sign_ins.fresh:
        demo.keep_demo_password(password)
    click.echo(f"Sign in to the demo program ({sign_ins.program}) with the password {password} as")
    width = max(len(each.email) for each in sign_ins.people)
    for each in sign_ins.people:
        click.echo(f"  {each.email:{width}}  {each.name}, {each.position}")


@click.command("seed-demo")
def seed_demo() -> None:
    """Set up the demo program: two cohorts, five sites, ten preceptors, two years of made-up cases."""
    with application() as app:
        set_up_demo(app.config["CASELOG_INSTANCE"])
