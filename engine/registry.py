"""Every entity of a partition, from its first mention, and the patches that told more of it.

Entities lie in one dictionary per kind, so that a mention on the hot path is a single look-up of a bare id.
"""

from collections.abc import Callable, Iterable
from typing import Any

from data.payloads import AlertSignal, Change, Metric, TopologyLink
from data.records.entity import Entity
from data.references import NAMED_KINDS, bare
from data.wire import Event, patch_of

_REFERRING = (AlertSignal, Metric, Change, TopologyLink)  # payloads that name entities by reference

# Upserts whose payload names the entity by `id`, and the kind it is of (None: `id` is a reference itself).
_PATCHED = {
    "noc.client.upserted": "client",
    "noc.site.upserted": "site",
    "noc.person.upserted": "person",
    "noc.device.upserted": "device",
    "noc.entity.upserted": None,
    "noc.shift.scheduled": "shift",
    "noc.shift.cancelled": "shift",
    "noc.task.created": "task",
    "noc.task.updated": "task",
    "noc.task.completed": "task",
    "noc.ticket.created": "ticket",
    "noc.ticket.updated": "ticket",
    "noc.ticket.closed": "ticket",
    "noc.work_order.created": "work_order",
    "noc.work_order.updated": "work_order",
    "noc.work_order.closed": "work_order",
}
# What the type itself says about the status, where the payload does not.
_STATUS = {
    "noc.shift.cancelled": "CANCELLED",
    "noc.task.completed": "COMPLETED",
    "noc.ticket.closed": "CLOSED",
    "noc.work_order.closed": "CLOSED",
}


TicketWatcher = Callable[[Entity, str | None, bool, int], None]
"""Told of each ticket that a source tells of: the ticket, its status before, whether it is new, and the time."""


class Registry:
    """Entities of one partition. `changed` collects those whose record must be written; the caller clears it."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.kinds: dict[str, dict[str, Entity]] = {kind: {} for kind in set(NAMED_KINDS.values())}
        self.changed: dict[str, Entity] = {}
        self.watcher: Callable[[Entity, int], None] | None = None  # told of each new or changed entity, with the time
        self.on_ticket: TicketWatcher | None = None
        self._mentions: dict[type, list[tuple[str, str, dict[str, Entity]]]] = {}
        self._subject = ""

    def restore(self, entities: Iterable[Entity]) -> None:
        for entity in entities:
            self.kinds.setdefault(entity.kind, {})[entity.id] = entity

    def get(self, ref: str | None) -> Entity | None:
        if ref is None:
            return None
        kind, _, id = ref.partition("/")
        return self.kinds.get(kind, {}).get(id)

    def of(self, kind: str, id: str | None) -> Entity | None:
        return None if id is None else self.kinds.get(kind, {}).get(id)

    def observe(self, event: Event) -> None:
        """Takes note of everything the event mentions, and applies it if it is a patch."""
        data = event.data
        mentions = self._mentions.get(type(data))
        if mentions is None:
            mentions = self._mentions[type(data)] = self._tables(type(data))
        if event.type in _PATCHED:
            self._patch(event)
        else:
            for field, kind, table in mentions:
                value = getattr(data, field)
                if value is not None and value not in table:
                    self._create(kind, bare(value) or value, event)
        if isinstance(data, _REFERRING):
            for ref in (data.source, data.target) if isinstance(data, TopologyLink) else (data.entity,):
                if ref is not None:
                    self._mention_ref(ref, event, getattr(data, "site", None))
        subject = event.subject
        if subject is not None and subject != self._subject and "/" in subject:
            self._subject = subject  # most events of a run have their own; the same again costs nothing
            self._mention_ref(subject, event)

    def _tables(self, kind: type) -> list[tuple[str, str, dict[str, Entity]]]:
        """Of a payload's type: the fields that name entities, their kinds, and where those lie."""
        names = getattr(kind, "__struct_fields__", ())
        return [(name, NAMED_KINDS[name], self.kinds[NAMED_KINDS[name]]) for name in names if name in NAMED_KINDS]

    def _mention_ref(self, ref: str, event: Event, site: str | None = None) -> None:
        kind, _, id = ref.partition("/")
        entity = self.kinds.setdefault(kind, {}).get(id) or self._create(kind, id, event)
        if site is not None and entity.site is None and kind not in ("site", "client"):
            entity.site = bare(site)
            self._settle(entity, event)

    def _create(self, kind: str, id: str, event: Event) -> Entity:
        known = self.kinds[kind].get(id)
        if known is not None:
            return known
        entity = Entity(f"{kind}/{id}", self.tenant, event.time, event.seq)
        self.kinds[kind][id] = entity
        self.changed[entity.ref] = entity
        if self.watcher is not None:
            self.watcher(entity, event.time)
        return entity

    def _patch(self, event: Event) -> None:
        kind = _PATCHED[event.type]
        id = event.data.id
        if kind is None or "/" in id:
            kind, _, id = id.partition("/")
        self.kinds.setdefault(kind, {})
        entity = self._create(kind, id, event)
        sent = patch_of(event)
        del sent["id"]
        if event.type in _STATUS:
            sent.setdefault("status", _STATUS[event.type])
        before = entity.attributes.get("status")
        new = kind == "ticket" and "source" not in entity.attributes
        if new:
            entity.attributes["source"] = event.source
        self._apply(entity, sent)
        for field, named in NAMED_KINDS.items():
            value = sent.get(field)
            if isinstance(value, str) and value and bare(value) not in self.kinds[named]:
                self._create(named, bare(value) or value, event)
        self._settle(entity, event)
        if kind == "ticket" and self.on_ticket is not None:
            self.on_ticket(entity, before, new, event.time)

    def _apply(self, entity: Entity, sent: dict[str, Any]) -> None:
        attributes = entity.attributes
        for field, value in sent.items():
            if field in NAMED_KINDS and isinstance(value, str):
                value = bare(value)
            if value is None:
                attributes.pop(field, None)
            else:
                attributes[field] = value
        # Where the payload's type has no such field nobody has looked at the value: it may be anything.
        if "name" in sent:
            entity.name = _text(sent["name"])
        if "site" in sent:
            entity.site = _text(attributes.get("site"))
        if "client" in sent:
            entity.client = _text(attributes.get("client"))

    def _settle(self, entity: Entity, event: Event) -> None:
        entity.seq = event.seq
        self.changed[entity.ref] = entity
        if self.watcher is not None:
            self.watcher(entity, event.time)

    def site_of(self, ref: str | None) -> str | None:
        """The site an entity belongs to, itself if it is one."""
        if ref is None:
            return None
        kind, _, id = ref.partition("/")
        if kind == "site":
            return id
        entity = self.kinds.get(kind, {}).get(id)
        return entity.site if entity is not None else None

    def client_of(self, site: str | None) -> str | None:
        entity = self.of("site", site)
        return entity.client if entity is not None else None

    def label(self, ref: str | None) -> str:
        """What people call it: its name, else its id."""
        entity = self.get(ref)
        if entity is not None and entity.name:
            return entity.name
        return (ref or "").partition("/")[2] or (ref or "")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
