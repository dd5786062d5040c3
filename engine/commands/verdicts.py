"""The two sides of what a person has said about what belongs together, as they were: to be audited and learned from."""

from typing import Any

from data.records.alert import Alert
from data.records.cluster import Cluster
from engine.alerts.grouping import Grouping
from engine.commands.targets import Target

NAMED = 20  # alerts listed of a cluster


def side(grouping: Grouping, target: Target) -> dict[str, Any]:
    if target.ref.startswith("alert/") and target.alerts:
        return _alert_side(target.alerts[0])
    if target.cluster is not None:
        return cluster_side(grouping, target.cluster)
    clusters = grouping.incidents.clusters[target.incident.number].values() if target.incident else ()
    return {"ref": target.ref, "title": target.title, "clusters": [cluster_side(grouping, one) for one in clusters]}


def cluster_side(grouping: Grouping, cluster: Cluster) -> dict[str, Any]:
    live = grouping.live_alerts(cluster)
    return {
        "ref": f"cluster/{cluster.id}", "title": cluster.title, "opened_at": cluster.opened_at,
        "sites": list(cluster.sites), "alert_types": list(cluster.alert_types), "entities": list(cluster.entities),
        "alerts": [_alert_side(alert) for alert in live[:NAMED]],
    }  # fmt: skip


def _alert_side(alert: Alert) -> dict[str, Any]:
    return {
        "ref": f"alert/{alert.id}", "alert_type": alert.alert_type, "entity": alert.entity, "site": alert.site,
        "severity": alert.severity, "template": alert.template, "first_seen": alert.first_seen,
    }  # fmt: skip
