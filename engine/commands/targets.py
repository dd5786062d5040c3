"""What a command is about: an incident, a cluster without one, or one alert alone."""

import msgspec

from data.records.alert import Alert
from data.records.cluster import Cluster
from data.records.incident import Incident
from engine.alerts.grouping import Grouping
from engine.alerts.lifecycle import Lifecycle


class Target(msgspec.Struct):
    """`alerts` are those that fire, in order of number. `home` is the incident that an alert alone belongs to."""

    ref: str
    title: str
    alerts: list[Alert]
    cluster: Cluster | None = None
    incident: Incident | None = None
    home: Incident | None = None


class Targets:
    """Finds by reference what is open in one partition."""

    def __init__(self, alerts: Lifecycle, grouping: Grouping) -> None:
        self.alerts = alerts
        self.grouping = grouping
        self._numbers: dict[str, int] = {}  # alert id -> number; made as it is asked for
        self._ended: tuple[int, dict[int, list[Alert]]] = (0, {})
        self._seen = 0  # the highest number in it

    def find(self, ref: str) -> Target | None:
        """`incident/ID`, `cluster/ID` (its incident, if it is part of one) or `alert/ID`; None if it is not open."""
        kind, _, id = ref.partition("/")
        if kind == "alert":
            alert = self.alert(id)
            return None if alert is None else self._alone(alert)
        item = self.grouping.item(ref)
        if item is None:
            return None
        return Target(item.ref, item.title, item.alerts, item.cluster, item.incident)

    def cluster(self, ref: str) -> Cluster | None:
        """The open cluster of `cluster/ID`, or that of `alert/ID`, whether or not it is part of an incident."""
        kind, _, id = ref.partition("/")
        if kind == "alert":
            alert = self.alert(id)
            return None if alert is None else self.grouping.cluster(alert.cluster)
        item = self.grouping.item(ref) if kind == "cluster" else None
        return None if item is None else item.cluster

    def alert(self, id: str) -> Alert | None:
        """An alert that fires, or that ended within the reopen window."""
        known = self.alerts.by_number
        alert = known.get(self._numbers.get(id, 0))
        if alert is not None and alert.id == id:
            return alert
        for number in reversed(known):  # numbers ascend
            if number <= self._seen:
                break
            self._numbers[known[number].id] = number
        self._seen = max(self._seen, next(reversed(known), 0))
        if len(self._numbers) > 2 * len(known) + 1000:
            self._numbers = {alert.id: number for number, alert in known.items()}
        return known.get(self._numbers.get(id, 0))

    def ended(self, target: Target, cause: int) -> list[Alert]:
        """Alerts of the target that a person ended, as far as they are still known. All are looked through once for
        each command (`cause`)."""
        if target.ref.startswith("alert/"):
            alert = self.alert(target.ref.partition("/")[2])
            return [alert] if alert is not None and alert.end_reason == "operator" else []
        mine = {target.cluster.number} if target.cluster is not None else set()
        if target.incident is not None:
            mine = set(self.grouping.incidents.clusters[target.incident.number])
        if self._ended[0] != cause:
            found: dict[int, list[Alert]] = {}
            for alert in self.alerts.by_number.values():
                if alert.end_reason == "operator" and alert.cluster is not None:
                    found.setdefault(alert.cluster, []).append(alert)
            self._ended = (cause, found)
        return [one for number in sorted(mine) for one in self._ended[1].get(number, ()) if not one.firing]

    def _alone(self, alert: Alert) -> Target:
        cluster = self.grouping.cluster(alert.cluster)
        home = self.grouping.incident(cluster.incident) if cluster is not None else None
        return Target(f"alert/{alert.id}", title(alert), [alert] if alert.firing else [], home=home)


def title(alert: Alert) -> str:
    """`LinkDown on host/web-1`, `LinkDown at S1`."""
    if alert.entity:
        return f"{alert.alert_type} on {alert.entity}"
    return f"{alert.alert_type} at {alert.site}" if alert.site else alert.alert_type
