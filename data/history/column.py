"""One column written down: as few bytes a number as hold all of them, then zstd where that is shorter."""

from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.history.columns import Floats, Whole
from data.zstd import Zstd

_SCALES: Final = (1, 10, 100, 1000)
_EXACT: Final = 2.0**52
_WIDTHS: Final = ("<u1", "<u2", "<u4", "<u8")

_CONSTANT, _AS_IT_IS, _ZSTD, _EVEN = 8, 16, 32, 64  # in `how`, beside the place of the width


_zstd: Final = Zstd(9)


class Column(msgspec.Struct, array_like=True):
    """Numbers as `low + unit * body`; `first` is where a climbing column begins; `scale` that of decimal figures."""

    how: int
    body: bytes = b""
    low: int = 0
    unit: int = 1
    first: int = 0
    scale: int = 1


def whole(values: NDArray[Any]) -> Column:
    """In the fewest bytes that hold all of them."""
    if not len(values):
        return Column(_CONSTANT)
    low, high = int(values.min()), int(values.max())
    if low == high:
        return Column(_CONSTANT, low=low)
    if high - low >= 1 << 63:  # the difference has no signed number of its own
        return _framed(_AS_IT_IS, values.astype("<i8").tobytes(), 0, 1)
    less = values - low
    unit = int(np.gcd.reduce(less))
    less = less // unit
    top = (high - low) // unit
    width = next(w for w in range(4) if top < 1 << (8 << w))
    return _framed(width, less.astype(_WIDTHS[width]).tobytes(), low, unit)


def _framed(how: int, body: bytes, low: int, unit: int) -> Column:
    packed = _zstd.compress(body)
    return Column(how | _ZSTD, packed, low, unit) if len(packed) < len(body) else Column(how, body, low, unit)


def _body(column: Column) -> bytes:
    raw: bytes = _zstd.decompress(column.body) if column.how & _ZSTD else column.body
    return raw


def read(column: Column, rows: int) -> Whole:
    """Raises ValueError where there are other than so many."""
    if column.how & _CONSTANT:
        return np.full(rows, column.low, np.int64)
    as_it_is = column.how & _AS_IT_IS
    found = np.frombuffer(_body(column), "<i8" if as_it_is else _WIDTHS[column.how & 3]).astype(np.int64)
    if len(found) != rows:
        raise ValueError(f"a column of {len(found)} numbers where there should be {rows}")
    if column.unit != 1:
        found *= column.unit
    if column.low:
        found += column.low
    return found


def climb(values: Whole, sizes: Whole | None = None) -> Column:
    """As differences. `sizes` are those of the series: where all begin at the same times these are told once."""
    if not len(values):
        return Column(_CONSTANT)
    if sizes is not None and len(sizes) > 1 and (sizes == sizes[0]).all():
        grid = values.reshape(len(sizes), -1)
        if (grid == grid[0]).all():
            once = climb(grid[0])
            once.how |= _EVEN
            return once
    column = whole(np.diff(values))
    column.first = int(values[0])
    return column


def climbed(column: Column, rows: int, sizes: Whole | None = None) -> Whole:
    if not rows:
        return np.zeros(0, np.int64)
    if column.how & _EVEN and sizes is not None:
        return np.tile(_climbed(column, int(sizes[0])), len(sizes))
    return _climbed(column, rows)


def _climbed(column: Column, rows: int) -> Whole:
    if column.how & _CONSTANT:
        return column.first + column.low * np.arange(rows)
    found = np.empty(rows, np.int64)
    found[0] = column.first
    found[1:] = read(column, rows - 1)
    return np.cumsum(found)


def floats(values: Floats) -> Column:
    """As differences of whole numbers of a scale, or as they are."""
    small = np.abs(values) < _EXACT / _SCALES[-1]  # what is larger, or infinite, has no digits behind the point to keep
    for scale in _SCALES if small.all() else ():
        scaled = np.rint(values * scale)
        if np.array_equal(scaled / scale, values):
            if (np.signbit(values) & (values == 0)).any():
                break  # -0.0 has no whole number
            column = climb(scaled.astype(np.int64))
            column.scale = scale
            return column
    return _framed(_AS_IT_IS, values.astype("<f8").tobytes(), 0, 0)


def values(column: Column, rows: int) -> Floats:
    """Raises ValueError where there are other than so many."""
    if column.how & _AS_IT_IS and not column.unit:
        found = np.frombuffer(_body(column), "<f8").astype(np.float64)
        if len(found) != rows:
            raise ValueError(f"a column of {len(found)} figures where there should be {rows}")
        return found
    numbers = climbed(column, rows)
    return numbers.astype(np.float64) if column.scale == 1 else numbers / column.scale
