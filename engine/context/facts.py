"""The sections that surround an item. Each tells how useful it is (0-1), by which they are ranked."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from data import times
from data.records import severity
from data.records.alert import Alert
from data.records.entity import Entity
from engine.alerts.grouping import Item
from engine.context.index import Index
from engine.context.past import LOOKED_AT, Likeness, PastIncidents
from engine.oncall.schedule import OnCall
from engine.partition import ChangeNote, Partition
from engine.views import ClusterRow, Fact, Section

FACTS = 8  # facts of a section
THINGS = 8  # things of an item that are looked at
BEFORE = 4 * times.HOUR  # changes this long before an item began are told
REACH = 3  # links between a thing and what was changed
SHIFT_DAY = 24 * times.HOUR
URGENT = {"CRITICAL": severity.CRITICAL, "HIGH": severity.HIGH}
TOLD = ("kind", "model", "role", "status", "city", "criticality", "tier", "owner", "in_charge")  # attributes, in order


class Told(msgspec.Struct, frozen=True):
    use: float
    section: Section


class About(msgspec.Struct, frozen=True):
    """What an item is about, worked out once: its things, those in question first, and its client."""

    item: Item
    row: ClusterRow
    things: tuple[str, ...]
    client: str | None
    now: int


def about(partition: Partition, item: Item, row: ClusterRow) -> About:
    causes = item.incident.causes if item.incident is not None else []
    things = {cause.entity: None for cause in causes[:3] if cause.entity}
    for alert in sorted(item.alerts, key=_worst_first)[: 4 * THINGS]:
        if alert.entity:
            things[alert.entity] = None
    if item.cluster is not None:
        things.update(dict.fromkeys(item.cluster.entities[:THINGS]))
    site = row.sites[0] if row.sites else None
    return About(item, row, tuple(things)[:THINGS], partition.registry.client_of(site), partition.watermark)


def past_section(found: Sequence[Likeness]) -> Told | None:
    """What looked like this before, and what solved it."""
    if not found:
        return None
    facts = []
    for one in found:
        past = one.past
        who = f" ({past.by})" if past.by else ""
        text = f"{past.title}: {past.solution}{who}, took {span(past.took)}; {one.because}"
        facts.append(Fact(f"{one.likeness:.0%}", text, ref=f"incident/{past.id}"))
    best = found[0]
    return Told(best.likeness * (1.0 if best.past.by else 0.6), Section("Similar before", tuple(facts)))


def likenesses(past: PastIncidents, partition: Partition, what: About, weighed: int = LOOKED_AT) -> list[Likeness]:
    incident = what.item.incident
    numbers = incident.clusters if incident is not None else [what.item.cluster.number] if what.item.cluster else []
    clusters = [cluster for number in numbers if (cluster := partition.grouping.cluster(number)) is not None]
    return past.similar(incident, clusters, 5, what.client, weighed)


def change_section(partition: Partition, what: About) -> Told | None:
    """Changes of the hours before it began: what changed is often what broke. Nearest in topology, then in time."""
    row = what.row
    near = [
        change
        for change in reversed(partition.changes)
        if row.opened_at - BEFORE <= change.time <= what.now and (change.site is None or change.site in row.sites)
    ]
    if not near:
        return None
    around: dict[str, int] = {}
    for thing in what.things:
        around[thing] = 0
        for other, steps in partition.topology.around(thing, REACH).items():
            around[other] = min(steps, around.get(other, REACH))
    ranked = sorted(near, key=lambda one: (_far(one, around), one.time > row.opened_at, abs(row.opened_at - one.time)))
    facts = tuple(_change(one, around, row.opened_at) for one in ranked[:FACTS])
    first = ranked[0]
    fresh = max(0.0, 1 - abs(row.opened_at - first.time) / BEFORE)
    use = fresh * (0.95, 0.85, 0.7, 0.6, 0.5, 0.3)[_far(first, around)]
    return Told(use, Section("Changes just before", facts, max(0, len(near) - FACTS)))


def _far(change: ChangeNote, around: dict[str, int]) -> int:
    """0-3 links away from a thing of the item, 4 at its site, 5 of no known place."""
    if change.entity in around:
        return around[change.entity]
    return REACH + 1 if change.site is not None else REACH + 2


def _change(change: ChangeNote, around: dict[str, int], opened: int) -> Fact:
    far = _far(change, around)
    where = ("on it", "1 link away", "2 links away", "3 links away", "at the site", "")[far]
    when = ago(opened, change.time, "before") if change.time <= opened else ago(change.time, opened, "after it began")
    return Fact(when, f"{change.kind}: {change.summary}{f' ({where})' if where else ''}", ref=change.entity)


def people_section(partition: Partition, what: About, oncall: OnCall) -> Told | None:
    """Who is on site by the roster, and who is on call."""
    label, now = partition.registry.label, what.now
    facts = []
    attendance = partition.detectors.attendance
    for site in what.row.sites[:FACTS]:
        for duty in attendance.roster.on_duty(site, now):
            presence = attendance.people.get(duty.person)
            seen = presence.verified_at if presence is not None and presence.site == site else 0
            there = f"checked in {ago(now, seen)}" if seen and now - seen < SHIFT_DAY else "not checked in"
            ref = f"person/{duty.person}"
            facts.append(
                (not seen, Fact(label(ref), f"at {label(f'site/{site}')}, {there}{_phone(partition, ref)}", ref=ref))
            )
    facts.sort(key=lambda one: one[0])
    told = [fact for _, fact in facts]
    for turn in oncall.who(now):
        ref = f"person/{turn.person}"
        told.append(
            Fact(label(ref), f"on call ({turn.layer}) until {clock(turn.end)}{_phone(partition, ref)}", ref=ref)
        )
    if not told:
        return None
    return Told(0.55, Section("On site and on call", tuple(told[:FACTS]), max(0, len(told) - FACTS)))


def _phone(partition: Partition, ref: str) -> str:
    person = partition.registry.get(ref)
    phone = person.attributes.get("phone") if person is not None else None
    return f", {phone}" if phone else ""


def ticket_section(what: About, index: Index, own: str | None) -> Told | None:
    """Open tickets of its sites: its `own` first, then those that name its things, then urgent, then new ones."""
    tickets = index.open_tickets(what.row.sites)
    if not tickets:
        return None
    names = {name for thing in what.things for name in (thing, thing.partition("/")[2])}
    scored = [(_ticket_rank(one, names, own), one) for one in tickets]
    scored.sort(key=lambda entry: entry[0])
    facts = tuple(_ticket(one, own) for _, one in scored[:FACTS])
    use = 0.65 if any(rank[0] == 1 for rank, _ in scored[:2]) else 0.25 + 0.05 * -scored[0][0][1]
    return Told(use, Section("Open tickets there", facts, max(0, len(tickets) - FACTS)))


def _ticket_rank(ticket: Entity, names: set[str], own: str | None) -> tuple[int, int, int, str]:
    """The item's own first, then those that name its things, then the rest; urgent before others, new before old."""
    near = 0 if ticket.id == own else 1 if _names(ticket, names) else 2
    return near, -URGENT.get(_told(ticket, "priority"), 0), -ticket.first_seen, ticket.ref


def _names(ticket: Entity, names: set[str]) -> bool:
    """Does the ticket speak of one of these?"""
    labels = ticket.attributes.get("labels") or {}
    if any(str(value) in names for value in labels.values()):
        return True
    title = _told(ticket, "title")
    return any(word.strip(".,:;()") in names for word in title.split())


def _ticket(ticket: Entity, own: str | None) -> Fact:
    text = f"{_told(ticket, 'priority')} {_told(ticket, 'title')} {_told(ticket, 'status').lower()}".strip()
    if ticket.id == own:
        text += ", opened for this"
    return Fact(_told(ticket, "number") or ticket.id, text, URGENT.get(_told(ticket, "priority"), 0), ticket.ref)


def thing_section(partition: Partition, what: About) -> Told | None:
    """What is known of the things themselves: attributes, since when, and how many alerts of this item are on each."""
    firing: dict[str, int] = {}
    for alert in what.item.alerts:
        if alert.firing and alert.entity:
            firing[alert.entity] = firing.get(alert.entity, 0) + 1
    newest: dict[str, int] = {}
    for alert in what.item.alerts:
        if alert.entity:
            newest[alert.entity] = max(newest.get(alert.entity, 0), alert.last_seen)
    facts = []
    for ref in what.things:
        entity = partition.registry.get(ref)
        if entity is None:
            continue
        words = [*_attributes(partition, entity)]
        if firing.get(ref):
            words.append(f"{firing[ref]} alert{'s' if firing[ref] > 1 else ''} firing")
        if ref in newest:
            words.append(f"last seen {ago(what.now, newest[ref])}")
        words += [f"hangs on {above}" for above in partition.topology.bearers(ref)[:1] if not above.startswith("site/")]
        facts.append(Fact(partition.registry.label(ref), ", ".join(words) or "nothing more is known", ref=ref))
    if not facts:
        return None
    return Told(0.4, Section("Things involved", tuple(facts), max(0, len(what.things) - len(facts))))


def _attributes(partition: Partition, entity: Entity) -> Iterable[str]:
    for name in TOLD:
        value = entity.attributes.get(name)
        if value not in (None, ""):
            shown = partition.registry.label(f"person/{value}") if name in ("owner", "in_charge") else value
            yield f"{name.replace('_', ' ')} {shown}"
    if entity.attributes.get("active") is False:
        yield "out of service"


def also_section(rows: Iterable[ClusterRow], what: About) -> Told | None:
    """Other open items at the same sites, worst first."""
    sites = set(what.row.sites)
    others = [
        row
        for row in rows
        if not sites.isdisjoint(row.sites) and row.ref != what.row.ref and row.state not in ("RESOLVED", "CLOSED")
    ]
    if not others:
        return None
    others.sort(key=lambda row: (-row.severity, abs(row.opened_at - what.row.opened_at), row.ref))
    facts = tuple(
        Fact(severity.NAMES[row.severity], f"{row.title}, {row.state.lower()}", row.severity, row.ref)
        for row in others[:FACTS]
    )
    return Told(0.1 * others[0].severity, Section("Also open there", facts, max(0, len(others) - FACTS)))


def place_section(partition: Partition, row: ClusterRow) -> Section | None:
    facts = []
    for site in row.sites[:FACTS]:
        entity = partition.registry.of("site", site)
        if entity is not None:
            facts.append(_place(partition, entity))
    return Section("Where", tuple(facts), max(0, len(row.sites) - FACTS)) if facts else None


def _place(partition: Partition, site: Entity) -> Fact:
    told: dict[str, Any] = site.attributes
    label = partition.registry.label
    words = [str(told.get("city") or ""), f"criticality {told['criticality']}" if "criticality" in told else ""]
    if site.client:
        words.append(f"client {label(f'client/{site.client}')}")
    if told.get("in_charge"):
        words.append(f"in charge: {label('person/' + str(told['in_charge']))}")
    return Fact(site.name or site.id, ", ".join(word for word in words if word), ref=site.ref)


def _worst_first(alert: Alert) -> tuple[bool, int, int]:
    return (not alert.firing, -alert.severity, -alert.last_seen)


def _told(entity: Entity, name: str) -> str:
    return str(entity.attributes.get(name) or "")


def ago(now: int, then: int, word: str = "ago") -> str:
    return f"{span(max(0, now - then))} {word}"


def span(micros: int) -> str:
    """`12 min`, `3 h 20 min`, `2 days`."""
    minutes = micros // times.MINUTE
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 2880:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // 1440} days"


def clock(micros: int) -> str:
    return f"{times.to_datetime(micros):%a %H:%M} UTC"
