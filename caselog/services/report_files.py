"""The yearly report as files: the same rows as the page, noted as an export before they leave."""

import hashlib
from dataclasses import dataclass
from datetime import date

from caselog.domain.export import Dates, Format, Precision, Use, date_text, shown_code
from caselog.domain.outcomes import EXAM_WORDS, PLACEMENT_WORDS, Figure, Verdict
from caselog.exports.report_tables import Cell, Sheet, as_csv, as_workbook
from caselog.services import issuing, looks
from caselog.services.actor import Actor, NotFoundError, Permission
from caselog.services.export_policy import precision_of
from caselog.services.issuing import Issue, Made, Prepared
from caselog.services.yearly_report import YearlyReport, category_ids

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
VERDICT_WORDS = {Verdict.MET: "met", Verdict.NOT_MET: "not met", Verdict.UNKNOWN: "not enough data"}
_OUTCOMES = ("pbse", "pbse_passed_on", "cape", "cape_passed_on", "placement", "placed_on")


@dataclass(frozen=True, slots=True)
class ReportFile:
    filename: str
    media_type: str
    content: bytes


def make_workbook(actor: Actor, report: YearlyReport, reason: str) -> ReportFile:
    """Graduates, thresholds and sources as the sheets of one file. Raises NotFoundError."""
    prepared, precision = _begin(actor)
    sheets = (graduates_sheet(report, precision), measures_sheet(report), _about(report, prepared))
    content = as_workbook(sheets, f"{report.program}: report on the graduates of {report.year}", prepared.at)
    _issue(
        actor,
        report,
        prepared,
        Issue(use=Use.REPORT, format=Format.XLSX, reason=reason, precision=precision),
        content,
    )
    return ReportFile(f"yearly-report-{report.year}.xlsx", XLSX, content)


def make_csv(actor: Actor, report: YearlyReport, part: str, reason: str) -> ReportFile:
    """The `graduates` or the `measures` of a report. Raises NotFoundError."""
    prepared, precision = _begin(actor)
    sheet = graduates_sheet(report, precision) if part == "graduates" else measures_sheet(report)
    content = as_csv(sheet)
    _issue(
        actor,
        report,
        prepared,
        Issue(use=Use.REPORT, format=Format.CSV, reason=reason, precision=precision),
        content,
    )
    return ReportFile(f"yearly-report-{report.year}-{part}.csv", "text/csv", content)


def _begin(actor: Actor) -> tuple[Prepared, Precision]:
    if not actor.may(Permission.EXPORT_PROGRAM):
        raise NotFoundError
    return issuing.prepare(actor), precision_of(actor, Use.REPORT)


def _issue(actor: Actor, report: YearlyReport, prepared: Prepared, wanted: Issue, content: bytes) -> None:
    cases = sum(number for name, number in report.sums.items() if name.startswith("cases-"))
    issuing.issue(actor, prepared, wanted, Made(hashlib.sha256(content).hexdigest(), cases, 0))
    looks.at_students(actor, "report.export", report.named)


def graduates_sheet(report: YearlyReport, precision: Precision) -> Sheet:
    """A row for each graduate of the year, and below them the sums of the cases."""

    def day(given: date | None) -> Cell:
        return given if precision.dates is Dates.DAY else date_text(given, precision.dates) or None

    counts = category_ids()
    columns = (
        "graduate", "cohort", "graduated_on", *(name.replace("-", "_") for name in counts), "minimums_met", "short_of",
        "not_set", "not_on_file", *_OUTCOMES,
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for each in report.graduates:
        outcome = each.outcome
        rows.append(
            (
                each.name, each.cohort, day(each.graduated_on), *(each.cases[name] for name in counts),
                {True: "yes", False: "no", None: None}[each.met], each.short_of, each.not_set, each.not_on_file,
                outcome.pbse and EXAM_WORDS[outcome.pbse], day(outcome.pbse_passed_on),
                outcome.cape and EXAM_WORDS[outcome.cape], day(outcome.cape_passed_on),
                outcome.placement and PLACEMENT_WORDS[outcome.placement], day(outcome.placed_on),
            )
        )  # fmt: skip
    sums = ("All graduates", None, None, *(report.sums[name] for name in counts))
    rows.append((*sums, f"{report.met} of {report.judged}", *(None,) * (len(columns) - len(sums) - 1)))
    return Sheet("Graduates", columns, tuple(rows))


def measures_sheet(report: YearlyReport) -> Sheet:
    """A row for each threshold: over which years, of how many it is true, who is not known, and what follows."""
    columns = (
        "measure", "from_year", "to_year", "yes", "known", "not_known", "percent_of_known", "at_least_percent",
        "standing", "not_known_of", "says", "counted", "source", "read_on",
    )  # fmt: skip
    return Sheet("Thresholds", columns, tuple(_measure_row(each) for each in report.figures))


def _measure_row(figure: Figure) -> tuple[Cell, ...]:
    measure, share = figure.measure, figure.pooled
    return (
        measure.title, figure.first, figure.last, share.yes, share.known, len(share.missing),
        share.percent, measure.percent, VERDICT_WORDS[figure.verdict],
        "; ".join(person.name for person in share.missing) or None, measure.says, measure.counts,
        f"{measure.source.title}, {measure.source.address}", measure.source.read,
    )  # fmt: skip


def _about(report: YearlyReport, prepared: Prepared) -> Sheet:
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Program", report.program),
        ("Graduates of", report.year),
        ("As of", report.as_of),
        ("Verification code", shown_code(prepared.code)),
        ("Head of the audit trail", str(prepared.head)),
        ("Cases", "Verified clinical cases. Performed means as primary or independent."),
        (
            "Thresholds",
            f"{report.thresholds.title}, edition {report.thresholds.edition}. {report.thresholds.about}",
        ),
    )
    return Sheet("About", ("what", "value"), rows)
