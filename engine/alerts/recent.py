"""Alerts that began a short while ago, by what they may share with one that begins now."""

from collections.abc import Iterable, Iterator

from data.records.alert import Alert
from engine.topology import Topology

KEPT = 512  # per key: in a storm the newest are as good as all


class Recent:
    """Indexes over beginnings within `window`; what ended longer than `kept` ago counts no more (microseconds)."""

    def __init__(self, window: int, kept: int) -> None:
        self.window = window
        self.kept = kept
        self._by: dict[tuple[str, ...], list[Alert]] = {}

    def add(self, alert: Alert) -> None:
        site = alert.site or ""
        keys = [("site", site), ("type", site, alert.alert_type)]
        if alert.entity is not None:
            keys.append(("entity", alert.entity))
        if alert.template:
            keys.append(("message", site, alert.template))
        for key in keys:
            there = self._by.setdefault(key, [])
            there.append(alert)
            if len(there) > KEPT:
                self._prune(key, there, alert.first_seen)

    def candidates(
        self, alert: Alert, now: int, topology: Topology, look: int, causes: Iterable[str] = ()
    ) -> Iterator[list[Alert]]:
        """Circles of others, closest kinship first, to be looked at until one holds enough evidence: same entity,
        same type, neighbours, same message, then of types known to bring it (`causes`) at the site. At most `look`
        each, newest first; each alert once."""
        met = {alert.number}
        site = alert.site or ""
        if alert.entity is not None:
            yield self._newest(("entity", alert.entity), now, look, met)
        yield self._newest(("type", site, alert.alert_type), now, look, met)
        if alert.entity is not None:
            yield self._neighbours(alert.entity, now, topology, look, met)
        if alert.template:
            yield self._newest(("message", site, alert.template), now, look, met)
        found: list[Alert] = []
        for cause in causes:
            if len(found) >= look:
                break
            found += self._newest(("type", site, cause), now, 2, met)
        yield found

    def at_site(self, alert: Alert, now: int, look: int) -> list[Alert]:
        """The newest of the alert's site, whatever they are."""
        return self._newest(("site", alert.site or ""), now, look, {alert.number})

    def _neighbours(self, entity: str, now: int, topology: Topology, look: int, met: set[int]) -> list[Alert]:
        found: list[Alert] = []
        for ref in topology.around(entity, 2):
            if ("entity", ref) in self._by:
                found += self._newest(("entity", ref), now, 2, met)
                if len(found) >= look:
                    break
        return found

    def _newest(self, key: tuple[str, ...], now: int, look: int, met: set[int]) -> list[Alert]:
        """Up to `look` alerts of one index that were not met yet."""
        there = self._by.get(key)
        if there is None:
            return []
        if now - there[-1].first_seen > self.window:
            del self._by[key]
            return []
        found: list[Alert] = []
        for other in reversed(there):
            if len(found) >= look or now - other.first_seen > self.window:
                break
            if other.number not in met and (other.ended_at is None or now - other.ended_at <= self.kept):
                met.add(other.number)
                found.append(other)
        return found

    def _prune(self, key: tuple[str, ...], there: list[Alert], now: int) -> None:
        self._by[key] = [a for a in there if now - a.first_seen <= self.window][-KEPT // 2 :]
