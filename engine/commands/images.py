"""What a command changed, as it was before and as it was left: enough to take it back, and to see that it still can be.

A record is put back only while it stands as the command left it: what somebody or something has changed since is not
overwritten.
"""

from typing import Any

import msgspec

from data.records.alert import Alert, AlertStatus
from data.records.cluster import Cluster
from data.records.incident import Incident, IncidentState

ALERT_FIELDS = (
    "status", "acknowledged_by", "acknowledged_at", "acknowledged_until", "sticky", "assignee", "snoozed_until",
    "ended_at", "end_reason",
)  # fmt: skip
INCIDENT_FIELDS = (
    "state", "acknowledged_by", "acknowledged_at", "acknowledged_until", "assignee", "snoozed_until",
    "snoozed_severity", "candidate", "approved_at", "resolved_at", "closed_at",
)  # fmt: skip
_ENUMS: dict[str, Any] = {"status": AlertStatus, "state": IncidentState}


class Image(msgspec.Struct):
    """Values of the fields of one record, before and after; `lease` is when an alert would have expired, `clocks` are
    the service targets of an incident, `context` what was kept of its surroundings and for which resolution."""

    before: list[Any]
    after: list[Any] = []
    lease: int = 0
    clocks: tuple[int | None, int | None] = (None, None)
    context: tuple[int | None, bytes] = (None, b"")


class Regrouped(msgspec.Struct):
    """One merge, split, move or attachment, with what is needed to do it backwards."""

    kind: str  # merge split move attach absorb reject
    into: int  # number of the cluster or incident that took, or of what was split off
    other: int  # ... and of what gave way, or was split
    alerts: dict[int, int] = {}  # those that went, and their counts then
    records: list[bytes] = []  # the records as they were
    moved: dict[int, dict[int, int]] = {}  # alert -> its `moved` before
    reasons: dict[int, str] = {}  # alert -> why it was where it was
    parted: dict[int, tuple[int | None, int]] = {}  # alert -> its `parted` and `shown` before


class Before(msgspec.Struct):
    action: str
    target: str
    alerts: dict[int, Image] = {}
    incidents: dict[int, Image] = {}
    idle: dict[int, int | None] = {}  # cluster -> since when it was idle
    regrouped: list[Regrouped] = []
    order: dict[str, Any] | None = None  # of a silence or window: parameters of the command that takes it back

    def keep_alert(self, alert: Alert, cluster: Cluster | None = None) -> None:
        if alert.number not in self.alerts:
            self.alerts[alert.number] = Image(values(alert, ALERT_FIELDS), lease=alert.expires_at)
        if cluster is not None:
            self.idle.setdefault(cluster.number, cluster.idle_since)

    def keep_incident(self, incident: Incident) -> None:
        if incident.number not in self.incidents:
            clocks = (incident.acknowledge_by, incident.resolve_by)
            context = (incident.context_at, incident.context_after)
            self.incidents[incident.number] = Image(values(incident, INCIDENT_FIELDS), clocks=clocks, context=context)

    @property
    def empty(self) -> bool:
        return not (self.alerts or self.incidents or self.regrouped)


def values(record: Alert | Incident, names: tuple[str, ...]) -> list[Any]:
    """Plain values, as they are after a dump too."""
    found = (getattr(record, name) for name in names)
    return [one.value if isinstance(one, (AlertStatus, IncidentState)) else one for one in found]


def put_back(record: Alert | Incident, names: tuple[str, ...], kept: list[Any]) -> None:
    for name, value in zip(names, kept, strict=True):
        setattr(record, name, _ENUMS[name](value) if name in _ENUMS else value)
