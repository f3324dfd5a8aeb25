"""The chain of the audit trail: what an entry's hash covers, and what is wrong with a chain that was tampered with.

Each entry holds the hash of the one before it, so an entry cannot be changed, removed, inserted or moved without all
that follow saying so. An end that was cut off shows only against a head that was noted elsewhere: exports and backups
print theirs.

Entries hold digests of values, never values. A digest is made with a random salt of the thing that it is about, which
is kept beside the trail: once the salt is gone, nothing leads from the digest back to what was written.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from json.encoder import encode_basestring

START = "0" * 64  # what the first entry of a chain follows
DIGEST_LENGTH = 32  # characters of the digest of a field, hexadecimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act: who (`actor` is empty for the operator), by which way, did what to what, concerning whom, and when.

    `digests` is JSON text: what the act changed, as digests of each field before and after.
    """

    program: str
    seq: int  # counts from 1 in each program
    at: datetime
    actor: str | None
    way: str
    action: str
    subject: str
    about: str | None
    digests: str
    previous: str
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a chain; written as `seq:hash`."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


def parse_head(text: str) -> Head:
    """A head as it was printed. Raises ValueError."""
    seq, separator, found = text.strip().partition(":")
    if not separator or not seq.isascii() or not seq.isdigit() or len(found) != len(START):
        raise ValueError("A head is written as number:hash, such as 17:0f3a… with 64 characters after the colon.")
    return Head(int(seq), found.lower())


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain, or what it vouches for, is not as it was written; `seq` is 0 where no entry can be named."""

    seq: int
    message: str


def entry_hash(entry: Entry) -> str:
    """The SHA-256, in hexadecimal, of all that an entry says and of the entry that it follows."""
    said = [
        entry.program,
        entry.seq,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor,
        entry.way,
        entry.action,
        entry.subject,
        entry.about,
        entry.digests,
        entry.previous,
    ]
    return hashlib.sha256(_canonical(said)).hexdigest()


def field_digest(salt: str, name: str, text: str | None) -> str | None:
    """The digest of a field's value, 32 hexadecimal characters; of no value there is none."""
    if text is None:
        return None
    # Written out, since this is asked for each field of a thousand rows: the same bytes as `_canonical` gives.
    said = f"[{encode_basestring(salt)},{encode_basestring(name)},{encode_basestring(text)}]"
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_LENGTH]


def field_digests(salt: str, fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The digests of values of one thing by field name: what `field_digest` says of each, without asking each time."""
    begin, sha256, most = f"[{encode_basestring(salt)},", hashlib.sha256, DIGEST_LENGTH
    return {
        name: sha256(
            f"{begin}{encode_basestring(name)},{encode_basestring(text)}]".encode("utf-8", "surrogatepass")
        ).hexdigest()[:most]
        for name, text in fields
    }


def alias(text: str) -> str:
    """What stands for a word that somebody chose, such as a code: the first 12 characters of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def content_digest(salt: str, fields: Mapping[str, str | None]) -> str:
    """The SHA-256 of a whole content: what a verification covers."""
    digests = {name: field_digest(salt, name, text) for name, text in fields.items()}
    return hashlib.sha256(_canonical(digests)).hexdigest()


def breaks(entries: Iterable[Entry], stored: Head | None, noted: Iterable[Head] = ()) -> Iterator[Break]:
    """What is wrong with a chain; `entries` come in the order of their numbers.

    `stored` is the head that the database keeps; `noted` are heads that were printed on exports and backups.
    """
    to_find = {head.seq: head.hash for head in noted}
    last = Head(0, START)
    for entry in entries:
        yield from _break_between(last, entry)
        if entry.seq in to_find and to_find.pop(entry.seq) != entry.hash:
            yield Break(
                entry.seq, f"Entry {entry.seq} is not the one whose hash was noted on an export or backup."
            )
        last = Head(entry.seq, entry.hash)
    if (stored or Head(0, START)) != last:
        kept = stored.seq if stored else 0
        yield Break(last.seq, f"The chain ends at entry {last.seq}, but the head kept beside it says {kept}.")
    for seq in sorted(to_find):
        if seq > 0:
            yield Break(seq, f"Entry {seq} was noted on an export or backup, and is gone: the end was cut off.")


def _break_between(last: Head, entry: Entry) -> Iterator[Break]:
    wanted = last.seq + 1
    if entry.seq > wanted:
        gone = f"Entry {wanted} is" if entry.seq == wanted + 1 else f"Entries {wanted} to {entry.seq - 1} are"
        yield Break(wanted, f"{gone} missing.")
    elif entry.seq < wanted:
        yield Break(entry.seq, f"Entry {entry.seq} stands where entry {wanted} should.")
    if entry.previous != last.hash:
        yield Break(entry.seq, f"Entry {entry.seq} does not follow the one before it.")
    if entry.hash != entry_hash(entry):
        yield Break(
            entry.seq, f"Entry {entry.seq} ({entry.action}) was changed: its hash does not fit what it says."
        )


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def _canonical(value: object) -> bytes:
    return _encode(value).encode("utf-8", "surrogatepass")
