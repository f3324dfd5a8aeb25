"""ccp-eligibility worked out by hand: the program's minimums, PBSE readiness with its papers, CAPE after graduation."""

from datetime import date

from caselog.domain.evaluate import Engine
from caselog.domain.result import Standing
from caselog.domain.student import Attestation, StudentFacts, Waiver
from caselog.rules.codes import load_codes
from caselog.rules.library import find
from tests.domain.samples import TODAY
from tests.rules.sets.by_hand import Drawn, a_log, evaluate, numbers

ON_FILE = tuple(Attestation(name, "Registrar", TODAY) for name in ("transcript", "competency-statement"))
# The three numbers that a program sets; "pediatric" is asked for by the program's set alone.
NUMBERS = {"accredited-minimums/pediatric": 10, "emergency": 1, "complex": 1}

LOG: Drawn = [
    (40, {"procedures": ("aortic_valve",)}),  #              open-heart 40, valve 40, the 75: 40
    (24, {}),  #                                             64, the 75: 64
    (10, {"age_group": "infant"}),  #                        74, pediatric 10, the 75: 74
    (1, {"urgency": "emergent", "redo": True}),  #           75, emergency 1, complex 1, the 75: 75
    (5, {"activity": "vad"}),  #                             the 75: 80, ECMO or VAD 5
    (39, {"role": "independent", "case_date": date(2026, 8, 1)}),  # after graduation: 39, and open-heart 114
]


def test_every_set_within_it_stands_as_it_stands_alone() -> None:
    facts = StudentFacts(graduated_on=date(2026, 5, 31), attestations=ON_FILE, program_minimums=NUMBERS)
    evaluation = evaluate("ccp-eligibility", a_log(LOG), facts)
    assert numbers(evaluation) == {
        "program-minimums": (5, 0, 0, "met"),
        "pbse": (7, 0, 0, "met"),
        "cape": (1, 0, 1, "not_met"),
    }
    for asked, within in (
        ("program-minimums", "accredited-minimums"),
        ("pbse", "abcp-pbse"),
        ("cape", "abcp-cape"),
    ):
        assert evaluation.of(asked).inner == evaluate(within, a_log(LOG), facts).requirements
    one_more = a_log([*LOG, (1, {"role": "independent", "case_date": date(2026, 8, 1)})])
    assert evaluate("ccp-eligibility", one_more, facts).standing is Standing.MET


def test_a_number_not_set_within_it_shows_outside() -> None:
    facts = StudentFacts(graduated_on=date(2026, 5, 31), attestations=ON_FILE)
    assert evaluate("ccp-eligibility", a_log(LOG), facts).of("program-minimums").standing is Standing.UNSET
    lacking = StudentFacts(graduated_on=date(2026, 5, 31), program_minimums=NUMBERS)
    assert evaluate("ccp-eligibility", a_log(LOG), lacking).of("pbse").standing is Standing.NEEDS_ATTESTATION


def test_a_waiver_for_one_set_within_it_leaves_requirements_of_the_same_id_in_others() -> None:
    log = a_log([(1, {"age_group": "child", "role": "observed"})])
    waiver = Waiver(
        requirement="pediatric", ruleset="musc-graduation", granted_by="Dana", reason="A reason.", on=TODAY,
        counts=(log[0].uid,),
    )  # fmt: skip
    engine = Engine(find("ccp-eligibility"), load_codes(), TODAY)
    inner = engine.evaluate(StudentFacts(), log, [waiver]).of("program-minimums").inner
    assert {each.requirement.id: each.counted for each in inner}["pediatric"] == 0
