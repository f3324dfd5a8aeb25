"""A student's packet: what it holds, for whom, and how exactly."""

import uuid
from datetime import date
from typing import Any

import pytest
from flask import Flask

from caselog.domain.chain import Head
from caselog.domain.export import FULL, Dates, Format, Precision, Sites, Use, date_text, pseudonym
from caselog.domain.packet import Packet
from caselog.extensions import db
from caselog.services import issuing, packets, people, progress, waivers
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.services.issuing import Made, Prepared
from caselog.services.people import AttestedDocument
from caselog.services.waivers import WaiverDetails
from caselog.store.session import transaction
from tests.support.activities import put_activity
from tests.support.cast import STARTS_ON, Cast
from tests.support.clock import START
from tests.support.log import put_case, put_rotation

PREPARED = Prepared(uuid.uuid4(), "0123456789ABCDEFGHJKMNPQRS", Head(17, "0f" * 32), START)
COARSE = Precision(Dates.TERM, Sites.PSEUDONYM)


@pytest.fixture
def log(app_context: Flask) -> None:
    """A verified case, a pediatric one observed, one that waits, a draft, and an activity."""
    with transaction() as session:
        fall = put_rotation(session, Cast.student, Cast.site, "1-harbor")
        put_case(
            session, rotation_id=fall, note="Kept the *filling* even.", cpb_minutes=90, cross_clamp_minutes=60
        )
        put_case(session, case_date=date(2026, 11, 3), age_group="infant", procedures=("vsd",), role="observed")
        put_case(session, case_date=date(2026, 11, 4), status="submitted")
        put_case(session, status="draft")
        put_case(session, status="returned")
        put_activity(session, status="verified")
    people.attest(
        Cast.director.actor, Cast.student.id, AttestedDocument("transcript", "the registrar", date(2026, 9, 1))
    )


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[Packet]:
    """The packets that were made, before they become PDFs."""
    made: list[Packet] = []

    def keep(packet: Packet, _layout: str, _at: object) -> bytes:
        made.append(packet)
        return b"%PDF"

    monkeypatch.setattr(packets, "pdf", keep)
    return made


def made(use: Use, precision: Precision = FULL, actor: Actor = Cast.student.actor) -> Made:
    return packets.packet(actor, Cast.student.id, use, PREPARED, precision)[1]


def cells(packet: Packet) -> list[tuple[str, ...]]:
    return list(packet.cases.rows)


def test_it_holds_what_was_handed_in_or_verified_and_nothing_else(log: None, said: list[Packet]) -> None:
    told = made(Use.APPLICATION)
    assert (told.cases, told.activities) == (3, 1)
    assert [row[-1] for row in cells(said[0])] == [Cast.preceptor.name, Cast.preceptor.name, "waits"]
    assert cells(said[0])[0][1:7] == (
        "2026-11-02", Cast.site.name, "CPB: CABG", "primary", "adult, elective", "90 / 60",
    )  # fmt: skip
    assert said[0].notes == ()
    assert "Primary on one open-heart case, among them one with CABG; observer of one case." in said[0].summary


def test_the_programs_file_adds_notes_and_activities(log: None, said: list[Packet]) -> None:
    made(Use.PROGRAM_FILE)
    assert said[0].notes == (("2026-11-02 · CPB: CABG", "Kept the *filling* even."),)
    assert said[0].activities is not None
    assert said[0].activities.head[2] == "Title"


def test_a_boards_packet_follows_the_sets_that_ask_for_documents(log: None, said: list[Packet]) -> None:
    told = made(Use.BOARD)
    assert [(part.title, part.standing) for part in said[0].sets] == [
        ("ABCP PBSE (board exam, part 1)", "not yet")
    ]
    asked = {each.title: each for each in said[0].sets[0].asked}
    assert asked["Clinical perfusions"].numbers == "1 of 75 cases, 1 waiting"
    assert "The window: date of the case from 2024-08-01." in asked["Primary CPB"].says
    assert "Counted by role: 1 observed." in asked["Pediatric CPB, performed or observed"].says
    assert said[0].sets[0].attach == (
        ("Official transcript", "on file: the registrar, 2026-09-01"), ("Competency statement", "not on file"),
    )  # fmt: skip
    assert [row[6] for row in cells(said[0])] == ["A B", "D", "(A) (B)"]
    assert told.activities == 0


def test_dates_and_sites_leave_only_as_exactly_as_they_may(log: None, said: list[Packet]) -> None:
    made(Use.PROGRAM_FILE, COARSE)
    made(Use.BOARD, COARSE)
    for packet in said:
        everything = repr((packet.cases, packet.rotations, packet.notes, packet.activities, packet.sets))
        for hidden in (Cast.site.name, "harbor", "2026-11-0", Cast.preceptor.name, "Kept the", "how"):
            assert hidden not in everything, hidden
        assert cells(packet)[0][1:3] == ("2026 fall", pseudonym("site", Cast.site.id))
        assert packet.remarks


def test_no_part_of_a_coarse_packet_names_a_day_of_the_student_or_repeats_somebodys_words(
    log: None, said: list[Packet]
) -> None:
    adopted = next(iter(progress.rulesets_of(db.session(), Cast.program.id, Cast.program.cohort_id)))
    waiver = WaiverDetails(
        ruleset=adopted.id, requirement=adopted.requirements[0].id, reason="Harbor closed.", until=date(2027, 3, 9)
    )
    waivers.grant(Cast.director.actor, Cast.student.id, waiver, [adopted])
    for use in packets.USES:
        made(use, COARSE)
        told = said[-1]
        assert dict(told.facts)["Began"] == date_text(STARTS_ON, Dates.TERM)
        everything = repr((told.facts[:-1], told.attestations, told.waivers, [each.attach for each in told.sets]))
        for hidden in ("the registrar", "2026-09-01", "Harbor closed", "2027-03-09"):
            assert hidden not in everything, (use, hidden)
    made(Use.PROGRAM_FILE)
    assert "Harbor closed." in repr(said[-1].waivers)


def test_each_rule_names_its_source_and_the_day_it_was_read(log: None, said: list[Packet]) -> None:
    made(Use.APPLICATION)
    assert said[0].sets
    for part in said[0].sets:
        assert part.sources
        assert all("read 20" in source for source in part.sources)
        assert all(len(row) == len(part.table.head) for row in part.table.rows)


def test_the_address_of_the_check_stands_there_only_where_the_server_has_one(
    app: Flask, log: None, said: list[Packet]
) -> None:
    made(Use.APPLICATION)
    app.config["BASE_URL"] = "https://caselog.example"
    made(Use.APPLICATION)
    assert [each.verify for each in said] == ["", f"https://caselog.example/verify/{PREPARED.code}"]


def test_a_director_who_is_yet_to_judge_a_case_is_not_told_its_role(
    app_context: Flask, said: list[Packet]
) -> None:
    with transaction() as session:
        put_case(session, preceptor_id=Cast.director.id, status="submitted", site_id=Cast.site.id)
        put_case(session)
    made(Use.BOARD, actor=Cast.director.actor)
    made(Use.BOARD)
    assert [len(each.cases.rows) for each in said] == [1, 2]
    assert any("One case that waits for a decision" in remark for remark in said[0].remarks)
    assert "1 waiting" not in repr(said[0].sets)
    assert not said[1].remarks


def test_nobody_else_gets_one_and_other_uses_have_none(log: None) -> None:
    for actor in (Cast.other_student.actor, Cast.preceptor.actor, Cast.outsider_director.actor):
        with pytest.raises(NotFoundError):
            made(Use.APPLICATION, actor=actor)
    with pytest.raises(RefusedError):
        made(Use.SPREADSHEET)


def test_an_empty_log_makes_a_packet_too(app_context: Flask) -> None:
    for use in packets.USES:
        content, told = packets.packet(Cast.student.actor, Cast.student.id, use, PREPARED, FULL)
        assert content.startswith(b"%PDF")
        assert told.cases == 0


def test_a_draft_that_was_changed_amends_no_packet(log: None, clock: Any) -> None:
    prepared = issuing.prepare(Cast.student.actor)
    _, told = packets.packet(Cast.student.actor, Cast.student.id, Use.APPLICATION, prepared, FULL)
    issue = issuing.Issue(use=Use.APPLICATION, format=Format.PDF, student_id=Cast.student.id)
    issuing.issue(Cast.student.actor, prepared, issue, told)
    clock.advance(hours=1)
    with transaction() as session:
        put_case(session, status="draft", created_at=START, changed_at=clock.now())
    found = issuing.look_up(prepared.code)
    assert found is not None
    assert (found.amended, found.made) == (0, told)
