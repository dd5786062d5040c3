"""Who must answer: open incidents are escalated while nobody takes them, serious ones become tickets, and what was
learned from those that are over is kept.

One object per partition, told of every change of an incident. Its decisions go into the same batch.
"""

import msgspec

from data.records.alert import AlertStatus
from data.records.cluster import Cluster
from data.records.entity import Entity
from data.records.incident import Incident, IncidentState, Note
from data.records.oncall import Escalated
from engine.alerts.escalation import Escalation
from engine.alerts.following import follow_incident
from engine.alerts.grouping import Grouping
from engine.alerts.lifecycle import Lifecycle
from engine.alerts.policies import Policies
from engine.alerts.ticketing import TicketRule, entity_of
from engine.context.index import Index
from engine.context.past import PastIncidents
from engine.decisions import Teller
from engine.oncall.reach import Reach
from engine.oncall.schedule import OnCall
from engine.registry import Registry
from engine.score.ranking import QUARTER
from engine.settings import Config


class Answering:
    """Implements `engine.alerts.grouping.Watcher`."""

    def __init__(
        self, tenant: str, config: Config, registry: Registry, grouping: Grouping, alerts: Lifecycle, teller: Teller
    ) -> None:
        self.tenant = tenant
        self.registry = registry
        self.grouping = grouping
        self.alerts = alerts
        self.teller = teller
        self.index = Index(registry)
        self.oncall = OnCall(config.oncall, config.engine.timezone)
        self.escalation = Escalation(
            Policies(config.escalation, scheduled=bool(config.oncall.schedules)),
            Reach(self.oncall, registry, self.index),
        )
        self.tickets = TicketRule(tenant, config.escalation, registry)
        self.past = PastIncidents()
        self._on_call = (-1, False)  # a quarter of an hour, and whether somebody is on call then
        registry.watcher = self.entity_changed
        grouping.ranking.reachable = self.reachable

    def reachable(self, site: str | None, now: int) -> bool:
        """Whether somebody is in charge of the site, or on call as of the last quarter of an hour."""
        place = self.registry.of("site", site)
        if place is not None and place.attributes.get("in_charge"):
            return True
        quarter = now // QUARTER
        if self._on_call[0] != quarter:
            self._on_call = quarter, bool(self.oncall.who(quarter * QUARTER))
        return self._on_call[1]

    def incident_changed(self, incident: Incident, now: int) -> None:
        """Its state or severity is another, or it is new."""
        client = self.registry.client_of(incident.sites[0] if incident.sites else None)
        follow_incident(self.escalation, incident, client, now)
        if incident.state is IncidentState.CLOSED and incident.merged_into is None:
            self.past.add(incident, (), client)
        elif incident.state is IncidentState.NEW and not incident.candidate:
            self._ticket(incident, now)

    def cluster_closed(self, cluster: Cluster) -> None:
        self.past.note(cluster)

    def entity_changed(self, entity: Entity, now: int) -> None:
        """Keeps the places of things; a ticket of the engine that was closed tells what became of it."""
        self.index.note(entity)
        if entity.kind == "ticket" and entity.attributes.get("status") in ("CLOSED", "RESOLVED"):
            self.tickets.closed(entity.id, now)

    def due(self) -> int | None:
        return self.escalation.due()

    def tick(self, now: int) -> None:
        for step in self.escalation.tick(now):
            incident = self.grouping.incident(step.number)
            if incident is not None:
                self._escalated(incident, step)

    def dump(self) -> bytes:
        return msgspec.msgpack.encode((self.escalation.dump(), self.tickets.dump(), self.past.dump()))

    def load(self, body: bytes) -> None:
        escalation, tickets, past = msgspec.msgpack.decode(body, type=tuple[bytes, bytes, bytes])
        self.escalation.load(escalation)
        self.tickets.load(tickets)
        self.past.load(past)

    def _escalated(self, incident: Incident, step: Escalated) -> None:
        """Its alerts show it too; the feed tells it once, of the incident."""
        item = self.grouping.item(f"incident/{incident.id}")
        for alert in item.alerts if item is not None else []:
            if alert.firing and alert.status is AlertStatus.NEW:
                alert.status = AlertStatus.ESCALATED
                self.alerts.written(alert)
        data = {
            "incident_id": incident.id,
            "state": incident.state.value,
            "title": incident.title,
            "what": f"escalated, step {step.step} of {step.steps}: {step.text}",
            "targets": list(step.targets),
        }
        site = incident.sites[0] if incident.sites else None
        self.teller.tell("incident_updated", step.time, step.ref, site, incident.severity, data)
        self.grouping.note(incident, step.time, "engine", f"escalated, step {step.step} of {step.steps}: {step.text}")

    def _ticket(self, incident: Incident, now: int) -> None:
        """At most one for a type and site in a while; linked both ways."""
        ref = f"incident/{incident.id}"
        kind = incident.causes[0].alert_type if incident.causes else incident.title.partition(" ")[0]
        site = incident.sites[0] if incident.sites else None
        known = self.tickets.ticket_of(ref)
        text = self.ticket_for(ref, kind, incident.severity, site, incident.title, "incident", now)
        if text is not None and known is None:
            incident.timeline.append(Note(now, "engine", text))

    def ticket_for(
        self, ref: str, kind: str, severity: int, site: str | None, title: str, category: str, now: int
    ) -> str | None:
        """Opens the ticket that a serious finding or item is owed, or links it to the one that is about the same.
        Says what was done; None where no ticket is owed."""
        ticket = self.tickets.raise_for(ref, kind, severity, site, title, category, now)
        if ticket is None:
            linked = self.tickets.ticket_of(ref)
            return None if linked is None else f"linked to ticket {linked}, which is about the same"
        entity = entity_of(ticket, self.tenant, 0)
        self.registry.kinds.setdefault("ticket", {})[entity.id] = entity
        self.registry.changed[entity.ref] = entity
        data = {
            "ticket_id": ticket.id,
            "ticket_no": ticket.id,
            "old_status": None,
            "new_status": "NEW",
            "priority": ticket.priority,
            "assigned_to": ticket.assignee,
            "site_id": site,
            "site_name": self.registry.label(f"site/{site}") if site else None,
            "description": ticket.title,
        }
        self.teller.tell("ticket_updated", now, entity.ref, site, severity, data)
        return f"ticket {ticket.id} opened, priority {ticket.priority}"
