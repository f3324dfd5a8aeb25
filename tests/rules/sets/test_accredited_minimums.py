"""accredited-minimums against a log worked out by hand."""

from datetime import date

from caselog.domain.result import Standing
from caselog.domain.student import StudentFacts
from tests.rules.sets.by_hand import Drawn, a_log, evaluate, numbers

# Accredited-program minimums: 75 open-heart (CPB), 40 valve (any procedure of the valve family), and pediatric,
# emergency and complex cases, whose numbers the program sets; performed, clinical, verified cases count.

ACCREDITED: Drawn = [
    (60, {}),  #                                              open-heart 60
    (9, {"procedures": ("aortic_valve",)}),  #                open-heart 69, valve 9
    (1, {"role": "independent", "procedures": ("cabg", "mitral_valve")}),  # open-heart 70, valve 10
    (1, {"procedures": ("aortic_valve", "mitral_valve")}),  # open-heart 71, valve 11, complex 1: two valves
    (1, {"activity": "pump_standby", "procedures": ("transcatheter_valve",)}),  # valve 12, no open-heart
    (1, {"age_group": "neonate", "procedures": ("arterial_switch",)}),  # open-heart 72, pediatric 1
    (1, {"age_group": "adolescent", "activity": "ecmo", "procedures": ()}),  # pediatric 2, no open-heart
    (1, {"age_group": "older_adult", "urgency": "urgent"}),  # open-heart 73; urgent is no emergency
    (1, {"urgency": "emergent", "procedures": ("hemiarch", "type_a_dissection")}),  # 74, emergency 1, complex 2
    (1, {"urgency": "salvage", "activity": "ecpr", "procedures": ()}),  # emergency 2
    (1, {"redo": True}),  #                                   open-heart 75, complex 3
    (1, {"procedures": ("heart_transplant",), "redo": True}),  # open-heart 76, complex 4
    # Submitted: each waits where it fits.
    (2, {"status": "submitted", "age_group": "child", "procedures": ("pulmonary_valve",)}),
    # None of these counts anywhere: watched, assisted, taught, simulated, not verified, or of tomorrow.
    (9, {"role": "observed", "redo": True, "procedures": ("aortic_valve",), "age_group": "child"}),
    (5, {"role": "first_assistant", "urgency": "salvage"}),
    (1, {"role": "instructor"}),
    (4, {"setting": "simulation", "age_group": "infant"}),
    (1, {"status": "draft"}),
    (1, {"status": "returned"}),
    (1, {"status": "void"}),
    (1, {"case_date": date(2026, 11, 22)}),
]


def test_accredited_minimums_of_a_log_worked_out_by_hand() -> None:
    program = StudentFacts(program_minimums={"pediatric": 3, "complex": 4})
    evaluation = evaluate("accredited-minimums", a_log(ACCREDITED), program)
    assert numbers(evaluation) == {
        "open-heart": (76, 2, 0, "met"),
        "valve": (12, 2, 28, "not_met"),
        "pediatric": (2, 2, 1, "not_met"),
        "emergency": (2, 0, None, "unset"),
        "complex": (4, 0, 0, "met"),
    }
    assert evaluation.standing is Standing.NOT_MET


def test_accredited_minimums_met_in_full() -> None:
    program = StudentFacts(program_minimums={"pediatric": 2, "emergency": 2, "complex": 4})
    valves: Drawn = [(28, {"procedures": ("tricuspid_valve",)})]  # valve 12 + 28
    evaluation = evaluate("accredited-minimums", a_log([*ACCREDITED, *valves]), program)
    assert {each.standing for each in evaluation.requirements} == {Standing.MET}
    assert evaluation.standing is Standing.MET


def test_the_standing_of_a_set_with_numbers_not_set_is_unset_once_the_rest_is_met() -> None:
    log = a_log([*ACCREDITED, (28, {"procedures": ("tricuspid_valve",)})])
    assert evaluate("accredited-minimums", log, StudentFacts()).standing is Standing.UNSET
