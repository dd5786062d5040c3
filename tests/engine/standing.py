"""What must hold of an operation at any time, and how it stands, to compare."""

from collections import Counter
from typing import Any

import msgspec

from data.records.alert import AlertStatus
from data.records.incident import IncidentState
from tests.engine.operation import Operation, Rows

# What is told is told, also of what was undone; and what is opened again is told to everybody anew.
_LEFT_OUT = ("timeline", "change", "promotions", "unanswered_at")


def check(desk: Operation) -> None:
    """Records, indexes, exported rows and live counts say the same."""
    grouping, lifecycle = desk.partition.grouping, desk.partition.alerts
    clusters, incidents = grouping.clusters, grouping.incidents
    firing = [alert for alert in lifecycle.by_number.values() if alert.firing]
    assert lifecycle.firing == len(firing)
    for alert in lifecycle.by_number.values():
        assert (alert.status is AlertStatus.RESOLVED) == (not alert.firing)
        assert alert.status is not AlertStatus.SNOOZED or alert.snoozed_until is not None
        assert alert.status is not AlertStatus.ACKNOWLEDGED or alert.acknowledged_by is not None
        assert alert.status is not AlertStatus.ASSIGNED or alert.assignee is not None
        assert 0 <= alert.shown <= alert.here <= alert.count
    for alert in firing:
        assert alert.cluster in clusters.open
        assert clusters.live[alert.cluster][alert.number] is alert
    assert sum(map(len, clusters.live.values())) == len(firing)
    for number, cluster in clusters.open.items():
        assert cluster.open_members == len(clusters.live[number])
        assert set(cluster.identities) == clusters._known[number]
        assert (cluster.idle_since is None) == bool(cluster.open_members)
        assert grouping._cluster_ids[cluster.id] == number
        assert cluster.incident is None or number in incidents.clusters[cluster.incident]
        assert cluster.sites or cluster.alert_types
    homes: dict[int, list[int]] = {}
    for number, cluster in clusters.open.items():
        for identity in cluster.identities:
            homes.setdefault(identity, []).append(number)
    assert {key: sorted(numbers) for key, numbers in clusters._homes.items()} == {
        key: sorted(numbers) for key, numbers in homes.items()
    }
    for number, incident in incidents.open.items():
        mine = incidents.clusters[number]
        assert incident.alert_count == incident.settled_count + sum(one.alert_count for one in mine.values())
        assert incident.state is not IncidentState.CLOSED
        assert set(mine) <= set(incident.clusters)
        assert incident.state is IncidentState.RESOLVED or incident.resolved_at is None
    _check_rows(desk)


def _check_rows(desk: Operation) -> None:
    rows = Rows(desk).firing()
    ids = {cluster.id: cluster for cluster in desk.clusters.values()}
    by_cluster = Counter(row.cluster_id for row in rows)
    shown = Counter(row.cluster_id for row in rows if not row.suppressed)
    for id, cluster in ids.items():
        if cluster.merged_into is None:
            assert by_cluster[id] == cluster.alert_count, (id, cluster.title)
            assert shown[id] == cluster.alert_count - cluster.suppressed_count, (id, cluster.title)
        else:
            assert not by_cluster[id]
    tallies = desk.partition.grouping.tallies
    assert tallies.firing == len(rows)
    assert tallies.suppressed == sum(row.suppressed for row in rows)
    assert tallies.in_incidents == sum(row.incident_id is not None for row in rows)
    items = {row.incident_id or row.cluster_id for row in rows if not row.suppressed}
    assert tallies.visible == len(items)
    assert {row.incident_id or row.cluster_id for row in rows} == items, "nothing is suppressed without a visible row"


def standing(desk: Operation) -> dict[str, Any]:
    """Everything that a restart or an undo must not change."""
    grouping = desk.partition.grouping
    found: dict[str, Any] = {"tallies": msgspec.to_builtins(grouping.tallies)}
    for name, records in (
        ("alerts", desk.partition.alerts.by_number),
        ("clusters", grouping.clusters.open),
        ("incidents", {k: v for k, v in grouping.incidents.open.items() if v.merged_into is None}),
    ):
        found[name] = {number: _plain(record) for number, record in sorted(records.items())}
    found["live"] = {number: sorted(alerts) for number, alerts in sorted(grouping.clusters.live.items())}
    found["at_site"] = {site: list(numbers) for site, numbers in sorted(grouping.clusters._at_site.items()) if numbers}
    return found


def _plain(record: Any) -> dict[str, Any]:
    found = dict(msgspec.to_builtins(record))
    for name in _LEFT_OUT:
        found.pop(name, None)
    return found
