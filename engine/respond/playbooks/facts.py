"""What a playbook may know of the thing it is about: plain values for expressions and templates."""

from collections.abc import Mapping
from typing import Any

import msgspec

from data import times
from data.records.alert import Alert
from data.records.finding import Finding
from data.records.incident import Incident
from data.records.severity import NAMES
from engine.commands.targets import Targets
from engine.findings import OPEN, Findings
from engine.registry import Registry

OVER = ("RESOLVED", "CLOSED")


class Scene(msgspec.Struct):
    """A target as it stands now. `alerts` are those of it that fire, `alert` the first of all, also one that ended."""

    ref: str
    kind: str
    severity: int
    title: str
    site: str | None
    entity: str | None
    alert: Alert | None = None
    alerts: list[Alert] = []
    finding: Finding | None = None
    incident: Incident | None = None

    @property
    def over(self) -> bool:
        """Nothing of it holds any more, or a person has ended it."""
        if self.incident is not None:
            return str(self.incident.state) in OVER or not self.alerts
        if self.finding is not None:
            return self.finding.status not in OPEN
        return not self.alerts

    @property
    def acknowledged(self) -> bool:
        held = self.incident or self.alert
        return held is not None and held.acknowledged_by is not None

    @property
    def assigned(self) -> bool:
        held = self.incident or self.alert
        return held is not None and held.assignee is not None

    @property
    def subject(self) -> str:
        """What cool-downs and the loop guard count by: the thing, else its place."""
        return self.entity or (f"site/{self.site}" if self.site else self.ref)


class Scenes:
    """Finds targets in the rooms of one partition."""

    def __init__(self, tenant: str, targets: Targets, findings: Findings, registry: Registry) -> None:
        self.tenant = tenant
        self.targets = targets
        self.findings = findings
        self.registry = registry

    def find(self, ref: str) -> Scene | None:
        """The thing of that reference, while it is remembered."""
        kind, _, id = ref.partition("/")
        if kind == "alert":
            alert = self.targets.alert(id)
            return self.of_alert(alert) if alert is not None else None
        if kind == "finding":
            finding = self.findings.by_id(id)
            return self.of_finding(finding) if finding is not None else None
        if kind == "incident":
            item = self.targets.grouping.item(ref)
            return self.of_incident(item.incident) if item is not None and item.incident is not None else None
        return None

    def of_alert(self, alert: Alert) -> Scene:
        return Scene(
            f"alert/{alert.id}", alert.alert_type, alert.severity, alert.message or alert.alert_type, alert.site,
            alert.entity, alert, [alert] if alert.firing else [],
        )  # fmt: skip

    def of_finding(self, finding: Finding) -> Scene:
        held = next((one for one in self.findings.open.values() if one.number == finding.number), None)
        alert = self.targets.alerts.live.get(held.signal.fingerprint) if held is not None else None
        entity = finding.entity or (f"person/{finding.person}" if finding.person else None)
        return Scene(
            f"finding/{finding.id}", finding.finding_type, finding.severity, finding.title, finding.site, entity, alert,
            [alert] if alert is not None and alert.firing else [], finding,
        )  # fmt: skip

    def of_incident(self, incident: Incident) -> Scene:
        item = self.targets.grouping.item(f"incident/{incident.id}")
        alerts = item.alerts if item is not None else []
        cause = incident.causes[0] if incident.causes else None
        kind = cause.alert_type if cause is not None else alerts[0].alert_type if alerts else ""
        entity = cause.entity if cause is not None else alerts[0].entity if alerts else None
        site = incident.sites[0] if incident.sites else None
        return Scene(
            f"incident/{incident.id}", kind, incident.severity, incident.title, site, entity,
            alerts[0] if alerts else None, alerts, None, incident,
        )  # fmt: skip

    def home(self, alert: Alert) -> str | None:
        """The open incident that the alert is part of."""
        cluster = self.targets.grouping.cluster(alert.cluster)
        incident = self.targets.grouping.incident(cluster.incident) if cluster is not None else None
        return f"incident/{incident.id}" if incident is not None else None

    def key_of(self, finding: Finding) -> str | None:
        """Under which an open finding is kept."""
        return next((key for key, one in self.findings.open.items() if one.number == finding.number), None)

    def facts(self, scene: Scene, run: Mapping[str, Any]) -> dict[str, Any]:
        """For expressions and templates; nothing in it is None: what is not known is not there."""
        registry = self.registry
        place = registry.of("site", scene.site)
        thing = registry.get(scene.entity)
        alert, finding, incident = scene.alert, scene.finding, scene.incident
        labels = dict(alert.labels) if alert is not None else {}
        facts: dict[str, Any] = {
            "kind": scene.kind, "target": scene.ref, "tenant": self.tenant, "severity": scene.severity,
            "labels": labels,
            "alert": _alert(alert) if alert is not None else {},
            "finding": _finding(finding) if finding is not None else {},
            "incident": _incident(incident) if incident is not None else {},
            "prediction": {"id": labels["prediction"]} if "prediction" in labels else {},
            "evidence": plain(finding.evidence) if finding is not None else {},
            "site": {"id": scene.site, "name": registry.label(f"site/{scene.site}") if scene.site else None,
                     "client": registry.client_of(scene.site), **(plain(place.attributes) if place else {})},
            "entity": {"ref": scene.entity, "name": registry.label(scene.entity) if scene.entity else None,
                       **(plain(thing.attributes) if thing else {})},
            "run": dict(run),
            "state": {"over": scene.over, "acknowledged": scene.acknowledged, "assigned": scene.assigned},
        }  # fmt: skip
        return {name: known(value) if isinstance(value, dict) else value for name, value in facts.items()}


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id, "type": alert.alert_type, "severity": alert.severity, "level": NAMES[alert.severity],
        "status": str(alert.status), "entity": alert.entity, "site": alert.site, "client": alert.client,
        "message": alert.message, "count": alert.count, "priority": alert.priority, "source": alert.source,
        "first_seen": times.text(alert.first_seen), "firing": alert.firing, "flapping": alert.flapping,
        "muted": alert.muted is not None,
    }  # fmt: skip


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id, "type": finding.finding_type, "category": finding.category, "severity": finding.severity,
        "level": NAMES[finding.severity], "status": finding.status, "site": finding.site, "person": finding.person,
        "entity": finding.entity, "title": finding.title, "detected_at": times.text(finding.detected_at),
    }  # fmt: skip


def _incident(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id, "state": str(incident.state), "severity": incident.severity, "title": incident.title,
        "level": NAMES[incident.severity], "alerts": incident.alert_count, "priority": incident.priority,
        "sites": list(incident.sites), "opened_at": times.text(incident.opened_at),
    }  # fmt: skip


def known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def plain(value: Any) -> Any:
    """As expressions take it: no numbers beyond 64 bits, nothing but plain values."""
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items() if each is not None}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value if each is not None]
    if isinstance(value, (bool, str, float)):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else float(value)
    return str(value)
