"""The form with which somebody makes a token of theirs."""

from collections.abc import Iterable

from caselog.domain.scopes import SCOPES, Scope
from caselog.forms.base import CaselogForm, ChoicesField, LineField, Needed, WholeNumberField
from caselog.services.api_tokens import DAYS, DAYS_MOST, NAME_MOST, TokenWish
from caselog.services.screen import Treatment


class TokenForm(CaselogForm):
    name = LineField(
        "Name",
        [Needed("Give the token a name that tells it from your others.")],
        most=NAME_MOST,
        treatment=Treatment.NAMES,
    )
    scopes = ChoicesField("What it is for", [Needed("Choose at least one.")])
    days = WholeNumberField(
        "Days until it ends",
        [Needed(f"Give a number of days from 1 to {DAYS_MOST}.")],
        least=1,
        most=DAYS_MOST,
        default=DAYS,
    )

    def __init__(self, offered: Iterable[Scope]) -> None:
        super().__init__()
        self.scopes.choices = [(scope.code, scope.words) for scope in offered]

    def wish(self) -> TokenWish:
        return TokenWish(
            self.name.data, frozenset(SCOPES[code] for code in self.scopes.data or ()), self.days.data
        )
