"""One form for many decisions: a choice for each case and activity that waits.

The form does not ask who sends it, so a page for somebody who is signed in and one for who came by a link share it.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from caselog.domain.case import NOTE_MOST
from caselog.forms.base import (
    CaselogForm,
    ChoiceField,
    HiddenNumberField,
    NoteField,
    RadioChoiceField,
    YesNoField,
)
from caselog.forms.entry import Choice, closed, optional
from caselog.services.activity_log import ListedActivity
from caselog.services.case_log import ListedCase
from caselog.services.kinds import ACTIVITIES, CASES, EntryKind
from caselog.services.review import Decision

ROWS_MOST = 200  # in one form
_KINDS: dict[str, EntryKind[Any]] = {kind.noun: kind for kind in (CASES, ACTIVITIES)}
_OTHERWISE: list[Choice] = [("return", "Return"), ("later", "Not now")]


@dataclass(frozen=True, slots=True)
class Row:
    """One entry to decide on; `listed` is None for one that was sent but does not wait any more."""

    kind: EntryKind[Any]
    uid: uuid.UUID
    version: int
    listed: ListedCase | ListedActivity | None

    @property
    def key(self) -> str:
        return f"{self.kind.noun}-{self.uid}"

    @property
    def last_word(self) -> bool:
        """Whether the student keeps a role that this reviewer did not see, and both are shown."""
        return isinstance(self.listed, ListedCase) and self.listed.difference is not None

    def choices(self) -> list[Choice]:
        if isinstance(self.listed, ListedCase) and self.listed.difference:
            claimed = self.listed.difference.claimed
            return [(claimed, f"Agree: {claimed.replace('_', ' ')}"), *_OTHERWISE]
        return [*(closed("role") if self.kind.has_role else [("verify", "Confirm")]), *_OTHERWISE]


def rows_of(cases: Iterable[ListedCase], activities: Iterable[ListedActivity]) -> list[Row]:
    """The rows of what waits, as the services list it."""
    return [
        *(Row(CASES, uuid.UUID(each.case.case_uid), each.version, each) for each in cases),
        *(Row(ACTIVITIES, uuid.UUID(each.activity.activity_uid), each.version, each) for each in activities),
    ]


class DecidingForm(CaselogForm):
    """The decisions. Made by `deciding_form`, which gives each row its fields."""

    role_for_all = ChoiceField(
        "Role for all cases that I leave open", choices=optional(closed("role"), "None: leave them")
    )
    activities_for_all = YesNoField("Confirm all activities that I leave open")
    rows: Sequence[Row] = ()

    @property
    def http_status(self) -> int:
        return 400 if self.errors else 200

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        for row in self.rows:
            choice, comment = self[f"{row.key}-choice"], self[f"{row.key}-comment"]
            if choice.data == "return" and not comment.data:
                comment.errors = [f"Say what the student should mend; the {row.kind.noun} goes back with this."]
            elif comment.data and choice.data is None:
                choice.errors = [f"Choose what becomes of this {row.kind.noun}, or take the comment out."]
        if not self.errors and not any(self.decisions()):
            self.form_errors.append("Nothing is chosen yet.")
        return not self.errors

    def decisions(self) -> Iterator[tuple[EntryKind[Any], Decision]]:
        """What was decided; rows that are left open or for later are not among it."""
        for row in self.rows:
            choice = self[f"{row.key}-choice"].data or self._for_all(row)
            if choice not in (None, "later"):
                yield (
                    row.kind,
                    Decision(
                        uid=row.uid,
                        verified=choice != "return",
                        comment=self[f"{row.key}-comment"].data,
                        version=self[f"{row.key}-version"].data or 0,
                        role=choice if row.kind.has_role and choice != "return" else None,
                    ),
                )

    def renew(self) -> None:
        """Forget what was chosen, now that it is done or has to be looked at again; comments stay."""
        self.role_for_all.data = self.activities_for_all.data = None
        for row in self.rows:
            self[f"{row.key}-version"].data = row.version
            self[f"{row.key}-choice"].data = None

    def _for_all(self, row: Row) -> str | None:
        """What is said for all rows that are left open; never of one where the student keeps another role."""
        if row.kind.has_role:
            found: str | None = None if row.last_word else self.role_for_all.data
            return found
        return "verify" if self.activities_for_all.data else None


def deciding_form(waiting: Sequence[Row], *, sent: bool, by_link: bool = False) -> DecidingForm:
    """The form of what waits or, when it was `sent`, of the rows that were sent, as they now stand.

    `by_link`: its address is a secret, and proves more than a token that would need a cookie.
    """
    rows = _sent(waiting) if sent else waiting
    fields: dict[str, Any] = {"rows": rows}
    for row in rows:
        noun = row.kind.noun.capitalize()
        fields[f"{row.key}-version"] = HiddenNumberField("Version", default=row.version)
        fields[f"{row.key}-choice"] = RadioChoiceField(
            "Role that you saw" if row.kind.has_role and not row.last_word else noun, choices=row.choices()
        )
        fields[f"{row.key}-comment"] = NoteField("Comment", most=NOTE_MOST)
    made: DecidingForm = type("Deciding", (DecidingForm,), fields)(meta={"csrf": not by_link})
    return made


def _sent(waiting: Sequence[Row]) -> list[Row]:
    known = {row.key: row for row in waiting}
    found = []
    for key in dict.fromkeys(request.form.getlist("entry")[:ROWS_MOST]):
        row = known.get(key) or _gone(key)
        if row:
            found.append(row)
    return found


def _gone(key: str) -> Row | None:
    noun, _, text = key.partition("-")
    try:
        return Row(_KINDS[noun], uuid.UUID(text), 0, None)
    except (KeyError, ValueError):
        return None
