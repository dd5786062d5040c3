"""What surrounded an incident, kept with it: as it was when it opened, and when it was resolved.

The same sections as the live page shows, without what else was open. A few hundred bytes each: packed and compressed.
"""

import zlib

import msgspec

from data.records.incident import Incident, IncidentState
from engine.alerts.grouping import Item
from engine.context import facts
from engine.context.facts import Told
from engine.items import incident_row
from engine.partition import Partition
from engine.views import Section

FEW = 4  # facts of a section
WEIGHED = 24  # past incidents that are weighed for likeness, at most
LONGEST = 64 * 1024  # bytes of what is unpacked

_Plain = list[tuple[str, list[tuple[str, str]], int]]


def keep(partition: Partition, incident: Incident, now: int) -> None:  # noqa: ARG001
    """Takes the picture that its state asks for: once when it opens, anew each time it is resolved."""
    if not incident.context_then:
        incident.context_then = pack(surroundings(partition, incident, WEIGHED))
    if incident.state is IncidentState.RESOLVED and incident.context_at != incident.resolved_at:
        incident.context_at = incident.resolved_at
        incident.context_after = pack(surroundings(partition, incident, 0))  # what was alike is known by then
    elif incident.resolved_at is None:
        incident.context_at, incident.context_after = None, b""  # it is not over after all


def surroundings(partition: Partition, incident: Incident, weighed: int) -> list[Section]:
    """Similar past incidents, changes, people, tickets and the things themselves; most useful first."""
    alerts = [
        alert
        for cluster in partition.grouping.incidents.clusters.get(incident.number, {}).values()
        for alert in partition.grouping.live_alerts(cluster)
    ]
    item = Item(f"incident/{incident.id}", incident.title, alerts, None, incident)
    what = facts.about(partition, item, incident_row(partition, incident))
    answering = partition.answering
    answering.index.refresh()
    found = [
        facts.past_section(facts.likenesses(answering.past, partition, what, weighed)) if weighed else None,
        facts.change_section(partition, what),
        facts.people_section(partition, what, answering.oncall),
        facts.ticket_section(what, answering.index, answering.tickets.ticket_of(item.ref)),
        facts.thing_section(partition, what),
    ]
    ranked: list[Told] = sorted((one for one in found if one is not None), key=lambda one: -one.use)
    return [one.section for one in ranked]


def pack(sections: list[Section]) -> bytes:
    plain: _Plain = [
        (one.title, [(fact.label, fact.text) for fact in one.facts[:FEW]], one.more + max(0, len(one.facts) - FEW))
        for one in sections
    ]
    return zlib.compress(msgspec.msgpack.encode(plain), 6)


def unpack(body: bytes) -> list[tuple[str, list[tuple[str, str]], int]]:
    """(title, (label, text) of each fact, how many more there were). Empty where nothing was kept, or it is damaged."""
    if not body:
        return []
    try:
        return msgspec.msgpack.decode(zlib.decompressobj().decompress(body, LONGEST), type=_Plain)
    except (zlib.error, msgspec.MsgspecError):
        return []
