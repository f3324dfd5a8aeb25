"""A rule set of the cast's own program, as its director writes one."""

import uuid

from caselog.domain.ruleset import RuleSet
from caselog.services import ruleset_drafts
from caselog.services.actor import Actor
from caselog.services.ruleset_drafts import DraftStart

ID = "our-minimums"


def own_text(
    edition: str = "1", *, ruleset: str = ID, minimum: int = 2, requirement: str = "pump", more: str = ""
) -> str:
    """A whole set with one requirement, of which `minimum` stands on line 16; `more` is put after it."""
    return f"""id = "{ruleset}"
title = "Our minimums"
edition = "{edition}"
about = "What our program asks."
eligible = {{ is = ["performed", "clinical"] }}

[sources.handbook]
title = "Our handbook"
address = "north.example/handbook"
read = 2026-11-21

[[requirement]]
id = "{requirement}"
title = "Pump runs"
says = "{minimum} pump runs."
minimum = {minimum}
source = "handbook"
where = {{ is = "open-heart" }}
{more}"""


PEDIATRIC = """
[[requirement]]
id = "children"
title = "Children"
says = "One child."
source = "handbook"
where = { is = "pediatric" }
minimum = 1
"""


def a_draft(actor: Actor, text: str, edition: str = "1", ruleset: str = ID) -> uuid.UUID:
    """A draft that holds a text, right or wrong."""
    draft_id = ruleset_drafts.start(actor, DraftStart(ruleset=ruleset, edition=edition, title="Our minimums"))
    seen = ruleset_drafts.draft(actor, draft_id).changed_at
    ruleset_drafts.save(actor, draft_id, text, seen)
    return draft_id


def published(actor: Actor, edition: str = "1", text: str | None = None, ruleset: str = ID) -> RuleSet:
    """An edition that the program published."""
    draft_id = a_draft(actor, text or own_text(edition, ruleset=ruleset), edition, ruleset)
    return ruleset_drafts.publish(actor, draft_id, ruleset_drafts.draft(actor, draft_id).changed_at)
