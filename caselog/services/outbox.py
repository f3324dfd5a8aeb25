"""Sending what stands in the outbox: each mail is claimed, sent outside of any transaction, and marked.

Who sends holds a mail for a while, so that no other sender takes it. A sender that dies after the server took the mail
and before that is marked lets go of it in the end, and it is sent a second time, the same to the letter: mail programs
know it by its Message-ID.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.mail import ATTEMPTS_MOST, Outcome, wait_after
from caselog.services import links, trail
from caselog.services.actor import Operator
from caselog.services.digest_mail import Digest, can_be_written_to, compose
from caselog.services.postman import DeliveryError, GivenUpError, MailServer, ServerTroubleError, deliver
from caselog.store.accounts import digest
from caselog.store.links import ReviewLink, entries_of
from caselog.store.mail import OutgoingMail, next_due
from caselog.store.people import Person, lock_person
from caselog.store.programs import Program
from caselog.store.session import transaction

CLAIM = timedelta(minutes=10)  # longer than a server may take to refuse or to accept


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the mails of one run; `trouble` says why it ended early, if it did."""

    sent: int = 0
    later: int = 0
    failed: int = 0
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class _Letter:
    """A mail that this sender holds."""

    operator: Operator
    id: uuid.UUID
    attempts: int
    digest: Digest


def send_due(server: MailServer, base_url: str, *, goes_on: Callable[[], bool] = lambda: True) -> Tally:
    """Send all mail that is due; between two mails `goes_on` says whether to."""
    counts: Counter[str] = Counter()
    trouble = ""
    while goes_on() and not trouble:
        letter = _claim(server.sender, base_url)
        if letter is None:
            break
        try:
            deliver(server, compose(letter.digest), letter.digest.to)
        except DeliveryError as error:
            counts[_mark_failure(letter, error)] += 1
            trouble = str(error) if isinstance(error, ServerTroubleError) else ""
        else:
            _mark(letter, Outcome.SENT)
            counts[Outcome.SENT] += 1
    return Tally(counts[Outcome.SENT], counts["later"], counts[Outcome.FAILED], trouble)


def _claim(sender: str, base_url: str) -> _Letter | None:
    """Take the next mail that is still needed; None when there is none."""
    while True:
        with transaction() as session:
            mail = next_due(session, clock.now())
            if mail is None:
                return None
            letter = _prepared(session, mail, sender, base_url)
            if letter:
                return letter


def _prepared(session: Session, mail: OutgoingMail, sender: str, base_url: str) -> _Letter | None:
    """The mail as it is to be sent, claimed; None for one that is not to be sent any more, which is ended."""
    program = session.get_one(Program, mail.program_id)
    operator = Operator(program.id, program.timezone)
    person = lock_person(session, mail.program_id, mail.person_id)
    if person is None or not person.active:
        _end(mail, operator, Outcome.DROPPED, "The person is no longer active.")
    elif not can_be_written_to(person.email):
        _end(mail, operator, Outcome.FAILED, "The address is none that mail can be sent to.")
    elif mail.attempts >= ATTEMPTS_MOST:
        _end(mail, operator, Outcome.FAILED, mail.last_error or "It was begun too often and never ended.")
    elif link := _link(session, mail, operator, person):
        mail.attempts += 1
        mail.claimed_until = clock.now() + CLAIM
        address = f"{base_url}/confirm/{links.token_of(link)}"
        return _Letter(
            operator, mail.id, mail.attempts, _digest(session, mail, link, person, program, sender, address)
        )
    return None


def _link(session: Session, mail: OutgoingMail, operator: Operator, person: Person) -> ReviewLink | None:
    """The link that the mail carries, made at the first try; None, and the mail is ended, where it needs none now."""
    link = session.get(ReviewLink, (mail.program_id, mail.link_id)) if mail.link_id else None
    if link and not links.is_alive(link, person, clock.now()):
        _end(mail, operator, Outcome.DROPPED, "Its link has ended meanwhile.")
        return None
    if link is None or digest(links.token_of(link)) != link.token_hash:  # SECRET_KEY may have changed
        named = links.waiting(session, links.actor_of(person, operator.timezone))
        if not named:
            _end(mail, operator, Outcome.DROPPED, "Nothing waited any more.")
            return None
        link = links.make(session, operator, person, named)
        mail.link_id = link.id
    return link


def _end(mail: OutgoingMail, operator: Operator, outcome: Outcome, why: str) -> None:
    mail.ended_at, mail.outcome, mail.last_error, mail.claimed_until = clock.now(), outcome, why, None
    trail.record(operator, f"mail.{outcome}", mail.id)


def _digest(
    session: Session,
    mail: OutgoingMail,
    link: ReviewLink,
    person: Person,
    program: Program,
    sender: str,
    address: str,
) -> Digest:
    kinds = Counter(each.kind for each in entries_of(session, link))
    asker = session.get(Person, (mail.program_id, mail.asked_by)) if mail.asked_by else None
    return Digest(
        message_id=f"<{mail.id}@{sender.rpartition('@')[2]}>",
        sender=sender,
        to=person.email,
        reviewer=person.name,
        program=program.name,
        asker=asker.name if asker else None,
        cases=kinds["case"],
        activities=kinds["activity"],
        waiting_since=link.waiting_since,
        good_until=link.expires_at,
        timezone=program.timezone,
        written_at=mail.created_at,
        link=address,
    )


def _mark_failure(letter: _Letter, error: DeliveryError) -> str:
    if isinstance(error, GivenUpError) or letter.attempts >= ATTEMPTS_MOST:
        return _mark(letter, Outcome.FAILED, str(error))
    with transaction() as session:
        mail = _held(session, letter)
        if mail:
            mail.due_at = clock.now() + wait_after(letter.attempts)
            mail.claimed_until, mail.last_error = None, str(error)
    return "later"


def _mark(letter: _Letter, outcome: Outcome, why: str = "") -> str:
    with transaction() as session:
        mail = _held(session, letter, sent=outcome is Outcome.SENT)
        if mail:
            _end(mail, letter.operator, outcome, why)
    return outcome


def _held(session: Session, letter: _Letter, *, sent: bool = False) -> OutgoingMail | None:
    """The mail, unless it has ended in other hands; nor, unless it was `sent`, if another sender holds it since."""
    mail = session.get_one(OutgoingMail, (letter.operator.program_id, letter.id), with_for_update=True)
    ours = sent or mail.attempts == letter.attempts
    return mail if mail.outcome is None and ours else None
