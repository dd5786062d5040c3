"""Buckets of groups of series, straight from the blocks: what is asked is reduced block by block.

No more is held than an answer may have: as soon as a step turns out to have more points than `most` the caller is told
so, and asks for a coarser one. Which tier tells of a moment is decided as in `kept`: a five-minute bucket that lies
where hours are kept already joins its hour, and such an hour its day.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from data.history import Buckets, merged
from data.history.coarse import coarser, day_ends, days_of, ends
from data.history.columns import Whole
from data.history.fold import grouped
from data.times import HOUR, SECOND
from engine.history.kept import FIVE, TIERS, Known
from engine.history.select import Wanted, group_of
from engine.history.shelves import Place, Shelves

A_DAY: Final = 86400
NOTHING_READ: Final[frozenset[str]] = frozenset()


class TooMany(Exception):
    """There are more points than an answer may have."""


class Groups(NamedTuple):
    """`numbers` of the series, sorted, and the group of each; `zones` by series, `shown` that by which the days of its
    group are told; `first` the place of each group's first series."""

    numbers: Whole
    of: Whole
    zones: dict[int, str]
    shown: dict[int, str]
    first: list[int]


def groups_of(series: Sequence[Known], by: tuple[str, ...]) -> Groups:
    """In the order in which the groups are first met."""
    places: dict[tuple[str | None, ...], int] = {}
    first: list[int] = []
    of, zones, shown = {}, {}, {}
    for place, one in enumerate(series):
        group = places.setdefault(group_of(one, by), len(places))
        if group == len(first):
            first.append(place)
        of[one.number], zones[one.number] = group, one.zone
        shown[one.number] = series[first[group]].zone
    numbers = sorted(of)
    return Groups(
        np.array(numbers, np.int64), np.array([of[one] for one in numbers], np.int64), zones, shown, first
    )  # fmt: skip


def used(shelves: Shelves, groups: Groups, wanted: Wanted) -> list[int]:
    """The tiers that tell of something in the span."""
    found: set[int] = set()
    for block in shelves.blocks(wanted.since, wanted.until):
        could = {tier for tier in TIERS if tier >= block.tier} - found
        if not could or (block.tier in found and not shelves.mixed(block)):
            continue
        for tier, rows in _tiers(shelves, groups, shelves.read(block, NOTHING_READ)):
            inside = (rows.start < wanted.until) & (rows.start > wanted.since - tier * SECOND)
            if inside.any():
                found.add(tier)
    return sorted(found)


def gather(
    shelves: Shelves, groups: Groups, wanted: Wanted, step: str, have: frozenset[str], most: int
) -> dict[int, Buckets]:
    """By the length of the buckets (0: the whole span as one), those of the groups, whose numbers stand in the place of
    series. Raises TooMany."""
    parts: dict[int, list[tuple[Place, Buckets]]] = {tier: [] for tier in (0, *TIERS)}
    for block in shelves.blocks(wanted.since, wanted.until):
        for tier, rows in _tiers(shelves, groups, shelves.read(block, have)):
            told, start, rows = _stepped(rows, tier, step, groups, wanted)
            if not len(rows):
                continue
            found = grouped(rows, ranks(rows.series, groups), start)
            if step != "range" and len(found) > most:
                raise TooMany
            parts[told].append((block, found))
    whole = {tier: merged(in_order(found)) for tier, found in parts.items() if found}
    if step != "range" and sum(map(len, whole.values())) > most:
        raise TooMany
    return whole


def in_order(parts: list[tuple[Place, Buckets]]) -> list[Buckets]:
    """The one that was written later counts where two tell of the last value of one moment."""
    return [found for place, found in sorted(parts, key=lambda part: (-part[0].tier, part[0].number))]


def ranks(series: Whole, groups: Groups) -> Whole:
    """The group of each row; rows of one series lie together."""
    heads = np.flatnonzero(np.concatenate(([True], series[1:] != series[:-1])))
    found = groups.of[np.searchsorted(groups.numbers, series[heads])]
    return np.repeat(found, np.diff(np.append(heads, len(series))))


def _tiers(shelves: Shelves, groups: Groups, read: tuple[int, Buckets]) -> Iterator[tuple[int, Buckets]]:
    """The rows of a block by the tier that tells of them."""
    tier, rows = read
    if tier == FIVE:
        yield from _split(FIVE, rows, rows.start < shelves.borders[3600])
        old = rows.pick(rows.start < shelves.borders[3600])
        if not len(old):
            return
        tier, rows = 3600, coarser(old, 3600, groups.zones)
    if tier == 3600 and len(rows) and shelves.borders[A_DAY]:
        gone = day_ends(rows, groups.zones) <= shelves.borders[A_DAY]
        yield from _split(3600, rows, gone)
        if not gone.any():
            return
        tier, rows = A_DAY, coarser(rows.pick(gone), A_DAY, groups.zones)
    if len(rows):
        yield tier, rows


def _split(
    tier: int, rows: Buckets, gone: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> Iterable[tuple[int, Buckets]]:
    if not gone.any():
        return ((tier, rows),) if len(rows) else ()
    return () if gone.all() else ((tier, rows.pick(~gone)),)


def _stepped(rows: Buckets, tier: int, step: str, groups: Groups, wanted: Wanted) -> tuple[int, Whole, Buckets]:
    """(length of the buckets that they go into, where each of these starts, the rows that are shown)."""
    start = rows.start
    if step == "1d" and tier != A_DAY:
        tier, start = A_DAY, days_of(rows, groups.zones)
    elif step != "range" and tier != A_DAY and (tier == 3600 or step == "1h"):  # hours are shown whole
        tier, start = 3600, start - start % HOUR
    if int(start.min()) < wanted.since or int(start.max()) >= wanted.until:
        until = (
            day_ends(rows.told_as(rows.series, start), groups.shown) if tier == A_DAY else ends(start, tier, "UTC")
        )  # fmt: skip
        shown = (until > wanted.since) & (start < wanted.until)
        if not shown.all():
            rows, start = rows.pick(shown), start[shown]
    if step == "range":
        return 0, np.full(len(rows), wanted.since, np.int64), rows
    return tier, start, rows
