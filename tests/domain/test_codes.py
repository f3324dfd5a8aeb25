"""Code lists: closed ones are the domain's, open ones are data."""

import pytest

from caselog.domain.codes import (
    AGE_GROUP_MEANINGS,
    CLOSED_LISTS,
    ROLE_MEANINGS,
    AgeGroup,
    Code,
    CodeBook,
    CodeList,
    Role,
)
from caselog.rules.codes import load_codes

SEED = load_codes()
SMALL = CodeBook(
    {
        CodeList.ACTIVITY: [
            Code("cpb", "CPB (pump run)", "cpb"),
            Code("ecmo", "ECMO", "ecmo"),
            Code("old_ecmo", "ECMO, old word", "ecmo", retired=True),
        ]
    }
)


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("role", "observed first_assistant primary independent instructor"),
        ("setting", "clinical simulation"),
        ("age_group", "neonate infant child adolescent adult older_adult"),
        ("urgency", "elective urgent emergent salvage"),
        ("status", "draft submitted returned verified void"),
    ],
)
def test_the_closed_lists_are_those_of_the_domain(name: str, codes: str) -> None:
    assert SEED.allowed(name) == tuple(codes.split())
    assert tuple(CLOSED_LISTS[name]) == tuple(codes.split())


@pytest.mark.parametrize(
    ("name", "family", "codes"),
    [
        ("activity", "cpb", "cpb"),
        ("activity", "ecmo", "ecmo ecpr"),
        ("activity", "vad", "vad"),
        ("procedures", "coronary", "cabg"),
        ("procedures", "valve", "aortic_valve mitral_valve tricuspid_valve pulmonary_valve transcatheter_valve"),
        (
            "procedures", "aorta",
            "aortic_root ascending_aorta hemiarch total_arch type_a_dissection descending_or_thoracoabdominal",
        ),
        (
            "procedures", "congenital",
            "asd vsd avsd tof arterial_switch norwood glenn fontan truncus tapvr coarctation other_congenital",
        ),
        ("procedures", "transplant", "heart_transplant lung_transplant heart_lung_transplant"),
        ("procedures", "mechanical_support", "lvad_implant rvad_implant total_artificial_heart"),
        (
            "procedures", "other_cardiac",
            "maze septal_myectomy cardiac_tumor pulmonary_endarterectomy trauma other_cardiac",
        ),
        ("procedures", "non_cardiac", "liver_transplant vascular orthopedic other_non_cardiac"),
    ],
)  # fmt: skip
def test_the_seeded_families_are_those_of_the_domain(name: str, family: str, codes: str) -> None:
    assert SEED.family(CodeList(name), family) == set(codes.split())


LISTS = {
    "activity": """
        cpb ecmo ecpr vad veno_venous_bypass organ_or_limb_perfusion hipec pump_standby autotransfusion iabp other
    """,
    "techniques": """
        roller_pump centrifugal_pump del_nido blood_cardioplegia crystalloid_cardioplegia antegrade retrograde
        ultrafiltration muf hemoconcentrator cell_saver rap vavd dhca antegrade_cerebral_perfusion
        retrograde_cerebral_perfusion nirs inline_gas_monitoring svo2 heparin bivalirudin vv va vav
        peripheral_cannulation central_cannulation
    """,
    "events": """
        air_embolism oxygenator_failure pump_failure circuit_clotting vasoplegia return_to_bypass other_event
    """,
}


@pytest.mark.parametrize("name", LISTS)
def test_the_seeded_lists_are_those_of_the_domain(name: str) -> None:
    assert SEED.allowed(name) == tuple(LISTS[name].split())


def test_each_role_and_age_group_says_what_it_means() -> None:
    assert set(ROLE_MEANINGS) == set(Role)
    assert set(AGE_GROUP_MEANINGS) == set(AgeGroup)
    assert "60 %" in ROLE_MEANINGS[Role.PRIMARY]
    assert "Never counts" in ROLE_MEANINGS[Role.OBSERVED]


def test_every_seeded_code_has_a_label_and_a_place_in_a_family() -> None:
    for name in CodeList:
        for code in SEED.codes(name).values():
            assert code.label.strip()
            assert code.code in SEED.family(name, code.family)
            assert SEED.family_of(name, code.code) == code.family


def test_a_retired_code_stays_known_and_in_its_family_but_is_not_offered() -> None:
    assert SMALL.knows("activity", "old_ecmo")
    assert SMALL.family(CodeList.ACTIVITY, "ecmo") == {"ecmo", "old_ecmo"}
    assert SMALL.allowed("activity") == ("cpb", "ecmo", "old_ecmo")
    assert SMALL.offered("activity") == ("cpb", "ecmo")
    assert SMALL.label("activity", "old_ecmo") == "ECMO, old word"


def test_a_closed_list_offers_all_its_codes() -> None:
    assert SMALL.offered("role") == tuple(Role)


def test_families_stand_in_the_order_of_the_list() -> None:
    assert SMALL.families(CodeList.ACTIVITY) == ("cpb", "ecmo")


def test_what_no_list_has_is_unknown_and_of_no_family() -> None:
    assert not SMALL.knows("activity", "vad")
    assert not SMALL.knows("procedures", "cabg")
    assert not SMALL.knows("role", "boss")
    assert SMALL.family_of(CodeList.ACTIVITY, "vad") is None
    assert SMALL.family(CodeList.ACTIVITY, "vad") == frozenset()


def test_labels_are_words_but_codes_of_sites_and_people_read_as_themselves() -> None:
    assert SMALL.label("activity", "cpb") == "CPB (pump run)"
    assert SMALL.label("role", "first_assistant") == "first assistant"
    assert SMALL.label("site", "harbor_test") == "harbor_test"
    assert SMALL.label("preceptor", "pat_p@north.example") == "pat_p@north.example"
    assert SMALL.label("activity", "no_such_code") == "no_such_code"
