"""What is usual here: how often each alert begins anew, and whether a source repeats itself.

Two questions decide what a coincidence is worth.

*How surprising is it that this alert begins just now?* An alert that begins once an hour coincides with anything;
one that has never been seen does not. `rate` is its number of beginnings per second of history, a beginning being a
firing after `gap` of silence. What fires all day begins once, so nuisance lends its weight to nobody.

*Does this source say things once, or again and again?* Sources that report an onset once (edge-triggered) make a
second report of the very same thing (`variant`: type, entity and labels) proof of a second cause; pollers and log
matchers do not. A source counts as edge-triggered when its repeats come neither fast nor at a steady beat.

It is learned from events alone, never from decisions, so running the journal again gives the same state: it belongs
to the part of the engine that is snapshotted. Memory: about 250 bytes an alert identity, 120 a variant.
"""

import math
from typing import Any

import msgspec

from data.ids import fingerprint as hashed
from data.times import HOUR, MINUTE, SECOND
from engine.alerts.habits import Habits
from engine.alerts.relations import APART, Relations

FAST = 30 * SECOND  # a repeat within this is chatter
BEAT = 0.05  # two intervals in a row that differ by less (relative) are a beat
BIN = 10 * SECOND  # beginnings closer together count once: a burst is one occasion
TIGHT = 0.01  # the same between different variants: polled together
ENOUGH = 12  # repeats that could be judged, before a source is
SETTLED = 200  # chatter beyond doubt: the variants of the source are not followed any more
OFTEN = 1_000  # repeats judged after which the older half of the evidence is forgotten
MANY = 100_000  # identities and variants remembered; beyond that the ones longest silent are forgotten


def variant(alert_type: str, entity: str | None, labels: dict[str, str]) -> int:
    """32 bits, never 0, that stand for one very thing: type, entity and all labels."""
    return hashed(alert_type, entity or "", *labels.values()) & 0xFFFFFFFF or 1


class Habit(msgspec.Struct, array_like=True):
    """How a source speaks: repeats of a variant that could be judged, and those that were fast or on a beat."""

    judged: int = 0
    chatter: int = 0
    interval: int = 0  # of its newest repeat

    @property
    def once(self) -> bool:
        return self.judged >= ENOUGH and 5 * self.chatter <= 2 * self.judged

    @property
    def settled(self) -> bool:
        return self.chatter >= SETTLED and 2 * self.chatter >= self.judged


class Beginning(msgspec.Struct, array_like=True):
    """Of one alert identity: when it was last heard, how often it began, how often it fired."""

    last: int
    times: int = 1
    fired: int = 1
    told: int = 0  # to `relations`


class History:
    """The long memory of one partition. `observe` every firing event, in order, before it is placed."""

    def __init__(self, gap: int = 20 * MINUTE) -> None:
        self.gap = gap
        self.since: int | None = None
        self.firings = 0
        self.beginnings: dict[int, Beginning] = {}
        self.sites: dict[str, tuple[int, int]] = {}  # site -> (newest span, spans with a beginning)
        self.habits: dict[str, Habit] = {}
        self.relations = Relations()
        self.minor = Habits()
        self._variants: dict[int, tuple[int, int]] = {}  # variant -> (last heard, last interval)

    def observe(
        self,
        fingerprint: int,
        source: str,
        alert_type: str,
        entity: str | None,
        site: str | None,
        labels: dict[str, str],
        time: int,
    ) -> int:
        """Takes one firing event. The variant of it, or 0 where the source is known to chatter."""
        if self.since is None:
            self.since = time
        self.firings += 1
        known = self.beginnings.get(fingerprint)
        if known is None:
            known = self.beginnings[fingerprint] = Beginning(time)
            self._begin(site, time)
            if len(self.beginnings) > MANY:
                self._shorten()
        else:
            known.fired += 1
            if time - known.last > self.gap:
                known.times += 1
                self._begin(site, time)
            if time > known.last:
                known.last = time
        if time - known.told >= APART:
            known.told = time
            self.relations.observe(alert_type, entity or site or "", time)
        habit = self.habits.get(source)
        if habit is None:
            habit = self.habits[source] = Habit()
        if habit.settled:
            return 0
        heard = variant(alert_type, entity, labels)
        self._listen(habit, heard, time)
        return heard

    def reports_once(self, source: str) -> bool:
        """Is this source known to report each onset once?"""
        habit = self.habits.get(source)
        return habit is not None and habit.once

    def rate(self, fingerprint: int, now: int) -> float:
        """Beginnings of one alert a second. A short history is filled up with one hour that saw half a beginning."""
        known = self.beginnings.get(fingerprint)
        return ((known.times if known else 1) + 0.5) * SECOND / self._span(now)

    def site_rate(self, site: str | None, now: int) -> float:
        """Beginnings at a site a second; those within one `BIN` count once, so that a burst is one occasion."""
        known = self.sites.get(site or "")
        return ((known[1] if known else 0) + 0.5) * SECOND / self._span(now)

    def _span(self, now: int) -> int:
        return (now - self.since if self.since is not None else 0) + HOUR

    def rarity(self, fingerprint: int) -> float:
        """Bits of information in this alert firing: -log2 of its share of all firings. 0 to about 20."""
        known = self.beginnings.get(fingerprint)
        return max(0.0, math.log2((self.firings + 1) / ((known.fired if known else 0) + 1)))

    def dump(self) -> bytes:
        state: dict[str, Any] = {
            "gap": self.gap,
            "since": self.since,
            "firings": self.firings,
            "beginnings": self.beginnings,
            "sites": self.sites,
            "habits": self.habits,
            "variants": self._variants,
            "relations": self.relations.dump(),
            "minor": self.minor.dump(),
        }
        return msgspec.msgpack.encode(state)

    def load(self, body: bytes) -> None:
        """Raises msgspec.DecodeError when `body` was not written by `dump`."""
        state = msgspec.msgpack.decode(body, type=_State)
        self.gap, self.since, self.firings = state.gap, state.since, state.firings
        self.beginnings, self.sites = state.beginnings, state.sites
        self.habits, self._variants = state.habits, state.variants
        self.relations.load(state.relations)
        self.minor.load(state.minor)

    def _begin(self, site: str | None, time: int) -> None:
        place = time // BIN
        known = self.sites.get(site or "")
        if known is None:
            self.sites[site or ""] = (place, 1)
        elif known[0] != place:
            self.sites[site or ""] = (place, known[1] + 1)

    def _listen(self, habit: Habit, variant: int, time: int) -> None:
        heard = self._variants.get(variant)
        interval = 0
        if heard is not None:
            interval = time - heard[0]
            before, slack = heard[1] or habit.interval, BEAT if heard[1] else TIGHT
            if interval < FAST or before:
                habit.judged += 1
                if interval < FAST or abs(interval - before) <= slack * interval:
                    habit.chatter += 1
            habit.interval = interval
            if habit.judged >= OFTEN and habit.chatter < SETTLED:
                habit.judged //= 2
                habit.chatter //= 2
        self._variants[variant] = (time, interval)
        if len(self._variants) > MANY:
            self._shorten()

    def _shorten(self) -> None:
        """Forgets the half that was silent longest; ties fall by identity, so that it is the same everywhere."""
        if len(self.beginnings) > MANY:
            kept = sorted(self.beginnings.items(), key=lambda item: (item[1].last, item[0]))[MANY // 2 :]
            self.beginnings = dict(kept)
        if len(self._variants) > MANY:
            heard = sorted(self._variants.items(), key=lambda item: (item[1][0], item[0]))[MANY // 2 :]
            self._variants = dict(heard)


class _State(msgspec.Struct):
    gap: int
    since: int | None
    firings: int
    beginnings: dict[int, Beginning]
    sites: dict[str, tuple[int, int]]
    habits: dict[str, Habit]
    variants: dict[int, tuple[int, int]]
    relations: bytes
    minor: bytes
