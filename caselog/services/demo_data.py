"""Who and what the demo program consists of. Every name here is made up, and reads so."""

from dataclasses import dataclass

from caselog.domain.codes import Position

PROGRAM_CODE = "demo"
PROGRAM_NAME = "Demo Perfusion Program"
TIMEZONE = "America/New_York"
DOMAIN = "demo.example"

RULESETS = ("abcp-pbse", "accredited-minimums")
# What the demo's director has set; the number for complex cases is left open, so that “not set” is seen.
PROGRAM_NUMBERS = {"pediatric": 10, "emergency": 8}
ATTESTATIONS = {
    "transcript": "Registrar of the Demo Perfusion Program",
    "competency-statement": "Competency committee of the Demo Perfusion Program",
}


@dataclass(frozen=True, slots=True)
class DemoSite:
    code: str
    name: str
    country: str
    pediatric: bool = False


SITES = (
    DemoSite("harbor", "Demo Harbor Hospital", "US"),
    DemoSite("hill", "Demo Hill Medical Center", "US"),
    DemoSite("children", "Demo Children's Hospital", "US", pediatric=True),
    DemoSite("lake", "Demo Lake University Hospital", "US"),
    DemoSite("maple", "Demo Maple Hospital", "CA"),
)

DIRECTOR = "Dana Demo"
# Each with the sites where they work.
PRECEPTORS = {
    "Pia Placeholder": ("harbor", "lake"),
    "Abe Placeholder": ("harbor",),
    "Bea Placeholder": ("harbor", "hill"),
    "Cal Placeholder": ("hill",),
    "Dot Placeholder": ("hill", "lake"),
    "Eli Placeholder": ("lake",),
    "Fay Placeholder": ("children",),
    "Gus Placeholder": ("children",),
    "Hope Placeholder": ("maple",),
    "Ike Placeholder": ("maple", "lake"),
}


@dataclass(frozen=True, slots=True)
class DemoStudent:
    """A student and what makes them one worth looking at.

    The ranks place them in their cohort of twelve, from 0 (fewest cases) to 11 (most); None logs nothing.
    The factors bend the mixture of their cases away from the cohort's.
    """

    name: str
    adult_rank: int | None
    pediatric_rank: int
    valve_factor: float = 1.0
    ecmo_factor: float = 1.0
    everything: bool = False  # verified without exception, and all documents on file


# The class that graduates next. Ada Sample has yet to find pediatric cases.
GRADUATING = (
    DemoStudent("Ada Sample", 7, 2),
    DemoStudent("Ben Specimen", 4, 6),
    DemoStudent("Cleo Example", 6, 8),
    DemoStudent("Dan Dummy", 5, 4),
    DemoStudent("Eve Specimen", 11, 11, valve_factor=1.6, ecmo_factor=1.2, everything=True),
    DemoStudent("Finn Sample", None, 0),
    DemoStudent("Gia Fictive", 9, 9),
    DemoStudent("Hal Example", 3, 5, valve_factor=0.4),  # short of valves
    DemoStudent("Ida Dummy", 10, 3, ecmo_factor=0.1),  # short of ECMO
    DemoStudent("Jon Fictive", 1, 1),  # logs least, short of nearly all
    DemoStudent("Kim Sample", 8, 7),
    DemoStudent("Leo Specimen", 2, 10, valve_factor=1.5),
)
NEXT = (
    DemoStudent("Mia Example", 6, 7),
    DemoStudent("Ned Dummy", 9, 5),
    DemoStudent("Ola Fictive", 3, 9),
    DemoStudent("Pam Sample", 7, 3, ecmo_factor=0.1),
    DemoStudent("Quin Specimen", 11, 10),
    DemoStudent("Ray Example", 0, 0),
    DemoStudent("Sue Dummy", 4, 8),
    DemoStudent("Tom Fictive", 10, 6),
    DemoStudent("Una Sample", 2, 11),
    DemoStudent("Vic Specimen", 8, 4),
    DemoStudent("Wes Example", 5, 2),
    DemoStudent("Xia Dummy", 1, 1, valve_factor=0.4),
)

# Both rotate through the same sites, and log one case as primary. The first is evaluated, too.
TWO_PRIMARIES = ("Ada Sample", "Kim Sample")

# Who can sign in, each as position@demo.example.
SIGN_INS = {
    "Ada Sample": Position.STUDENT,
    "Pia Placeholder": Position.PRECEPTOR,
    DIRECTOR: Position.DIRECTOR,
}
