"""Diagnostics: what the engine knows around a thing, gathered at one moment."""

from collections import deque
from typing import Any

from data import times
from data.records.severity import NAMES
from engine.alerts.lifecycle import Lifecycle
from engine.registry import Registry
from engine.respond.playbooks.facts import Scene, plain
from engine.topology import Topology

ALERTS, TICKETS, CHANGES, FIELDS = 50, 20, 10, 50


class Looking:
    def __init__(self, alerts: Lifecycle, registry: Registry, topology: Topology, changes: "deque[Any]") -> None:
        self.alerts = alerts
        self.registry = registry
        self.topology = topology
        self.changes = changes

    def collect(self, what: tuple[str, ...], scene: Scene) -> dict[str, Any]:
        """By name of what was asked for; each bounded."""
        ways = {
            "device_telemetry": self._thing,
            "sensor_readings": self._sensors,
            "related_tickets": self._tickets,
            "alert_context": self._alerts,
            "recent_changes": self._recent,
        }
        return {name: ways[name](scene) for name in what}

    def _thing(self, scene: Scene) -> dict[str, Any]:
        found = self.registry.get(scene.entity)
        if found is None:
            return {}
        attributes = dict(list(plain(found.attributes).items())[:FIELDS])
        return {"ref": found.ref, "first_seen": times.text(found.first_seen), **attributes}

    def _sensors(self, scene: Scene) -> list[dict[str, Any]]:
        """Devices of the site that stand beside it."""
        if scene.site is None:
            return []
        devices = self.registry.kinds.get("device", {}).values()
        beside = [one for one in devices if one.site == scene.site and one.ref != scene.entity][:ALERTS]
        return [
            {"ref": one.ref, "kind": one.attributes.get("kind"), "model": one.attributes.get("model")} for one in beside
        ]

    def _tickets(self, scene: Scene) -> list[dict[str, Any]]:
        """Open ones of the site, newest first."""
        tickets = self.registry.kinds.get("ticket", {})
        found = []
        for ticket in reversed(tickets.values()):
            if ticket.site == scene.site and ticket.attributes.get("status") not in ("CLOSED", "RESOLVED", "CANCELLED"):
                told = ticket.attributes
                found.append({"id": ticket.id, "title": told.get("title"), "priority": told.get("priority")})
                if len(found) >= TICKETS:
                    break
        return found

    def _alerts(self, scene: Scene) -> list[dict[str, Any]]:
        """What else fires on the thing, at its site, or on what it hangs on."""
        near = {scene.entity, *(self.topology.upstream(scene.entity) if scene.entity else ())}
        found = []
        for alert in self.alerts.by_number.values():
            if alert.firing and (alert.entity in near or (scene.site is not None and alert.site == scene.site)):
                since, level = times.text(alert.first_seen), NAMES[alert.severity]
                found.append(
                    {
                        "id": alert.id,
                        "type": alert.alert_type,
                        "severity": level,
                        "entity": alert.entity,
                        "since": since,
                    }
                )
                if len(found) >= ALERTS:
                    break
        return found

    def _recent(self, scene: Scene) -> list[dict[str, Any]]:
        near = [note for note in self.changes if note.site in (None, scene.site) or note.entity == scene.entity]
        return [{"time": times.text(note.time), "kind": note.kind, "summary": note.summary} for note in near[-CHANGES:]]
