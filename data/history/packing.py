"""Buckets written down: integers where values are decimal, differences where columns climb, zstd over it all.

A measured value seldom has more than three digits behind the point; as whole thousandths, less the value before it in
the same series, most fit into a byte or two. What does not is kept as it is: packing is exact.
"""

from typing import Any, Final

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray

from data.history.columns import Buckets, Floats, Whole

_PACK, _UNPACK = zstandard.ZstdCompressor(9), zstandard.ZstdDecompressor()
_SCALES: Final = (1, 10, 100, 1000)
_EXACT: Final = 2.0**52
_WIDTHS: Final = ("<i1", "<i2", "<i4", "<i8")

_Column = tuple[int, bytes]  # how it is written; the bytes


class _Packed(msgspec.Struct, array_like=True):
    """Columns that follow from others are left out: `sum` and the like are those of rows with more than one sample."""

    rows: int
    numbers: bytes  # of the series, 8 bytes each
    sizes: _Column  # rows of each series
    start: _Column
    count: _Column
    last: _Column
    last_at: _Column
    sum: _Column
    min: _Column
    max: _Column
    bins: _Column
    weights: _Column
    sizes_of_sketches: _Column


_decoder = msgspec.msgpack.Decoder(_Packed)


def pack(buckets: Buckets) -> bytes:
    """Raises ValueError for rows that are not sorted by series and start."""
    numbers, first = np.unique(buckets.series, return_index=True)
    if len(buckets) and (np.diff(first) <= 0).any():
        raise ValueError("buckets are not in order")
    many = buckets.count > 1
    begins = np.concatenate(([0], buckets.upto[:-1])) if len(buckets) else buckets.upto
    made = _Packed(
        len(buckets), numbers.astype("<i8").tobytes(),
        _whole(np.diff(np.append(first, len(buckets)))), _climbing(buckets.start), _whole(buckets.count),
        _floats(buckets.last), _whole(buckets.last_at - buckets.start), _floats(buckets.sum[many]),
        _floats(buckets.min[many]), _floats(buckets.max[many]), _climbing(buckets.bins.astype(np.int64)),
        _whole(buckets.weights), _whole(buckets.upto - begins),
    )  # fmt: skip
    return _PACK.compress(msgspec.msgpack.encode(made))


def unpack(packed: bytes) -> Buckets:
    """Raises msgspec.MsgspecError or zstandard.ZstdError for what is damaged."""
    found = _decoder.decode(_UNPACK.decompress(packed))
    series = np.repeat(np.frombuffer(found.numbers, "<i8").astype(np.int64), _read(found.sizes))
    start, count, last = _climbed(found.start), _read(found.count), _values(found.last)
    many = count > 1
    columns = []
    for column in (found.sum, found.min, found.max):
        whole = last.copy()  # of a single sample all are the same
        whole[many] = _values(column)
        columns.append(whole)
    return Buckets(
        series, start, count, columns[0], columns[1], columns[2], last, start + _read(found.last_at),
        np.cumsum(_read(found.sizes_of_sketches)), _climbed(found.bins).astype(np.int32), _read(found.weights),
    )  # fmt: skip


def _whole(values: NDArray[Any]) -> _Column:
    """In the fewest bytes that hold all of them."""
    if not len(values):
        return 0, b""
    low, high = int(values.min()), int(values.max())
    width = next(w for w in (0, 1, 2, 3) if -(1 << (8 << w) - 1) <= low and high < 1 << (8 << w) - 1)
    return width, values.astype(_WIDTHS[width]).tobytes()


def _read(column: _Column) -> Whole:
    return np.frombuffer(column[1], _WIDTHS[column[0]]).astype(np.int64)


def _climbing(values: Whole) -> _Column:
    return _whole(np.diff(values, prepend=0))


def _climbed(column: _Column) -> Whole:
    return np.cumsum(_read(column))


def _floats(values: Floats) -> _Column:
    """As differences of whole numbers of a scale (16 + 4 * place of the scale + width), or as they are (15)."""
    whole = np.abs(values) < _EXACT / _SCALES[-1]  # what is larger, or infinite, has no digits behind the point to keep
    for place, scale in enumerate(_SCALES if whole.all() else ()):
        scaled = np.rint(values * scale)
        if np.array_equal(scaled / scale, values):
            if (np.signbit(values) & (values == 0)).any():
                break  # -0.0 has no whole number
            width, body = _climbing(scaled.astype(np.int64))
            return 16 + 4 * place + width, body
    return 15, values.astype("<f8").tobytes()


def _values(column: _Column) -> Floats:
    how, body = column
    if how == 15:
        return np.frombuffer(body, "<f8").astype(np.float64)
    place, width = divmod(how - 16, 4)
    values: Floats = np.cumsum(_read((width, body))) / _SCALES[place]
    return values
