"""One item in full: why it is here, what to do next, its alerts, and what else is known of the place."""

from data import times
from data.records import severity
from data.records.alert import Alert
from data.records.entity import Entity
from data.records.incident import IncidentState
from engine.alerts.grouping import Item
from engine.items import Items
from engine.partition import Partition
from engine.views import AlertRow, ClusterRow, Fact, ItemContext, Section

ALERTS = 100  # alerts shown, worst first
FACTS = 8  # facts of a section
SHIFT_DAY = 24 * times.HOUR

_URGENT = {"CRITICAL": severity.CRITICAL, "HIGH": severity.HIGH}
_CLOSED = ("CLOSED", "RESOLVED", "CANCELLED", "COMPLETED")


def item_context(partition: Partition, items: Items, ref: str, revision: int) -> ItemContext | None:
    """None when there is no such item any more."""
    item = partition.grouping.item(ref)
    row = next((row for row in items.rows() if row.ref == ref), None)
    if item is None or row is None:
        return None
    alerts = sorted(item.alerts, key=lambda alert: (not alert.firing, -alert.severity, -alert.last_seen))
    return ItemContext(
        revision=revision,
        item=row,
        why=_why(item, row),
        next_step=_next_step(item, row),
        alerts=tuple(_alert_row(alert) for alert in alerts[:ALERTS]),
        sections=tuple(_sections(partition, item, row)),
        timeline=_timeline(item, row),
    )


def _why(item: Item, row: ClusterRow) -> str:
    reasons = []
    if item.incident is not None:
        reasons.append(item.incident.reason)
        if item.incident.causes:
            cause = item.incident.causes[0]
            reasons.append(f"probable cause ({cause.confidence:.0%}): {cause.text}")
    elif item.cluster is not None:
        reasons.append(item.cluster.reason)
    reasons.append(f"priority {row.priority} of 100")
    return ". ".join(reason for reason in reasons if reason)


def _next_step(item: Item, row: ClusterRow) -> str:
    """What a person does now, with the key that does it."""
    if row.state in _CLOSED:
        return "nothing is firing; it closes by itself"
    cause = item.incident.causes[0] if item.incident is not None and item.incident.causes else None
    look = f"look at {cause.entity} first" if cause is not None and cause.entity else "read the alerts below"
    if row.state in ("NEW", "ESCALATED"):
        return f"press a to acknowledge, then {look}"
    if item.incident is not None and item.incident.state is IncidentState.ACKNOWLEDGED:
        return f"{row.owner or 'somebody'} has seen it; {look}"
    return look


def _alert_row(alert: Alert) -> AlertRow:
    return AlertRow(
        f"alert/{alert.id}", alert.alert_type, alert.severity, alert.status.value, alert.entity, alert.site,
        alert.message, alert.first_seen, alert.last_seen, alert.count, alert.cluster_reason,
    )  # fmt: skip


def _timeline(item: Item, row: ClusterRow) -> tuple[tuple[int, str, str], ...]:
    if item.incident is not None:
        return tuple((note.time, note.actor, note.text) for note in item.incident.timeline)
    return ((row.opened_at, "engine", "opened"),)


def _sections(partition: Partition, item: Item, row: ClusterRow) -> list[Section]:
    now = partition.watermark
    found = [_cause(item), *_places(partition, row, now), _changes(partition, row, now), _tickets(partition, row)]
    return [section for section in found if section is not None]


def _cause(item: Item) -> Section | None:
    causes = item.incident.causes if item.incident is not None else []
    if not causes:
        return None
    facts = tuple(
        Fact(f"{cause.confidence:.0%}", f"{cause.entity or cause.alert_type}: {cause.text}", ref=cause.entity)
        for cause in causes[:3]
    )
    return Section("Probable cause", facts, max(0, len(causes) - 3))


def _places(partition: Partition, row: ClusterRow, now: int) -> list[Section]:
    registry = partition.registry
    places: list[Fact] = []
    people: list[Fact] = []
    for site in row.sites[:FACTS]:
        entity = registry.of("site", site)
        if entity is not None:
            places.append(_place(partition, entity))
        for duty in partition.detectors.attendance.roster.on_duty(site, now):
            ref = f"person/{duty.person}"
            presence = partition.detectors.attendance.people.get(duty.person)
            seen = presence.verified_at if presence is not None and presence.site == site else 0
            there = f"checked in {_ago(now, seen)}" if seen and now - seen < SHIFT_DAY else "not checked in"
            people.append(Fact(registry.label(ref), f"at {registry.label(f'site/{site}')}, {there}", ref=ref))
    sections = [Section("Where", tuple(places), max(0, len(row.sites) - FACTS))] if places else []
    if people:
        sections.append(Section("On duty there", tuple(people[:FACTS]), max(0, len(people) - FACTS)))
    return sections


def _place(partition: Partition, site: Entity) -> Fact:
    facts = site.attributes
    label = partition.registry.label
    words = [facts.get("city") or "", f"criticality {facts['criticality']}" if "criticality" in facts else ""]
    if site.client:
        words.append(f"client {label(f'client/{site.client}')}")
    if facts.get("in_charge"):
        words.append(f"in charge: {label('person/' + facts['in_charge'])}")
    return Fact(site.name or site.id, ", ".join(word for word in words if word), ref=site.ref)


def _changes(partition: Partition, row: ClusterRow, now: int) -> Section | None:
    """Changes of the four hours before it began, nearest first: what changed is often what broke."""
    begin = row.opened_at - 4 * times.HOUR
    near = [
        change
        for change in reversed(partition.changes)
        if begin <= change.time <= now and (change.site is None or change.site in row.sites)
    ]
    facts = tuple(
        Fact(_ago(row.opened_at, change.time, "before"), f"{change.kind}: {change.summary}", ref=change.entity)
        for change in near[:FACTS]
    )
    return Section("Changes just before", facts, max(0, len(near) - FACTS)) if facts else None


def _tickets(partition: Partition, row: ClusterRow) -> Section | None:
    sites = set(row.sites)
    tickets = [
        ticket
        for ticket in partition.registry.kinds.get("ticket", {}).values()
        if ticket.site in sites and ticket.attributes.get("status") not in _CLOSED
    ]
    tickets.sort(key=lambda ticket: (-_URGENT.get(str(ticket.attributes.get("priority")), 0), -ticket.first_seen))
    facts = tuple(
        Fact(
            str(ticket.attributes.get("number") or ticket.id),
            f"{ticket.attributes.get('priority', '')} {ticket.attributes.get('title', '')}".strip(),
            _URGENT.get(str(ticket.attributes.get("priority")), 0),
            ticket.ref,
        )
        for ticket in tickets[:FACTS]
    )
    return Section("Open tickets there", facts, max(0, len(tickets) - FACTS)) if facts else None


def _ago(now: int, then: int, word: str = "ago") -> str:
    minutes = max(0, now - then) // times.MINUTE
    if minutes < 60:
        return f"{minutes} min {word}"
    return f"{minutes // 60} h {minutes % 60} min {word}" if minutes < 2880 else f"{minutes // 1440} days {word}"
