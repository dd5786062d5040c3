"""Alerts that began a short while ago, by what they may share with one that begins now."""

from collections.abc import Iterator

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

    def candidates(self, alert: Alert, now: int, topology: Topology, look: int) -> Iterator[Alert]:
        """Each alert once, at most `look` per index, newest first within it."""
        site = alert.site or ""
        met = {alert.number}
        keys: list[tuple[str, ...]] = []
        if alert.entity is not None:
            keys.append(("entity", alert.entity))
        keys += [("type", site, alert.alert_type), ("message", site, alert.template), ("site", site)]
        if alert.entity is not None:
            keys += [("entity", ref) for ref in topology.around(alert.entity, 2)]
        for key in keys:
            there = self._by.get(key)
            if there is None:
                continue
            if now - there[-1].first_seen > self.window:
                del self._by[key]
                continue
            for other in self._newest(there, now, look):
                if other.number not in met:
                    met.add(other.number)
                    yield other

    def _newest(self, there: list[Alert], now: int, look: int) -> Iterator[Alert]:
        left = look
        for other in reversed(there):
            if now - other.first_seen > self.window or not left:
                return
            if other.ended_at is None or now - other.ended_at <= self.kept:
                left -= 1
                yield other

    def _prune(self, key: tuple[str, ...], there: list[Alert], now: int) -> None:
        self._by[key] = [a for a in there if now - a.first_seen <= self.window][-KEPT // 2 :]
