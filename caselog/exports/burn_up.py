"""A burn-up chart of one requirement, as SVG text and as rows: what counted over time, what is needed, what is likely.

The picture carries classes only; static/burn-up.css colours it, light and dark, and tells lines apart by dashes as
well as by colour. Its `<title>` and `<desc>` say in words what it shows.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from html import escape

from caselog.domain.forecast import Earned, Forecast, Outlook, history_of
from caselog.domain.result import RequirementResult, plain
from caselog.domain.ruleset import CountRequirement

WIDTH, HEIGHT = 400, 200  # in the picture's own units; the page scales it
LEFT, RIGHT, TOP, BOTTOM = 34, 12, 24, 24
LABEL, SHORT_LABEL = 76, 42  # as wide as “graduation” and “today” above the chart
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_KEY = (
    ("burn-counted", "counted"),
    ("burn-pending", "with what waits for verification"),
    ("burn-target", "needed"),
    ("burn-pace", "even pace"),
    ("burn-median", "likely at this pace, with the range of 80 %"),
)


@dataclass(frozen=True, slots=True)
class BurnUpRow:
    """A month (its first day), and what had counted, or waited beside it, by its end."""

    month: date
    counted: Fraction
    pending: Fraction


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where days and amounts stand in the picture."""

    first: date
    last: date
    most: Fraction

    def x(self, day: date) -> str:
        days = min(max(0, (day - self.first).days), (self.last - self.first).days)
        return _short(LEFT + (WIDTH - LEFT - RIGHT) * days / (self.last - self.first).days)

    def y(self, amount: Fraction) -> str:
        return _short(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * float(min(amount, self.most) / self.most))


def burn_up_svg(
    result: RequirementResult,
    program_start: date | None,
    graduation: date | None,
    as_of: date,
    forecast: Forecast | None,
    *,
    within: str = "",
) -> str:
    """The chart of a requirement that counts entries; `result` needs its verdicts.

    `within` makes the ids unique where two sets on a page have requirements of the same id: give the set's id.
    """
    history = history_of(result)
    frame = _frame(history, result, program_start, graduation, as_of, forecast)
    name = f"burn-{within}-{result.requirement.id}" if within else f"burn-{result.requirement.id}"
    title = f"{result.requirement.title}: what counted over time"
    named, described = f"{escape(name)}-title", f"{escape(name)}-desc"
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="100%"'
    parts = [
        f'<svg class="burn" {box} role="img" focusable="false" aria-labelledby="{named} {described}">',
        f'<title id="{named}">{escape(title)}</title>',
        f'<desc id="{described}">{escape(in_words(result, as_of, forecast))}</desc>',
        *_ground(frame, as_of, graduation),
        *_target(frame, result, program_start, graduation, forecast),
        *_projection(frame, result, as_of, forecast),
        *_steps(frame, history, as_of),
        "</svg>",
    ]
    return "".join(parts)


def burn_up_table(result: RequirementResult) -> tuple[BurnUpRow, ...]:
    """The same month by month, from the first entry to the last; what has no day counts from the first."""
    history = history_of(result)
    days = [each.on for each in history if each.on]
    if not days:
        return ()
    rows, month = [], min(days).replace(day=1)
    while month <= max(days):
        following = _next_month(month)
        by_then = [each for each in history if each.on is None or each.on < following]
        rows.append(BurnUpRow(month, _sum(by_then, pending=False), _sum(by_then, pending=True)))
        month = following
    return tuple(rows)


def burn_up_key() -> str:
    """The key to such charts, as a list; once on a page that has any."""
    swatch = '<svg width="26" height="12" aria-hidden="true" focusable="false">{}</svg>'
    band = '<rect class="burn-band" width="26" height="12"/>'
    line = '<line class="{}" x1="0" x2="26" y1="6" y2="6"/>'
    items = (
        f"<li>{swatch.format((band if name == 'burn-median' else '') + line.format(name))} {escape(words)}</li>"
        for name, words in _KEY
    )
    return f'<ul class="burn-key">{"".join(items)}</ul>'


def in_words(result: RequirementResult, as_of: date, forecast: Forecast | None) -> str:
    """What the chart shows, in sentences."""
    unit = result.requirement.unit if isinstance(result.requirement, CountRequirement) else "cases"
    needed = "a number not yet set" if result.minimum is None else str(plain(result.minimum))
    says = f"By {as_of}, {plain(result.counted)} of {needed} {unit} counted"
    says += f", and {plain(result.pending)} wait for verification." if result.pending else "."
    if forecast is not None:
        says += f" {forecast.says}"
        if forecast.pace is not None and forecast.outlook is not Outlook.MET:
            says += f" {forecast.pace.in_words(unit)}"
    return says


def _frame(
    history: Sequence[Earned],
    result: RequirementResult,
    program_start: date | None,
    graduation: date | None,
    as_of: date,
    forecast: Forecast | None,
) -> _Frame:
    days = [each.on for each in history if each.on]
    first = min([day for day in (program_start, as_of, *days) if day])
    known = max([day for day in (graduation, as_of, *days) if day])
    likely = [day for day in (forecast.median, forecast.latest) if day] if forecast else []
    # A forecast far beyond graduation must not squeeze what has happened: it runs off the edge.
    farthest = _later(known, (known - first).days // 2)
    last = max(known, min(max(likely, default=known), farthest))
    most = max(result.minimum or Fraction(0), result.counted + result.pending, Fraction(1))
    return _Frame(first, max(last, first + timedelta(days=1)), most)


def _later(day: date, days: int) -> date:
    """So many days later, or the last day that there is: a year may have been mistyped."""
    return day + timedelta(days=min(days, (date.max - day).days))


def _ground(frame: _Frame, as_of: date, graduation: date | None) -> Iterator[str]:
    base, label = frame.y(Fraction(0)), HEIGHT - BOTTOM + 15
    yield f'<path class="burn-axis" d="M{LEFT} {TOP}V{base}H{WIDTH - RIGHT}"/>'
    yield f'<text class="burn-label burn-end" x="{LEFT - 5}" y="{base}">0</text>'
    yield f'<text class="burn-label" x="{LEFT}" y="{label}">{_month(frame.first)}</text>'
    yield f'<text class="burn-label burn-end" x="{WIDTH - RIGHT}" y="{label}">{_month(frame.last)}</text>'
    marks = [(as_of, "today", SHORT_LABEL)]
    if graduation and graduation > frame.first:
        marks.append((graduation, "graduation", LABEL))
    room = float(WIDTH)
    for day, words, width in sorted(marks, reverse=True):  # the later one first: the earlier makes room for it
        x = float(frame.x(day))
        at = min(max(x, LEFT), room - width / 2)
        yield f'<line class="burn-{words}" x1="{_short(x)}" x2="{_short(x)}" y1="{TOP - 6}" y2="{base}"/>'
        yield f'<text class="burn-label burn-middle" x="{_short(at)}" y="{TOP - 12}">{words}</text>'
        room = at - width / 2


def _target(
    frame: _Frame,
    result: RequirementResult,
    program_start: date | None,
    graduation: date | None,
    forecast: Forecast | None,
) -> Iterator[str]:
    if result.minimum is None:
        return
    height = frame.y(result.minimum)
    if program_start and graduation and forecast is not None and forecast.pace is not None:
        yield (
            f'<line class="burn-pace" x1="{frame.x(program_start)}" y1="{frame.y(Fraction(0))}" '
            f'x2="{frame.x(graduation)}" y2="{height}"/>'
        )
    yield f'<line class="burn-target" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{height}" y2="{height}"/>'
    yield f'<text class="burn-label burn-end" x="{LEFT - 5}" y="{height}">{plain(result.minimum)}</text>'


def _projection(frame: _Frame, result: RequirementResult, as_of: date, forecast: Forecast | None) -> Iterator[str]:
    if forecast is None or forecast.outlook is not Outlook.PROJECTED or result.minimum is None:
        return
    done, needed = forecast.done, result.minimum
    start = f"{frame.x(as_of)} {frame.y(done)}"
    if forecast.earliest:
        low, high = (_toward(frame, as_of, done, day, needed) for day in (forecast.earliest, forecast.latest))
        runs_off = forecast.earliest < frame.last and (forecast.latest is None or forecast.latest > frame.last)
        corner = f"L{frame.x(frame.last)} {frame.y(needed)}" if runs_off else ""
        yield f'<path class="burn-band" d="M{start}L{low}{corner}L{high}Z"/>'
    if forecast.median:
        end = _toward(frame, as_of, done, forecast.median, needed)
        yield f'<path class="burn-median" d="M{start}L{end}"/>'
        if forecast.median <= frame.last:
            x, y = end.split()
            yield f'<circle class="burn-likely" cx="{x}" cy="{y}" r="3.5"/>'


def _toward(frame: _Frame, as_of: date, done: Fraction, end: date | None, needed: Fraction) -> str:
    """Where a straight line from today to what is needed ends: there, or where it leaves the picture."""
    if end is None:  # more than ten years ahead
        return f"{frame.x(frame.last)} {frame.y(done)}"
    share = min(Fraction(1), Fraction((frame.last - as_of).days, max(1, (end - as_of).days)))
    return f"{frame.x(min(end, frame.last))} {frame.y(done + share * (needed - done))}"


def _steps(frame: _Frame, history: Sequence[Earned], as_of: date) -> Iterator[str]:
    if any(each.pending for each in history):
        yield f'<path class="burn-pending" d="{_stairs(frame, history, as_of)}"/>'
    verified = [each for each in history if not each.pending]
    yield f'<path class="burn-counted" d="{_stairs(frame, verified, as_of)}"/>'


def _stairs(frame: _Frame, history: Sequence[Earned], as_of: date) -> str:
    """A line that rises on each day that something was earned, from the first day to today."""
    total = Fraction(0)
    path = f"M{frame.x(frame.first)} {frame.y(total)}"
    order: Callable[[Earned], date] = lambda each: each.on or frame.first  # noqa: E731 (a name for one use)
    for each in sorted(history, key=order):
        total += each.credit
        path += f"H{frame.x(order(each))}V{frame.y(total)}"
    return f"{path}H{frame.x(as_of)}"


def _sum(history: Sequence[Earned], *, pending: bool) -> Fraction:
    return sum((each.credit for each in history if each.pending is pending), Fraction(0))


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _month(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.year}"


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
