"""The shipped sets by id and edition."""

from dataclasses import replace
from pathlib import Path

import pytest

from caselog.rules import library, loader
from caselog.rules.library import UnknownRuleSetError, find, newest, shipped


def test_the_shipped_sets_stand_in_the_order_of_their_ids() -> None:
    assert [each.id for each in shipped()] == [
        "aacp-1993", "abcp-cape", "abcp-pbse", "abcp-professional", "abcp-recertification", "accredited-minimums",
        "anzbp-logbook", "barry-graduation", "ccp-eligibility", "ecmo-specialist-wa", "musc-graduation",
    ]  # fmt: skip


def test_a_set_is_found_by_its_id_in_its_newest_edition_or_the_one_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = (loader.SETS / "abcp-pbse.2026-11.toml").read_text(encoding="utf-8")
    for edition in ("2025-11", "2026-11", "2027-03"):
        changed = text.replace('edition = "2026-11"', f'edition = "{edition}"')
        (tmp_path / f"abcp-pbse.{edition}.toml").write_text(changed, encoding="utf-8")
    for module in (loader, library):
        monkeypatch.setattr(module, "SETS", tmp_path)
    found = library.find.__wrapped__
    assert found("abcp-pbse").edition == "2027-03"
    assert found("abcp-pbse", "2026-11").edition == "2026-11"
    assert found("abcp-pbse", "2025-11").edition == "2025-11"
    with pytest.raises(UnknownRuleSetError, match="there is: 2025-11, 2026-11, 2027-03"):
        found("abcp-pbse", "2026-12")


def test_the_newest_editions_are_one_of_each_set(monkeypatch: pytest.MonkeyPatch) -> None:
    pbse, minimums = find("abcp-pbse"), find("accredited-minimums")
    older, later = replace(pbse, edition="2025-11"), replace(pbse, edition="2027-03")
    monkeypatch.setattr(library, "shipped", lambda: (older, pbse, later, minimums))
    assert newest() == (later, minimums)


def test_an_unknown_id_is_answered_with_the_likely_one_or_all() -> None:
    with pytest.raises(UnknownRuleSetError, match=r"^There is no rule set “abcp-bpse”. Did you mean “abcp-pbse”"):
        find("abcp-bpse")
    with pytest.raises(UnknownRuleSetError, match="Use one of: aacp-1993, abcp-cape, abcp-pbse, "):
        find("x")


def test_an_unknown_edition_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownRuleSetError, match="abcp-pbse has no edition “1999”; there is: 2026-11"):
        find("abcp-pbse", "1999")
