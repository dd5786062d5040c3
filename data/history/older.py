"""Blocks as they were written until version 1 of the packing: one frame of zstd over all columns. Only read."""

from typing import Final

import msgspec
import numpy as np
import zstandard

from data.history.columns import Buckets, Floats, Whole

_SCALES: Final = (1, 10, 100, 1000)
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


def unpack(packed: bytes | memoryview) -> Buckets:
    """Raises msgspec.MsgspecError or zstandard.ZstdError for what is damaged."""
    found = _decoder.decode(zstandard.ZstdDecompressor().decompress(packed))
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


def _read(column: _Column) -> Whole:
    return np.frombuffer(column[1], _WIDTHS[column[0]]).astype(np.int64)


def _climbed(column: _Column) -> Whole:
    return np.cumsum(_read(column))


def _values(column: _Column) -> Floats:
    how, body = column
    if how == 15:
        return np.frombuffer(body, "<f8").astype(np.float64)
    place, width = divmod(how - 16, 4)
    values: Floats = np.cumsum(_read((width, body))) / _SCALES[place]
    return values
