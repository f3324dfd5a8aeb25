"""The screen of identifiers: how much it finds of what was labelled, where it finds it, and how long it takes."""

import time
from itertools import pairwise

import pytest

from caselog.domain.screening import Category, Strength, findings
from tests.support.screening import SETS, examples, measured, table

# Of what is marked in each category this part is found at least, under whatever name.
FLOORS = dict.fromkeys(Category, 0.95)
MEGABYTE = 1_000_000  # characters
SECONDS_MOST = 1.0  # of the processor, on a machine that does nothing else

HOSTILE = {
    "digits": "1",
    "digits apart": "1 ",
    "digits and hyphens": "1-1-",
    "almost a social security number": "123-45-",
    "almost a telephone number": "(123) 456-",
    "almost a day": "1/1/",
    "almost an age": "1 y 1 mo ",
    "almost an age at once": "1y1 ",
    "almost an address": "12 Oak ",
    "almost a ZIP code": "SC 1234 ",
    "mail without an end": "aaaa@",
    "mail with many dots": "a@a.",
    "mail in words": "at a dot ",
    "one letter": "a",
    "letters apart": "a ",
    "letters and hyphens": "a-",
    "titles": "Mr. Mr. ",
    "doctors": "Dr. van der ",
    "record numbers without a number": "mrn is ",
    "patients": "pt name is ",
    "birth dates without a date": "dob on ",
    "born": "born on the ",
    "numbers in words": "twenty two and a half ",
    "commas": ",",
    "spaces": " ",
    "line breaks": "\n",
    "words with capitals": "Abcde Fghij ",
    "last names": "Okonkwo ",
    "first names": "Miriam ",
    "last names with commas": "Okonkwo, ",
    "hyphenated names": "Kim, Ji-",
    "apostrophes": "o'o'",
    "rooms": "room bed ",
    "serials": "serial no ",
    "full-width digits": "１",
    "accents": "é ",
    "what nobody sees": "\u200b",
}


def named(text: str) -> list[tuple[str, str]]:
    """What is found: the category and the stretch of text."""
    return [(each.category.value, text[each.start : each.end]) for each in findings(text)]


def test_nearly_everything_that_was_labelled_is_found_and_clinical_texts_pass() -> None:
    whole = measured("labelled")
    said = "\n".join(table("labelled"))
    assert whole.recall >= 0.98, said
    assert whole.false_positives <= 0.03, said
    assert [each.category for each in whole.by_category if each.recall < FLOORS[each.category]] == [], said


def test_what_was_labelled_after_the_patterns_is_found_too() -> None:
    for which in ("held-out", "last"):
        whole = measured(which)
        said = "\n".join(table(which))
        assert whole.recall >= 0.97, said
        assert whole.false_positives <= 0.03, said


def test_no_clinical_text_is_refused_outright() -> None:
    assert [measured(which).refused for which in SETS] == [(), (), ()]


@pytest.mark.parametrize("category", list(Category))
def test_there_are_fifty_examples_of_each_category(category: Category) -> None:
    assert sum(len(each.marked) for each in examples("labelled", category)) >= 50
    assert sum(len(each.marked) for each in examples("held-out", category)) >= 20


def test_there_are_five_hundred_clinical_texts_and_none_twice() -> None:
    texts = [each.text for which in SETS for each in examples(which, "negatives")]
    assert len(examples("labelled", "negatives")) >= 500
    assert len(examples("held-out", "negatives")) >= 150
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pt MRN 4471902, clamp 85", [("record_number", "4471902")]),
        ("MRN ４４７１９０２", [("record_number", "４４７１９０２")]),
        ("MRN 44\u200b71902 cabg", [("record_number", "44\u200b71902")]),
        ("Mr.\u00a0Wójcik bled", [("name", "Mr.\u00a0Wójcik")]),
        ("John\nSmith, AVR", [("bare_name", "John\nSmith")]),
        ("½ dose for Renée Dupont", [("bare_name", "Renée Dupont")]),
        ("DOB 3/4/1956 and 67 y/o", [("birth_date", "3/4/1956"), ("exact_age", "67 y/o")]),
        ("Јоhn Ѕmith", [("bare_name", "Јоhn Ѕmith")]),  # the first letters are Cyrillic
        ("ﬁne: mail to j.smith@north.example", [("email", "j.smith@north.example")]),
    ],
)
def test_what_is_found_is_marked_where_it_stands(text: str, found: list[tuple[str, str]]) -> None:
    assert named(text) == found


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("MRN 4471902", Strength.STRONG),
        ("Mr. Smith", Strength.STRONG),
        ("Dr. Jones closed", Strength.WEAK),
        ("on 3/14 again", Strength.WEAK),
        ("DOB 3/14/56", Strength.STRONG),
        ("John Smith", Strength.STRONG),
        ("Linda Ross", Strength.WEAK),
        ("j.smith at example dot com", Strength.WEAK),
        ("123456789", Strength.STRONG),
        ("CVICU 14", Strength.WEAK),
    ],
)
def test_some_are_refused_and_some_ask_for_a_second_look(text: str, strength: Strength) -> None:
    assert [each.strength for each in findings(text)] == [strength]


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "ACT 480, 32 C, CI 2.4 L/min/m2, flow 4.8", "heparin 30000 units, Hct 24%", "BP 120/80 at 14:35",
        "1:4 ratio, MAP 65, K 5.2", "Quadrox-i, 3/8 x 3/32 tubing, FX25", "Ross, Norwood, Glenn, Fontan",
        "David and Bentall, Cox maze, Dor", "severe MR, moderate TR", "Michael DeBakey and Denton Cooley",
        "older adult, neonate and infant", "the 5 year old console",
    ],
)  # fmt: skip
def test_what_perfusionists_write_every_day_passes(text: str) -> None:
    assert named(text) == []


def test_findings_stand_in_order_and_apart() -> None:
    text = " ".join(each.text for category in Category for each in examples("labelled", category))
    found = findings(text)
    assert len(found) > 300
    assert all(0 <= each.start < each.end <= len(text) for each in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


def test_each_category_has_words_for_the_writer() -> None:
    for category in Category:
        found = {each.words for example in examples("labelled", category) for each in findings(example.text)}
        assert found
        assert all("leave it out" in words or "its own field" in words for words in found)


def seconds_for(text: str) -> float:
    """The processor time that the screen takes."""
    began = time.process_time()
    findings(text)
    return time.process_time() - began


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_text_takes_time_in_proportion(kind: str) -> None:
    """Within a second a megabyte; three times that here, where other tests take the processor's caches."""
    piece = HOSTILE[kind]
    assert seconds_for(piece * (MEGABYTE // len(piece))) < 3 * SECONDS_MOST
