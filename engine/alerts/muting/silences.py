"""Silences: what somebody asked not to be told of, until when, and why.

States as Alertmanager has them: pending, active, expired; a change of the matchers expires the silence and begins
another. Time is event time: a silence holds in [starts_at, ends_at) of the watermark.
"""

from collections.abc import Iterable

import msgspec

from data import ids
from data.records.alert import Alert
from data.records.silence import MutePhase, Silence
from data.times import DAY, text
from engine.alerts.muting.asked import Refused
from engine.alerts.muting.indexes import ByMatch
from engine.alerts.muting.matchers import Match, parse

MOST = 10_000  # silences that are not expired
KEPT = 5 * DAY  # an expired silence can be looked at for this long


class Silences:
    """All silences of one partition. `turn` must be called when `due` says so."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.all: dict[str, Silence] = {}  # in the order of their making
        self._matches: dict[str, Match] = {}
        self._active: ByMatch[Silence] = ByMatch()
        self.due: int | None = None

    def restore(self, silences: Iterable[Silence], now: int) -> None:
        for silence in silences:
            self.all[silence.id] = silence
            if silence.phase(now) is MutePhase.ACTIVE:
                self._active.put(silence.id, self.match(silence), silence)
        self._look_ahead(now)

    def match(self, silence: Silence) -> Match:
        found = self._matches.get(silence.id)
        if found is None or found.text != silence.matchers:
            found = self._matches[silence.id] = parse(silence.matchers)
        return found

    def hits(self, alert: Alert) -> list[Silence]:
        return self._active.hits(alert)

    def best(self, alert: Alert) -> Silence | None:
        """The active silence that covers the alert for longest."""
        hits = self.hits(alert)
        if len(hits) < 2:
            return hits[0] if hits else None
        return max(hits, key=lambda one: (one.ends_at, one.id))

    def turn(self, now: int) -> list[tuple[Silence, bool]]:
        """What begins (True) or ends at `now`, in order of making."""
        turned = []
        for silence in list(self.all.values()):
            active = silence.phase(now) is MutePhase.ACTIVE
            if active is not (silence.id in self._active):
                turned.append((silence, active))
                self._settle(silence, now)
            elif silence.ends_at <= now - KEPT:
                self._forget(silence)
        self._look_ahead(now)
        return turned

    def add(self, asked: Silence, now: int) -> Silence:
        """A new silence; the same one again only gets its end and comment changed. Raises Refused."""
        match = parse(asked.matchers)
        open_ones = sum(one.ends_at > now for one in self.all.values())
        if open_ones >= MOST:
            raise Refused(f"there are {MOST} silences already; expire some")
        asked.matchers = match.text
        asked.id, known = self._name(match, asked, now)
        if known is not None:
            known.ends_at, known.comment = asked.ends_at, asked.comment
            asked = known
        self.all[asked.id] = asked
        self._settle(asked, now)
        self._look_ahead(now)
        return asked

    def expire(self, silence: Silence, now: int, who: str) -> None:
        """Ends it now; one that is pending never begins."""
        silence.starts_at = min(silence.starts_at, now)
        silence.ends_at = now
        silence.ended_by = who
        self._settle(silence, now)
        self._look_ahead(now)

    def replace(self, silence: Silence, now: int, **changes: object) -> None:
        """Other times or another comment; who asks has checked them."""
        for name, value in changes.items():
            setattr(silence, name, value)
        self._settle(silence, now)
        self._look_ahead(now)

    def open_or_refuse(self, id: str, now: int) -> Silence:
        """The silence of that id that is not over. Raises Refused."""
        silence = self.all.get(id)
        if silence is None:
            raise Refused(f"there is no silence {id}")
        if silence.ends_at <= now:
            raise Refused(f"{id} is over since {text(silence.ends_at)}; add another")
        return silence

    def _name(self, match: Match, asked: Silence, now: int) -> tuple[str, Silence | None]:
        """An id that follows from matchers, start and author, and the open silence that has it already."""
        for again in range(1, MOST):
            parts = (self.tenant, match.text, str(asked.starts_at), asked.author, *([str(again)] if again > 1 else []))
            id = ids.derive("S", *parts)
            known = self.all.get(id)
            if known is None or known.ends_at > now:
                return id, known
        raise Refused("the same silence was made and ended too often; change its start")

    def _settle(self, silence: Silence, now: int) -> None:
        if silence.phase(now) is MutePhase.ACTIVE:
            self._active.put(silence.id, self.match(silence), silence)
        else:
            self._active.drop(silence.id)

    def _forget(self, silence: Silence) -> None:
        del self.all[silence.id]
        self._matches.pop(silence.id, None)

    def _look_ahead(self, now: int) -> None:
        times = (one.starts_at if one.starts_at > now else one.ends_at for one in self.all.values())
        self.due = min((time for time in times if time > now), default=None)


def copied(silence: Silence) -> Silence:
    """As it stands, for who looks on from another thread."""
    return msgspec.structs.replace(silence)
