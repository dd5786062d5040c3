"""Totals of a block: its buckets reduced to groups of series, hours and days, so that a question reads few rows.

A group is told in the place of one of its series (the first by number): whoever reads totals goes on as with the block
itself. Which groups there were when they were made is kept: they stand in only where a question wants all of a group
alike, or none of it. What is told of them is what is told of the block, to the last bit: counts, extremes and sketches
add up in any order, and sums where none of them needs more than three digits behind the point (`plain`).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from data.history.coarse import Zoned, days_of
from data.history.column import Column, read, whole
from data.history.columns import LAST, SKETCH, SUM, Buckets, Flags, Whole
from data.history.fold import grouped, newest, plain, runs
from data.history.packing import pack, unpack
from data.times import HOUR

VERSION: Final = 1
LEAST: Final = 128  # series of a block: of fewer the block itself is read as quickly
FEWER: Final = 4  # series that a group has on average, at least: others save too little
_MOST_LABELS: Final = 4
SERIES: Final = "series"  # each by itself
FINE, HOURS, DAYS, ALL = "", "hours", "days", "all"  # as fine as the block; hours; days; all as one


class About(NamedTuple):
    """What a series was when totals were made."""

    zone: str = "UTC"
    client: str | None = None
    labels: Mapping[str, str] = {}


class Level(msgspec.Struct, array_like=True):
    """`of` tells for each series of the block the place of the one that stands for it. A row begins where the first of
    its buckets does."""

    kind: str
    span: str
    of: Column
    plain: bool
    rows: int
    packed: memoryview
    last: Column | None = None  # for each row the place of the series whose value is the last one; None: its own


class Totals(msgspec.Struct, array_like=True):
    version: int
    numbers: bytes  # of the series of the block, 8 bytes each, sorted
    zones: list[str]
    zone_of: Column
    levels: list[Level]


_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Totals)


def totals(buckets: Buckets, tier: int, about: Mapping[int, About]) -> bytes | None:
    """Of what a block holds; None where that is too little. `about` by series."""
    numbers, place = np.unique(buckets.series, return_inverse=True)
    if len(numbers) < LEAST:
        return None
    of = [about.get(number, About()) for number in numbers.tolist()]
    zones = sorted({one.zone for one in of})
    zone_of = np.array([zones.index(one.zone) for one in of], np.int64)
    exact = plain(buckets.sum)
    groups = _groups(of, zone_of)
    levels = [
        _level(kind, FINE, first, exact, _begun(buckets, place, numbers[first][place], buckets.start))
        for kind, first in groups.items()
    ]
    known = Zoned({number: one.zone for number, one in zip(numbers.tolist(), of, strict=True)})
    for span, rows in _coarser(buckets, tier, known):
        place = np.searchsorted(numbers, rows.series)
        levels.append(_level(SERIES, span, np.arange(len(numbers)), exact, (rows, None)))
        for kind, first in groups.items():
            keys = _keys(rows, span, known)
            levels.append(_level(kind, span, first, exact, _begun(rows, place, numbers[first][place], keys)))
    return _encoder.encode(Totals(VERSION, numbers.astype("<i8").tobytes(), zones, whole(zone_of), levels))


def _coarser(buckets: Buckets, tier: int, zones: Mapping[int, str]) -> Iterator[tuple[str, Buckets]]:
    """The rows of each series by themselves, from fine to coarse: each out of those before."""
    if tier == 300:
        buckets, _ = _begun(buckets, buckets.series, buckets.series, _keys(buckets, HOURS, zones))
        yield HOURS, buckets
    if tier < 86400:
        buckets, _ = _begun(buckets, buckets.series, buckets.series, _keys(buckets, DAYS, zones))
        yield DAYS, buckets
    if tier > 300:
        yield ALL, _begun(buckets, buckets.series, buckets.series, _keys(buckets, ALL, zones))[0]


def _keys(rows: Buckets, span: str, zones: Mapping[int, str]) -> Whole:
    """Where that of which a row is a part begins. As kept ones do, hours end where the day of the place does."""
    if span == ALL:
        return np.zeros(len(rows), np.int64)
    days = days_of(rows, zones)
    return np.maximum(rows.start - rows.start % HOUR, days) if span == HOURS else days


def _begun(rows: Buckets, place: Whole, series: Whole, keys: Whole) -> tuple[Buckets, Whole]:
    """(rows grouped by `series` and `keys`, each beginning with the first of its own; the place of the series whose
    value is the last one of each: the later series counts where values are of one moment)."""
    known = runs(series, keys)
    order, first = known[:2]
    made = grouped(rows, series, keys, known)
    if order is None:
        made.start = np.minimum.reduceat(rows.start, first)
        return made, place[newest(rows.last_at, first)]
    made.start = np.minimum.reduceat(rows.start[order], first)
    return made, place[order[newest(rows.last_at[order], first)]]


def _groups(of: list[About], zone_of: Whole) -> dict[str, Whole]:
    """By what groups are made of: for each series the place of the first of its group. All of a group lie in one time
    zone: its days are one."""
    names = sorted({name for one in of for name in one.labels})[:_MOST_LABELS]
    kinds: dict[str, list[Any]] = {"zone": [None] * len(of), "client": [one.client for one in of]}
    kinds |= {f"label.{name}": [one.labels.get(name) for one in of] for name in names}
    found: dict[str, Whole] = {}
    for kind, values in kinds.items():
        first: dict[tuple[Any, int], int] = {}
        groups = np.array(
            [first.setdefault((value, zone), place)
             for place, (value, zone) in enumerate(zip(values, zone_of.tolist(), strict=True))], np.int64,
        )  # fmt: skip
        if len(first) * FEWER <= len(of) and not any(np.array_equal(groups, other) for other in found.values()):
            found[kind] = groups
    return found


def _level(kind: str, span: str, first: Whole, exact: bool, made: tuple[Buckets, Whole | None]) -> Level:
    rows, last = made
    of = None if last is None else whole(last)
    return Level(kind, span, whole(first), exact, len(rows), memoryview(pack(rows)), of)


class Sorted(NamedTuple):
    """The series of a block as a question sees them: the group of each (-1: not asked for), its zone as a place."""

    numbers: Whole
    group: Whole
    zone: Whole
    zones: list[str]


def decoded(packed: bytes) -> Totals | None:
    """None for totals of a version that is not known."""
    found = _decoder.decode(packed)
    return found if found.version == VERSION else None


def rows_in(packed: bytes) -> int:
    """How many rows there are in totals."""
    found = decoded(packed) if packed else None
    return sum(level.rows for level in found.levels) if found is not None else 0


def standing(found: Totals, level: Level, seen: Sorted, have: frozenset[str], *, strict: bool) -> Whole | None:
    """The numbers of the series that stand for what is asked for; None where the level cannot stand in. `strict`: rows
    will be put into another order, so that of last values of one moment the right one would not be known."""
    if SUM in have and not level.plain:
        return None
    asked = seen.group >= 0
    if level.span != FINE:  # what lies in other days now is of use no more
        then = read(found.zone_of, len(seen.numbers))
        moved: Flags = np.array(found.zones, object)[then] != np.array(seen.zones, object)[seen.zone]
        if (moved & asked).any():
            return None
    if level.kind == SERIES:
        return seen.numbers[asked]
    of = read(level.of, len(seen.numbers))
    if (seen.group[of] != seen.group).any() or (seen.zone[of] != seen.zone)[asked].any():
        return None
    heads = np.unique(of[asked])
    if LAST in have and (strict or SKETCH in have) and len(np.unique(seen.group[heads])) < len(heads):
        return None
    return seen.numbers[heads]


def rows_of(level: Level, have: frozenset[str], standing: Whole) -> Buckets:
    """Those of the series that stand for others. Where last values are asked for, in the order of whose these are: as
    rows of the block itself would be."""
    if LAST not in have or SKETCH in have or level.last is None:
        return unpack(level.packed, have, standing)
    every = unpack(level.packed, have)
    mine = np.flatnonzero(np.isin(every.series, standing))
    order = mine[np.argsort(read(level.last, level.rows)[mine], kind="stable")]
    return every.only(lambda column: column[order])
