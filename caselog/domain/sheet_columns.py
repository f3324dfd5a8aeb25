"""Which field a column of a spreadsheet holds, guessed from the name over it and from what stands in it.

A column that says who a patient is belongs to no field: it is named with a word why, and is left where it came from.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from caselog.domain import activity, case
from caselog.domain.screening import findings
from caselog.domain.sheet import Sheet
from caselog.domain.sheet_values import looks_like_day
from caselog.domain.sheet_words import Vocabulary, share_understood

_SAMPLE = 40  # cells of a column that are looked at
_MOSTLY = 0.6
_UUID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_LONG_NUMBER = re.compile(r"[A-Za-z]{0,3}[0-9]{6,12}")
_PERSON = re.compile(r"[A-Z][a-zà-ÿ'’-]+,? (?:[A-Z]\.? )?[A-Z][a-zà-ÿ'’-]+|[A-Z][A-Z'-]+, [A-Z]+")

_IDENTIFYING: Sequence[tuple[str, str]] = (
    (r"\bbirth|\bdob\b|\bborn\b|\bd o b\b", "a birth date; only the age group is kept"),
    (
        (
            r"\bmrn\b|\bmedical record|\b(record|hospital|patient|pt) (id|no|num|number)\b|\bpid\b|\baccount\b|\bfin\b"
            r"|\bencounter\b|\bcsn\b|\baccession\b|\bssn\b|\bsocial security|\bchart\b|\bnhs\b"
        ),
        "a number that leads to a patient's record",
    ),
    (
        (
            r"\b(patient|pt)( s)?( first| last| full)? ?names?\b|^(first|last|full|family|given) ?name$|^name$"
            r"|^surname$|^(patient|pt)s?$|\b(patient|pt)( s)? initials?\b|^initials$"
        ),
        "a patient's name",
    ),
    (r"\bphone\b|\bmobile\b|\baddress\b|\bzip\b|\bpost ?code\b|\bpatient e ?mail\b", "how a patient is reached"),
    (r"\bserial\b|\blot (no|num|number)\b|\bdevice id\b", "the number of a device"),
)
_CASES: Sequence[tuple[str, str]] = (
    ("case_uid", r"^case uid$|^uu?id$"),
    ("circulatory_arrest_minutes", r"\bdhca\b|\bcirc(ulatory)? arrest|\barrest (time|min)|\bhca\b"),
    ("cross_clamp_minutes", r"clamp|\bx ?c\b|\bxcl\b|\bxct\b|\baox\b|\baxc\b|\bacc\b( time| min)|ischa?emi[ac]"),
    ("cpb_minutes", r"\bcpb\b|\bpump (time|run time|min)|\bbypass (time|min)|\btime on (pump|bypass)|\bperfusion time"),
    ("support_hours", r"\bsupport (managed|hours?|time)|\becmo (hours?|hrs?|time)|\bhours? (managed|on ecmo)"),
    ("lowest_temp_c", r"\b(lowest|min(imum)?|nadir|coldest)\b.*\btemp|\btemp(erature)?\b"),
    ("start_time", r"\bstart( time)?$|^time$|\btime (in|of day|start)|\bor start|\bincision|\bbegin|^start "),
    ("case_date", r"\bdate\b|^day$|\bdos\b|^when$|\bdatum\b"),
    ("age_group", r"\bage\b|^peds|\bpediatric|\bpatient type\b|\badult ?(/|or) ?ped"),
    ("role", r"\brole\b|\bparticipation\b|\bposition\b|\bcapacity\b|\binvolvement\b"),
    ("share_percent", r"\bshare\b|\bpercent|%"),
    ("urgency", r"\burgency\b|\bacuity\b|\bpriority\b|\belective\b|\bemergen"),
    ("redo", r"\bredo\b|\bre ?op(eration)?\b|\bprevious (cardiac )?surgery\b|\bprior (cardiac )?surgery\b"),
    ("setting", r"\bsetting\b|\bsimulat"),
    ("rotation", r"\brotation\b"),
    ("site_country", r"\bcountry\b"),
    ("preceptor", r"\bpreceptor|\binstructor|\bsupervis|\bccp\b|\bperfusionist|\bclinical faculty\b|\bsigned by\b"),
    ("site", r"\bsite\b|\bhospital\b|\bfacility\b|\binstitution\b|\blocation\b|\bcent(er|re)\b|\bclinic\b|^where$"),
    ("procedures", r"\bprocedures?\b|\boperations?\b|\bsurger(y|ies)\b|^or case$|\bop\b$|^cases?$"),
    ("activity", r"\bactivity\b|\bcase type\b|\btype of case\b|\btype\b|\bmodality\b|\bcategory\b"),
    ("techniques", r"\btechniques?\b|\bcardioplegia\b|\bcpg\b|\bpump type\b|\bcannulation\b|\bequipment\b|\banticoag"),
    ("events", r"\bevents?\b|\bcomplications?\b|\bincidents?\b|\badverse\b"),
    ("note", r"\bnotes?\b|\bcomments?\b|\bremarks?\b|\blearn|\breflection"),
    ("status", r"^status$"),
)  # fmt: skip
_ACTIVITIES: Sequence[tuple[str, str]] = (
    ("activity_uid", r"^activity uid$|^uu?id$"),
    ("date", r"\bdate\b|^day$|^when$"),
    ("hours", r"\bhours?\b|\bhrs?\b|\bduration\b|\btime spent\b"),
    ("units", r"\bunits?\b|\bceus?\b|\bcredits?\b|\bcmes?\b|\bpoints?\b"),
    ("category", r"\bcategory\b|\bcat\b"),
    ("kind", r"\bkind\b|\btype\b|\bformat\b"),
    ("provider", r"\bprovider\b|\bsponsor\b|\borgani[sz](ation|er)\b|\binstitution\b|\bsociety\b|\bby whom\b"),
    ("supervisor", r"\bsupervisor\b|\bpreceptor\b|\binstructor\b|\bsigned by\b|\bccp\b"),
    ("title", r"\btitle\b|\btopic\b|\bsubject\b|\bdescription\b|\bname\b|\bcourse\b|\bactivity\b|\bevent\b"),
    ("status", r"^status$"),
)
_HEADINGS = {
    noun: [(name, re.compile(pattern)) for name, pattern in patterns]
    for noun, patterns in (("case", _CASES), ("activity", _ACTIVITIES))
}
_WHO = [(re.compile(pattern), words) for pattern, words in _IDENTIFYING]
_COLUMNS = {"case": case.COLUMNS, "activity": activity.COLUMNS}
_DAYS = {"case": "case_date", "activity": "date"}
# What values alone can show, the surest first.
_BY_VALUES = {
    "case": ("role", "urgency", "preceptor", "site", "procedures", "activity", "age_group", "setting"),
    "activity": ("kind", "supervisor"),
}
_RUNNING_NUMBER = re.compile(r"^(no|nr|num|number|case (no|nr|num|number)|id|case id|#)$")
_OWN_WORDS = re.compile(r"[^a-z0-9%#]+")


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column is taken for: a field, or none; `why` says why it is left out, where it must or may be.

    An `identifying` column is left out whatever anybody chooses.
    """

    field: str | None
    why: str = ""
    identifying: bool = False


def guess_columns(sheet: Sheet, noun: str, vocabulary: Vocabulary) -> tuple[Guess, ...]:
    """A guess for each column of a sheet of entries (`case` or `activity`); a field is guessed once, a list often."""
    samples = [sheet.column(place)[:_SAMPLE] for place in range(len(sheet.header))]
    by_heading = [
        _by_heading(heading, cells, noun, vocabulary) for heading, cells in zip(sheet.header, samples, strict=True)
    ]
    named = {guess.field for guess in by_heading if guess and guess.field}
    taken = set[str]()
    guesses: list[Guess] = []
    for cells, known in zip(samples, by_heading, strict=True):
        guess = known or _by_values(cells, noun, vocabulary, named | taken)
        if guess.field in taken and guess.field not in case.LIST_FIELDS:
            guesses.append(Guess(None, "another column says this already"))
            continue
        if guess.field:
            taken.add(guess.field)
        guesses.append(guess)
    return tuple(guesses)


def is_own(sheet: Sheet, noun: str) -> bool:
    """Whether the columns are those of our own files, which say an identifier and a status."""
    header = set(sheet.header)
    return {_COLUMNS[noun][0], "status"} <= header <= set(_COLUMNS[noun]) and len(header) == len(sheet.header)


def fields_of(noun: str) -> tuple[str, ...]:
    """The fields that a column can hold."""
    return _COLUMNS[noun]


def plain_heading(text: str) -> str:
    """A heading as it is compared: words in small letters, with what stands in brackets."""
    return " ".join(_OWN_WORDS.sub(" ", text.casefold()).split())


def identifies(heading: str, cells: Sequence[str]) -> str | None:
    """Why a column could say who a patient is; None if nothing tells that it does."""
    plain = plain_heading(heading)
    for pattern, words in _WHO:
        if pattern.search(plain):
            return words
    return _identifying_cells(plain, cells)


def _identifying_cells(plain: str, cells: Sequence[str]) -> str | None:
    if not cells or _names_staff(plain):
        return None
    if (
        not looks_like_days(cells)
        and _share(cells, lambda each: _LONG_NUMBER.fullmatch(each) is not None) >= _MOSTLY
    ):
        return "long numbers, which may lead to a patient's record"
    if _share(cells, lambda each: _PERSON.fullmatch(each) is not None) >= 0.8 and not _other_known(plain):
        return "what looks like names of people"
    if (
        not _other_known(plain)
        and _share(cells, lambda each: any(f.strong for f in findings(each[:200]))) >= _MOSTLY
    ):
        return "what may identify a patient"
    return None


def _names_staff(plain: str) -> bool:
    return any(
        pattern.search(plain) for name, pattern in _HEADINGS["case"] if name in ("preceptor", "site", "case_uid")
    )


def _other_known(plain: str) -> bool:
    return any(pattern.search(plain) for _, pattern in (*_HEADINGS["case"], *_HEADINGS["activity"]))


def looks_like_days(cells: Sequence[str]) -> bool:
    return _share(cells, looks_like_day) >= _MOSTLY


def _share(cells: Sequence[str], fits: object) -> float:
    return sum(bool(fits(each)) for each in cells) / len(cells) if cells else 0.0  # type: ignore[operator]  # a test of one cell


def _by_heading(heading: str, cells: Sequence[str], noun: str, vocabulary: Vocabulary) -> Guess | None:
    if heading in _COLUMNS[noun]:
        return Guess(heading)
    if words := identifies(heading, cells if not _fits_somebody(cells, vocabulary) else ()):
        return Guess(None, f"left out: {words}", identifying=True)
    plain = plain_heading(heading)
    if _RUNNING_NUMBER.match(plain):
        if cells and all(_UUID.fullmatch(each) for each in cells):
            return Guess(_COLUMNS[noun][0])
        return Guess(None, "left out: a number of the list")
    for name, pattern in _HEADINGS[noun]:
        if plain and pattern.search(plain) and _could_be(name, cells, vocabulary):
            return Guess(name)
    return None


def _fits_somebody(cells: Sequence[str], vocabulary: Vocabulary) -> bool:
    """Whether the names in a column are of the program's own people or places."""
    return any(
        name in vocabulary and share_understood(name, cells, vocabulary) >= _MOSTLY
        for name in ("preceptor", "supervisor", "site")
    )


def _could_be(name: str, cells: Sequence[str], vocabulary: Vocabulary) -> bool:
    """Whether what stands in a column does not speak against the field that its heading names."""
    if not cells:
        return True
    if name == "status":
        return share_understood(name, cells, vocabulary) >= _MOSTLY
    if name in ("case_date", "date"):
        return looks_like_days(cells) or all(each.isdigit() for each in cells)
    if name in ("activity", "setting") and name in vocabulary:
        return share_understood(name, cells, vocabulary) > 0
    return True


def _by_values(cells: Sequence[str], noun: str, vocabulary: Vocabulary, taken: set[str]) -> Guess:
    for name in _candidates(cells, noun, vocabulary):
        if name not in taken:
            return Guess(name)
    return Guess(None)


def _candidates(cells: Sequence[str], noun: str, vocabulary: Vocabulary) -> Iterator[str]:
    if not cells:
        return
    if looks_like_days(cells):
        yield _DAYS[noun]
        return
    if all(each.replace(".", "", 1).isdigit() for each in cells):
        return  # bare numbers mean too much
    for name in _BY_VALUES[noun]:
        if name in vocabulary and share_understood(name, cells, vocabulary) >= _MOSTLY:
            yield name


LABELS: Mapping[str, Mapping[str, str]] = {"case": case.LABELS, "activity": activity.LABELS}
