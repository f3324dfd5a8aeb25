"""What the code may reach for: modules point one way, and the clock, the commit and the environment have one place."""

import ast
import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import caselog

PACKAGE = Path(caselog.__file__).resolve().parent
ROOT = PACKAGE.parent
MODULES = sorted(found.name for found in pkgutil.walk_packages([str(PACKAGE)], "caselog."))

CLOCK = PACKAGE / "clock.py"
COMMIT = PACKAGE / "store" / "session.py"


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def calls(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Each call of an attribute: its line, what the attribute is of (in words of the source), its name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.lineno, ast.unparse(node.func.value), node.func.attr


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or "."


@pytest.mark.parametrize("name", MODULES)
def test_each_module_can_be_imported(name: str) -> None:
    importlib.import_module(name)


def test_each_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_imports_point_one_way() -> None:
    """The contracts stand in pyproject.toml; here so that `make test` alone cannot pass without them."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_domain_needs_nothing_but_the_standard_library_and_itself() -> None:
    found = [
        f"{path.name}:{line} imports {name}"
        for path, tree in sources()
        if path.is_relative_to(PACKAGE / "domain")
        for line, name in imported(tree)
        if name.partition(".")[0] not in sys.stdlib_module_names and not name.startswith("caselog.domain")
    ]
    assert found == []


def test_only_clock_py_reads_the_clock() -> None:
    readings = {"now", "today", "utcnow", "time", "time_ns", "localtime", "gmtime", "current_timestamp"}
    found = [
        f"{path.relative_to(ROOT)}:{line} {of}.{name}()"
        for path, tree in sources()
        if path != CLOCK
        for line, of, name in calls(tree)
        if name in readings and of not in ("clock", "self") and (name != "time" or of == "time")
    ]
    assert found == []


def test_only_session_py_commits() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} {of}.{name}()"
        for path, tree in sources()
        if path != COMMIT
        for line, of, name in calls(tree)
        if name in ("commit", "begin", "begin_nested")
    ]
    assert found == []


def test_only_config_py_reads_the_environment_beside_the_command_line() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in sources()
        if not path.is_relative_to(PACKAGE / "cli")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv", "os.environb")
    ]
    assert found == []


def test_nobody_takes_the_clock_or_the_environment_apart_by_importing_names_from_them() -> None:
    """`from caselog.clock import now` would keep the real clock when a test sets another."""
    taken = ("caselog.clock", "time")
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (
            node.module in taken or (node.module == "os" and {a.name for a in node.names} & {"environ", "getenv"})
        )
    ]
    assert found == []
