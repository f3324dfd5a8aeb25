"""The mixtures that synthetic cases are dealt from: the number beside each is its weight. All weights are ours."""

from collections.abc import Mapping

Procedures = tuple[str, ...]

# How many cases a graduate has: mean and standard deviation, J Extra Corpor Technol 33:233.
ADULT_CASES = (124.0, 42.5)
PEDIATRIC_CASES = (17.0, 12.9)

# Until this share of the program has gone by, roles are drawn so.
STAGES: tuple[tuple[float, Mapping[str, float]], ...] = (
    (0.02, {"observed": 40, "first_assistant": 45, "primary": 15}),
    (0.07, {"observed": 6, "first_assistant": 24, "primary": 70}),
    (1.00, {"observed": 2, "first_assistant": 6, "primary": 92}),
)

ADULT_ACTIVITIES: Mapping[str, float] = {
    "cpb": 85, "ecmo": 8, "ecpr": 1, "vad": 1, "pump_standby": 2, "autotransfusion": 1, "hipec": 1, "iabp": 1,
}  # fmt: skip
PEDIATRIC_ACTIVITIES: Mapping[str, float] = {"cpb": 92, "ecmo": 7, "pump_standby": 1}
ECMO_LIKE = frozenset({"ecmo", "ecpr", "vad"})

ADULT_AGES: Mapping[str, float] = {"adult": 45, "older_adult": 55}
PEDIATRIC_AGES: Mapping[str, float] = {"neonate": 20, "infant": 35, "child": 30, "adolescent": 15}
PEDIATRIC_AGES_ELSEWHERE: Mapping[str, float] = {"child": 30, "adolescent": 70}  # outside a children's hospital

ADULT_PROCEDURES: Mapping[Procedures, float] = {
    ("cabg",): 34,
    ("aortic_valve",): 16,
    ("mitral_valve",): 9,
    ("aortic_valve", "cabg"): 10,
    ("cabg", "mitral_valve"): 3,
    ("maze", "mitral_valve"): 3,
    ("mitral_valve", "tricuspid_valve"): 4,
    ("aortic_valve", "mitral_valve"): 2,
    ("transcatheter_valve",): 1,
    ("aortic_root", "aortic_valve"): 3,
    ("ascending_aorta", "aortic_valve"): 2,
    ("ascending_aorta", "hemiarch"): 2,
    ("total_arch",): 1,
    ("type_a_dissection",): 2,
    ("heart_transplant",): 2,
    ("lung_transplant",): 1,
    ("lvad_implant",): 2,
    ("septal_myectomy",): 1,
    ("cardiac_tumor",): 1,
    ("other_cardiac",): 1,
}
CHILD_PROCEDURES: Mapping[str, Mapping[Procedures, float]] = {
    "neonate": {
        ("arterial_switch",): 3, ("norwood",): 3, ("tapvr",): 1, ("truncus",): 1, ("coarctation", "vsd"): 2,
    },
    "infant": {("vsd",): 4, ("tof",): 4, ("avsd",): 2, ("glenn",): 2, ("asd", "vsd"): 1},
    "child": {
        ("asd",): 3, ("fontan",): 3, ("pulmonary_valve",): 2, ("mitral_valve",): 1, ("other_congenital",): 1,
    },
    "adolescent": {("pulmonary_valve",): 4, ("aortic_valve",): 3, ("asd",): 2, ("other_congenital",): 1},
}  # fmt: skip
WITH_ARREST = frozenset({"total_arch", "type_a_dissection", "hemiarch", "norwood"})

URGENCIES: Mapping[str, float] = {"elective": 60, "urgent": 24, "emergent": 14, "salvage": 2}
# Days since the case, up to and including, and what has become of it by then.
STATUSES: tuple[tuple[int, Mapping[str, float]], ...] = (
    (3, {"draft": 20, "submitted": 80}),
    (21, {"draft": 2, "returned": 6, "submitted": 46, "verified": 46}),
    (100_000, {"draft": 1, "returned": 1, "submitted": 1, "void": 1, "verified": 96}),
)

RETURN_COMMENTS = (
    "We handed over before the clamp came off: please log this one as first assistant.",
    "The cross-clamp time does not fit the pump record. Please check it.",
    "Please add the second valve.",
    "Please name the cardioplegia that we gave.",
    "Was this not urgent rather than elective? Please look again.",
)
NOTES = (
    "Priming volume reduced with RAP; hematocrit stayed above 24 % throughout.",
    "Practised the hand-crank drill before the case with the preceptor.",
    "Vacuum-assisted drainage needed more attention after the table was tilted.",
    "Del Nido: second dose at 75 minutes. Discussed why.",
    "Long rewarming; talked through the limits of the temperature gradient.",
    "First time running the pump through the whole case.",
    "Low NIRS on one side after cannulation; flow and pressure corrected it.",
    "Zero-balance ultrafiltration during rewarming.",
    "Wrote down the checklist steps that I forgot; to repeat before the next case.",
    "Smooth wean on the first try.",
    "Retrograde delivery pressure was high; catheter repositioned.",
    "Vasoplegia after the clamp came off: reviewed the algorithm afterwards.",
    "Clear communication at each step, closed loop with anesthesia.",
    "ACT rose slowly after heparin; discussed antithrombin deficiency.",
)
