"""Journal segments as compressed columns, and what can be told of their lines.

A line is the cleaned JSON of one event. Lines of a segment are joined and compressed together: events of one time look
alike. Numbers are stored as differences, byte planes apart, so that what hardly changes hardly takes room.
"""

import threading
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray

from data import times
from data.records import DEFAULT_TENANT
from data.store import Segment, StoreBroken

LEVEL: Final = 1  # of zstd: on JSON of events as small as 3, and faster
ENGINE: Final = "noc.engine."  # types of the engine's own entries

_LARGEST: Final = 1 << 30
_FEW: Final = 64  # numbers that are packed sooner than NumPy has begun
_WORD: Final = (1 << 64) - 1
_local = threading.local()


class Packed(msgspec.Struct, frozen=True):
    """A segment as it is stored; the fields are the columns of the table `segments`."""

    first: int
    count: int
    time_min: int
    time_max: int
    identities: bytes
    received: bytes
    assignments: bytes
    lines: bytes


class Key(msgspec.Struct, frozen=True, gc=False):
    """What makes an event that event."""

    source: str
    id: str
    tenant: str | None = DEFAULT_TENANT

    def __post_init__(self) -> None:
        if self.tenant is None:  # the line is what the sender wrote, who may write null for nothing
            msgspec.structs.force_setattr(self, "tenant", DEFAULT_TENANT)


class Head(msgspec.Struct, frozen=True, gc=False):
    """What is read back of a line without decoding all of it."""

    source: str
    id: str
    time: str
    type: str = ""
    tenant: str | None = None


_HEADS: Final = msgspec.json.Decoder(Head)
_KEYS: Final = msgspec.json.Decoder(Key)


def compress(raw: bytes) -> bytes:
    """One zstd frame. Compressors are kept per thread: making one costs more than most segments."""
    compressor = getattr(_local, "compressor", None)
    if compressor is None:
        compressor = _local.compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    done: bytes = compressor.compress(raw)
    return done


def decompress(packed: bytes) -> bytes:
    """Raises StoreBroken for a damaged frame."""
    decompressor = getattr(_local, "decompressor", None)
    if decompressor is None:
        decompressor = _local.decompressor = zstandard.ZstdDecompressor()
    try:
        raw: bytes = decompressor.decompress(packed, max_output_size=_LARGEST)
    except zstandard.ZstdError as error:
        raise StoreBroken(f"a compressed part of the database is damaged ({error}); restore a backup") from error
    return raw


def pack(segment: Segment) -> Packed:
    """Raises ValueError when a line holds a line break or the columns differ in length."""
    lines, count = segment.lines, len(segment.lines)
    joined = b"\n".join(lines)
    if not count or np.count_nonzero(np.frombuffer(joined, dtype=np.uint8) == 10) != count - 1:
        raise ValueError("a segment needs lines, and a line no line break")
    if len(segment.identities) != count or len(segment.received) != count:
        raise ValueError("a segment with columns of different lengths")
    return Packed(
        segment.first,
        count,
        segment.time_min,
        segment.time_max,
        np.array(segment.identities, dtype="<u8").tobytes(),
        pack_times(segment.received),
        pack_assignments(segment.assignments),
        compress(joined),
    )


def unpack(packed: Packed) -> Segment:
    """Raises StoreBroken when the parts do not fit together."""
    lines = unpack_lines(packed.lines, packed.count)
    identities = unpack_identities(packed.identities).tolist()
    received = unpack_times(packed.received)
    if len(identities) != packed.count or len(received) != packed.count:
        raise StoreBroken(f"segment {packed.first} has parts of different lengths; restore a backup")
    return Segment(
        packed.first,
        lines,
        identities,
        received,
        packed.time_min,
        packed.time_max,
        unpack_assignments(packed.assignments),
    )


def unpack_lines(packed: bytes, count: int) -> list[bytes]:
    lines = decompress(packed).split(b"\n")
    if len(lines) != count:
        raise StoreBroken("a segment has lost lines; restore a backup")
    return lines


def unpack_keys(packed: bytes) -> list[Key]:
    """Of all lines in a column of them; cheaper than the lines themselves."""
    try:
        return _KEYS.decode_lines(decompress(packed))
    except msgspec.DecodeError as error:
        raise StoreBroken(f"a journalled event cannot be read ({error}); restore a backup") from error


def unpack_identities(packed: bytes) -> NDArray[np.uint64]:
    return np.frombuffer(packed, dtype="<u8")


def pack_times(values: Sequence[int]) -> bytes:
    """Whole numbers as differences. What came in one frame has one time of arrival and takes no room."""
    return _pack_columns([values])


def unpack_times(packed: bytes) -> list[int]:
    column: list[int] = _unpack_columns(packed, 1)[0].tolist()
    return column


def pack_assignments(assignments: Sequence[tuple[int, int, int, int]]) -> bytes:
    if not assignments:
        return b""
    return _pack_columns(list(zip(*assignments, strict=True)))


def unpack_assignments(packed: bytes) -> list[tuple[int, int, int, int]]:
    if not packed:
        return []
    offsets, alerts, reasons, clusters = (column.tolist() for column in _unpack_columns(packed, 4))
    return list(zip(offsets, alerts, reasons, clusters, strict=True))


def _pack_columns(columns: Sequence[Sequence[int]]) -> bytes:
    """Differences within each column, their bytes by significance: all the lowest ones first."""
    if len(columns) * len(columns[0]) <= _FEW:
        raw = b"".join(_steps(column) for column in columns)
        return compress(b"".join(raw[place::8] for place in range(8)))
    steps = np.diff(np.array(columns, dtype=np.int64), axis=1, prepend=0)
    return compress(steps.astype("<i8").view(np.uint8).reshape(steps.size, 8).T.tobytes())


def _steps(column: Sequence[int]) -> bytes:
    return b"".join((now - then & _WORD).to_bytes(8, "little") for then, now in pairwise((0, *column)))


def _unpack_columns(packed: bytes, count: int) -> NDArray[np.int64]:
    planes = np.frombuffer(decompress(packed), dtype=np.uint8).reshape(8, -1)
    steps = np.ascontiguousarray(planes.T).view("<i8").reshape(count, -1)
    sums: NDArray[np.int64] = np.cumsum(steps, axis=1, dtype=np.int64)
    return sums


def head(line: bytes) -> Head:
    """Raises StoreBroken when the line is not what was once accepted."""
    try:
        return _HEADS.decode(line)
    except msgspec.DecodeError as error:
        raise StoreBroken(f"a journalled event cannot be read ({error}); restore a backup") from error


def cut(segment: Segment, first: int) -> Segment:
    """The part of a segment from journal position `first` on."""
    skip = first - segment.first
    if skip <= 0:
        return segment
    lines = segment.lines[skip:]
    moments = [times.parse(head(line).time) for line in lines]
    kept = [(at - skip, alert, why, into) for at, alert, why, into in segment.assignments if at >= skip]
    return Segment(first, lines, segment.identities[skip:], segment.received[skip:], min(moments), max(moments), kept)


def join(parts: Sequence[Segment]) -> Segment:
    """Neighbours as one segment; journal positions stay. Raises ValueError where one does not follow the other."""
    whole = Segment(parts[0].first, [], [], [], parts[0].time_min, parts[0].time_max, [])
    for part in parts:
        offset = len(whole.lines)
        if part.first != whole.first + offset:
            raise ValueError(f"segment {part.first} does not follow on {whole.first + offset - 1}")
        whole.lines += part.lines
        whole.identities += part.identities
        whole.received += part.received
        whole.time_min = min(whole.time_min, part.time_min)
        whole.time_max = max(whole.time_max, part.time_max)
        whole.assignments += [(at + offset, alert, why, into) for at, alert, why, into in part.assignments]
    return whole


def row(packed: Packed) -> tuple[Any, ...]:
    return msgspec.structs.astuple(packed)
