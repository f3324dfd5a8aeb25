"""The program that is measured: one cohort with full logs, the same for the same size, in one SQLite file.

The logs of the first students are drawn case by case. Those of further students are put together from them by SQL,
each of cases of many, so that a million cases take a minute and no two logs are alike.
"""

import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import flask_migrate
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

import config as settings
from caselog import create_app
from caselog.domain.codes import CodeList, Position
from caselog.extensions import db
from caselog.rules import library
from caselog.rules.codes import load_codes
from caselog.services import passwords
from caselog.services.actor import Actor
from caselog.services.demo_cases import Drawn, Outline, Stay, draw_log
from caselog.store.accounts import Account
from caselog.store.cases import OWN_COLUMNS, LoggedCase
from caselog.store.people import Person, PreceptorSite, Student
from caselog.store.programs import Adoption, Cohort, ListedCode, Program, ProgramNumber, Rotation, Site
from caselog.store.session import transaction

# All in the past, so that what the server thinks of today does not matter.
STARTS_ON, GRADUATES_ON, TODAY = date(2024, 6, 1), date(2026, 5, 31), date(2026, 3, 1)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIMEZONE = "America/New_York"
RULESETS = ("abcp-pbse", "accredited-minimums")
NUMBERS = {"pediatric": 10, "emergency": 8, "complex": 10}
PEDIATRIC_SHARE = 17 / 141  # of the published 124 adult and 17 pediatric cases
COUNTRIES = {"harbor": "US", "hill": "US", "children": "US", "lake": "US", "maple": "CA", "rhine": "DE"}
DRAWN = 396  # students, as many on each course through the sites
SIGN_INS = 8  # students who can sign in
DIRECTOR = "director@bench.example"  # signs in, too
PASSWORD = "a synthetic password of the bench"  # noqa: S105 (opens only a database that the bench has made)


_DRAWN_CASES = """
    CREATE TEMP TABLE drawn AS
    SELECT c.rowid AS source, n.number, r.code,
        row_number() OVER (PARTITION BY c.student_id ORDER BY c.case_uid) - 1 AS place
    FROM logged_case c JOIN numbered n ON n.id = c.student_id
    JOIN rotation r ON r.program_id = c.program_id AND r.id = c.rotation_id
"""
# Whoever lends a case is on the same course through the sites, so the rotation has the same name and days.
_OF_OTHERS = """
    FROM numbered student
    CROSS JOIN (SELECT DISTINCT place FROM drawn WHERE place < {cases}) places
    CROSS JOIN drawn ON drawn.place = places.place AND drawn.number =
        student.number % {courses} + {courses} * ((student.number / {courses} + places.place * 5) % {on_each})
    CROSS JOIN logged_case c ON c.rowid = drawn.source
    JOIN rotation ON rotation.program_id = c.program_id AND rotation.student_id = student.id
        AND rotation.code = drawn.code
    WHERE student.number >= {drawn}
    ORDER BY student.number
"""


@dataclass(frozen=True)
class World:
    """A program in a file, and the app that serves it."""

    app: Flask
    path: Path
    program_id: uuid.UUID
    cohort_id: uuid.UUID
    director: Actor
    student_ids: tuple[uuid.UUID, ...]
    cases: int  # of each student


def build(folder: Path, students: int, cases: int) -> World:
    """A migrated database with one cohort of `students`, each with `cases` cases."""
    path = Path(tempfile.mkdtemp(dir=folder)) / f"caselog-{students}x{cases}.db"
    app = create_app(settings.load(environment(path)))
    with app.app_context():
        flask_migrate.upgrade()
        with transaction() as session:
            maker = _Maker(session, students)
            maker.make(cases)
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return _world(app, path, maker, cases)


def opened(path: Path, students: int, cases: int) -> World:
    """The world that `build` has made in this file."""
    app = create_app(settings.load(environment(path)))
    return _world(app, path, _Maker(None, students), cases)


def _world(app: Flask, path: Path, maker: "_Maker", cases: int) -> World:
    return World(app, path, maker.program_id, maker.cohort_id, maker.director, tuple(maker.student_ids), cases)


def environment(path: Path) -> dict[str, str]:
    """The settings of a server on this database."""
    return {
        "CASELOG_ENV": "development",
        "SECRET_KEY": "a fixed secret for the bench, long enough to be accepted",
        "CASELOG_INSTANCE": str(path.parent),
        "DATABASE_URL": f"sqlite:///{path}",
    }


def _id(name: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.bench.example")


def email_of(number: int) -> str:
    return f"student.{number}@bench.example"


class _Maker:
    def __init__(self, session: Session | None, students: int) -> None:
        self._session = session
        self.program_id, self.cohort_id = _id("program"), _id("cohort")
        self.student_ids = [_id(f"student {number}") for number in range(students)]
        self.director = Actor(self.program_id, _id("director"), Position.DIRECTOR, "Dana Demo", TIMEZONE)
        self.sites = {code: _id(f"site {code}") for code in COUNTRIES}
        self.preceptors = {f"preceptor.{code}@bench.example": _id(f"preceptor {code}") for code in COUNTRIES}

    @property
    def session(self) -> Session:
        if self._session is None:
            raise RuntimeError("this world is made already")
        return self._session

    def make(self, cases: int) -> None:
        self._program()
        self._people()
        self._rotations()
        for number, student_id in enumerate(self.student_ids[:DRAWN]):
            rows = self._log(number, student_id, cases)
            self.session.connection().execute(sa.insert(LoggedCase), list(rows))
        if len(self.student_ids) > DRAWN:
            self._put_together(cases)

    def _put_together(self, cases: int) -> None:
        """The logs of the students who are not drawn: their n-th case is the n-th of another drawn student each."""
        connection = self.session.connection()
        numbers = [{"number": number, "id": each.hex} for number, each in enumerate(self.student_ids)]
        connection.exec_driver_sql("CREATE TEMP TABLE numbered (number INTEGER PRIMARY KEY, id TEXT UNIQUE)")
        connection.execute(sa.text("INSERT INTO numbered VALUES (:number, :id)"), numbers)
        connection.exec_driver_sql(_DRAWN_CASES)
        connection.exec_driver_sql("CREATE UNIQUE INDEX temp.ix_drawn ON drawn (number, place)")
        columns = [each.name for each in LoggedCase.__table__.columns]
        ours = {
            "case_uid": "printf('%016x%016x', student.number + 1, drawn.place)",
            "student_id": "student.id",
            "rotation_id": "rotation.id",
        }
        chosen = ", ".join(ours.get(each, f"c.{each}") for each in columns)
        courses, on_each = len(COUNTRIES), DRAWN // len(COUNTRIES)
        connection.exec_driver_sql(
            f"INSERT INTO logged_case ({', '.join(columns)}) SELECT {chosen} "
            + _OF_OTHERS.format(courses=courses, on_each=on_each, cases=cases, drawn=DRAWN)
        )
        for table in ("numbered", "drawn"):
            connection.exec_driver_sql(f"DROP TABLE temp.{table}")

    def _add(self, *rows: object) -> None:
        self.session.add_all(rows)
        self.session.flush()

    def _program(self) -> None:
        mine: dict[str, Any] = {"program_id": self.program_id}
        self._add(Program(id=self.program_id, code="bench", name="Bench", timezone=TIMEZONE, created_at=NOW))
        self._add(
            *(
                ListedCode(**mine, list=name, code=code.code, position=place, label=code.label, family=code.family)
                for name in CodeList
                for place, code in enumerate(load_codes().codes(name).values())
            ),
            *(
                Site(**mine, id=self.sites[code], code=code, name=f"Bench {code}", country=country)
                for code, country in COUNTRIES.items()
            ),
            Cohort(**mine, id=self.cohort_id, name="Bench", starts_on=STARTS_ON, graduates_on=GRADUATES_ON),
        )
        self._add(
            *(
                Adoption(
                    **mine, cohort_id=self.cohort_id, ruleset=name, edition=library.find(name).edition,
                    adopted_on=STARTS_ON,
                )
                for name in RULESETS
            )
        )  # fmt: skip

    def _people(self) -> None:
        mine: dict[str, Any] = {"program_id": self.program_id}
        password_hash = passwords.hashed(PASSWORD)
        accounts = [
            Account(id=_id(f"account {n}"), email=email_of(n), password_hash=password_hash, created_at=NOW)
            for n in range(min(SIGN_INS, len(self.student_ids)))
        ]
        director = Account(id=_id("account director"), email=DIRECTOR, password_hash=password_hash, created_at=NOW)
        self._add(*accounts, director)
        self._add(
            Person(
                **mine, id=self.director.person_id, name="Dana Demo", email=DIRECTOR,
                position=Position.DIRECTOR, account_id=director.id,
            ),
            *(
                Person(**mine, id=each, name=email, email=email, position=Position.PRECEPTOR)
                for email, each in self.preceptors.items()
            ),
            *(
                Person(
                    **mine, id=each, name=f"Student {number}", email=email_of(number),
                    position=Position.STUDENT, account_id=accounts[number].id if number < len(accounts) else None,
                )
                for number, each in enumerate(self.student_ids)
            ),
        )  # fmt: skip
        self._add(
            *(
                PreceptorSite(**mine, person_id=_id(f"preceptor {code}"), site_id=site)
                for code, site in self.sites.items()
            ),
            *(
                Student(
                    **mine, person_id=each, cohort_id=self.cohort_id, program_start=STARTS_ON,
                    expected_graduation=GRADUATES_ON,
                )
                for each in self.student_ids
            ),
            *(
                ProgramNumber(
                    **mine, ruleset="accredited-minimums", requirement=requirement, number=number,
                    set_by=self.director.person_id, set_on=STARTS_ON,
                )
                for requirement, number in NUMBERS.items()
            ),
        )  # fmt: skip

    def _rotations(self) -> None:
        rows = [
            {
                "program_id": self.program_id, "id": _id(f"{stay.rotation} {number}"), "code": stay.rotation,
                "student_id": student_id, "site_id": self.sites[stay.site], "starts_on": stay.first,
                "ends_on": stay.last,
            }
            for number, student_id in enumerate(self.student_ids)
            for stay in self._stays(number)
        ]  # fmt: skip
        self.session.connection().execute(sa.insert(Rotation), rows)

    def _log(self, number: int, student_id: uuid.UUID, cases: int) -> Iterator[dict[str, Any]]:
        stays = list(self._stays(number))
        rotations = {stay.rotation: _id(f"{stay.rotation} {number}") for stay in stays}
        pediatric = round(cases * PEDIATRIC_SHARE)
        outline = Outline(
            starts_on=STARTS_ON,
            graduates_on=GRADUATES_ON,
            today=TODAY,
            stays=stays,
            adult=cases - pediatric,
            pediatric=pediatric,
        )
        for drawn in draw_log(Random(number), outline, set()):  # noqa: S311 (synthetic cases, not secrets)
            yield self._row(student_id, drawn, rotations)

    def _stays(self, number: int) -> Iterator[Stay]:
        codes = list(COUNTRIES)
        length = (TODAY - STARTS_ON).days // len(codes)
        for block in range(len(codes)):
            code = codes[(number + block) % len(codes)]
            first = STARTS_ON + timedelta(days=length * block)
            yield Stay(
                rotation=f"{block}-{code}",
                site=code,
                country=COUNTRIES[code],
                pediatric=code == "children",
                first=first,
                last=first + timedelta(days=length - 1),
                preceptors=(f"preceptor.{code}@bench.example",),
            )

    def _row(self, student_id: uuid.UUID, drawn: Drawn, rotations: dict[str, uuid.UUID]) -> dict[str, Any]:
        case = drawn.case
        return {
            **{name: getattr(case, name) for name in OWN_COLUMNS},
            "program_id": self.program_id,
            "case_uid": uuid.UUID(case.case_uid),
            "student_id": student_id,
            "site_id": self.sites[case.site or ""],
            "rotation_id": rotations[case.rotation or ""],
            "preceptor_id": self.preceptors[case.preceptor or ""],
            "created_at": NOW,
            "changed_at": NOW,
            "version": 1,
        }
