"""Keeps the counts of items right while a person regroups them."""

from collections.abc import Iterable

import msgspec

from data.records.cluster import Cluster
from data.records.incident import Incident
from engine.alerts.grouping import Grouping


class Counted(msgspec.Struct):
    """How some clusters and incidents counted before. `closed` is, by incident, how many of its closed clusters have
    something to see."""

    clusters: list[Cluster]
    incidents: list[Incident]
    closed: dict[int, int]
    visible: int
    inside: int

    @classmethod
    def before(cls, grouping: Grouping, clusters: Iterable[Cluster], incidents: Iterable[Incident | None]) -> "Counted":
        found = list({one.number: one for one in clusters}.values())
        homes = [grouping.incident(cluster.incident) for cluster in found]
        work = list({one.number: one for one in (*incidents, *homes) if one is not None}.values())
        for incident in work:
            mine = grouping.incidents.clusters[incident.number]
            known = {cluster.number for cluster in found}
            found += [cluster for number, cluster in mine.items() if number not in known]
        closed = {
            one.number: one.shown - sum(map(shows, grouping.incidents.clusters[one.number].values())) for one in work
        }
        counted = cls(found, work, closed, 0, 0)
        counted.visible, counted.inside = counted._measure(grouping)
        return counted

    def settle(self, grouping: Grouping, clusters: Iterable[Cluster] = (), incidents: Iterable[Incident] = ()) -> None:
        """Afterwards; with those that have come into being."""
        for cluster in clusters:
            if cluster not in self.clusters:
                self.clusters.append(cluster)
        for incident in incidents:
            if incident not in self.incidents:
                self.incidents.append(incident)
        for incident in self.incidents:
            mine = grouping.incidents.clusters.get(incident.number, {})
            incident.shown = self.closed.get(incident.number, 0) + sum(map(shows, mine.values()))
        visible, inside = self._measure(grouping)
        grouping.tallies.visible += visible - self.visible
        grouping.tallies.in_incidents += inside - self.inside

    def _measure(self, grouping: Grouping) -> tuple[int, int]:
        opened = [one for one in self.clusters if one.number in grouping.clusters.open]
        loose = sum(shows(one) for one in opened if one.incident is None)
        return (
            loose + sum(one.shown > 0 for one in self.incidents),
            sum(one.alert_count for one in opened if one.incident is not None)
            + sum(one.settled_count for one in self.incidents),
        )


def shows(cluster: Cluster) -> bool:
    """Whether anything of the cluster is not suppressed."""
    return cluster.alert_count > cluster.suppressed_count
