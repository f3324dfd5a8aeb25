"""The `caselog` command: what an operator does, and evaluation without a server. One file per group of commands."""

import click

from caselog.cli.support import PlainGroup

_PLACES = {
    "serve": "caselog.cli.serve:serve",
    "init-db": "caselog.cli.database:init_db",
    "seed-demo": "caselog.cli.demo:seed_demo",
    "create-program": "caselog.cli.people:create_program",
    "create-user": "caselog.cli.people:create_user",
    "send-mail": "caselog.cli.mail:send_mail",
    "import": "caselog.cli.logs:import_log",
    "export": "caselog.cli.logs:export_log",
    "evaluate": "caselog.cli.evaluate:evaluate",
    "rules": "caselog.cli.rules:rules",
    "archive": "caselog.cli.archive:group",
    "restore": "caselog.cli.archive:restore",
    "audit": "caselog.cli.audit:group",
    "backup": "caselog.cli.backup:backup",
}


@click.group(cls=PlainGroup, places=_PLACES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="caselog", message="%(prog)s %(version)s")
def main() -> None:
    """Caselog, the case log of perfusion students."""
