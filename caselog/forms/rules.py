"""The director's forms for rule sets: begin one, write its text, have a cohort adopt it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import request
from wtforms import ValidationError

from caselog.domain.ruleset import RuleSet
from caselog.forms.base import CaselogForm, ChoiceField, DayField, HiddenLineField, LineField, Needed, NoteField
from caselog.services.ruleset_drafts import TITLE_MOST, DraftStart
from caselog.services.rulesets import TEXT_MOST
from caselog.services.screen import Treatment

ACTS = ("save", "preview", "replay", "publish")


class StartForm(CaselogForm):
    """A new rule set, or a new edition of the program's own."""

    title = LineField("Title", [Needed("Give the set's title, such as Our graduation minimums.")], most=TITLE_MOST)
    ruleset = LineField(
        "Id",
        [Needed("Give an id, such as our-minimums; it stays from edition to edition.")],
        most=60,
        treatment=None,
    )
    edition = LineField("Edition", [Needed("Name the edition, such as 2026-11.")], most=40, treatment=None)
    like = ChoiceField("Begin with")

    def __init__(self, rulesets: Iterable[RuleSet], **data: Any) -> None:
        super().__init__(data=data)
        self.like.choices = [
            ("", "a short example"),
            *(
                (f"{each.id} {each.edition}", f"a copy of {each.title}, edition {each.edition}")
                for each in rulesets
            ),
        ]

    def begun(self) -> DraftStart:
        like = self.like.data.split(" ", 1) if self.like.data else None
        return DraftStart(
            ruleset=self.ruleset.data,
            edition=self.edition.data,
            title=self.title.data,
            like=(like[0], like[1]) if like else None,
        )


class TextForm(CaselogForm):
    """The text of a draft; what is to be done after it was saved is said by the button that was pressed."""

    text = NoteField("Text of the rule set", most=TEXT_MOST, treatment=Treatment.NUMBERS)
    seen = HiddenLineField("Saved at")

    def __init__(self, text: str, changed_at: datetime) -> None:
        super().__init__(data={"text": text, "seen": changed_at.isoformat()})

    def validate_seen(self, field: LineField) -> None:
        if self.seen_at is None:
            raise ValidationError("is no instant; open the draft anew.")

    def send_over(self, changed_at: datetime) -> None:
        """Have what was typed take the place of what was saved meanwhile, if it is sent again."""
        self.seen.typed = self.seen.data = changed_at.isoformat()

    @property
    def seen_at(self) -> datetime | None:
        """When the draft that was open had been saved."""
        try:
            found = datetime.fromisoformat(self.seen.data)
        except ValueError:
            return None
        return found if found.tzinfo else None

    @property
    def act(self) -> str:
        pressed = request.form.get("act")
        return pressed if pressed in ACTS else "save"


class AdoptForm(CaselogForm):
    """A cohort that shall be judged under an edition, and the day on which that was decided."""

    cohort = ChoiceField("Cohort", [Needed("Choose a cohort.")])
    on = DayField("Decided on", [Needed("Give the day on which it was decided.")])

    def __init__(self, cohorts: Iterable[tuple[str, str]], **data: Any) -> None:
        super().__init__(data=data)
        self.cohort.choices = [("", ""), *cohorts]
