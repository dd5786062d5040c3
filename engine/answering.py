"""Who must answer: open incidents, and serious clusters and alerts that are none, are escalated while nobody has them;
serious incidents become tickets; and what was learned from those that are over is kept.

One object per partition, told of every change of an incident or cluster. Its decisions go into the same batch.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from data.records.alert import Alert, AlertStatus
from data.records.audit import AuditRow
from data.records.cluster import LISTED, Cluster
from data.records.entity import Entity
from data.records.incident import Incident, IncidentState, Note
from data.records.oncall import Escalated
from data.records.severity import CRITICAL, LEVELS
from engine.alerts.escalation import Escalation
from engine.alerts.following import follow_cluster, follow_incident, reopen
from engine.alerts.grouping import Grouping, Item
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
from engine.ticket_news import tell


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
        self._serious = LEVELS.get(config.escalation.clusters, CRITICAL + 1)  # clusters from here on escalate
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
        client = self._client(incident.sites)
        follow_incident(self.escalation, incident, client, now, self._types(incident))
        self._settle(incident, f"incident/{incident.id}")
        if incident.state is IncidentState.CLOSED and incident.merged_into is None:
            self.past.add(incident, (), client)
        elif incident.state is IncidentState.NEW and not incident.candidate:
            self._ticket(incident, now)

    def cluster_changed(self, cluster: Cluster, now: int, *, undone: bool = False) -> None:
        """A cluster that is no incident escalates too, where it is serious enough; in an incident it only hands on how
        far its escalation was. `undone`: somebody took back that they had it, so that the wait goes on."""
        if cluster.severity < self._serious and not self.escalation.standing:
            return
        ref = f"cluster/{cluster.id}"
        if ref not in self.escalation.standing and (cluster.severity < self._serious or cluster.incident is not None):
            return
        incident = self.grouping.incident(cluster.incident)
        waits = incident is None and any(map(_waits, self.grouping.clusters.live.get(cluster.number, {}).values()))
        if undone and waits:
            self.escalation.released(ref, now)
        follow_cluster(self.escalation, cluster, incident, self._client(cluster.sites), now, waits=waits)
        if self._settle(cluster, ref):
            self.grouping.clusters.changed[cluster.number] = cluster

    def lapsed(self, incident: Incident, now: int) -> None:
        """Nobody has it any longer, since what was said of it has run out: everybody is told anew."""
        reopen(self.escalation, incident, self._client(incident.sites), now, self._types(incident))

    def _client(self, sites: Sequence[str]) -> str | None:
        return self.registry.client_of(sites[0] if sites else None)

    def _types(self, incident: Incident) -> tuple[str, ...]:
        mine = self.grouping.incidents.clusters.get(incident.number, {}).values()
        return tuple(dict.fromkeys(name for cluster in mine for name in cluster.alert_types))[:LISTED]

    def _settle(self, record: Incident | Cluster, ref: str) -> bool:
        """What was unanswered no longer is, once somebody has it or it is over. Whether that changed the record."""
        since = self.escalation.unanswered_since(ref)
        changed, record.unanswered_at = since != record.unanswered_at, since
        return changed

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
            item = self.grouping.item(step.ref)
            record = (item.incident or item.cluster) if item is not None else None
            if item is not None and record is not None:
                self._escalated(item, record, step)

    def dump(self) -> bytes:
        return msgspec.msgpack.encode((self.escalation.dump(), self.tickets.dump(), self.past.dump()))

    def load(self, body: bytes) -> None:
        escalation, tickets, past = msgspec.msgpack.decode(body, type=tuple[bytes, bytes, bytes])
        self.escalation.load(escalation)
        self.tickets.load(tickets)
        self.past.load(past)

    def _escalated(self, item: Item, record: Incident | Cluster, step: Escalated) -> None:
        """Its alerts show it too; the feed tells it once, of the item. The last step is audited as well: nobody
        answered, which somebody will want to know later."""
        for alert in item.alerts:
            if alert.firing and alert.muted is None and alert.status is AlertStatus.NEW:
                alert.status = AlertStatus.ESCALATED
                self.alerts.written(alert)
        record.escalated = step.step
        record.unanswered_at = step.time if step.last else None
        what = f"{'nobody answered' if step.last else 'escalated'}, step {step.step} of {step.steps}: {step.text}"
        self._tell(record, step, what)
        if step.last:
            detail = {"policy": step.policy, "steps": step.steps, "told": list(step.targets)}
            row = AuditRow(step.time, self.tenant, "engine", "unanswered", step.ref, what, detail, 0)
            self.teller.out.audit.append(row)

    def _tell(self, record: Incident | Cluster, step: Escalated, what: str) -> None:
        data: dict[str, Any] = {"title": record.title, "what": what, "targets": list(step.targets)}
        site = record.sites[0] if record.sites else None
        record.change += 1
        if isinstance(record, Incident):
            data = {"incident_id": record.id, "state": record.state.value, **data}
            self.teller.tell("incident_updated", step.time, step.ref, site, record.severity, data)
            self.grouping.note(record, step.time, "engine", what)
        else:
            data = {"cluster_id": record.id, "alerts": record.members, **data}
            self.teller.tell("cluster_updated", step.time, step.ref, site, record.severity, data)
            self.grouping.clusters.changed[record.number] = record
            self.grouping.regrouped(step.time)

    def _ticket(self, incident: Incident, now: int) -> None:
        """At most one for a type and site in a while; linked both ways. What is nothing but anomalies of people's
        attendance is left to the fraud score, which opens one a person (`engine.score.fraud_rows`)."""
        ref = f"incident/{incident.id}"
        item = self.grouping.item(ref)
        if item is not None and item.alerts and all("anomaly" in alert.labels for alert in item.alerts):
            return
        kind = incident.causes[0].alert_type if incident.causes else incident.title.partition(" ")[0]
        site = incident.sites[0] if incident.sites else None
        known = self.tickets.ticket_of(ref)
        text = self.ticket_for(ref, kind, incident.severity, site, incident.title, "incident", now)
        if text is not None and known is None:
            incident.timeline.append(Note(now, "engine", text))

    def ticket_for(
        self,
        ref: str,
        kind: str,
        severity: int,
        site: str | None,
        title: str,
        category: str,
        now: int,
        *,
        who: str = "",
    ) -> str | None:
        """Opens the ticket that a serious finding or item is owed, or links it to the one that is about the same.
        `who` is the person whom it is about, where one ticket a person is owed. Says what was done; None where none is
        owed."""
        ticket = self.tickets.raise_for(ref, kind, severity, site, title, category, now, who)
        if ticket is None:
            linked = self.tickets.ticket_of(ref)
            return None if linked is None else f"linked to ticket {linked}, which is about the same"
        entity = entity_of(ticket, self.tenant, 0)
        self.registry.kinds.setdefault("ticket", {})[entity.id] = entity
        self.registry.changed[entity.ref] = entity
        tell(self.teller, self.registry, entity, None, now, severity)
        return f"ticket {ticket.id} opened, priority {ticket.priority}"


def _waits(alert: Alert) -> bool:
    """Nobody has it, and it is not muted."""
    return alert.muted is None and alert.status in (AlertStatus.NEW, AlertStatus.ESCALATED)
