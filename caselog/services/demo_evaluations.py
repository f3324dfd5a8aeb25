"""What the demo shows of evaluations and signals: a form, one student's evaluations, and a case that two claim."""

import json
import uuid
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog.domain.codes import Role, Setting, Status
from caselog.domain.evaluation_form import EvaluationForm as Definition
from caselog.domain.evaluation_form import Section, sections_of_lines, written
from caselog.domain.evaluation_trend import week_of
from caselog.store.cases import OWN_COLUMNS, LoggedCase
from caselog.store.evaluations import CaseEvaluation, EvaluationForm, RotationEvaluation, Side
from caselog.store.programs import Rotation

SECTIONS = "Preparation: 20\nGoing on bypass: 25\nConduct of bypass: 35\nComing off bypass: 20"
_SELF_EVERY = 2  # cases


class EvaluationRows:
    """Puts the form and the evaluations of students into the tables."""

    def __init__(self, session: Session, program_id: uuid.UUID, rng: Random, now: datetime) -> None:
        self.session, self.program_id, self.rng, self.now = session, program_id, rng, now
        self.sections = sections_of_lines(SECTIONS)

    def _id(self) -> uuid.UUID:
        return uuid.UUID(int=self.rng.getrandbits(128), version=4)

    def add_form(self, director: uuid.UUID, student_id: uuid.UUID) -> None:
        """A form that every rotation of the student uses, and evaluations on it."""
        form = EvaluationForm(
            program_id=self.program_id,
            id=self._id(),
            name="Demo pump cases",
            definition=written(Definition(self.sections)),
            source="Made up for the demo; the scale as published by MUSC",
            retired=False,
            written_by=director,
            changed_at=self.now,
        )
        self.session.add(form)
        self.session.flush()
        rotations = self._rotations(student_id)
        self.session.add_all(
            RotationEvaluation(program_id=self.program_id, rotation_id=rotation_id, form_id=form.id)
            for rotation_id in rotations
        )
        for place, logged in enumerate(self._pump_runs(student_id)):
            rotation = rotations[logged.rotation_id] if logged.rotation_id else None
            if rotation and logged.case_date and logged.preceptor_id:
                week = week_of(logged.case_date, rotation.starts_on)
                self._evaluate(logged, form.id, Side.PRECEPTOR, logged.preceptor_id, week)
                if place % _SELF_EVERY == 0:
                    self._evaluate(logged, form.id, Side.SELF, student_id, week + 2)
        self.session.flush()

    def _pump_runs(self, student_id: uuid.UUID) -> list[LoggedCase]:
        query = sa.select(LoggedCase).where(
            LoggedCase.program_id == self.program_id,
            LoggedCase.student_id == student_id,
            LoggedCase.status == Status.VERIFIED,
            LoggedCase.activity == "cpb",
            LoggedCase.setting == Setting.CLINICAL,
        )
        return list(self.session.scalars(query.order_by(LoggedCase.case_date, LoggedCase.case_uid)))

    def _evaluate(self, logged: LoggedCase, form_id: uuid.UUID, side: Side, by: uuid.UUID, week: int) -> None:
        scores = {
            section.id: self._score(section, week)
            for section in self.sections
            if self.rng.random() < 0.5 + week / 26  # more is graded from week to week
        } or {self.sections[0].id: self._score(self.sections[0], week)}
        self.session.add(
            CaseEvaluation(
                program_id=self.program_id,
                id=self._id(),
                case_uid=logged.case_uid,
                case_version=logged.version,
                form_id=form_id,
                side=side,
                given_by=by,
                scores=json.dumps(dict(sorted(scores.items()))),
                lowest=min(scores.values()),
                comment="",
                at=logged.changed_at,
            )
        )

    def _score(self, section: Section, week: int) -> int:
        return min(
            5, max(2, round(2.6 + week / 9 + self.rng.uniform(-0.8, 0.8) - 0.3 * (section is self.sections[2])))
        )

    def add_second_primary(self, first: uuid.UUID, second: uuid.UUID) -> None:
        """A case of the first student's, which the second logs as primary too; they are at the same site."""
        runs = [
            each for each in self._pump_runs(first) if each.role == Role.PRIMARY and (each.share_percent or 0) > 40
        ]
        days = self._days(second)
        rotations = self._rotations(second)
        for logged in reversed(runs):
            rotation = next((each for each in rotations.values() if _covers(each, logged)), None)
            if rotation and logged.case_date not in days:
                own = {name: getattr(logged, name) for name in OWN_COLUMNS}
                changes = {"status": Status.SUBMITTED, "share_percent": 60, "note": ""}
                self.session.add(
                    LoggedCase(
                        **own | changes,
                        program_id=self.program_id,
                        case_uid=self._id(),
                        student_id=second,
                        site_id=logged.site_id,
                        rotation_id=rotation.id,
                        preceptor_id=logged.preceptor_id,
                        created_at=logged.created_at,
                        changed_at=logged.created_at + timedelta(minutes=1),
                    )
                )
                self.session.flush()
                return

    def _days(self, student_id: uuid.UUID) -> set[date | None]:
        query = sa.select(LoggedCase.case_date).where(
            LoggedCase.program_id == self.program_id, LoggedCase.student_id == student_id
        )
        return set(self.session.scalars(query))

    def _rotations(self, student_id: uuid.UUID) -> Mapping[uuid.UUID, Rotation]:
        query = sa.select(Rotation).where(
            Rotation.program_id == self.program_id, Rotation.student_id == student_id
        )
        return {rotation.id: rotation for rotation in self.session.scalars(query)}


def _covers(rotation: Rotation, logged: LoggedCase) -> bool:
    day = logged.case_date
    return day is not None and rotation.site_id == logged.site_id and rotation.starts_on <= day <= rotation.ends_on
