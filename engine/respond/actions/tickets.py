"""Tickets that playbooks open and change. Only tickets of the engine are changed: others belong to the system that sent
them, which would change them back."""

from collections.abc import Callable
from typing import Any

from data import ids
from data.records.alert import Alert
from data.records.entity import Entity
from data.records.oncall import NewTicket
from data.records.severity import LEVELS
from engine.alerts.ticketing import SOURCE, TicketRule, entity_of
from engine.decisions import Teller
from engine.registry import Registry
from engine.respond.actions.outcome import Done, Failed, Outcome
from engine.respond.actions.specs import CreateTicket, UpdateTicket
from engine.respond.playbooks.facts import OVER, Scene
from engine.ticket_news import tell


class Tickets:
    """`home` tells the incident that an alert is part of: what is open for that is open for the alert."""

    def __init__(
        self, tenant: str, rule: TicketRule, registry: Registry, teller: Teller, home: Callable[[Alert], str | None]
    ) -> None:
        self.home = home
        self.tenant = tenant
        self.rule = rule
        self.registry = registry
        self.teller = teller

    def of(self, scene: Scene) -> Entity | None:
        """The ticket that is open for a thing, or that it is itself."""
        home = self.home(scene.alert) if scene.alert is not None else None
        for ref in (scene.ref, home):
            found = self.registry.of("ticket", self.rule.ticket_of(ref)) if ref else None
            if found is not None and found.attributes.get("status") not in OVER:
                return found
        return self.registry.get(scene.entity) if (scene.entity or "").startswith("ticket/") else None

    def create(self, given: CreateTicket, scene: Scene, key: str, now: int) -> Outcome:
        known = self.of(scene)
        if known is not None:
            return Done(f"ticket {known.id} is open for it already", {"ticket": known.id})
        place = self.registry.of("site", scene.site)
        ticket = NewTicket(
            ids.derive("T", self.tenant, "playbook", key), given.title[:200], scene.site,
            place.client if place is not None else None, given.priority, given.category or scene.kind.lower(),
            given.assignee or (place.attributes.get("in_charge") if place is not None else None), now, scene.ref,
            scene.kind,
        )  # fmt: skip
        entity = entity_of(ticket, self.tenant, 0)
        self.registry.kinds.setdefault("ticket", {})[entity.id] = entity
        self.rule.tie(scene.ref, ticket.id)
        self._tell(entity, None, scene, now)
        return Done(f"ticket {ticket.id} opened, priority {ticket.priority}", {"ticket": ticket.id})

    def update(self, given: UpdateTicket, scene: Scene, now: int) -> Outcome:
        entity = self.registry.of("ticket", given.ticket) if given.ticket else self.of(scene)
        if entity is None:
            return Failed("there is no ticket for it")
        if entity.attributes.get("source") != SOURCE:
            return Failed(f"ticket {entity.id} belongs to another system, which alone can change it")
        before = entity.attributes.get("status")
        changes: dict[str, Any] = {
            "status": given.status,
            "priority": given.priority,
            "assignee": given.assignee or None,
        }
        changes = {name: value for name, value in changes.items() if value is not None}
        if given.note:
            notes = entity.attributes.get("notes") or []
            changes["notes"] = [*notes[-19:], given.note[:1000]]
        entity.attributes = {**entity.attributes, **changes}
        self._tell(entity, before, scene, now)
        if self.registry.watcher is not None:
            self.registry.watcher(entity, now)
        words = ", ".join(f"{name} {value}" for name, value in changes.items() if name != "notes") or "a note"
        return Done(f"ticket {entity.id}: {words}", {"ticket": entity.id})

    def _tell(self, entity: Entity, before: Any, scene: Scene, now: int) -> None:
        self.registry.changed[entity.ref] = entity
        severity = LEVELS.get(str(entity.attributes.get("priority")), scene.severity)
        tell(self.teller, self.registry, entity, before, now, severity)
