"""The strict loader: what a good file becomes, and what it says of every bad one."""

import tomllib
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from caselog.domain.conditions import (
    AllOf,
    Anchor,
    AnyOf,
    Between,
    Given,
    InMonths,
    Is,
    Lately,
    Named,
    Not,
    OfStudent,
    OneOf,
)
from caselog.domain.ruleset import (
    AnyRequirement,
    AttestationRequirement,
    CountRequirement,
    Credit,
    EachYear,
    Entries,
    Exclusive,
    GroupRequirement,
    Number,
    Part,
    Percent,
    Rounding,
    RuleSet,
    SetRequirement,
    Source,
    StudentRequirement,
)
from caselog.rules.loader import derived_categories, load, loads
from caselog.rules.reading import RuleFileError

HERE = Path(__file__).parent
GOOD = (HERE / "good.toml").read_text(encoding="utf-8")
WHOLE = (HERE / "whole.toml").read_text(encoding="utf-8")
SECOND_WHERE = 'where = { all = [{ age_group = ["adult"] }, { rotation = { given = false } }] }'


def _entries(name: str) -> list[Any]:
    entries = tomllib.loads((HERE / "bad" / name).read_text(encoding="utf-8"))
    return [pytest.param(entry, id=what) for what, entry in entries.items()]


def with_where(where: str) -> str:
    assert GOOD.count(SECOND_WHERE) == 1
    return GOOD.replace(SECOND_WHERE, f"where = {where}")


def refusal(text: str) -> str:
    with pytest.raises(RuleFileError) as refused:
        loads(text, "good.toml")
    return str(refused.value)


# A good file


@pytest.fixture(scope="module")
def good() -> RuleSet:
    return load(HERE / "good.toml")


PAGE = Source("A board's page", "board.example/page", date(2026, 11, 21))
HANDBOOK = Source("A program's handbook", "program.example/handbook.pdf?page=7", date(2026, 11, 20))


def test_the_head_and_the_sources_are_read(good: RuleSet) -> None:
    assert (good.id, good.title, good.edition) == ("good-set", "A good set", "2026-11")
    assert good.about == "It uses every key of the format."
    assert good.sources == (PAGE, HANDBOOK)
    assert [each.id for each in good.requirements] == ["runs", "anything", "letter", "graduated"]


def test_a_requirement_of_cases_is_read_whole(good: RuleSet) -> None:
    derived = derived_categories()
    window = Named(
        "in-the-window",
        "in the window",
        AllOf(
            (
                Between("case_date", date(2024, 8, 1), date(2026, 12, 31)),
                OneOf("site_country", frozenset({"US"})),
            )
        ),
    )
    big = Named("big", "big", AnyOf((derived["complex"], Between("cpb_minutes", 120, 900))))
    ecmo = AllOf(
        (
            OneOf("activity", frozenset(), ("ecmo",)),
            OneOf("procedures", frozenset({"asd"}), ("valve",), at_least=2),
        )
    )
    assert good.requirements[0] == CountRequirement(
        id="runs",
        title="Runs",
        says="Some runs.",
        note="Left open: everything.",
        source=PAGE,
        where=AllOf((AllOf((derived["open-heart"], window)), Not(big))),
        eligible=AllOf((derived["performed"], derived["clinical"])),
        minimum=Number("runs", Fraction(75), PAGE),
        parts=(Part("ecmo", "ECMO", ecmo, at_most=Number("runs.ecmo", Fraction(15), HANDBOOK, by_program=True)),),
    )


def test_a_requirement_may_bring_its_own_eligible_and_leave_its_number_to_the_program(good: RuleSet) -> None:
    asked = good.requirements[1]
    assert isinstance(asked, CountRequirement)
    assert asked.eligible == Is("redo", value=True)
    assert asked.where == AllOf((OneOf("age_group", frozenset({"adult"})), Given("rotation", value=False)))
    assert asked.minimum == Number("anything", None, HANDBOOK, by_program=True)


def test_attestations_and_facts_about_the_student_are_read(good: RuleSet) -> None:
    assert good.requirements[2:] == (
        AttestationRequirement(
            id="letter",
            title="A letter",
            says="On file.",
            source=PAGE,
            minimum=Number("letter", Fraction(1), PAGE),
        ),
        StudentRequirement(
            id="graduated",
            title="Graduated",
            says="Graduated.",
            source=PAGE,
            where=Given("graduated_on", value=True),
        ),
    )


@pytest.fixture(scope="module")
def whole() -> dict[str, AnyRequirement]:
    return {each.id: each for each in load(HERE / "whole.toml").requirements}


LAW = Source("A law", "WAC 246-928-580", date(2026, 11, 21))
REPORTING_YEAR = (7, 1)


def test_credits_parts_and_exceptions_are_read(whole: dict[str, AnyRequirement]) -> None:
    asked = whole["activities"]
    assert isinstance(asked, CountRequirement)
    after_graduation = Between("certified_on", Anchor("graduated_on", 1), None)
    assert asked.minimum == Number("activities", Fraction(40), LAW, exceptions=((after_graduation, Fraction(20)),))
    assert asked.preferred == Number("activities.preferred", Fraction(60), LAW)
    assert (asked.unit, asked.renamed_from) == ("points", "clinical")
    ecmo = OneOf("activity", frozenset({"ecmo"}))
    assert asked.credits == (
        Credit(ecmo, Fraction(1, 2), "support_hours", Fraction(4), Fraction(1)),
        Credit(points=Fraction(1, 2)),
    )
    (part,) = asked.parts
    assert part.at_least == Number("activities.redo.at_least", Fraction(5), LAW)
    exact = Percent(Fraction(20), "rotations", rounding=Rounding.NONE)
    assert part.at_most == Number("activities.redo", None, LAW, share=exact)
    assert asked.where == AllOf(
        (InMonths("case_date", frozenset({9, 10})), Lately("case_date", 2, REPORTING_YEAR))
    )
    assert asked.eligible == AllOf((derived_categories()["clinical"], OfStudent(Is("enrolled", value=True))))


def test_shares_of_whole_cases_round_up_for_floors_and_down_for_ceilings() -> None:
    begin, end = WHOLE.index("credit = ["), WHOLE.index("[[requirement.part]]")
    text = WHOLE[:begin] + WHOLE[end:].replace("at_least = 5\n", 'at_least = { percent = 20, of = "rotations" }\n')
    asked = loads(text, "whole.toml").requirement("activities")
    assert isinstance(asked, CountRequirement)
    (part,) = asked.parts
    found = [number.share.rounding for number in (part.at_least, part.at_most) if number and number.share]
    assert found == [Rounding.UP, Rounding.DOWN]
    assert Percent(Fraction(20), "x", rounding=Rounding.UP).of_base(Fraction(33)) == 7
    assert Percent(Fraction(20), "x", rounding=Rounding.DOWN).of_base(Fraction(33)) == 6
    assert Percent(Fraction(20), "x", rounding=Rounding.NONE).of_base(Fraction(33)) == Fraction(33, 5)


def test_distinct_things_years_and_shares_are_read(whole: dict[str, AnyRequirement]) -> None:
    rotations, yearly, runs = whole["rotations"], whole["yearly"], whole["open-heart"]
    assert isinstance(rotations, CountRequirement)
    assert rotations.once_per == "rotation"
    assert isinstance(yearly, CountRequirement)
    assert yearly.each_year == EachYear(Number("yearly.each_year", Fraction(10), LAW), 5, REPORTING_YEAR)
    assert yearly.where == Between("case_date", Anchor("program_start", 1), date(2029, 12, 31))
    assert isinstance(runs, CountRequirement)
    assert runs.minimum.share == Percent(Fraction(50), "rotations", rounding=Rounding.UP)


def test_activities_reports_groups_sets_and_exclusive_groups_are_read(whole: dict[str, AnyRequirement]) -> None:
    didactic, reports, either, cape = (whole[name] for name in ("didactic", "reports", "either", "cape"))
    assert isinstance(didactic, CountRequirement)
    assert (didactic.of, didactic.eligible, didactic.unit) == (Entries.ACTIVITIES, AllOf(()), "hours")
    assert didactic.credits == (Credit(field="hours"),)
    assert isinstance(reports, AttestationRequirement)
    assert (reports.every, reports.of) == (Number("reports.every", Fraction(50), LAW), "valve")
    assert isinstance(either, GroupRequirement)
    assert (either.members, either.at_least) == (("valve", "rotations"), 1)
    assert isinstance(cape, SetRequirement)
    assert (cape.ruleset.id, cape.ruleset.edition) == ("abcp-cape", "2026-11")
    assert loads(WHOLE, "f").exclusive == (Exclusive(("valve", "open-heart"), (("valve", "open-heart"),)),)


@pytest.mark.parametrize("ruleset", ["whole-set", "abcp-cape"])
def test_no_set_contains_itself(ruleset: str) -> None:
    """Nor through another: read for abcp-cape, a set may not contain abcp-cape again."""
    spoilt = WHOLE.replace('ruleset = "abcp-cape"', f'ruleset = "{ruleset}"')
    with pytest.raises(RuleFileError) as refused:
        loads(spoilt, "whole.toml", within=("abcp-cape",))
    said = f"whole.toml: requirement[9].ruleset: “{ruleset}” would contain itself. Name another set."
    assert str(refused.value) == said


def test_line_ends_and_a_byte_order_mark_of_other_editors_change_nothing(good: RuleSet, tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load(path) == good


# Bad files


@pytest.mark.parametrize("entry", _entries("places.toml"))
def test_a_file_spoilt_in_one_place_is_refused_with_place_fault_and_fix(entry: dict[str, str]) -> None:
    assert entry["old"] in GOOD
    assert refusal(GOOD.replace(entry["old"], entry["new"], 1)) == f"good.toml: {entry['says']}"


@pytest.mark.parametrize("entry", _entries("whole.toml"))
def test_the_whole_language_spoilt_in_one_place_is_refused_with_place_fault_and_fix(entry: dict[str, str]) -> None:
    assert entry["old"] in WHOLE
    assert refusal(WHOLE.replace(entry["old"], entry["new"], 1)) == f"good.toml: {entry['says']}"


@pytest.mark.parametrize("entry", _entries("conditions.toml"))
def test_a_bad_condition_is_refused_with_place_fault_and_fix(entry: dict[str, str]) -> None:
    assert refusal(with_where(entry["where"])) == f"good.toml: requirement[2].where{entry['says']}"


def test_the_error_also_gives_its_four_parts_alone() -> None:
    with pytest.raises(RuleFileError) as refused:
        loads(GOOD.replace("minimum = 75", "minimum = -1"), "good.toml")
    error = refused.value
    assert (error.file, error.key) == ("good.toml", "requirement[1].minimum")
    assert error.fault == "is the number -1, not a number from 0 to 100,000."
    assert error.fix == 'Write minimum = 75, or minimum = "program" where each program sets its own number.'


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_an_empty_file_is_asked_for_its_id(text: str) -> None:
    assert refusal(text) == (
        'good.toml: id: is missing. Write small letters, digits and hyphens, such as id = "open-heart".'
    )


def test_a_file_without_sources_is_asked_for_them() -> None:
    assert refusal('id = "a-set"') == (
        "good.toml: sources: is missing. Every number needs a source. "
        "Write [sources.NAME] with title, address and read (the day it was read)."
    )


def test_a_file_without_requirements_is_asked_for_one() -> None:
    head = GOOD[: GOOD.index("[[requirement]]")]
    assert refusal(head) == "good.toml: requirement: is missing. Write at least one [[requirement]]."
    assert "requirement: is a table. Write each as [[requirement]]." in refusal(f'{head}[requirement]\nid = "x"')


def test_what_is_no_toml_is_refused_with_line_and_column() -> None:
    assert refusal("Dear colleague,\nhere are our numbers: 75\n") == (
        "good.toml: TOML: Expected '=' after a key in a key/value pair (at line 1, column 6). "
        "Texts stand in quotes, numbers and dates do not; toml.io shows the rest."
    )


def test_what_is_not_utf8_is_refused_with_the_byte_where_it_stops_being(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes('id = "caf\xe9"'.encode("latin-1"))
    with pytest.raises(RuleFileError, match=r"^latin.toml: byte 9: is not UTF-8. Save the file as UTF-8.$"):
        load(path)


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"nowhere\.toml"):
        load(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("opened", ["[" * 5_000, "x = " + "[" * 5_000, "x = " + "{ a = " * 5_000])
def test_brackets_within_brackets_without_end_are_refused(opened: str) -> None:
    assert refusal(f"{opened}\n").startswith("good.toml: TOML: ")


def test_conditions_within_conditions_are_refused_from_a_depth_on_however_they_are_written() -> None:
    assert loads(with_where("{ not = " * 18 + "{ is = 'valve' }" + " }" * 18), "good.toml").id == "good-set"
    for where in ("{ not = " * 19 + "{ is = 'valve' }" + " }" * 19, "{ not" + ".not" * 90 + ".redo = true }"):
        assert "is nested too deep: at most 20 levels fit." in refusal(with_where(where))


def test_a_key_of_steps_without_end_is_refused_before_the_parser_sees_it() -> None:
    for text in ("a" + ".a" * 101 + " = 1\n", "a" + ".a" * 90_000 + " = 1\n", "[" + "a." * 60_000 + "a]\n"):
        assert refusal(text) == (
            "good.toml: TOML: has more than 100 dots in a line (at line 1, column 1). Break the line, or write fewer."
        )
    assert "TOML" not in refusal("a" + ".a" * 100 + " = 1\n")
    assert "TOML" not in refusal("  # " + "." * 500 + "\n")


def test_a_chain_of_names_is_as_deep_as_what_it_names() -> None:
    chain = "".join(
        f"[conditions.n{n}]\ntitle = 'n'\nwhere = {{ is = '{f'n{n - 1}' if n else 'valve'}' }}\n"
        for n in range(30)
    )
    head, requirements = GOOD.split("[[requirement]]", 1)
    assert "conditions.n19.where: is nested too deep" in refusal(f"{head}{chain}[[requirement]]{requirements}")


def test_names_that_double_each_other_are_refused_before_they_fill_the_memory() -> None:
    doubling = "".join(
        f"[conditions.n{n}]\ntitle = 'n'\n"
        f"where = {{ is = ['{f'n{n - 1}' if n else 'valve'}', '{f'n{n - 1}' if n else 'complex'}'] }}\n"
        for n in range(12)
    )
    head, requirements = GOOD.split("[[requirement]]", 1)
    message = refusal(f"{head}{doubling}[[requirement]]{requirements}")
    assert "things, names written out. At most 1,000 fit: say it shorter." in message


def test_a_condition_of_too_many_parts_is_refused() -> None:
    def of(parts: int) -> str:
        return with_where(f"{{ any = [{'{ redo = true },' * parts}] }}")

    assert loads(of(999), "good.toml").id == "good-set"
    assert "requirement[2].where: says 1,001 things, names written out." in refusal(of(1_000))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("minimum = 75", "minimum = 0x" + "F" * 5_000),
        ("minimum = 75", "minimum = " + "9" * 5_000),
        ("at_most = 900", "at_most = 0x" + "F" * 5_000),
        ("value = 120", "value = 0x" + "F" * 5_000),
        ("at_least = 2 }", "at_least = 0x" + "F" * 5_000 + " }"),
        ('family = "ecmo"', "family = 0x" + "F" * 5_000),
        ("program_may_change = true", "program_may_change = 0x" + "F" * 5_000),
        ("value = 15", "value = { a" + ".a" * 5_000 + " = 1 }"),
        ('family = "ecmo"', "family = { a" + ".a" * 5_000 + " = 1 }"),
    ],
)
def test_values_that_python_itself_will_not_print_get_a_short_message(old: str, new: str) -> None:
    assert old in GOOD
    assert len(refusal(GOOD.replace(old, new, 1))) < 300


def test_a_derived_category_is_what_the_domain_says() -> None:
    derived = derived_categories()
    assert list(derived) == ["performed", "clinical", "open-heart", "valve", "pediatric", "emergency", "complex"]
    assert derived["performed"].part == OneOf("role", frozenset({"primary", "independent"}))
    assert derived["complex"].part == AnyOf(
        (
            Is("redo", value=True),
            OneOf("procedures", frozenset(), ("valve",), at_least=2),
            OneOf("procedures", frozenset(), ("aorta",)),
            OneOf("procedures", frozenset(), ("transplant",)),
        )
    )
