"""A program with something on every page, and the address of every page of it.

`addresses` walks the app's own routes, so a page that is added is visited too, or its walk says what it needs.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask import Flask
from werkzeug.routing import Rule

from caselog import clock
from caselog.domain.cells import FileRow
from caselog.domain.codes import CodeList, Position, Status
from caselog.domain.evaluation_form import EvaluationForm, sections_of_lines
from caselog.domain.export import CODE_LENGTH, Format, Use
from caselog.domain.outcomes import Exam, GraduateOutcome, Leaving, Placement
from caselog.domain.scopes import Scope
from caselog.rules import library
from caselog.services import (
    amendments,
    api_tokens,
    case_evaluations,
    evaluation_forms,
    issuing,
    jobs,
    outcomes,
    packet_batches,
    people,
    program,
    progress,
    review,
    role_agreement,
    ruleset_drafts,
    signals,
    transfer,
    waivers,
)
from caselog.services.actor import Actor
from caselog.services.api_tokens import TokenWish
from caselog.services.arrival import Manner
from caselog.services.case_log import case_view
from caselog.services.evaluation_forms import Assignment, FormDetails
from caselog.services.export_making import make
from caselog.services.issuing import Issue, Made
from caselog.services.kinds import ACTIVITIES, CASES
from caselog.services.people import AttestedDocument, PersonDetails, StudentDetails
from caselog.services.program import CohortDetails
from caselog.services.review import Decision
from caselog.services.ruleset_drafts import DraftStart
from caselog.services.signals import SignalFilter
from caselog.services.waivers import WaiverDetails
from caselog.store.packets import MadePacket
from caselog.store.session import transaction
from tests.support.activities import put_activity
from tests.support.cast import STARTS_ON, Cast, judged_under
from tests.support.log import put_case, put_rotation
from tests.support.mail import link_rows, make_link, put_mail

SECTIONS = "Patient work-up: 10\nConduct of bypass: 50\nWeaning: 40"
ROLES = ("student", "preceptor", "director")
EVERYBODY: tuple[str | None, ...] = (None, *ROLES)  # None is somebody who is not signed in


@dataclass(frozen=True)
class World:
    """Identifiers of what is there; `people` and `cohorts` hold nobody who signs in, so they may be changed."""

    cases: tuple[uuid.UUID, ...]
    activities: tuple[uuid.UUID, ...]
    strange_cases: tuple[uuid.UUID, ...]
    drafts: tuple[uuid.UUID, ...]
    waivers: tuple[uuid.UUID, ...]
    people: tuple[uuid.UUID, ...]
    cohorts: tuple[uuid.UUID, ...]
    signals: tuple[str, ...]
    evaluation_forms: tuple[uuid.UUID, ...]
    exports: tuple[uuid.UUID, ...]
    rotations: tuple[uuid.UUID, ...]
    token: str
    review_token: str
    links: tuple[uuid.UUID, ...]
    tokens: tuple[uuid.UUID, ...]
    reviewers: tuple[uuid.UUID, ...]
    jobs: tuple[uuid.UUID, ...]
    batches: tuple[uuid.UUID, ...]
    codes: tuple[str, ...]
    imports: tuple[uuid.UUID, ...]


def furnish(app: Flask) -> World:
    """Put cases in every state into the log, and something into every list of the program."""
    with app.app_context():
        return _furnish(Cast())


def _furnish(cast: Cast) -> World:
    director = cast.director.actor
    with transaction() as session:
        rotation = put_rotation(session, cast.student, cast.site, "fall-2026")
        rotations = (rotation, put_rotation(session, cast.other_student, cast.site, "fall-2026"))
        cases = [put_case(session, status=status, note="What I learned.") for status in Status]
        cases.append(
            put_case(
                session, status="draft", case_date=None, site_id=None, preceptor_id=None, activity=None,
                procedures=(), role=None, age_group=None, urgency=None,
            )
        )  # fmt: skip
        decided = [
            put_case(session, status="submitted", procedures=("aortic_valve", "maze"), rotation_id=rotation)
            for _ in range(2)
        ]
        differing = [put_case(session, status="submitted", procedures=("mitral_valve",)) for _ in range(4)]
        activities = [
            put_activity(session, status=status) for status in (*["submitted"] * 4, *Status, "draft", "draft")
        ]
        many = [put_case(session, cast.other_student, status="submitted", age_group="infant") for _ in range(27)]
        strange = put_case(session, cast.outsider_student, cast.outsider_preceptor, status="submitted")
    for uid, verified in zip(decided, (True, False), strict=True):
        review.decide(cast.preceptor.actor, Decision(uid, verified, "The clamp?", 1, "primary"))
    _let_roles_differ(cast, differing)
    cohort = program.save_cohort(
        director,
        CohortDetails(
            name="Class of 2029", starts_on=date(2027, 9, 1), graduates_on=date(2029, 5, 31), editions={}
        ),
    )
    added = (
        people.add_person(
            director,
            PersonDetails(
                name="Spare Student", email="spare.student@north.example", position=Position.STUDENT,
                student=StudentDetails(cohort="Class of 2029", program_start=STARTS_ON),
            ),
        ),
        people.add_person(
            director,
            PersonDetails(
                name="Spare Preceptor", email="spare.preceptor@north.example", position=Position.PRECEPTOR,
                sites=frozenset({"harbor", "hill"}),
            ),
        ),
    )  # fmt: skip
    program.set_number(director, "accredited-minimums", "pediatric", 10)
    program.retire_code(director, CodeList.PROCEDURES, "trauma", retired=True)
    people.attest(director, cast.student.id, AttestedDocument("transcript", "the registrar", date(2026, 9, 1)))
    _past_class(director)
    drafts = _own_rule_sets(director)
    forms = _evaluation_forms(cast, decided[0])
    return World(
        cases=(*cases, *decided, *differing, many[0]),
        activities=tuple(activities),
        drafts=drafts,
        waivers=tuple(_waiver(director, cast.student.id, each) for each in ("valve", "open-heart")),
        strange_cases=(strange, uuid.uuid5(uuid.NAMESPACE_DNS, "nobody.caselog.example")),
        people=added,
        cohorts=(cohort,),
        signals=tuple(each.signal.key for each in signals.review_list(director, SignalFilter(), 1).signals),
        evaluation_forms=forms,
        exports=_exports(cast),
        rotations=rotations,
        token=people.new_password_link(director, added[0]),
        review_token=_mail_and_links(cast),
        links=tuple(each.id for each in link_rows()),
        tokens=_tokens(cast),
        reviewers=(cast.preceptor.id, cast.other_preceptor.id),
        jobs=tuple(jobs.announce(each.actor, "packets", 3) for each in (cast.student, cast.preceptor, cast.director)),
        batches=(_packets(director),),
        codes=(_issued(cast.student.actor), "0" * CODE_LENGTH),
        imports=tuple(_import(cast, title) for title in ("Oxygenators", "Cardioplegia")),
    )


def _exports(cast: Cast) -> tuple[uuid.UUID, ...]:
    """What left of a student, by the student and by the director, and of all; one was withdrawn."""
    wanted = [
        (
            cast.student.actor,
            Issue(use=Use.APPLICATION, format=Format.CSV, student_id=cast.student.id, reason="a job"),
        ),
        (cast.student.actor, Issue(use=Use.SPREADSHEET, format=Format.CSV, student_id=cast.student.id)),
        (cast.director.actor, Issue(use=Use.COHORT, format=Format.CSV, cohort_id=cast.program.cohort_id)),
        (cast.director.actor, Issue(use=Use.COHORT, format=Format.JSON)),
    ]
    left = []
    for actor, issue in wanted:
        export = make(actor, issue)
        b"".join(export.chunks)
        left.append(export.prepared.id)
    issuing.withdraw(cast.student.actor, left[0], "A newer one went out.")
    return tuple(left)


def _packets(director: Actor) -> uuid.UUID:
    """Packets of the cohort that are being made, one of them ready."""
    batch_id, _ = packet_batches.order(director, Cast.program.cohort_id, Use.BOARD)
    with transaction() as session:
        row = {"program_id": director.program_id, "batch_id": batch_id, "student_id": Cast.student.id}
        session.add(MadePacket(**row, made_at=clock.now(), pdf=b"%PDF"))
    return batch_id


def _issued(student: Actor) -> str:
    """The code of an export of a student's own."""
    prepared = issuing.prepare(student)
    issue = Issue(use=Use.APPLICATION, format=Format.PDF, student_id=student.person_id)
    issuing.issue(student, prepared, issue, Made("0" * 64, 3, 1))
    return prepared.code


def _evaluation_forms(cast: Cast, case_uid: uuid.UUID) -> tuple[uuid.UUID, ...]:
    """A form that a case was evaluated on by both sides, and one that nobody has used."""
    director = cast.director.actor
    used, unused = (
        evaluation_forms.save_form(director, FormDetails(name, EvaluationForm(sections_of_lines(SECTIONS))))
        for name in ("Pump cases", "Another form")
    )
    evaluation_forms.assign(director, used, Assignment(cast.program.cohort_id, None, None))
    for who, comment in ((cast.preceptor, "Calm and early."), (cast.student, "")):
        case_evaluations.evaluate(who.actor, case_uid, {"patient-work-up": 4, "weaning": 1}, comment)
    return used, unused


def _past_class(director: Actor) -> None:
    """A graduate and somebody who left, of a class that is over, for the yearly report."""
    begun = date(2023, 9, 1)
    program.save_cohort(
        director,
        CohortDetails(name="Class of 2025", starts_on=begun, graduates_on=date(2025, 5, 31), editions={}),
    )
    for name, graduated_on, outcome in (
        ("Gwen", date(2025, 5, 31), GraduateOutcome(pbse=Exam.PASSED_FIRST, placement=Placement.EMPLOYED)),
        ("Lars", None, GraduateOutcome(left_on=date(2024, 3, 1), left_why=Leaving.PERSONAL)),
    ):
        student = StudentDetails(
            cohort="Class of 2025", program_start=begun, graduated_on=graduated_on, enrolled=False
        )
        details = PersonDetails(
            name=f"{name} Student", email=f"{name.lower()}.student@north.example", position=Position.STUDENT,
            student=student,
        )  # fmt: skip
        outcomes.record_outcome(director, people.add_person(director, details), outcome)


def _import(cast: Cast, title: str) -> uuid.UUID:
    row = FileRow(2, {"title": title, "status": "draft"})
    report = transfer.import_entries(ACTIVITIES, cast.student.actor, cast.student.id, [row], Manner())
    if report.import_id is None:
        raise LookupError(report)
    return report.import_id


def _tokens(cast: Cast) -> tuple[uuid.UUID, ...]:
    """A token of each position for the API, one of them used."""
    found = []
    for member in (cast.student, cast.preceptor, cast.director):
        wish = TokenWish("a script", frozenset({Scope.READ_LOG}))
        api_tokens.use(api_tokens.make_token(member.actor, wish))
        found += [each.id for each in api_tokens.tokens(member.actor)]
    return tuple(found)


def _mail_and_links(cast: Cast) -> str:
    """Mail of every kind and a link of the preceptor, whose token comes back."""
    for number, (cause, outcome) in enumerate(
        [("age", "sent"), ("count", "failed"), ("age", "dropped"), ("count", None), ("student", None)]
    ):
        put_mail(cast.preceptor, cause=cause, outcome=outcome, attempts=number)
    with transaction() as session:
        put_case(session, preceptor=cast.other_preceptor, status="submitted")
    make_link(cast.other_preceptor)
    return make_link(cast.preceptor)


def _let_roles_differ(cast: Cast, cases: Sequence[uuid.UUID]) -> None:
    """One waits for the student, one for the preceptor, one was verified by agreement; one is amended, then void."""
    preceptor, student = cast.preceptor.actor, cast.student.actor
    for uid in cases[:3]:
        review.decide(preceptor, Decision(uid, verified=True, comment="", version=1, role="first_assistant"))
    role_agreement.keep_role(student, cases[1], version=1, reason="I ran it from start to end.")
    role_agreement.accept_role(student, cases[2], version=1)
    case = case_view(student, cases[3]).listed.case
    amendments.amend(CASES, student, replace(case, note="Mended."), version=1, reason="The note was wrong.")
    amendments.make_void(CASES, student, cases[3], version=2, reason="Logged twice.")


def _own_rule_sets(director: Actor) -> tuple[uuid.UUID, ...]:
    """A published edition, and drafts: a whole one, and one that is not."""
    published, whole, broken = (
        ruleset_drafts.start(
            director, DraftStart(ruleset=f"own-{name}", edition="2026-11", title=f"Our {name} minimums", like=like)
        )
        for name, like in (("first", ("barry-graduation", "2026-11")), ("second", None), ("third", None))
    )
    ruleset_drafts.publish(director, published)
    ruleset_drafts.save(director, broken, "minimum = 75", ruleset_drafts.draft(director, broken).changed_at)
    return whole, broken


def _waiver(director: Actor, student_id: uuid.UUID, requirement: str) -> uuid.UUID:
    judged_under = [each.ruleset for _, each in progress.student_progress(director, student_id).evaluations]
    details = WaiverDetails(
        ruleset="accredited-minimums",
        requirement=requirement,
        reason="Ill in spring.",
        until=date(2027, 1, 31),
        minimum=38,
    )
    return waivers.grant(director, student_id, details, judged_under)


def pages(app: Flask, method: str) -> list[Rule]:
    """The routes that take `method` and are for people; those of the API have tests of their own (tests/api)."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if method in (rule.methods or ()) and "caselog_operation" not in vars(app.view_functions[rule.endpoint])
    ]


def addresses(app: Flask, world: World, method: str = "GET") -> Iterator[tuple[str, str]]:
    """Each endpoint that takes `method`, with the path of everything there is for it to show."""
    adapter = app.url_map.bind("localhost")
    for rule in pages(app, method):
        for arguments in arguments_of(rule, world):
            yield rule.endpoint, adapter.build(rule.endpoint, arguments)


def arguments_of(rule: Rule, world: World) -> list[dict[str, object]]:
    """What may stand in the places of a route."""
    requirements = [(each.id, requirement.id) for each in judged_under() for requirement in each.requirements]
    requirements += [("ccp-eligibility", "pbse/clinical-perfusions")]
    file = "css/bootstrap.min.css" if rule.endpoint.startswith("bootstrap") else "icon.svg"
    students = (Cast.student.id, world.people[0])
    known: dict[tuple[str, ...], list[tuple[object, ...]]] = {
        (): [()],
        ("case_uid",): [(uid,) for uid in world.cases],
        ("activity_uid",): [(uid,) for uid in world.activities],
        ("draft_id",): [(uid,) for uid in world.drafts],
        ("student_id", "waiver_id"): [(Cast.student.id, uid) for uid in world.waivers],
        ("edition", "ruleset"): [("2026-11", ruleset) for ruleset in ("own-first", "abcp-pbse")],
        ("cohort_id",): [(uid,) for uid in (Cast.program.cohort_id, *world.cohorts)],
        ("person_id",): [(uid,) for uid in world.people],
        ("student_id",): [(uid,) for uid in students],
        ("requirement", "ruleset"): [(requirement, ruleset) for ruleset, requirement in requirements],
        ("requirement", "ruleset", "student_id"): [
            (requirement, ruleset, Cast.student.id) for ruleset, requirement in requirements
        ],
        ("cohort_id", "requirement", "ruleset"): [
            (Cast.program.cohort_id, each.requirements[0].id, each.id) for each in library.newest()
        ],
        ("code",): [("harbor",)],
        ("year",): [(2025,), (2024,)],
        ("form_id",): [(uid,) for uid in world.evaluation_forms],
        ("form_id", "use"): [(world.evaluation_forms[1], use) for use in ("retire", "restore")],
        ("form_id", "rotation_id"): [(world.evaluation_forms[0], uid) for uid in world.rotations],
        ("key",): [(key,) for key in world.signals],
        ("act", "code", "name"): [(act, "maze", "procedures") for act in ("retire", "restore")],
        ("token",): [(world.review_token if rule.endpoint == "confirm.confirm" else world.token,)],
        ("link_id",): [(uid,) for uid in world.links],
        ("token_id",): [(uid,) for uid in world.tokens],
        ("issued_id",): [(uid,) for uid in world.exports],
        ("reviewer_id",): [(uid,) for uid in world.reviewers],
        ("job_id",): [(uid,) for uid in world.jobs],
        ("batch_id",): [(uid,) for uid in world.batches],
        ("typed",): [(code,) for code in world.codes],
        ("import_id",): [(uid,) for uid in world.imports],
        ("filename",): [(file,)],
    }
    names = tuple(sorted(rule.arguments))
    if names not in known:
        raise LookupError(f"{rule}: say here what may stand for {names}")
    return [dict(zip(names, values, strict=True)) for values in known[names]]
