"""How high the rows of a list become. Typst lays out each cell twice where it has to find that out by itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

CHARACTERS = "".join(map(chr, (*range(0x20, 0x7F), *range(0xC0, 0xD7), *range(0xD8, 0xF7), *range(0xF8, 0x180))))
# Between two of these no line breaks.
_KEPT_TOGETHER = frozenset("@._,:;()").union(each for each in CHARACTERS if each.isalnum())
_MOST_LINES = 12
# What a text takes, as a share of what its characters take each by itself: pairs are set closer, or wider.
_CLOSEST, _WIDEST = 0.96, 1.01


@dataclass(frozen=True)
class Measures:
    """Of a list's print, in points: its characters, its columns without their insets, and one or two lines."""

    widths: Mapping[str, float]
    columns: Sequence[float]
    inset: float  # above and below a row, together
    one: float
    two: float

    def height(self, row: Sequence[str]) -> float | None:
        """Of a row, in points; nothing where only the setting itself can tell."""
        try:
            lines = max(self._lines(*each) for each in zip(row, self.columns, strict=True))
        except LookupError:
            return None
        return round(self.inset + self.one + (lines - 1) * (self.two - self.one), 3)

    def _lines(self, text: str, width: float) -> int:
        """Raises LookupError where it cannot be told."""
        if sum(map(self.widths.__getitem__, text)) * _WIDEST <= width:
            return 1
        lines = self._broken(text, width / _WIDEST)
        if lines > _MOST_LINES or lines != self._broken(text, width / _CLOSEST):
            raise LookupError(text)
        return lines

    def _broken(self, text: str, width: float) -> int:
        lines, left, space = 0, 0.0, self.widths[" "]
        for word in text.split(" "):
            if not _KEPT_TOGETHER.issuperset(word):
                raise LookupError(word)
            wide = sum(map(self.widths.__getitem__, word))
            if lines and wide + space <= left:
                left -= wide + space
            else:
                lines, left = lines + 1, width - wide
        return lines


def heights(measures: Measures, rows: Iterable[Sequence[str]]) -> list[float | None]:
    """Of each row, in points; nothing where only the setting itself can tell."""
    return [measures.height(row) for row in rows]
