"""The forms of an import: what the file is, what its columns and words mean, and what is to be done with its rows."""

import re
from collections.abc import Iterator

from flask import request
from wtforms import FileField

from caselog.domain.arranging import ALWAYS, MEANINGS_MOST
from caselog.domain.carrying import CarriedError, carried
from caselog.domain.sheet import Sheet
from caselog.domain.sheet_columns import fields_of
from caselog.domain.sheet_values import Order
from caselog.domain.sheet_words import Vocabulary, folded
from caselog.forms.base import CaselogForm, Needed, RadioChoiceField
from caselog.services.importing import Asked

NOUNS = (("case", "Cases"), ("activity", "Learning activities"))
LEAVE_OUT = "-"
_COLUMN = re.compile(r"column-([0-9]{1,3})")


class UploadForm(CaselogForm):
    """A file, and what stands in it."""

    noun = RadioChoiceField(
        "What stands in the file", [Needed("Choose what stands in the file.")], choices=NOUNS, default="case"
    )
    file = FileField("Spreadsheet")

    @property
    def data_sent(self) -> bytes | None:
        """The bytes of the file, from memory; None where none was chosen."""
        sent = request.files.get("file")
        return sent.stream.read() if sent and sent.filename else None

    def refuse(self, message: str) -> None:
        self.file.errors = [*self.file.errors, message]

    @property
    def http_status(self) -> int:
        return 400 if self.errors else 200


class CarriedForm(CaselogForm):
    """A table that the page carries, and what was said of it so far: read field by field, as many as the table has."""

    noun = RadioChoiceField("What stands in the file", [Needed("Choose the file again.")], choices=NOUNS)

    def sheet(self) -> Sheet | None:
        """The table; None where it did not come back whole."""
        try:
            return carried(request.form.get("table", ""))
        except CarriedError:
            return None

    @property
    def act(self) -> str:
        return request.form.get("act", "preview")

    @property
    def page(self) -> int:
        text = request.form.get("page", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1

    @property
    def submit_whole(self) -> bool:
        return request.form.get("submit") == "yes"

    def asked(self, sheet: Sheet, noun: str, vocabulary: Vocabulary) -> Asked:
        """What was chosen; what is no field or code is taken for not chosen."""
        fields = dict(self._columns(sheet, noun)) if any(map(_COLUMN.fullmatch, request.form)) else None
        return Asked(
            columns=fields,
            order=next((each for each in Order if each == request.form.get("order")), None),
            meanings=dict(self._meanings(vocabulary)),
            always=dict(self._always(noun, vocabulary)),
            submit=self.submit_whole,
            twice=request.form.get("twice") == "yes",
            texts_checked=request.form.get("texts_checked") == "yes",
        )

    @staticmethod
    def _columns(sheet: Sheet, noun: str) -> Iterator[tuple[int, str]]:
        known = fields_of(noun)
        for place in range(len(sheet.header)):
            name = request.form.get(f"column-{place}", LEAVE_OUT)
            if name in known:
                yield place, name

    @staticmethod
    def _meanings(vocabulary: Vocabulary) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
        for number in range(MEANINGS_MOST):
            name, word = request.form.get(f"field-{number}", ""), request.form.get(f"word-{number}", "")
            chosen = [each for each in request.form.getlist(f"meaning-{number}") if each]
            if name in vocabulary and word and chosen:
                codes = tuple(sorted({each for each in chosen if each in vocabulary.lists[name]}))
                if codes or LEAVE_OUT in chosen:
                    yield (name, folded(word)), codes

    @staticmethod
    def _always(noun: str, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
        for name in ALWAYS[noun]:
            code = request.form.get(f"always-{name}", "")
            if name in vocabulary and code in vocabulary.lists[name]:
                yield name, code
