"""That a writer has looked at a doubtful text and says it names no patient: noted for the request, and audited."""

from caselog.extensions import db

_SAID = "caselog texts checked"
_TAKEN = "caselog texts confirmed"


def confirm_texts(*, confirmed: bool = True) -> None:
    """Say that the texts of this request, or of this import, were checked. Holds until the session is removed."""
    db.session().info[_SAID] = confirmed


def texts_confirmed() -> bool:
    return bool(db.session().info.get(_SAID))


def note_confirmed(categories: frozenset[str]) -> None:
    """Keep what kinds of findings a confirmation covered, until the act that stores the text is recorded."""
    info = db.session().info
    info[_TAKEN] = info.get(_TAKEN, frozenset()) | categories


def take_confirmed() -> str:
    """The kinds that were confirmed since this was asked last, in words; empty when there are none."""
    return " ".join(sorted(db.session().info.pop(_TAKEN, ())))
