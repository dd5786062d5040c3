"""Ticket rows, made from what `noc.ticket.*` told of the entity."""

from collections.abc import Iterator
from typing import Any

import msgspec

from data import times
from data.records.entity import Entity
from data.store import Reader
from engine.exports.selection import Selection


class TicketRow(msgspec.Struct):
    id: str
    number: str | None
    title: str | None
    site: str | None
    client: str | None
    priority: str | None
    status: str | None
    category: str | None
    assignee: str | None
    group: str | None
    opened_at: str
    deadline: str | None
    resolved_at: str | None
    source: str | None
    tenant: str
    reassignments: int | None
    reopened: int | None
    sla_met: bool | None
    labels: dict[str, Any]


def tickets(reader: Reader, selection: Selection) -> Iterator[TicketRow]:
    """In order of opening; a ticket whose opening nobody told was opened when it was first mentioned."""
    found = []
    for entity in reader.entities("ticket"):
        opened = moment(entity.attributes.get("opened_at"))
        opened = entity.first_seen if opened is None else opened
        if selection.allows(entity.tenant) and selection.covers(opened):
            found.append((opened, entity.tenant, entity.id, _row(entity, opened)))
    found.sort(key=lambda entry: entry[:3])
    for entry in found:
        yield entry[3]


def moment(value: object) -> int | None:
    """A time as entities keep it: the RFC 3339 text that came, or microseconds."""
    if isinstance(value, int):
        return value
    return times.parse(value) if isinstance(value, str) else None


def _row(entity: Entity, opened: int) -> TicketRow:
    told = entity.attributes.get
    return TicketRow(
        entity.id, told("number"), told("title"), entity.site, entity.client, told("priority"), told("status"),
        told("category"), told("assignee"), told("group"), times.text(opened),
        times.text_or_none(moment(told("deadline"))), times.text_or_none(moment(told("resolved_at"))), told("source"),
        entity.tenant, told("reassignments"), told("reopened"), told("sla_met"), told("labels") or {},
    )  # fmt: skip
