"""What leaves, in words: uses, formats and precision as pages and files name them."""

from collections.abc import Mapping

from caselog.domain.export import Dates, Format, Precision, Sites, Use

USES: Mapping[Use, str] = {
    Use.APPLICATION: "An application",
    Use.PROGRAM_FILE: "The program’s file",
    Use.BOARD: "A board",
    Use.SPREADSHEET: "A spreadsheet",
    Use.ARCHIVE: "A full copy",
    Use.COHORT: "Logs of a cohort or the program",
    Use.REPORT: "The yearly report",
}
FORMATS: Mapping[Format, str] = {
    Format.PDF: "packet (PDF)",
    Format.CSV: "table (CSV)",
    Format.XLSX: "workbook (XLSX)",
    Format.JSON: "JSON",
    Format.ZIP: "packets (ZIP)",
}
DATES: Mapping[Dates, str] = {
    Dates.DAY: "by day",
    Dates.MONTH: "by month",
    Dates.TERM: "by term (spring, summer, fall)",
}
SITES: Mapping[Sites, str] = {
    Sites.NAME: "by name",
    Sites.PSEUDONYM: "under pseudonyms",
}


def what_is_left_out(precision: Precision) -> tuple[str, ...]:
    """What a file in this precision does not say, a sentence each."""
    said = []
    if precision.dates is not Dates.DAY:
        said.append(f"Dates leave {DATES[precision.dates]}; start times are left out.")
    if precision.sites is Sites.PSEUDONYM:
        said.append(
            "Sites, rotations, preceptors and supervisors leave under pseudonyms that are the same in every export; "
            "the country of a site stays."
        )
    if said:
        said.append(
            "Notes, the titles, categories and providers of activities, by whom something is on file and why something "
            "was waived are left out: in people’s own words a day or a hospital may be named."
        )
    return tuple(said)
