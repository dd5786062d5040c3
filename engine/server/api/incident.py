"""One incident with all that is known around it."""

from typing import Any

import msgspec

from data import times
from data.records.incident import Incident
from data.records.severity import NAMES
from data.store import Follower
from engine.context.item import item_context
from engine.context.kept import unpack
from engine.items import Items
from engine.server.api.endpoint import Ask, Endpoint
from engine.server.refusal import Refusal


class ContextFact(msgspec.Struct):
    label: str
    text: str
    ref: str | None = None


class ContextSection(msgspec.Struct):
    title: str
    facts: list[ContextFact]
    more: int


class TimelineEntry(msgspec.Struct):
    time: str
    actor: str
    text: str


class IncidentContext(msgspec.Struct):
    """Of an incident that is put away: what was kept when it opened and was resolved; then without `why`, `next_step`
    and `alerts`."""

    ref: str
    title: str
    severity: str
    state: str
    priority: int
    open: bool
    why: str
    next_step: str
    sections: list[ContextSection]
    alerts: list[dict[str, Any]]
    timeline: list[TimelineEntry]


async def context(ask: Ask) -> Any:
    ref = f"incident/{ask.path['id']}"
    found = _open(ask, ref)
    if found is None:
        found = await _over(ask, ask.path["id"])
    return ask.sight.masked(msgspec.to_builtins(found))


def _open(ask: Ask, ref: str) -> IncidentContext | None:
    partition = ask.service.engine.pipeline.partitions.get(ask.tenant)
    page = item_context(partition, Items(partition), ref, 0) if partition is not None else None
    if page is None or partition is None:
        return None
    item = page.item
    record = partition.grouping.item(ref)  # its title holds references, as everywhere but on the screen
    if not any(ask.sight.site(site) for site in item.sites or (None,)):
        raise Refusal(404, f"there is no {ref}")
    return IncidentContext(
        item.ref, record.title if record is not None else item.title, NAMES[item.severity], item.state, item.priority,
        True, page.why, page.next_step,
        [ContextSection(one.title, [ContextFact(fact.label, fact.text, fact.ref) for fact in one.facts], one.more)
         for one in page.sections],
        [_alert(one) for one in page.alerts],
        [TimelineEntry(times.text(time), actor, text) for time, actor, text in page.timeline],
    )  # fmt: skip


def _alert(row: Any) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(row)
    return {
        **found, "severity": NAMES[row.severity], "first_seen": times.text(row.first_seen),
        "last_seen": times.text(row.last_seen),
    }  # fmt: skip


async def _over(ask: Ask, id: str) -> IncidentContext:
    def read(reader: Follower) -> Incident | None:
        return reader.find(Incident, id)

    found = await ask.service.shelf.read(read)
    known = found is not None and found.tenant == ask.tenant
    if found is None or not known or not any(ask.sight.site(site) for site in found.sites or (None,)):
        raise Refusal(404, f"there is no incident/{id}")
    sections = []
    for when, body in (("when it opened", found.context_then), ("when it was resolved", found.context_after)):
        for title, facts, more in unpack(body):
            listed = [ContextFact(label, text) for label, text in facts]
            sections.append(ContextSection(f"{title} ({when})", listed, more))
    return IncidentContext(
        f"incident/{id}", found.title, NAMES[found.severity], found.state, found.priority, False, "", "", sections, [],
        [TimelineEntry(times.text(note.time), note.actor, note.text) for note in found.timeline],
    )  # fmt: skip


def endpoints() -> list[Endpoint]:
    return [
        Endpoint("/api/v1/incidents/{id}/context", "an incident and what surrounds it", (), IncidentContext, context)
    ]
