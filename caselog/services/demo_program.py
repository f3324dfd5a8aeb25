"""The rows of the demo program: two classes of twelve with logs drawn around published figures, and earlier classes.

Its dates follow the calendar, so that a demo set up today has cases of last week; the draws have a fixed seed.
"""

import uuid
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from statistics import NormalDist

from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.codes import CodeList, Position
from caselog.rules import library
from caselog.rules.codes import load_codes
from caselog.services import demo_data as data
from caselog.services import trail
from caselog.services.actor import Operator
from caselog.services.demo_activities import draw_activities
from caselog.services.demo_cases import Outline, Start, Stay, draw_log
from caselog.services.demo_evaluations import EvaluationRows
from caselog.services.demo_graduates import CLASSES, Became, members_of, outcome_row
from caselog.services.demo_logs import LogRows
from caselog.services.demo_mixture import ADULT_CASES, PEDIATRIC_CASES
from caselog.store.accounts import Account
from caselog.store.people import Attestation, Person, PreceptorSite, Student
from caselog.store.programs import Adoption, Cohort, ListedCode, Program, ProgramNumber, Rotation, Site

SEED = 20261121
BLOCKS = 8  # rotations in a program
YEARS = 2  # a program's length


def insert_demo(session: Session, password_hash: str) -> None:
    """Insert the whole program; its sign-ins get this password."""
    _Seeding(session).run(password_hash)


def email_of(name: str) -> str:
    """A demo person's address; those who can sign in have their position for it."""
    user = data.SIGN_INS.get(name) or name.lower().replace(" ", ".")
    return f"{user}@{data.DOMAIN}"


def graduation_after(today: date) -> date:
    """The graduation that the demo's first class looks forward to: the coming 31 May."""
    this_year = date(today.year, 5, 31)
    return this_year if today <= this_year else date(today.year + 1, 5, 31)


def planned_cases(figures: tuple[float, float], rank: int | None, of: int) -> float:
    """How many cases the student of a rank has at graduation, when `of` students spread as the figures say.

    Evenly spaced quantiles, so that a class of twelve shows the published mean and spread, not the luck of a draw.
    """
    return 0 if rank is None else max(0, NormalDist(*figures).inv_cdf((rank + 0.5) / of))


class _Seeding:
    """The rows of the demo program, in the order in which they refer to each other."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.rng = Random(SEED)  # noqa: S311 (synthetic cases, not secrets)
        self.now = clock.now()
        self.today = clock.today(data.TIMEZONE)
        self.program_id = self._id()
        self.people: dict[str, uuid.UUID] = {}  # by e-mail
        self.sites: dict[str, uuid.UUID] = {}  # by code
        self.taken: set[Start] = set()
        self.other_rng = Random(SEED)  # noqa: S311 (so that activities leave the draws of cases as they are)

    def run(self, password_hash: str) -> None:
        self._add(
            Program(
                id=self.program_id,
                code=data.PROGRAM_CODE,
                name=data.PROGRAM_NAME,
                timezone=data.TIMEZONE,
                is_demo=True,
                created_at=self.now,
            )
        )
        self._add_codes()
        self._add_staff()
        graduates_on = graduation_after(self.today)
        self._add_class(data.GRADUATING, graduates_on)
        self._add_class(data.NEXT, graduates_on.replace(year=graduates_on.year + 1))
        self._set_numbers()
        self._let_sign_in(password_hash)
        self._evaluate()
        for years in CLASSES:
            day = graduates_on.replace(year=graduates_on.year - years)
            self._add_graduates(members_of(years, logged=day.year == self.today.year - 1), day)
        trail.record(Operator(self.program_id, data.TIMEZONE), "demo.seed", self.program_id)

    def _evaluate(self) -> None:
        director, first, second = (self.people[email_of(name)] for name in (data.DIRECTOR, *data.TWO_PRIMARIES))
        rows = EvaluationRows(self.session, self.program_id, Random(SEED), self.now)  # noqa: S311 (synthetic)
        rows.add_form(director, first)
        rows.add_second_primary(first, second)

    def _id(self) -> uuid.UUID:
        return uuid.UUID(int=self.rng.getrandbits(128), version=4)

    def _add(self, *rows: object) -> None:
        self.session.add_all(rows)
        self.session.flush()

    def _add_codes(self) -> None:
        self._add(
            *(
                ListedCode(
                    program_id=self.program_id,
                    list=name,
                    code=code.code,
                    position=position,
                    label=code.label,
                    family=code.family,
                )
                for name in CodeList
                for position, code in enumerate(load_codes().codes(name).values())
            )
        )

    def _add_person(self, name: str, position: Position) -> uuid.UUID:
        email = email_of(name)
        self.people[email] = self._id()
        self._add(
            Person(
                program_id=self.program_id,
                id=self.people[email],
                name=name,
                email=email,
                position=position,
                active=True,
            )
        )
        return self.people[email]

    def _add_staff(self) -> None:
        for site in data.SITES:
            self.sites[site.code] = self._id()
            self._add(
                Site(
                    program_id=self.program_id,
                    id=self.sites[site.code],
                    code=site.code,
                    name=site.name,
                    country=site.country,
                )
            )
        self._add_person(data.DIRECTOR, Position.DIRECTOR)
        self.preceptors: dict[str, list[str]] = {site.code: [] for site in data.SITES}  # e-mails by site
        for name, sites in data.PRECEPTORS.items():
            person_id = self._add_person(name, Position.PRECEPTOR)
            for code in sites:
                self.preceptors[code].append(email_of(name))
                self._add(PreceptorSite(program_id=self.program_id, person_id=person_id, site_id=self.sites[code]))

    def _add_graduates(self, members: tuple[Became, ...], graduates_on: date) -> None:
        self._add_class(tuple(each.student for each in members), graduates_on)
        director = self.people[email_of(data.DIRECTOR)]
        for each in members:
            student = self.session.get_one(Student, (self.program_id, self.people[email_of(each.student.name)]))
            student.enrolled = False
            student.graduated_on = None if each.left else graduates_on
            self._add(outcome_row(student, each, graduates_on, director, self.now))

    def _add_class(self, students: tuple[data.DemoStudent, ...], graduates_on: date) -> None:
        cohort = Cohort(
            program_id=self.program_id,
            id=self._id(),
            name=f"Class of {graduates_on.year}",
            starts_on=graduates_on.replace(year=graduates_on.year - YEARS) + timedelta(days=1),
            graduates_on=graduates_on,
        )
        self._add(cohort)
        self._add(
            *(
                Adoption(
                    program_id=self.program_id,
                    id=self._id(),
                    cohort_id=cohort.id,
                    ruleset=ruleset.id,
                    edition=ruleset.edition,
                    adopted_on=cohort.starts_on,
                )
                for ruleset in map(library.find, data.RULESETS)
            )
        )
        for place, student in enumerate(students):
            self._add_student(student, place, cohort, len(students))

    def _add_student(self, student: data.DemoStudent, place: int, cohort: Cohort, of: int) -> None:
        student_id = self._add_person(student.name, Position.STUDENT)
        self._add(
            Student(
                program_id=self.program_id,
                person_id=student_id,
                cohort_id=cohort.id,
                program_start=cohort.starts_on,
                expected_graduation=cohort.graduates_on,
                enrolled=True,
            )
        )
        rotations = self._rotations(student_id, place, cohort)
        self._add(*rotations)
        until = min(self.today, cohort.graduates_on)
        if student.everything:
            self._attest(student_id, until)
        elapsed = (until - cohort.starts_on) / (cohort.graduates_on - cohort.starts_on)
        outline = Outline(
            starts_on=cohort.starts_on,
            graduates_on=cohort.graduates_on,
            today=until,
            stays=[self._stay(rotation) for rotation in rotations if rotation.starts_on <= self.today],
            adult=round(elapsed * planned_cases(ADULT_CASES, student.adult_rank, of)),
            pediatric=round(elapsed * planned_cases(PEDIATRIC_CASES, student.pediatric_rank, of)),
            valve_factor=student.valve_factor,
            ecmo_factor=student.ecmo_factor,
            all_verified=student.everything,
        )
        where = (self.session, self.program_id, self.people, self.sites)
        LogRows(*where, self.rng).add_cases(student_id, draw_log(self.rng, outline, self.taken), rotations)
        if student.adult_rank is not None and until == self.today:  # of who is still in the program
            supervisors = [email_of(data.DIRECTOR), *outline.stays[0].preceptors]
            drawn = draw_activities(self.other_rng, outline.starts_on, until, supervisors)
            LogRows(*where, self.other_rng).add_activities(student_id, drawn)

    def _rotations(self, student_id: uuid.UUID, place: int, cohort: Cohort) -> list[Rotation]:
        """Blocks of equal length that fill the program; each student begins at another site."""
        length = (cohort.graduates_on - cohort.starts_on).days + 1
        starts = [cohort.starts_on + timedelta(days=length * block // BLOCKS) for block in range(BLOCKS + 1)]
        found = []
        for block, (first, following) in enumerate(pairwise(starts)):
            code = data.SITES[(place + block) % len(data.SITES)].code
            found.append(
                Rotation(
                    program_id=self.program_id,
                    id=self._id(),
                    code=f"{block + 1}-{code}",
                    student_id=student_id,
                    site_id=self.sites[code],
                    starts_on=first,
                    ends_on=following - timedelta(days=1),
                )
            )
        return found

    def _stay(self, rotation: Rotation) -> Stay:
        site = next(each for each in data.SITES if self.sites[each.code] == rotation.site_id)
        return Stay(
            rotation=rotation.code,
            site=site.code,
            country=site.country,
            pediatric=site.pediatric,
            first=rotation.starts_on,
            last=min(rotation.ends_on, self.today),
            preceptors=tuple(self.preceptors[site.code]),
        )

    def _attest(self, student_id: uuid.UUID, on: date) -> None:
        self._add(
            *(
                Attestation(
                    program_id=self.program_id,
                    id=self._id(),
                    student_id=student_id,
                    attested=attested,
                    by=by,
                    on=on,
                    recorded_by=self.people[email_of(data.DIRECTOR)],
                )
                for attested, by in data.ATTESTATIONS.items()
            )
        )

    def _set_numbers(self) -> None:
        self._add(
            *(
                ProgramNumber(
                    program_id=self.program_id,
                    id=self._id(),
                    ruleset="accredited-minimums",
                    requirement=requirement,
                    number=number,
                    set_by=self.people[email_of(data.DIRECTOR)],
                    set_on=self.today,
                )
                for requirement, number in data.PROGRAM_NUMBERS.items()
            )
        )

    def _let_sign_in(self, password_hash: str) -> None:
        for email in map(email_of, data.SIGN_INS):
            account = Account(id=self._id(), email=email, password_hash=password_hash, created_at=self.now)
            self._add(account)
            self.session.get_one(Person, (self.program_id, self.people[email])).account_id = account.id
        self.session.flush()
