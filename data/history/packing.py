"""Buckets written down: integers where values are decimal, differences where columns climb, zstd over each column.

A measured value seldom has more than three digits behind the point; as whole thousandths, less the value before it in
the same series, most fit into a byte or two. What does not is kept as it is: packing is exact.

A block is cut into parts of whole series, and each column is a frame of its own: who asks for the minima of ten series
reads those of the parts that these are in. Blocks of older versions are read too (`older`).
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray

from data.history import older
from data.history.column import Column, climb, climbed, floats, read, values, whole
from data.history.columns import ALL, LAST, MAX, MIN, NO_BINS, NO_FLOATS, NO_WHOLE, SUM, Buckets, Flags, Whole, empty
from data.history.fold import joined

VERSION: Final = 2
PART: Final = 8_192  # rows, and the rest of a series that has begun
SMALL: Final = 1_024  # the same of what is kept for long, and of which few series are asked as a rule


class _Part(msgspec.Struct, array_like=True):
    """Columns that follow from others are left out: `sum` and the like are those of rows with more than one sample."""

    series: int
    rows: int
    sizes: Column  # rows of each series
    start: Column
    count: Column
    last: Column
    last_at: Column
    sum: Column
    min: Column
    max: Column
    bins: Column
    weights: Column
    sketches: Column  # bins of each row


class _Packed(msgspec.Struct, array_like=True):
    version: int
    numbers: bytes  # of the series, 8 bytes each
    parts: list[_Part]


_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(_Packed)


def pack(buckets: Buckets, rows: int | None = None) -> bytes:
    """In parts of so many rows (None: `PART`). Raises ValueError for rows that are not sorted by series and start, or
    were not read in full."""
    if buckets.have != ALL:
        raise ValueError("only whole buckets can be packed")
    numbers, first = np.unique(buckets.series, return_index=True)
    if len(buckets) and (np.diff(first) <= 0).any():
        raise ValueError("buckets are not in order")
    parts = [_part(buckets, first[begin:end], stop) for begin, end, stop in _cuts(first, len(buckets), rows or PART)]
    return _encoder.encode(_Packed(VERSION, numbers.astype("<i8").tobytes(), parts))


def _cuts(first: NDArray[np.intp], rows: int, part: int) -> Iterator[tuple[int, int, int]]:
    """(first series, series behind the last, row behind the last) of each part."""
    begin = 0
    while begin < len(first):
        end = max(begin + 1, int(np.searchsorted(first, first[begin] + part)))
        yield begin, end, int(first[end]) if end < len(first) else rows
        begin = end


def _part(buckets: Buckets, first: NDArray[np.intp], stop: int) -> _Part:
    start = int(first[0])
    rows = slice(start, stop)
    sizes = np.diff(np.append(first, stop))
    many = buckets.count[rows] > 1
    before = int(buckets.upto[start - 1]) if start else 0
    bins = slice(before, int(buckets.upto[stop - 1]))
    return _Part(
        len(first), stop - start, whole(sizes), climb(buckets.start[rows], sizes), whole(buckets.count[rows]),
        floats(buckets.last[rows]), whole(buckets.last_at[rows] - buckets.start[rows]), floats(buckets.sum[rows][many]),
        floats(buckets.min[rows][many]), floats(buckets.max[rows][many]), climb(buckets.bins[bins].astype(np.int64)),
        whole(buckets.weights[bins]), whole(np.diff(buckets.upto[rows], prepend=before)),
    )  # fmt: skip


def unpack(packed: bytes | memoryview, have: frozenset[str] = ALL, series: Whole | None = None) -> Buckets:
    """Of these figures, and of these series (sorted; None: all). Raises msgspec.MsgspecError or zstandard.ZstdError for
    what is damaged."""
    if packed[:4] == zstandard.FRAME_HEADER:
        return _some(older.unpack(packed), have, series)
    found = _decoder.decode(packed)
    numbers = np.frombuffer(found.numbers, "<i8").astype(np.int64)
    wanted = None if series is None else _among(numbers, series)
    begin, parts = 0, []
    for part in found.parts:
        mine = slice(begin, begin + part.series)
        begin += part.series
        if wanted is None or wanted[mine].all():
            parts.append(_unpacked(part, numbers[mine], have))
        elif wanted[mine].any():
            parts.append(_unpacked(part, numbers[mine], have, wanted[mine]))
    if not parts:
        return empty(have)
    return parts[0] if len(parts) == 1 else joined(parts)


def _among(numbers: Whole, series: Whole) -> Flags:
    """Which of the numbers are among these, which are sorted."""
    if not len(series):
        return np.zeros(len(numbers), bool)
    return np.asarray(series[np.minimum(np.searchsorted(series, numbers), len(series) - 1)] == numbers)


def series_in(packed: bytes) -> Whole:
    """The numbers of the series that a block tells of."""
    if packed[:4] == zstandard.FRAME_HEADER:
        return np.unique(older.unpack(packed).series)
    return np.frombuffer(_decoder.decode(packed).numbers, "<i8").astype(np.int64)


def _some(buckets: Buckets, have: frozenset[str], series: Whole | None) -> Buckets:
    found = buckets if series is None else buckets.pick(np.isin(buckets.series, series))
    return found.less(have)


def _unpacked(part: _Part, numbers: Whole, have: frozenset[str], wanted: Flags | None = None) -> Buckets:
    """`wanted` of the series, or all."""
    rows, sizes = part.rows, read(part.sizes, part.series)
    inside = None if wanted is None else np.repeat(wanted, sizes)

    def own(column: Any) -> Any:
        return column if inside is None else column[inside]

    count, start = read(part.count, rows), own(climbed(part.start, rows, sizes))
    many = count > 1
    few = int(many.sum())
    last = values(part.last, rows) if LAST in have or few < rows else NO_FLOATS

    def figure(name: str, column: Column) -> Any:
        if name not in have:
            return NO_FLOATS
        if few == rows:
            return own(values(column, rows))
        if not few:  # of a single sample all are the same
            return own(last).copy()
        one = last.copy()
        one[many] = values(column, few)
        return own(one)

    series = np.repeat(numbers, sizes) if wanted is None else np.repeat(numbers[wanted], sizes[wanted])
    found = Buckets(
        series, start, own(count), figure(SUM, part.sum), figure(MIN, part.min), figure(MAX, part.max),
        own(last) if LAST in have else NO_FLOATS, start + own(read(part.last_at, rows)) if LAST in have else NO_WHOLE,
        NO_WHOLE, NO_BINS, NO_WHOLE, have,
    )  # fmt: skip
    if found.sketched:
        sketches = read(part.sketches, rows)
        bins = int(sketches.sum())
        keys, weights = climbed(part.bins, bins).astype(np.int32), read(part.weights, bins)
        if inside is not None:
            kept = np.repeat(inside, sketches)
            keys, weights = keys[kept], weights[kept]
        found.upto, found.bins, found.weights = np.cumsum(own(sketches)), keys, weights
    return found
