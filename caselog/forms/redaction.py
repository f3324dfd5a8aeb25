"""Which texts to remove from an entry."""

from caselog.forms.amendment import SmallForm
from caselog.forms.base import ChoicesField
from caselog.services.redaction import StoredText


class RedactionForm(SmallForm):
    """The texts that stand with an entry, to be ticked."""

    texts = ChoicesField("Texts to remove")

    def __init__(self, version: int, texts: tuple[StoredText, ...]) -> None:
        super().__init__(version)
        self.texts.choices = [(each.key, f"{each.place}: {each.text}") for each in texts]
