"""The words of a digest: who asks for how many confirmations, the link, and what to do if one is somebody else.

A mail may be read by whoever holds the phone: it says nothing of any case. The same digest always makes the same mail.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from zoneinfo import ZoneInfo

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# What stands before and after the @; beyond ASCII, whatever is no control.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\u00a1-\U0010ffff-]+@[A-Za-z0-9.\u00a1-\U0010ffff-]+")


@dataclass(frozen=True, slots=True)
class Digest:
    """All that a digest says. `asker` is the student who asks, or None where the program does."""

    message_id: str
    sender: str
    to: str
    reviewer: str
    program: str
    asker: str | None
    cases: int
    activities: int
    waiting_since: datetime
    good_until: datetime
    timezone: str
    written_at: datetime
    link: str = field(repr=False)


def can_be_written_to(address: str) -> bool:
    """Whether an address is of a kind that mail can be sent to."""
    return _ADDRESS.fullmatch(address) is not None


def compose(digest: Digest) -> EmailMessage:
    """The mail of a digest, as plain text."""
    message = EmailMessage(policy=policy.SMTP if digest.to.isascii() else policy.SMTPUTF8)
    program, reviewer = _line(digest.program), _line(digest.reviewer)
    message["From"] = Address(f"{program} (Caselog)", addr_spec=digest.sender)
    message["To"] = Address(reviewer, *digest.to.rsplit("@", 1))
    message["Subject"] = f"{_how_many(digest)} to confirm"
    message["Date"] = format_datetime(digest.written_at)
    message["Message-ID"] = digest.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(digest, program, reviewer))
    return message


def _text(digest: Digest, program: str, reviewer: str) -> str:
    asks = f"{_line(digest.asker)} asks you" if digest.asker else f"{program} asks you"
    oldest = "handed in" if digest.cases + digest.activities == 1 else "the oldest handed in"
    return f"""\
Hello {reviewer},

{asks} to confirm what you supervised:
{_how_many(digest)}, {oldest} on {_day(digest.waiting_since, digest.timezone)}.

This link opens the list. You need no password:

{digest.link}

It is for you alone, works once, and is good until {_day(digest.good_until, digest.timezone)}.
Opening it changes nothing; only the button on its page does.

Are you not {reviewer}, or did you not supervise this? Then do nothing, and
please tell the program: a newer list goes to the right person.

{program}
"""


def _how_many(digest: Digest) -> str:
    counts = (
        (digest.cases, "case", "cases"),
        (digest.activities, "learning activity", "learning activities"),
    )
    return " and ".join(f"{many} {one if many == 1 else more}" for many, one, more in counts if many)


def _line(text: str) -> str:
    """A name as one line, whatever was typed."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _day(instant: datetime, timezone: str) -> str:
    local = instant.astimezone(ZoneInfo(timezone))
    return f"{local.day} {local:%B %Y}"
