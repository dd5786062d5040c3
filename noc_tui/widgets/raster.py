"""Lines of values as dots: braille, or one sign a cell where fonts have none. Pure."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

DOTS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # by row and column of a cell
LEFT: Final = 0x47  # the left column of a cell: what is drawn with it alone is dotted
BRAILLE: Final = 0x2800
WIDEST: Final = 3  # times the usual gap between two values: what is wider is a hole

Values = Sequence[float | None]


class Scale(NamedTuple):
    """From the lowest line of dots to the highest."""

    low: float
    high: float

    def line(self, value: float, lines: int) -> int:
        """The line of dots, 0 at the top."""
        share = (value - self.low) / (self.high - self.low)
        return max(0, min(lines - 1, round((1 - share) * (lines - 1))))


def scale_of(*rows: Values) -> Scale:
    """Around everything that is known, with a little air; from zero where zero is near."""
    known = [value for row in rows for value in row if value is not None]
    if not known:
        return Scale(0.0, 1.0)
    low, high = min(known), max(known)
    if 0 <= low <= high / 3:
        low = 0.0
    if low == high:
        air = abs(low) / 10 or 1.0
        return Scale(low - air if low else 0.0, high + air)
    air = (high - low) / 20
    return Scale(low if low == 0 else low - air, high + air)


def widened(scale: Scale, low: Values, high: Values) -> Scale:
    """With what is usual in sight too, though never so much of it that the line lies flat."""
    lows, highs = [one for one in low if one is not None], [one for one in high if one is not None]
    if not lows or not highs:
        return scale
    room = scale.high - scale.low
    return Scale(max(min(scale.low, *lows), scale.low - room), min(max(scale.high, *highs), scale.high + room))


def columns(values: Values, wide: int) -> list[tuple[float, float] | None]:
    """The least and the greatest value at each of `wide` columns: many values share one, few are joined by lines."""
    many = len(values)
    if many >= wide:
        found: list[tuple[float, float] | None] = []
        for place in range(wide):
            known = [one for one in values[place * many // wide : (place + 1) * many // wide] if one is not None]
            found.append((min(known), max(known)) if known else None)
        return found
    return [_between(values, (place + 0.5) * many / wide - 0.5) for place in range(wide)]


def bridged(values: Values) -> Values:
    """Values that come more seldom than the steps are joined; a gap much longer than is usual among them stays."""
    places = [place for place, value in enumerate(values) if value is not None]
    gaps = sorted(second - first for first, second in pairwise(places))
    if not gaps or gaps[-1] == 1:
        return values
    most = WIDEST * gaps[len(gaps) // 2]
    found = list(values)
    for first, second in pairwise(places):
        if 1 < second - first <= most:
            begin, end = values[first] or 0.0, values[second] or 0.0
            for place in range(first + 1, second):
                found[place] = begin + (end - begin) * (place - first) / (second - first)
    return found


def _between(values: Values, at: float) -> tuple[float, float] | None:
    first = max(0, min(int(at // 1), len(values) - 1))
    second = min(first + 1, len(values) - 1)
    share = max(0.0, min(at - first, 1.0))
    a, b = values[first], values[second]
    if a is not None and b is not None:
        value: float | None = a + (b - a) * share
    else:
        value = a if share <= 0.5 else b
    return None if value is None else (value, value)


def dots(values: Values, scale: Scale, cells: int, rows: int, *, fine: bool) -> list[list[int]]:
    """Bits of braille for each row and cell; without `fine` any bit says that the line goes through the cell."""
    across, down = (2, 4) if fine else (1, 1)
    grid = [[0] * cells for _ in range(rows)]
    values = bridged(values)
    before: tuple[int, int] | None = None
    for x, span in enumerate(columns(values, cells * across)):
        if span is None:
            before = None
            continue
        top, bottom = scale.line(span[1], rows * down), scale.line(span[0], rows * down)
        first, last = top, bottom
        if before is not None:  # no gap between this column and the one before
            if before[1] < top:
                first = before[1] + 1
            elif before[0] > bottom:
                last = before[0] - 1
        for y in range(first, last + 1):
            grid[y // down][x // across] |= DOTS[y % down if fine else 0][x % across if fine else 0]
        before = (top, bottom)
    return grid


def band(low: Values, high: Values, scale: Scale, cells: int, rows: int) -> list[tuple[int, int] | None]:
    """The first and last row of what is usual, for each cell."""
    lows, highs = columns(low, cells), columns(high, cells)
    return [
        None if a is None or b is None else (scale.line(b[1], rows), scale.line(a[0], rows))
        for a, b in zip(lows, highs, strict=True)
    ]
