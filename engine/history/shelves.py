"""The blocks of one metric that a question needs, each read when it is needed."""

from typing import Final, NamedTuple

import numpy as np

from data.history import Buckets, unpack
from data.history.columns import Whole
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


class Shelves:
    """Of one name, from `since` less a day on, until `until` and a day more. `series` are the numbers that are asked
    for, sorted. Reads within `reader.still()`, so that a block that is replaced meanwhile is there."""

    def __init__(
        self, reader: Reader, tenant: str, name: str, series: Whole, since: int, until: int, waiting: Waiting
    ) -> None:
        self.reader, self.series, self.waiting = reader, series, waiting
        self.since, self.until = since - DAY, until + DAY
        found = [Place(*row) for row in reader.metric_places(tenant, name, self.since, self.until)]
        found = [one for one in found if one.number < waiting.before]
        there = {one.number for one in found}
        self._fresh = {one.number: one for one in waiting.fresh if one.number not in there}
        found += [Place(one.number, one.tier, one.start, one.until) for one in self._fresh.values()
                  if one.until > self.since and one.start < self.until]  # fmt: skip
        self.borders = {
            tier: max((one.until for one in found if one.tier == tier), default=0) for tier in TIERS
        }  # fmt: skip
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
        coarser = [self.borders[tier] for tier in TIERS if tier > place.tier]
        return place.start < max(coarser, default=0) + DAY

    def read(self, place: Place, have: frozenset[str]) -> tuple[int, Buckets]:
        """(tier, the buckets that are asked for, with these figures)."""
        if place.number == _WAITING:
            mine = self.waiting.buckets
            found = mine.pick(np.isin(mine.series, self.series)).less(have)
        else:
            found = unpack(self._block(place.number).packed, have, self.series)
        return place.tier, within(found, self.since, self.until)

    def _block(self, number: int) -> MetricBlock:
        return self._fresh.get(number) or self.reader.metric_block(number)
