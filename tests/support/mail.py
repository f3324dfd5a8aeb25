"""What stands in the outbox, and links as a reviewer would get them."""

import re
import uuid
from email.message import EmailMessage

import sqlalchemy as sa

from caselog import clock
from caselog.services import links
from caselog.services.actor import Operator
from caselog.store.links import ReviewLink
from caselog.store.mail import OutgoingMail
from caselog.store.people import Person
from caselog.store.session import reading, transaction
from tests.support.cast import Cast, Member

BASE_URL = "https://log.example"


def outbox() -> list[OutgoingMail]:
    """All mails, the oldest first."""
    with reading() as session:
        found = list(session.scalars(sa.select(OutgoingMail).order_by(OutgoingMail.created_at)))
        session.expunge_all()
    return found


def put_mail(
    reviewer: Member = Cast.preceptor, cause: str = "count", outcome: str | None = None, attempts: int = 0
) -> uuid.UUID:
    """A mail that is due, whatever waits; or one that has ended."""
    now = clock.now()
    with transaction() as session:
        mail = OutgoingMail(
            program_id=reviewer.program_id, id=uuid.uuid4(), person_id=reviewer.id, cause=cause,
            asked_by=Cast.student.id if cause == "student" else None, created_at=now, due_at=now,
            attempts=attempts, outcome=outcome, ended_at=now if outcome else None,
            last_error="The mail server refused the address for now (450)." if attempts else "",
        )  # fmt: skip
        session.add(mail)
        return mail.id


def make_link(reviewer: Member = Cast.preceptor) -> str:
    """The token of a link for all that waits with a reviewer."""
    with transaction() as session:
        person = session.get_one(Person, (reviewer.program_id, reviewer.id))
        waiting = links.waiting(session, links.actor_of(person, reviewer.timezone))
        link = links.make(session, Operator(reviewer.program_id, reviewer.timezone), person, waiting)
        return links.token_of(link)


def link_rows() -> list[ReviewLink]:
    with reading() as session:
        found = list(session.scalars(sa.select(ReviewLink).order_by(ReviewLink.created_at)))
        session.expunge_all()
    return found


def link_in(mail: EmailMessage) -> str:
    """The token in a mail."""
    (token,) = re.findall(rf"^{BASE_URL}/confirm/([\w-]+)$", mail.get_content().replace("\r", ""), re.M)
    return str(token)
