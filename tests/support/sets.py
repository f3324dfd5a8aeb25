"""The rule set that uses the whole language, for the cast's cohort: the sets that ship judge it already."""

from pathlib import Path

from caselog.services import ruleset_drafts
from caselog.services.ruleset_drafts import DraftStart
from caselog.store.programs import Adoption
from caselog.store.session import transaction
from tests.support.cast import STARTS_ON, Cast

WHOLE = Path(__file__).parent.parent / "rules" / "whole.toml"


def judge_by_whole_set() -> None:
    """Publish it as the program's own and let it judge the cohort, too."""
    director = Cast.director.actor
    begun = DraftStart(ruleset="whole-set", edition="2026-11", title="The whole language")
    draft = ruleset_drafts.start(director, begun)
    ruleset_drafts.save(director, draft, WHOLE.read_text(), ruleset_drafts.draft(director, draft).changed_at)
    found = ruleset_drafts.publish(director, draft)
    with transaction() as session:
        session.add(
            Adoption(
                program_id=Cast.program.id, cohort_id=Cast.program.cohort_id, ruleset=found.id,
                edition=found.edition, adopted_on=STARTS_ON,
            )
        )  # fmt: skip
