"""Buckets of groups of series, straight from the blocks: what is asked is reduced block by block.

No more is held than an answer may have: as soon as a step turns out to have more points than `most` the caller is told
so, and asks for a coarser one. Which tier tells of a moment is decided as in `kept`: a five-minute bucket that lies
where hours are kept already joins its hour, and such an hour its day.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from data.history import Buckets
from data.history.coarse import Zoned, coarser, day_ends, days_of, ends
from data.history.columns import LAST, SUM, Whole
from data.history.fold import grouped, joined, plain
from data.history.totals import ALL, DAYS, FINE, HOURS
from data.times import HOUR, SECOND
from engine.history.kept import FIVE, TIERS, Known
from engine.history.select import STEPS, Wanted, group_of
from engine.history.shelves import Asked, Place, Shelves

A_DAY: Final = 86400
NOTHING_READ: Final[frozenset[str]] = frozenset()


class TooMany(Exception):
    """There are more points than an answer may have."""


class Groups(NamedTuple):
    """`numbers` of the series, sorted, and the group of each; `zones` by series, `shown` that by which the days of its
    group are told; `first` the place of each group's first series."""

    numbers: Whole
    of: Whole
    zones: Zoned
    shown: Zoned
    first: list[int]

    def asked(self) -> Asked:
        """The same for the shelves."""
        return Asked(self.numbers, self.of, self.zones.codes(self.numbers), self.zones.names)


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
        np.array(numbers, np.int64), np.array([of[one] for one in numbers], np.int64), Zoned(zones), Zoned(shown), first
    )  # fmt: skip


def used(shelves: Shelves, groups: Groups, wanted: Wanted) -> list[int]:
    """The tiers that tell of something in the span."""
    found: set[int] = set()
    for block in shelves.blocks(wanted.since, wanted.until):
        could = {tier for tier in TIERS if tier >= block.tier} - found
        if not could or (block.tier in found and not shelves.mixed(block)):
            continue
        rows = shelves.totals(block, NOTHING_READ, (FINE,))
        read = (block.tier, rows) if rows is not None else shelves.read(block, NOTHING_READ)
        for tier, some in _tiers(shelves, groups, read):
            inside = (some.start < wanted.until) & (some.start > wanted.since - tier * SECOND)
            if inside.any():
                found.add(tier)
    return sorted(found)


def gather(
    shelves: Shelves, groups: Groups, wanted: Wanted, step: str, have: frozenset[str], most: int, *, apart: bool = False
) -> dict[int, Buckets]:
    """By the length of the buckets (0: the whole span as one), those of the groups, whose numbers stand in the place of
    series. `apart`: each block by itself, which takes longer. Raises TooMany."""
    places = shelves.blocks(wanted.since, wanted.until)
    places.sort(
        key=lambda one: one.tier != STEPS.get(step)
    )  # where most points are, it shows first that it is too many
    shelves.ready(places)
    heaps = {tier: Heap(most if tier else None) for tier in (0, *TIERS)}
    together: dict[int, list[Buckets]] = {}  # rows of totals, of whole tiers
    apart = apart or LAST in have  # which of last values at one moment counts follows from the order of blocks

    def take(block: Place, tier: int, rows: Buckets, *, few: bool) -> None:
        if len(rows):
            told, start, rows = _stepped(rows, tier, step, groups, wanted)
            if len(rows):
                heaps[told].add(block, rows.told_as(ranks(rows.series, groups), start), few=few)

    for block in places:
        total, mixed = shelves.totals(block, have, _spans(shelves, block, step, wanted)), shelves.mixed(block)
        if total is not None and not mixed and not apart:
            together.setdefault(block.tier, []).append(total)
            continue
        read = (block.tier, total) if total is not None else shelves.read(block, have)
        for tier, rows in _tiers(shelves, groups, read) if mixed else (read,):
            take(block, tier, rows, few=total is not None)
    for tier, parts in together.items():
        take(Place(0, tier, 0, 0), tier, joined(parts), few=True)
    if together and not all(heap.plain for heap in heaps.values()):
        return gather(shelves, groups, wanted, step, have, most, apart=True)
    whole = {tier: heap.whole() for tier, heap in heaps.items() if heap.parts}
    if step != "range" and sum(map(len, whole.values())) > most:
        raise TooMany
    return whole


def surely_too_many(shelves: Shelves, groups: Groups, wanted: Wanted, step: str, most: int) -> bool:
    """By a look at the counts of a single block, the one that tells most; False says nothing."""
    inside = [one for one in shelves.blocks(wanted.since, wanted.until)
              if one.tier == STEPS[step] and one.start >= wanted.since and one.until <= wanted.until
              and not shelves.mixed(one)]  # fmt: skip
    if not inside:
        return False
    tier, rows = shelves.read(max(inside, key=lambda one: one.until - one.start), NOTHING_READ)
    _, start, rows = _stepped(rows, tier, step, groups, wanted)
    return len(by_group(rows.told_as(ranks(rows.series, groups), start))) > most


def _spans(shelves: Shelves, block: Place, step: str, wanted: Wanted) -> tuple[str, ...]:
    """How long that may be of which a row of a block's totals tells: all of it lies in one tier, and goes into one
    bucket of the answer."""
    if step == "range":
        if not (block.start >= wanted.since and block.until <= wanted.until):
            return (FINE,)
        return (FINE, HOURS) if shelves.mixed(block) else (FINE, HOURS, DAYS, ALL)
    if step == "1d" and block.tier == 3600:  # days are told by one tier each
        return (FINE, DAYS)
    if block.tier == FIVE and step in ("1h", "1d"):
        return (FINE, HOURS) if step == "1h" or shelves.mixed(block) else (FINE, HOURS, DAYS)
    return (FINE,)


class Heap:
    """Rows that will be merged: those of a block that was read itself are merged at once, the few of totals together.
    Raises TooMany for more than `most` (None: any number) when that shows."""

    def __init__(self, most: int | None) -> None:
        self.parts: list[tuple[Place, Buckets]] = []
        self._most, self._rows, self._looked, self.plain = most, 0, 0, True

    def add(self, block: Place, rows: Buckets, *, few: bool) -> None:
        if not few:
            self.plain = self.plain and (SUM not in rows.have or plain(rows.sum))
            rows = by_group(rows)
        self.parts.append((block, rows))
        self._rows += len(rows)
        if self._most is not None and self._rows > self._looked + self._most:
            found = len(self.whole(NOTHING_READ))
            if found > self._most:
                raise TooMany
            self._looked = self._rows

    def whole(self, have: frozenset[str] | None = None) -> Buckets:
        """With these figures, or all. Sums that round depend on what is added to what: then each block is added up
        first, as without totals."""
        parts = in_order(self.parts)
        if have is not None:
            parts = [part.less(have) for part in parts]
        return by_group(joined(parts if self.plain else [by_group(part) for part in parts]))


def by_group(rows: Buckets) -> Buckets:
    return grouped(rows, rows.series, rows.start)


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
