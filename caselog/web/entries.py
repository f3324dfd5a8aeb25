"""What the pages of cases and of learning activities do alike: store what a form says, and tell what became of it."""

from collections.abc import Callable
from typing import Any

from flask import flash, request

from caselog.domain.codes import Status
from caselog.forms.entry import EntryForm
from caselog.services.actor import RefusedError
from caselog.services.entry import ConflictError, FaultsError, Logged
from caselog.services.kinds import EntryKind


def form_was_sent() -> bool:
    """Whether something was typed that a refusal must not lose."""
    return request.method == "POST"


def stored_new(kind: EntryKind[Any], form: EntryForm, log: Callable[[], Logged]) -> bool:
    """Whether the form was sent and is in the log now; what is wrong with it otherwise stands in the form."""
    if not form.validate_on_submit():
        return False
    try:
        logged = log()
    except FaultsError as error:
        form.show(error.faults)
        return False
    if logged.fresh:
        flash(_saved(kind, logged.status), "success")
    else:
        flash(f"This {kind.noun} is in your log already; nothing was changed.", "info")
    return True


def stored_change(kind: EntryKind[Any], form: EntryForm, change: Callable[[], Status]) -> bool:
    """Whether the form was sent and the log is changed; a refusal keeps what was typed, so that it can be copied."""
    if not form.validate_on_submit():
        return False
    try:
        status = change()
    except FaultsError as error:
        form.show(error.faults)
        return False
    except ConflictError as error:
        form.clash(error)
        return False
    except RefusedError as error:
        form.refuse(str(error))
        return False
    flash(_saved(kind, status), "success")
    return True


def stored_amendment(kind: EntryKind[Any], form: EntryForm, amend: Callable[[], None]) -> bool:
    """Whether the form was sent and the entry is amended; a refusal keeps what was typed."""
    if not form.validate_on_submit():
        return False
    try:
        amend()
    except FaultsError as error:
        form.show(error.faults)
        return False
    except ConflictError as error:
        form.clash(error)
        return False
    except RefusedError as error:
        form.refuse(str(error))
        return False
    flash(f"{kind.noun.capitalize()} amended. It waits for verification by its {kind.reviewer}.", "success")
    return True


def handed_in(kind: EntryKind[Any], submit: Callable[[], None]) -> bool:
    """Whether the entry is submitted now; what it lacks is told otherwise."""
    try:
        submit()
    except FaultsError as error:
        flash(f"Not submitted yet: {error.faults[0].message}", "warning")
        return False
    flash(_saved(kind, Status.SUBMITTED), "success")
    return True


def _saved(kind: EntryKind[Any], status: Status) -> str:
    return {
        Status.DRAFT: "Draft saved. Submit it when it is complete.",
        Status.RETURNED: "Saved. Submit it again when it is mended.",
        Status.SUBMITTED: (
            f"{kind.noun.capitalize()} submitted. It counts as soon as your {kind.reviewer} verifies it."
        ),
    }[status]
