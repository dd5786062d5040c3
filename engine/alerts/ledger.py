"""The open clusters as they stand: records, who is in them, and the indexes by which they are found.

Nothing is decided here; `clusters` decides. All of it can be built again from the records of the open clusters and
of the live alerts, in order of their numbers. Memory: about 2 KB an open cluster of one alert, and 300 bytes for each
further alert (fingerprint and variant, in the record and in a set).
"""

from bisect import insort
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import msgspec

from data import ids
from data.records.alert import Alert
from data.records.cluster import LISTED, REMEMBERED, Cluster
from data.times import MINUTE
from engine.alerts.habits import LONGEST, QUIET
from engine.alerts.timers import Timers

STANDING = ("background", "habit")  # kinds of clusters that neither draw in nor hide what begins beside them


class Takes(Protocol):
    """Gives the next free number of a kind of record."""

    def take(self, kind: str) -> int: ...


class Placement(msgspec.Struct, frozen=True):
    """Where one firing event belongs, and why. `suppressed` is the reason for not showing it (`cluster`) or None."""

    cluster: Cluster
    reason: str
    evidence: dict[str, Any]
    suppressed: str | None
    opened: bool = False


class Ledger:
    """Open clusters of one partition. Changed records are in `changed` until the caller has taken them."""

    def __init__(self, numbers: Takes, tenant: str, settle: int = 5 * MINUTE) -> None:
        self.numbers = numbers
        self.tenant = tenant
        self.settle = settle  # a cluster closes when all its alerts have been over for this long (microseconds)
        self.open: dict[int, Cluster] = {}
        self.changed: dict[int, Cluster] = {}
        self.live: dict[int, dict[int, Alert]] = {}  # cluster -> its firing alerts by number
        self.keep_open: Callable[[Cluster], bool] = _never  # asked before a cluster is closed
        self._seen: dict[int, set[int]] = {}
        self._known: dict[int, set[int]] = {}  # cluster -> fingerprints
        self._homes: dict[int, list[int]] = {}  # fingerprint -> open clusters that had it, ascending
        self._at_site: dict[str, list[int]] = {}  # open clusters, ascending, background left out
        self._standing: dict[tuple[str, str, str], int] = {}  # (kind, site, type) -> background or habit
        self._timers = Timers(self._closes)

    def due(self) -> int | None:
        return self._timers.due()

    def tick(self, now: int) -> list[Cluster]:
        """Closes what has been quiet long enough by `now`; in order of time, then number."""
        closed = []
        while (due := self.due()) is not None and due <= now:
            number = self._timers.take()
            cluster = self.open[number]
            if self.keep_open(cluster):
                cluster.idle_since = due
                self.changed[number] = cluster
                self._timers.set(cluster.number)
                continue
            cluster.closed_at = due
            self._drop(cluster)
            closed.append(cluster)
        return closed

    def merge(self, into: Cluster, other: Cluster, now: int) -> None:
        """All of `other` goes into `into`; the record of `other` stays and names its survivor."""
        if into.number == other.number:
            return
        moved = list(self.live.get(other.number, {}).values())
        into.alert_count += other.alert_count
        into.suppressed_count += other.suppressed_count
        into.severity = max(into.severity, other.severity)
        into.opened_at, into.last_at = min(into.opened_at, other.opened_at), max(into.last_at, other.last_at)
        for mine, theirs in (
            (into.sites, other.sites),
            (into.entities, other.entities),
            (into.alert_types, other.alert_types),
        ):
            mine.extend([name for name in theirs if name not in mine][: LISTED - len(mine)])
        known = self._known[into.number]
        into.members += sum(1 for identity in other.identities if identity not in known)
        for identity in other.identities:
            self._know(into, identity)
        for variant in other.seen:
            self._see(into, variant)
        for alert in moved:
            self._settle_in(alert, into)
        other.merged_into, other.closed_at, other.open_members = into.number, now, 0
        self._drop(other)
        self._retitle(into)

    def split(self, cluster: Cluster, numbers: Iterable[int], now: int) -> Cluster | None:
        """The firing alerts `numbers` go into a new cluster; None when none of them is in this one."""
        here = self.live.get(cluster.number, {})
        chosen = [here[number] for number in sorted(set(numbers)) if number in here]
        if not chosen:
            return None
        opened = self._open(chosen[0], now, "split off by an operator").cluster
        for alert in chosen:
            self.move(alert, opened, now)
        return opened

    def move(self, alert: Alert, cluster: Cluster, now: int) -> None:
        """One alert, with its events that lie in its present cluster, goes into another open one."""
        old = self.open.get(alert.cluster or 0)
        if old is cluster:
            return
        if old is not None:
            old.alert_count -= alert.here
            old.suppressed_count -= alert.here - alert.shown
            old.members = max(0, old.members - 1)
            self._unknow(old, alert.fingerprint)
            self._leave(alert, now)
        cluster.alert_count += alert.here
        cluster.suppressed_count += alert.here - alert.shown
        cluster.severity = max(cluster.severity, alert.severity)
        cluster.last_at = max(cluster.last_at, alert.last_seen)
        self._list(cluster, alert)
        if alert.fingerprint not in self._known[cluster.number]:
            cluster.members += 1
            self._know(cluster, alert.fingerprint)
        if alert.firing:
            self._settle_in(alert, cluster)
        else:
            alert.cluster = cluster.number
        self._retitle(cluster)

    def revive(self, cluster: Cluster, alerts: Iterable[Alert]) -> None:
        """A cluster that was merged or closed is open again as its record says, and has these firing alerts."""
        cluster.closed_at = cluster.merged_into = None
        self._take_in(cluster)
        self._at_site.get(cluster.found_at, []).sort()
        self._known[cluster.number], self._seen[cluster.number] = set(cluster.identities), set(cluster.seen)
        for identity in cluster.identities:
            insort(self._homes.setdefault(identity, []), cluster.number)
        self.changed[cluster.number] = cluster
        for alert in alerts:
            old = self.open.get(alert.cluster or 0)
            if old is not None:
                self.live[old.number].pop(alert.number, None)
                old.open_members = len(self.live[old.number])
            self._settle_in(alert, cluster)
        cluster.open_members = len(self.live[cluster.number])
        self._timers.set(cluster.number)

    def forget(self, cluster: Cluster, identities: Iterable[int], seen: Iterable[int]) -> None:
        """These alerts and variants have not been in the cluster after all."""
        for identity in identities:
            self._unknow(cluster, identity)
        gone = set(seen)
        cluster.seen = [variant for variant in cluster.seen if variant not in gone]
        self._seen[cluster.number] -= gone

    def open_for(self, alert: Alert, now: int, reason: str, cause: int) -> Cluster:
        """A new cluster, still empty, for an alert that a person takes out of its own; `cause` is the identity of the
        command."""
        cluster = self._open(alert, now, reason).cluster
        cluster.id = ids.derive("C", self.tenant, alert.id, str(now), f"{cause:x}")
        return cluster

    def retitle(self, cluster: Cluster) -> None:
        """After its lists were changed."""
        self._retitle(cluster)

    def take_back(self, alert: Alert, cluster: Cluster) -> None:
        """An alert of an open cluster that had ended fires after all."""
        self._settle_in(alert, cluster)

    def set_idle(self, cluster: Cluster, since: int | None) -> None:
        """An open cluster has been idle since then after all."""
        cluster.idle_since = since
        self.changed[cluster.number] = cluster
        self._timers.set(cluster.number)

    def restore(self, alerts: Iterable[Alert], clusters: Iterable[Cluster]) -> None:
        """Takes up open clusters, and the alerts that fire or ended within `settle`."""
        for cluster in sorted(clusters, key=lambda cluster: cluster.number):
            if cluster.closed_at is not None:
                continue
            self._take_in(cluster)
            for identity in cluster.identities:
                self._homes.setdefault(identity, []).append(cluster.number)
            self._known[cluster.number] = set(cluster.identities)
            self._seen[cluster.number] = set(cluster.seen)
            self._timers.set(cluster.number)
        for alert in sorted(alerts, key=lambda alert: alert.number):
            if alert.firing and alert.cluster in self.live:
                self.live[alert.cluster][alert.number] = alert

    def _open(self, alert: Alert, now: int, reason: str, kind: str = "") -> Placement:
        number = self.numbers.take("cluster")
        cluster = Cluster(
            number=number,
            id=ids.derive("C", self.tenant, alert.id, str(now)),
            tenant=self.tenant,
            opened_at=now,
            last_at=now,
            severity=alert.severity,
            title="",
            reason=reason,
            sites=[],
            alert_types=[],
            entities=[],
            lead=alert.number,
            kind=kind,
            found_at=alert.site or "",
        )
        self._take_in(cluster)
        self._known[number], self._seen[number] = set(), set()
        return Placement(cluster, reason, {"way": "new"}, None, opened=True)

    def _take_in(self, cluster: Cluster) -> None:
        self.open[cluster.number] = cluster
        self.live.setdefault(cluster.number, {})
        where = cluster.found_at
        if cluster.kind in STANDING:
            if cluster.alert_types:
                self._standing[cluster.kind, where, cluster.alert_types[0]] = cluster.number
        else:
            self._at_site.setdefault(where, []).append(cluster.number)

    def _enter(self, placement: Placement, alert: Alert, variant: int, now: int) -> None:
        """Counts one event in, and makes the cluster the alert's home."""
        cluster = placement.cluster
        cluster.alert_count += 1
        cluster.suppressed_count += placement.suppressed is not None
        cluster.last_at = max(cluster.last_at, now)
        cluster.severity = max(cluster.severity, alert.severity)
        listed = self._list(cluster, alert)
        if alert.fingerprint not in self._known[cluster.number]:
            cluster.members += 1
        self._remember(cluster, alert.fingerprint, variant)
        alert.cluster_reason = placement.reason
        if alert.cluster != cluster.number:
            alert.here = alert.shown = 0
        alert.here += 1
        alert.shown += placement.suppressed is None
        self._settle_in(alert, cluster)
        if listed:
            self._retitle(cluster)

    def _rehome(self, alert: Alert, variant: int, now: int, placement: Placement) -> Placement:
        self._leave(alert, now)
        self._enter(placement, alert, variant, now)
        return placement

    def _settle_in(self, alert: Alert, cluster: Cluster) -> None:
        alert.cluster = cluster.number
        self.live[cluster.number][alert.number] = alert
        cluster.open_members = len(self.live[cluster.number])
        cluster.idle_since = None
        self.changed[cluster.number] = cluster

    def _leave(self, alert: Alert, now: int) -> None:
        cluster = self.open.get(alert.cluster or 0)
        if cluster is None or self.live[cluster.number].pop(alert.number, None) is None:
            return
        cluster.open_members = len(self.live[cluster.number])
        self.changed[cluster.number] = cluster
        if not cluster.open_members:
            cluster.idle_since = now
            self._timers.set(cluster.number)

    def _remember(self, cluster: Cluster, identity: int, variant: int) -> None:
        if identity not in self._known[cluster.number]:
            self._know(cluster, identity)
        if variant and variant not in self._seen[cluster.number]:
            self._see(cluster, variant)

    def _know(self, cluster: Cluster, identity: int) -> None:
        if identity in self._known[cluster.number] or len(cluster.identities) >= REMEMBERED:
            return
        cluster.identities.append(identity)
        self._known[cluster.number].add(identity)
        homes = self._homes.setdefault(identity, [])
        homes.append(cluster.number)
        homes.sort()

    def _unknow(self, cluster: Cluster, identity: int) -> None:
        if identity in self._known[cluster.number]:
            cluster.identities.remove(identity)
            self._known[cluster.number].discard(identity)
            without(self._homes, identity, cluster.number)

    def _see(self, cluster: Cluster, variant: int) -> None:
        if variant not in self._seen[cluster.number] and len(cluster.seen) < REMEMBERED:
            cluster.seen.append(variant)
            self._seen[cluster.number].add(variant)

    def _list(self, cluster: Cluster, alert: Alert) -> bool:
        """Writes down site, type and entity of an alert; True if any of them is new here."""
        new = False
        for names, name in (
            (cluster.sites, alert.site),
            (cluster.alert_types, alert.alert_type),
            (cluster.entities, alert.entity),
        ):
            if name is not None and len(names) < LISTED and name not in names:
                names.append(name)
                new = True
        return new

    def _retitle(self, cluster: Cluster) -> None:
        cluster.title = _title(cluster)
        self.changed[cluster.number] = cluster

    def _closes(self, number: int) -> int | None:
        cluster = self.open.get(number)
        if cluster is None or cluster.idle_since is None:
            return None
        since = max(cluster.idle_since, cluster.last_at)
        if cluster.kind == "habit":
            return max(since + self.settle, min(since + QUIET, cluster.opened_at + LONGEST)) + 1
        return since + self.settle + 1

    def _drop(self, cluster: Cluster) -> None:
        del self.open[cluster.number], self.live[cluster.number]
        del self._seen[cluster.number], self._known[cluster.number]
        for identity in cluster.identities:
            without(self._homes, identity, cluster.number)
        if cluster.kind in STANDING:
            for kind in cluster.alert_types:
                if self._standing.get((cluster.kind, cluster.found_at, kind)) == cluster.number:
                    del self._standing[cluster.kind, cluster.found_at, kind]
        else:
            without(self._at_site, cluster.found_at, cluster.number)
        self.changed[cluster.number] = cluster


def _never(_: Cluster) -> bool:
    return False


def without(index: dict[Any, list[int]], key: Any, number: int) -> None:
    numbers = index.get(key)
    if numbers and number in numbers:
        numbers.remove(number)
        if not numbers:
            del index[key]


def _title(cluster: Cluster) -> str:
    """What, on what, where: `TRACE_SLOW and 3 more on 12 pods at cb1`."""
    what = cluster.alert_types[0]
    if len(cluster.alert_types) > 1:
        what += f" and {len(cluster.alert_types) - 1} more"
    where = f" at {', '.join(cluster.sites[:2])}" if cluster.sites else ""
    if len(cluster.entities) == 1:
        return f"{what} on {cluster.entities[0]}{where}"
    kinds: dict[str, int] = {}
    for entity in cluster.entities:
        kind = entity.partition("/")[0]
        kinds[kind] = kinds.get(kind, 0) + 1
    on = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in kinds.items())
    return f"{what} on {on}{where}" if on else f"{what}{where}"
