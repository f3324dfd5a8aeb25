"""What a writer sees of the screen, and that nothing typed into any form shows where it has no business."""

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any
from unittest.mock import ANY

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.extensions import db
from caselog.forms.base import CaselogForm, LineField
from caselog.services.screen import Treatment
from caselog.store.base import Model
from caselog.store.cases import LoggedCase
from tests.support import page as pages
from tests.support.client import Client, Page
from tests.support.clock import TestClock
from tests.support.log import TYPED, put, signed_in
from tests.support.world import ROLES, World, addresses, furnish
from tests.web.test_pages import GOOD

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
STRONG = "Long wean.\nMRN 4471902, as I said."
WEAK = "Dr. Jones wanted it colder."
# One that the screen finds and one that it does not; neither may show anywhere but in the form that it was typed into.
CANARIES = ("Kestrel MRN 99881726", "Kestrel zebrafinch")
BIRD = re.compile("kestrel|zebrafinch|99881726", re.IGNORECASE)
# Forms whose texts are not screened, each for a reason.
NOT_SCREENED = {
    ("SignInForm", "email"): "an address of somebody of the program",
    ("PersonForm", "email"): "an address of somebody of the program",
    ("SiteForm", "code"): "checked as a code",
    ("SiteForm", "country"): "two letters",
    ("NumberForm", "ruleset"): "an identifier",
    ("NumberForm", "key"): "an identifier",
    ("CodeForm", "code"): "checked as a code",
    ("CodeForm", "family"): "checked as a code",
    ("StartForm", "ruleset"): "an identifier",
    ("StartForm", "edition"): "an identifier",
    ("TextForm", "seen"): "an instant that the page carries",
    ("WaiverForm", "entry"): "the identifier of an entry",
    ("SettleForm", "digest"): "a hash that the page carries",
    ("SettleForm", "key"): "an identifier that the page carries",
}
NAMES_BY_DESIGN = {
    ("PersonForm", "name"), ("SiteForm", "name"), ("CohortForm", "name"), ("CodeForm", "label"),
    ("TokenForm", "name"),
    ("AttestationForm", "by"), ("ActivityForm", "provider"), ("AmendActivityForm", "provider"),
    ("TextForm", "text"),
}  # fmt: skip


def forms(of: type[Any] = CaselogForm) -> Iterator[type[Any]]:
    each: type[Any]
    for each in of.__subclasses__():
        if each.__module__.startswith("caselog."):  # and not of another test
            yield each
        yield from forms(each)


def typed_fields() -> Iterator[tuple[tuple[str, str], LineField]]:
    """Each text field of each form, unbound fields made as the form would make them."""
    for form in forms():
        for name in dir(form):
            unbound: Any = getattr(form, name, None)
            kind = getattr(unbound, "field_class", None)
            if isinstance(kind, type) and issubclass(kind, LineField):
                made = kind(*unbound.args, **unbound.kwargs, name=name, _form=None, _meta=form.Meta())
                yield (form.__name__, name), made


def test_every_text_field_of_every_form_is_screened_or_not_for_a_reason(app: Flask) -> None:
    treatments = {place: field.treatment for place, field in typed_fields()}
    assert len(treatments) > 20
    assert {place for place, treatment in treatments.items() if treatment is None} <= NOT_SCREENED.keys()
    assert {place for place, treatment in treatments.items() if treatment is Treatment.NAMES} <= NAMES_BY_DESIGN


def notes(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(sa.select(LoggedCase.note)))


def marked(page: Page) -> list[str]:
    return [pages.text(each) for each in page.all("mark")]


def test_what_was_found_is_marked_at_the_field_and_the_note_is_kept_to_be_mended(app: Flask) -> None:
    student = signed_in(app, "student")
    page = student.post("/cases/new", {**TYPED, "note": STRONG, "action": "submit"}, status=400)
    assert "What is marked looks like a record number; leave it out." in page.text
    assert marked(page) == ["4471902"]
    assert pages.text(page.find("textarea", name="note")).strip().replace("\n", " ") == STRONG.replace("\n", " ")
    assert not page.all("input", name="text_checked")
    assert notes(app) == []


def test_a_doubtful_note_is_stored_once_the_writer_says_it_names_no_patient(app: Flask) -> None:
    student = signed_in(app, "student")
    form = {**TYPED, "note": WEAK, "action": "submit"}
    page = student.post("/cases/new", form, status=400)
    assert marked(page) == ["Dr. Jones"]
    assert len(page.all("input", name="text_checked")) == 1
    assert notes(app) == []
    student.post("/cases/new", {**form, "text_checked": "yes"}, status=302)
    assert notes(app) == [WEAK]


def test_the_box_lets_no_record_number_through(app: Flask) -> None:
    signed_in(app, "student").post("/cases/new", {**TYPED, "note": STRONG, "text_checked": "yes"}, status=400)
    assert notes(app) == []


def test_a_confirmation_is_forgotten_with_its_request(app: Flask) -> None:
    student = signed_in(app, "student")
    student.post("/cases/new", {**TYPED, "note": WEAK, "text_checked": "yes", "action": "draft"}, status=302)
    student.post("/cases/new", {**TYPED, "note": f"{WEAK} Again.", "action": "draft"}, status=400)
    assert notes(app) == [WEAK]


def test_a_comment_is_marked_too(app: Flask) -> None:
    (uid,) = put(app, {}, status="submitted")
    preceptor = signed_in(app, "preceptor")
    form = {"version": "1", "decision": "return", "comment": STRONG, "role": "primary"}
    page = preceptor.post(f"/review/{uid}", form, status=400)
    assert marked(page) == ["4471902"]


def test_the_text_of_a_rule_set_keeps_no_record_number_in_a_remark(app: Flask) -> None:
    director = signed_in(app, "director")
    address = director.post("/program/rules/new", GOOD["rules.new"], status=302).response.headers["Location"]
    draft = director.get(address)
    seen = draft.find("input", name="seen").get("value", "")
    text = "# MRN 4471902 was the first\n" + pages.text(draft.find("textarea", name="text"))
    page = director.post(address, {"text": text, "seen": seen}, status=400)
    assert "What is marked looks like a record number; leave it out." in page.text
    assert "4471902" not in dump(app, "program_ruleset")


def test_a_program_that_takes_no_notes_offers_none_and_refuses_one_that_is_sent(app: Flask) -> None:
    signed_in(app, "director").post("/program/settings", {**GOOD["mail.settings"], "free_text": ""}, status=302)
    student = signed_in(app, "student")
    assert not student.get("/cases/new").all("textarea", name="note")
    page = student.post("/cases/new", {**TYPED, "note": "Harmless.", "action": "submit"}, status=400)
    assert "This program takes no notes" in page.text
    student.post("/cases/new", {**TYPED, "note": "", "action": "submit"}, status=302)
    assert notes(app) == [""]


def spoiled(good: Mapping[str, Any], canary: str) -> Iterator[dict[str, Any]]:
    """The good form with the canary in each of its fields, one after another, and in all at once."""
    texts = [name for name, value in good.items() if isinstance(value, str)]
    yield from ({**good, name: canary} for name in texts)
    yield {**good, **dict.fromkeys(texts, canary)}


@on_sqlite
def test_what_is_typed_into_any_form_shows_in_no_log_address_error_page_or_trail(
    app: Flask, clock: TestClock, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    world = furnish(app)
    caplog.set_level(logging.DEBUG)
    sent = 0
    for endpoint, path in first_of_each(app, world):
        for who in (*ROLES, None):
            clock.advance(minutes=16)  # what was counted against an account is forgotten
            client = signed_in(app, who) if who else Client(app)
            for canary in CANARIES:
                for form in spoiled(GOOD[endpoint], canary):
                    answer = client.post(path, form, status=ANY)
                    sent += 1
                    assert answer.status < 500
                    assert not BIRD.search(str(answer.response.headers)), (endpoint, answer.response.headers)
                    if "attachment" in answer.response.headers.get("Content-Disposition", ""):
                        # A file holds what was stored: the bird that no screen knows, and no number.
                        assert b"99881726" not in answer.response.data
                    elif BIRD.search(answer.html) and endpoint != "cases.preview":  # a part of the form’s own page
                        assert answer.all("form", method="post"), f"{endpoint}: the page is no form"
                    if answer.status in (403, 404):
                        break
    assert sent > 300
    assert not BIRD.search(caplog.text)
    assert not BIRD.search("".join(capfd.readouterr()))
    for table in ("audit_entry", "audit_salt", "outgoing_mail"):
        assert not BIRD.search(dump(app, table)), table
    stored = "".join(dump(app, each) for each in Model.metadata.tables)
    assert "99881726" not in stored
    assert "Kestrel zebrafinch" in stored  # it names nobody, so it may stand in the log


def first_of_each(app: Flask, world: World) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for endpoint, path in addresses(app, world, "POST"):
        if endpoint != "sign_in.sign_out":
            found.setdefault(endpoint, path)
    return list(found.items())


def dump(app: Flask, table: str) -> str:
    with app.app_context():
        return "\n".join(str(tuple(row)) for row in db.session.execute(sa.select(Model.metadata.tables[table])))
