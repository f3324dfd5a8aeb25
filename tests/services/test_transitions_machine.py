"""Everybody does everything to a few entries, allowed or not, and a plain model says what must come of it.

The model is written from the words of docs/transitions.md, with nothing of caselog/domain/transitions.py in it.
`make nightly` takes 10,000 steps and more on each database; the suite takes fewer.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Literal

import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from caselog.extensions import db
from caselog.services import trail
from caselog.services.actor import NotFoundError, RefusedError
from caselog.services.amendments import amend, make_void
from caselog.services.entry import change_entry, log_entry, submit_entry
from caselog.services.kinds import ACTIVITIES, CASES, EntryKind
from caselog.services.review import Decision, decide, decide_activity, decide_many
from caselog.services.role_agreement import accept_role, keep_role
from caselog.store.role_checks import RoleCheck
from caselog.store.session import end_request
from tests.support import steps
from tests.support.activities import an_activity
from tests.support.cast import Cast
from tests.support.clock import TestClock
from tests.support.log import a_case

Result = Literal["done", "refused", "missing"]
ROLES = ("primary", "first_assistant", "observed")
OUTSIDERS = ("outsider_preceptor", "outsider_director", "outsider_student")
HERE = ("student", "preceptor", "director", "other_preceptor", "other_student")
ANYBODY = (*HERE, *OUTSIDERS)


ACTS = (*["decide"] * 4, *["accept", "keep", "amend", "change", "submit"] * 2, "decide_all", "log", "void")
PRECEPTOR_AT = {"harbor": "preceptor", "hill": "other_preceptor"}


@dataclass
class Known:
    """What the model knows of one entry."""

    status: str
    role: str | None
    reviewer: str
    version: int = 1
    waits: str | None = None  # "student" or "reviewer", while the roles differ
    picked: str | None = None
    reviews: int = 0
    changes: int = 0
    checks: int = 0
    verified_by_role: bool = False


class Machine(RuleBasedStateMachine):
    database = ""
    clock: TestClock

    def __init__(self) -> None:
        super().__init__()
        self.cast = Cast()
        self.uids = [uuid.uuid4() for _ in range(3)]
        self.known: dict[int, Known] = {}
        self.number = 0

    # How things are done

    def kind(self, n: int) -> EntryKind[Any]:
        return ACTIVITIES if n == 2 else CASES

    def entry(self, n: int, role: str | None = "primary", place: str = "harbor") -> Any:
        """An entry that differs from every other that was typed."""
        self.number += 1
        preceptor = self.cast.member(PRECEPTOR_AT[place]).email
        if n == 2:
            return an_activity(self.uids[n], title=f"Lecture {self.number}", supervisor=preceptor)
        note = f"Note {self.number}."
        return a_case(self.uids[n], role=role, site=place, preceptor=preceptor, note=note)

    def did(self, act: Callable[[], object], expected: Result) -> bool:
        """Do it, and see that it ends as the model says; whether it was done."""
        self.clock.advance(seconds=1)
        steps.taken[self.database] += 1
        found: Result = "done"
        try:
            act()
        except NotFoundError:
            found = "missing"
        except RefusedError as error:
            found = "refused" if str(error).endswith(".") else "missing"  # a refusal is a sentence
        finally:
            end_request()
        assert found == expected
        return found == "done"

    def version(self, n: int, off: int) -> int:
        return (self.known[n].version if n in self.known else 1) + off

    # What the model says

    def no_part(self, n: int, who: str) -> bool:
        """Whether this person has nothing to do with the entry."""
        it = self.known.get(n)
        if it is None or who in OUTSIDERS:
            return True
        if who == it.reviewer:
            return it.status == "draft"
        return who not in ("student", "director")

    def says_of_change(self, n: int, who: str, off: int) -> Result:
        if n not in self.known or who != "student":
            return "missing"
        return "done" if self.known[n].status in ("draft", "returned") and off == 0 else "refused"

    def says_of_amendment(self, n: int, who: str, reason: str, off: int) -> Result:
        if self.no_part(n, who):
            return "missing"
        if who not in ("student", "director") or not reason or off:
            return "refused"
        return "done" if self.known[n].status in ("submitted", "verified") else "refused"

    def says_of_void(self, n: int, who: str, reason: str, off: int) -> Result:
        if self.no_part(n, who):
            return "missing"
        if who not in ("student", "director") or not reason or off:
            return "refused"
        return "refused" if self.known[n].status == "void" else "done"

    def says_of_decision(self, n: int, who: str, decision: Decision, off: int) -> Result:
        it = self.known.get(n)
        if it is None or it.status == "draft" or who != it.reviewer:
            return "missing"
        if it.status != "submitted" or off:
            return "refused"
        if not decision.verified:
            return "done" if decision.comment else "refused"
        if n == 2:
            return "done"
        if decision.role not in ROLES:
            return "refused"
        return "refused" if it.waits and decision.role != it.role else "done"

    def decided(self, n: int, decision: Decision) -> None:
        it = self.known[n]
        if not decision.verified:
            it.status, it.waits = "returned", None
        elif n == 2 or it.waits:
            it.status, it.waits = "verified", None
        elif decision.role == it.role:
            it.status, it.checks = "verified", it.checks + 1
        else:
            it.waits, it.picked, it.checks = "student", decision.role, it.checks + 1
            return
        it.reviews, it.version = it.reviews + 1, it.version + 1

    # What people try

    @rule(seed=st.integers(0, 2**64 - 1))
    def somebody_does_something(self, seed: int) -> None:
        """One act, drawn evenly: Hypothesis would draw the same few again and again."""
        draw = Random(f"{seed} {self.number}")  # noqa: S311 (nothing secret)
        self.number += 1
        who, reason = draw.choice(ANYBODY), draw.choice(("because", "because", "because", ""))
        off, place = draw.choice((*[0] * 10, -1, 1)), draw.choice(("harbor", "harbor", "hill"))
        n, role, likely = draw.randrange(3), draw.choice(ROLES), draw.random() < 0.85
        if len(self.known) < 3 and likely:
            self.log(min({0, 1, 2} - self.known.keys()), "student", role, draw.random() < 0.8, "harbor")
            return
        student, reviewer = self.likely(likely, who, "student"), self.likely(likely, who, self.reviewer(n))
        case = next((m for m in (0, 1) if likely and m in self.known and self.known[m].waits == "student"), n % 2)
        match draw.choice(ACTS):
            case "log":
                self.log(n, draw.choice(HERE), role, draw.random() < 0.5, place)
            case "change":
                self.change(n, student, role, draw.random() < 0.5, place, off)
            case "submit":
                self.submit(n, student)
            case "decide":
                picked = draw.choice((*ROLES, *ROLES, *ROLES, None, "captain"))
                self.decide(n, reviewer, draw.random() < 0.8, picked, reason, off, draw.random() < 0.5)
            case "decide_all":
                self.decide_all(reviewer, role, (off, draw.choice((0, 0, 1)), 0))
            case "accept":
                self.accept(case, student, off)
            case "keep":
                self.keep(case, student, reason, off)
            case "amend":
                amender = self.likely(likely, who, draw.choice(("student", "director")))
                self.amend(n, amender, role, reason, place, off)
            case "void":
                self.void(n, who, reason, off)

    def likely(self, likely: bool, who: str, party: str) -> str:
        return party if likely else who

    def reviewer(self, n: int) -> str:
        return self.known[n].reviewer if n in self.known else "preceptor"

    def log(self, n: int, who: str, role: str, submit: bool, place: str) -> None:
        if n in self.known:
            expected: Result = "done" if who == "student" else "missing"
        elif who == "other_student":
            return  # it would be theirs
        else:
            expected = "done" if who == "student" else "refused"
        entry, actor = self.entry(n, role, place), self.cast.member(who).actor
        done = self.did(lambda: log_entry(self.kind(n), actor, entry, submit=submit), expected)
        if done and n not in self.known:
            status = "submitted" if submit else "draft"
            self.known[n] = Known(status, role if n < 2 else None, PRECEPTOR_AT[place])

    def change(self, n: int, who: str, role: str, submit: bool, place: str, off: int) -> None:
        expected = self.says_of_change(n, who, off)
        entry, actor, version = self.entry(n, role, place), self.cast.member(who).actor, self.version(n, off)
        if self.did(lambda: change_entry(self.kind(n), actor, entry, version=version, submit=submit), expected):
            it = self.known[n]
            it.changes += it.status != "draft"
            it.status = "submitted" if submit else it.status
            it.role, it.reviewer, it.version = role if n < 2 else None, PRECEPTOR_AT[place], it.version + 1

    def submit(self, n: int, who: str) -> None:
        expected = self.says_of_change(n, who, 0)
        actor = self.cast.member(who).actor
        if self.did(lambda: submit_entry(self.kind(n), actor, self.uids[n]), expected):
            self.known[n].status = "submitted"
            self.known[n].version += 1

    def decide(
        self, n: int, who: str, verified: bool, role: str | None, comment: str, off: int, way: bool
    ) -> None:
        decision = Decision(self.uids[n], verified, comment, self.version(n, off), role)
        expected = self.says_of_decision(n, who, decision, off)
        actor = replace(self.cast.member(who).actor, way="link" if way else "account")
        decides = decide_activity if n == 2 else decide
        if self.did(lambda: decides(actor, decision), expected):
            self.decided(n, decision)

    def decide_all(self, who: str, role: str, off: tuple[int, int, int]) -> None:
        decisions = [Decision(uid, True, "", self.version(n, off[n]), role) for n, uid in enumerate(self.uids)]
        says = [self.says_of_decision(n, who, each, off[n]) for n, each in enumerate(decisions)]
        outcomes: list[Any] = []
        actor = self.cast.member(who).actor
        asked = [(self.kind(n), each) for n, each in enumerate(decisions)]
        self.did(lambda: outcomes.extend(decide_many(actor, asked)), "done")
        told = ["done" if each.done else "missing" if each.became == "gone" else "refused" for each in outcomes]
        assert told == says
        for n, each in enumerate(decisions):
            if says[n] == "done":
                self.decided(n, each)

    def accept(self, n: int, who: str, off: int) -> None:
        it = self.known.get(n)
        expected: Result = "done" if it and it.waits == "student" and off == 0 else "refused"
        if it is None or who != "student":
            expected = "missing"
        actor, version = self.cast.member(who).actor, self.version(n, off)
        if self.did(lambda: accept_role(actor, self.uids[n], version=version), expected) and it:
            it.status, it.role, it.waits = "verified", it.picked, None
            it.version, it.reviews, it.changes = it.version + 1, it.reviews + 1, it.changes + 1

    def keep(self, n: int, who: str, reason: str, off: int) -> None:
        it = self.known.get(n)
        expected: Result = "done" if it and it.waits == "student" and off == 0 and reason else "refused"
        if it is None or who != "student":
            expected = "missing"
        actor, version = self.cast.member(who).actor, self.version(n, off)
        if self.did(lambda: keep_role(actor, self.uids[n], version=version, reason=reason), expected) and it:
            it.waits = "reviewer"

    def amend(self, n: int, who: str, role: str, reason: str, place: str, off: int) -> None:
        expected = self.says_of_amendment(n, who, reason, off)
        entry, actor, version = self.entry(n, role, place), self.cast.member(who).actor, self.version(n, off)
        if self.did(lambda: amend(self.kind(n), actor, entry, version=version, reason=reason), expected):
            it = self.known[n]
            it.status, it.waits, it.role = "submitted", None, role if n < 2 else None
            it.reviewer, it.version, it.changes = PRECEPTOR_AT[place], it.version + 1, it.changes + 1

    def void(self, n: int, who: str, reason: str, off: int) -> None:
        expected = self.says_of_void(n, who, reason, off)
        actor, version = self.cast.member(who).actor, self.version(n, off)
        if self.did(
            lambda: make_void(self.kind(n), actor, self.uids[n], version=version, reason=reason), expected
        ):
            it = self.known[n]
            it.status, it.waits, it.version, it.changes = "void", None, it.version + 1, it.changes + 1

    # What must then stand in the database

    @invariant()
    def the_database_says_what_the_model_says(self) -> None:
        for n, it in self.known.items():
            kind, uid = self.kind(n), self.uids[n]
            logged = db.session.get_one(kind.table, (self.cast.program.id, uid))
            reviews = list(db.session.scalars(sa.select(kind.reviews).where(kind.reviews.entry_uid == uid)))
            changes = db.session.scalars(sa.select(kind.changes).where(kind.changes.entry_uid == uid)).all()
            checks = list(db.session.scalars(sa.select(RoleCheck).where(RoleCheck.case_uid == uid)))
            assert (logged.status, logged.version) == (it.status, it.version)
            assert (len(reviews), len(changes), len(checks)) == (it.reviews, it.changes, it.checks)
            assert getattr(logged, "role", None) == it.role
            waits = ["reviewer" if each.kept_at else "student" for each in checks if each.ended is None]
            assert waits == ([it.waits] if it.waits else [])
            if it.status == "verified":
                covers = max(reviews, key=lambda each: each.entry_version)
                assert covers.decision == "verified"
                assert covers.content_hash == trail.content_hash(db.session(), logged)
        end_request()


def test_no_order_of_acts_of_anybody_leads_elsewhere_than_the_plain_model_says(
    app_context: Flask, clock: TestClock
) -> None:
    Machine.database, Machine.clock = db.engine.dialect.name, clock
    before = steps.taken[Machine.database]
    many = 220 if steps.THOROUGH else 40
    run_state_machine_as_test(
        Machine,
        settings=settings(
            settings.default, max_examples=many, stateful_step_count=50, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    if steps.THOROUGH:
        assert steps.taken[Machine.database] - before >= steps.LEAST
