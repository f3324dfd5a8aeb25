"""What a form shows of the screen: the text as it was typed with what was found in it, and the box to confirm."""

from collections.abc import Iterator
from typing import Any

from flask import request

from caselog.domain.screening import Finding
from caselog.services.confirming import confirm_texts
from caselog.services.screen import Treatment, found_in

CHECKED = "text_checked"  # the name of the box, in whichever form it stands
ASK = "If it names no patient, say so below and send again."


def checked() -> bool:
    """Whether the box was ticked: the writer says that the texts name no patient."""
    return bool(request.form.get(CHECKED) == "yes")


class Screen:
    """What was found in the text of one field."""

    def __init__(self, text: str, found: tuple[Finding, ...]) -> None:
        self.text, self.found = text, found

    @property
    def asks(self) -> bool:
        """Whether a confirmation would do."""
        return bool(self.found) and not any(each.strong for each in self.found)

    @property
    def confirmed(self) -> bool:
        return self.asks and checked()

    def messages(self) -> Iterator[str]:
        for words in dict.fromkeys(each.words for each in self.found):
            yield f"What is marked {words}."
        if self.asks:
            yield ASK

    def parts(self) -> Iterator[tuple[str, Finding | None]]:
        """The text in pieces, each with what was found there."""
        at = 0
        for each in self.found:
            if each.start > at:
                yield self.text[at : each.start], None
            yield self.text[each.start : each.end], each
            at = each.end
        if at < len(self.text):
            yield self.text[at:], None


def screen_field(field: Any, treatment: Treatment | None) -> None:
    """Put at a field what was found in its text, unless it stands there unchanged or was confirmed."""
    text = field.data
    if treatment is None or not isinstance(text, str) or not text or text == field.object_data:
        return
    field.screen = Screen(text, found_in(text, treatment))
    if field.screen.confirmed:
        confirm_texts()
    elif field.screen.found:
        field.errors = [*field.errors, *field.screen.messages()]
