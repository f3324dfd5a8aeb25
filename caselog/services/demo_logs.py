"""The rows of the demo's logs: cases and learning activities as they were drawn, and the decisions on them."""

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.codes import Status
from caselog.domain.transitions import Way
from caselog.services import demo_data as data
from caselog.services import trail
from caselog.services.actor import Operator
from caselog.services.demo_activities import DrawnActivity
from caselog.services.demo_cases import Drawn
from caselog.store import activities
from caselog.store.activities import ActivityReview, LoggedActivity
from caselog.store.cases import OWN_COLUMNS, CaseReview, LoggedCase
from caselog.store.programs import Rotation


class LogRows:
    """Puts the logs of students into the tables; `people` are known by e-mail, `sites` by code."""

    def __init__(
        self,
        session: Session,
        program_id: uuid.UUID,
        people: Mapping[str, uuid.UUID],
        sites: Mapping[str, uuid.UUID],
        rng: Random,
    ) -> None:
        self.session, self.program_id, self.people, self.sites, self.rng = session, program_id, people, sites, rng
        self.now = clock.now()

    def _id(self) -> uuid.UUID:
        return uuid.UUID(int=self.rng.getrandbits(128), version=4)

    def add_cases(self, student_id: uuid.UUID, log: list[Drawn], rotations: list[Rotation]) -> None:
        if not log:
            return
        rotation_ids = {rotation.code: rotation.id for rotation in rotations}
        connection = self.session.connection()  # plain rows: the version of a case is as said
        cases, reviews = [], []
        for drawn in log:
            entered, decided = self._instants(drawn)
            cases.append(self._case_row(student_id, drawn, rotation_ids, entered, decided))
            if decided:
                reviews.append(self._review_row(drawn, decided))
        operator = Operator(self.program_id, data.TIMEZONE)
        hashes = trail.content_hashes(self.session, self.program_id, LoggedCase, cases)
        of_case = dict(zip((case["case_uid"] for case in cases), hashes, strict=True))
        for review in reviews:
            review["content_hash"] = of_case[review["case_uid"]]
        connection.execute(sa.insert(LoggedCase), cases)
        trail.record_rows(operator, "demo.case", LoggedCase, cases, subject="case_uid")
        if reviews:
            connection.execute(sa.insert(CaseReview), reviews)
            trail.record_rows(operator, "demo.review", CaseReview, reviews, subject="case_uid")

    def add_activities(self, student_id: uuid.UUID, log: list[DrawnActivity]) -> None:
        for drawn in log:
            activity = drawn.activity
            entered = self._evening(activity.date or self.now.date())
            decided = self._evening(drawn.decided_on) if drawn.decided_on else None
            supervisor_id = self.people[activity.supervisor or ""]
            logged = LoggedActivity(
                **{name: getattr(activity, name) for name in activities.OWN_COLUMNS},
                program_id=self.program_id,
                activity_uid=uuid.UUID(activity.activity_uid),
                student_id=student_id,
                supervisor_id=supervisor_id,
                created_at=entered,
                changed_at=decided or entered,
            )
            self.session.add(logged)
            self.session.flush()
            if decided:
                review = ActivityReview(
                    program_id=self.program_id,
                    id=self._id(),
                    activity_uid=logged.activity_uid,
                    reviewer_id=supervisor_id,
                    decision=Status.VERIFIED,
                    comment="",
                    activity_version=1,
                    at=decided,
                )
                self.session.add(review)

    def _instants(self, drawn: Drawn) -> tuple[datetime, datetime | None]:
        """When the case was entered and decided upon: in the evening, in this order, never in the future."""
        entered, *decided = sorted(self._evening(day) for day in (drawn.entered_on, drawn.decided_on) if day)
        return entered, decided[0] if decided else None

    def _evening(self, day: date) -> datetime:
        minute = self.rng.randrange(240)
        local = datetime.combine(day, time(18 + minute // 60, minute % 60), ZoneInfo(data.TIMEZONE))
        return min(self.now, local.astimezone(UTC))

    def _case_row(
        self,
        student_id: uuid.UUID,
        drawn: Drawn,
        rotation_ids: Mapping[str, uuid.UUID],
        entered: datetime,
        decided: datetime | None,
    ) -> dict[str, Any]:
        case = drawn.case
        return {
            **{name: getattr(case, name) for name in OWN_COLUMNS},
            "program_id": self.program_id,
            "case_uid": uuid.UUID(case.case_uid),
            "student_id": student_id,
            "site_id": self.sites[case.site or ""],
            "rotation_id": rotation_ids[case.rotation or ""],
            "preceptor_id": self.people[case.preceptor or ""],
            "created_at": entered,
            "changed_at": decided or entered,
            "version": 2 if decided else 1,
        }

    def _review_row(self, drawn: Drawn, decided: datetime) -> dict[str, Any]:
        case = drawn.case
        return {
            "program_id": self.program_id,
            "id": self._id(),
            "case_uid": uuid.UUID(case.case_uid),
            "reviewer_id": self.people[case.preceptor or ""],
            "decision": case.status,
            "comment": drawn.comment,
            "case_version": 1,
            "role": case.role if case.status == Status.VERIFIED else None,
            "way": Way.ACCOUNT,
            "at": decided,
        }
