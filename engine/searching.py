"""A search of the feed's last 90 days, newest first. Packs of entries are sieved as bytes (`engine.query.sieve`); only
what may match is decoded."""

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from data import times
from data.records.feed import FeedEntry
from data.records.severity import NAMES
from data.store import Follower
from data.times import DAY, HOUR
from engine.pages import feed_row
from engine.query import Made, Match, Query
from engine.query.schemas import FEED
from engine.views import FeedRow

DAYS: Final = 90
LOOKED: Final = 5_000_000  # entries after which a search stops, whatever it found
DECODED: Final = 200_000  # of them such as had to be decoded

MADE: Final = Made(
    plain=frozenset(("type", "site", "ref")),
    joints=" :\n",
    words={
        "opened,": b"ticket_updated", "none": b"ticket_updated", "likely": b"prediction_", "of": b"prediction_",
        "it": b"prediction_", "came": b"prediction_", "did": b"prediction_", "not": b"prediction_",
        "come": b"prediction_", "to": b"prediction_", "pass": b"prediction_", "nobody": b"prediction_",
        "can": b"prediction_", "tell": b"prediction_",
    },
    figures=(b"ticket_updated", b"prediction_"),
)  # fmt: skip
"""How `feed_text` makes a line of an entry: the words of its own, and in which types they are."""


class Limits(msgspec.Struct, frozen=True):
    looked: int = LOOKED
    decoded: int = DECODED


class Search:
    """One search. Ask `rows` until it is enough: `next` is then the sequence before which another search goes on, None
    when everything was looked at. `shown` is an entry's row as the searcher may see it; the filter is asked of that."""

    def __init__(
        self,
        reader: Follower,
        tenant: str,
        now: int,
        query: Query,
        *,
        only: Callable[[FeedEntry], bool] | None = None,
        shown: Callable[[FeedRow], FeedRow] | None = None,
        before: int | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.reader, self.tenant, self.now, self.query = reader, tenant, now, query
        self.only, self.shown, self.before = only, shown, before
        self.limits = limits or Limits()
        self.looked = self.decoded = 0
        self.next: int | None = None

    def rows(self) -> Iterator[FeedRow]:
        """Those that match, newest first. Masked rows hold other texts than the stored ones: they are not sieved."""
        match, since, until = self.query.compile(FEED), *self._span()
        wanted = self.query.sieve(FEED, MADE) if self.shown is None else None
        runs = self.reader.feed_back(since, until, partition=self.tenant, before=self.before, wanted=wanted)
        for first, count, entries in runs:
            for entry in entries:
                if self.only is not None and not self.only(entry):
                    continue
                row = feed_row(entry) if self.shown is None else self.shown(feed_row(entry))
                if match(row, self.now):
                    self.next = row.sequence
                    yield row
            self.looked, self.decoded, self.next = self.looked + count, self.decoded + len(entries), first
            if self.looked >= self.limits.looked or self.decoded >= self.limits.decoded:
                return
        self.next = None

    def found(self, most: int) -> list[FeedRow]:
        """At most so many; `next` tells where to go on."""
        found = []
        for row in self.rows():
            found.append(row)
            if len(found) >= most:
                break
        return found

    def _span(self) -> tuple[int, int]:
        """What of time can match: of parts that hold from some time on the time is found by halving."""
        since, until = self.now - DAYS * DAY, self.now + HOUR
        begins = self.query.begins(FEED)
        return (since, until) if begins is None else (_first(begins, since, until, self.now), until)


def _first(holds: Match, low: int, high: int, now: int) -> int:
    """The first time in [low, high) for which it holds, given that it then holds for all later ones; else `high`."""
    while low < high:
        middle = (low + high) // 2
        if holds(FeedRow(0, middle, "", 0, None, "", ""), now):
            high = middle
        else:
            low = middle + 1
    return low


class Line(msgspec.Struct):
    """One entry as other programs get it. `text` is the line that people see."""

    sequence: int
    time: str
    type: str
    severity: str
    site: str | None
    ref: str
    text: str


class Answer(msgspec.Struct):
    """Newest first. `next`, as `before`, goes on behind the last row; null where everything of 90 days was looked at.
    A page may hold fewer rows than asked for, and still have a next one. `looked` counts entries."""

    rows: list[Line]
    next: int | None
    looked: int


def answer(search: Search, most: int) -> Answer:
    """A search as a document."""
    rows = [
        Line(row.sequence, times.text(row.time), row.type, NAMES[row.severity], row.site, row.ref, row.text)
        for row in search.found(most)
    ]
    return Answer(rows, search.next, search.looked)
