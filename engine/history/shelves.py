"""The blocks of one metric that a question needs, each read when it is needed; their totals where these say as much."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np

from data.history import Buckets, unpack
from data.history.columns import Whole
from data.history.rollup import TOTALS
from data.history.totals import FINE, Level, Sorted, Totals, decoded, rows_of, standing
from data.records.metric import MetricBlock
from data.store import Reader
from data.times import DAY
from engine.history.kept import FIVE, TIERS, Waiting, within

_WAITING: Final = 1 << 62  # the number of what is no block yet


class Place(NamedTuple):
    """A block without what it holds."""

    number: int
    tier: int
    start: int
    until: int


class Asked(NamedTuple):
    """The series that are asked for: `numbers`, sorted, the group of each, and its zone as a place in `zones`."""

    numbers: Whole
    of: Whole
    zone: Whole
    zones: list[str]


class Shelves:
    """Of one name, from `since` less a day on, until `until` and a day more. Reads within `reader.still()`, so that a
    block that is replaced meanwhile is there."""

    def __init__(
        self, reader: Reader, tenant: str, name: str, asked: Asked, since: int, until: int, waiting: Waiting
    ) -> None:
        self.reader, self.asked, self.series, self.waiting = reader, asked, asked.numbers, waiting
        self.since, self.until = since - DAY, until + DAY
        every = [Place(*row) for row in reader.metric_places(tenant, name, self.since, self.until)]
        found = [one for one in every if one.tier > 0 and one.number < waiting.before]
        self._totals = {one.number - TOTALS for one in every if one.tier < 0}
        self._decoded: dict[int, Totals | None] = {}
        self._seen: dict[tuple[bytes, ...], Sorted] = {}
        self._standing: dict[tuple[object, ...], Whole | None] = {}
        there = {one.number for one in found}
        self._fresh = {one.number: one for one in waiting.fresh if one.number not in there}
        found += [Place(one.number, one.tier, one.start, one.until) for one in self._fresh.values()
                  if one.until > self.since and one.start < self.until]  # fmt: skip
        self.borders = {
            tier: max((one.until for one in found if one.tier == tier), default=0) for tier in TIERS
        }  # fmt: skip
        self._coarser = {
            tier: max((self.borders[other] for other in TIERS if other > tier), default=-DAY) + DAY for tier in TIERS
        }
        buckets = waiting.buckets
        if len(buckets):
            last = int(buckets.start.max()) + 1
            found.append(Place(_WAITING, FIVE, int(buckets.start.min()), last))
        self._places = sorted(found, key=lambda one: (one.tier, -one.until, one.number))

    def blocks(self, since: int, until: int) -> list[Place]:
        """Those that can tell of the span, the finest and newest first; a day more on both sides."""
        return [one for one in self._places if one.until > since - DAY and one.start < until + DAY]

    def mixed(self, place: Place) -> bool:
        """Whether some of it is told by a coarser tier."""
        return place.start < self._coarser[place.tier]

    def read(self, place: Place, have: frozenset[str]) -> tuple[int, Buckets]:
        """(tier, the buckets that are asked for, with these figures)."""
        if place.number == _WAITING:
            mine = self.waiting.buckets
            found = mine.pick(np.isin(mine.series, self.series)).less(have)
        else:
            found = unpack(self._block(place.number).packed, have, self.series)
        return place.tier, within(found, self.since, self.until)

    def ready(self, places: Iterable[Place]) -> None:
        """Fetches the totals of these blocks together."""
        missing = [one.number + TOTALS for one in places
                   if one.number in self._totals and one.number not in self._decoded]  # fmt: skip
        for block in self.reader.metric_blocks_of(missing):
            self._decoded[block.number - TOTALS] = decoded(block.packed) if block.packed else None

    def totals(self, place: Place, have: frozenset[str], spans: tuple[str, ...]) -> Buckets | None:
        """As `read`, of as few rows as tell the same of the groups; None where only the block itself does. `spans`:
        how long (`data.history.totals`) that may be of which a row tells."""
        if place.number not in self._totals:
            return None
        self.ready([place])
        found = self._decoded.get(place.number)
        if found is None:
            return None
        for level in sorted(found.levels, key=lambda one: one.rows):
            if level.span not in spans:
                continue
            stands = self._stands(found, level, have, strict=self.mixed(place))
            if stands is not None:
                return within(rows_of(level, have, stands), self.since, self.until)
        return None

    def _stands(self, found: Totals, level: Level, have: frozenset[str], *, strict: bool) -> Whole | None:
        """As a rule one block is cut like the next: what was found out of one holds for others."""
        zones = (found.zone_of.body, *(zone.encode() for zone in found.zones)) if level.span != FINE else ()
        key = (have, strict, found.numbers, level.kind, level.span, level.of.body, level.of.low, level.plain, *zones)
        if key not in self._standing:
            self._standing[key] = standing(found, level, self._sorted(found.numbers), have, strict=strict)
        return self._standing[key]

    def _sorted(self, packed: bytes) -> Sorted:
        seen = self._seen.get((packed,))
        if seen is None:
            numbers, asked = np.frombuffer(packed, "<i8").astype(np.int64), self.asked
            place = np.minimum(np.searchsorted(asked.numbers, numbers), max(len(asked.numbers) - 1, 0))
            there = asked.numbers[place] == numbers if len(asked.numbers) else np.zeros(len(numbers), bool)
            group = np.full(len(numbers), -1, np.int64)
            group[there] = asked.of[place[there]]
            zone = np.full(len(numbers), -1, np.int64)
            zone[there] = asked.zone[place[there]]
            seen = self._seen[packed,] = Sorted(numbers, group, zone, asked.zones)
        return seen

    def _block(self, number: int) -> MetricBlock:
        return self._fresh.get(number) or self.reader.metric_block(number)
