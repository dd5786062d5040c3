"""Ticket states in the feed: told when a ticket is opened and when its status changes, whoever changed it."""

from typing import Any

from data.records.entity import Entity
from data.records.severity import INFO, LEVELS
from engine.decisions import Teller
from engine.registry import Registry

_LONGEST = 200  # letters of a description


class TicketNews:
    """Watches the tickets that sources tell of."""

    def __init__(self, registry: Registry, teller: Teller) -> None:
        self._registry = registry
        self._teller = teller
        registry.on_ticket = self.changed

    def changed(self, entity: Entity, before: str | None, new: bool, time: int) -> None:
        """`before` is the status until now."""
        if new or entity.attributes.get("status") != before:
            level = LEVELS.get(str(entity.attributes.get("priority")), INFO)
            tell(self._teller, self._registry, entity, before, time, level)


def tell(teller: Teller, registry: Registry, entity: Entity, before: str | None, time: int, severity: int) -> None:
    """One `ticket_updated`, with the fields of reference/original-system.md §5.1."""
    told = entity.attributes.get
    data: dict[str, Any] = {
        "ticket_id": entity.id,
        "ticket_no": told("number") or entity.id,
        "old_status": before,
        "new_status": told("status") or (None if before else "NEW"),
        "priority": told("priority"),
        "assigned_to": told("assignee"),
        "site_id": entity.site,
        "site_name": registry.label(f"site/{entity.site}") if entity.site else None,
        "description": str(told("title") or "")[:_LONGEST],
    }
    teller.tell("ticket_updated", time, entity.ref, entity.site, severity, data)
