"""One item in full: why it is here, what to do next, its alerts, and what else is known, most useful first."""

from data.records.alert import Alert, AlertStatus
from data.records.incident import IncidentState
from data.records.severity import HIGH
from engine.alerts.escalation import LAST
from engine.alerts.grouping import Item
from engine.context import facts
from engine.context.facts import About, Told
from engine.explain.ranks import factors_of
from engine.items import Items, muted_why
from engine.partition import Partition
from engine.views import AlertRow, ClusterRow, Fact, ItemContext, Section

ALERTS = 100  # alerts shown, worst first

_CLOSED = ("CLOSED", "RESOLVED", "CANCELLED", "COMPLETED")


def item_context(partition: Partition, items: Items, ref: str, revision: int) -> ItemContext | None:
    """None when there is no such item any more."""
    item = partition.grouping.item(ref)
    if item is None:
        return None
    rows = items.rows()
    row = next((row for row in rows if row.ref == item.ref), None)
    if row is None:
        return None
    alerts = sorted(item.alerts, key=lambda alert: (not alert.firing, -alert.severity, -alert.last_seen))
    return ItemContext(
        revision=revision,
        item=row,
        why=_why(item, row),
        next_step=_next_step(partition, item, row),
        alerts=tuple(_alert_row(partition, alert) for alert in alerts[:ALERTS]),
        sections=tuple(_sections(partition, rows, item, row)),
        timeline=_timeline(item, row),
    )


def _sections(partition: Partition, rows: list[ClusterRow], item: Item, row: ClusterRow) -> list[Section]:
    """Cause and place first, then the rest by its use; of equal use, in this order."""
    what = facts.about(partition, item, row)
    index = partition.answering.index
    index.refresh()
    found = [
        _past(partition, what),
        facts.change_section(partition, what),
        facts.people_section(partition, what, partition.answering.oncall),
        facts.ticket_section(what, index, partition.answering.tickets.ticket_of(item.ref)),
        facts.thing_section(partition, what),
        facts.also_section(rows, what),
    ]
    ranked = sorted((one for one in found if one is not None), key=lambda one: -one.use)
    first = [_cause(item), _escalated(partition, item.ref, what.now), facts.place_section(partition, row)]
    ranked.append(Told(0.0, _priority(item)))
    return [*(section for section in first if section is not None), *(one.section for one in ranked)]


def _past(partition: Partition, what: About) -> Told | None:
    return facts.past_section(facts.likenesses(partition.answering.past, partition, what))


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


def _next_step(partition: Partition, item: Item, row: ClusterRow) -> str:
    """What a person does now, with the key that does it; and what follows if nobody does."""
    if row.state in _CLOSED:
        return "nothing is firing; it closes by itself"
    if row.candidate:
        return "press v to approve it as an incident, or x to reject it"
    if row.snoozed_until is not None:
        return f"nothing until {facts.clock(row.snoozed_until)}, unless it gets worse"
    if row.muted is not None:
        return f"nothing: {row.muted_why}"
    cause = item.incident.causes[0] if item.incident is not None and item.incident.causes else None
    look = f"look at {cause.entity} first" if cause is not None and cause.entity else "read the alerts below"
    if row.state in ("NEW", "ESCALATED"):
        return f"press a to acknowledge, then {look}{_else(partition, item.ref)}"
    if item.incident is not None and item.incident.state is IncidentState.ACKNOWLEDGED:
        return f"{row.owner or 'somebody'} has seen it; {look}"
    return look


def _else(partition: Partition, ref: str) -> str:
    step = partition.answering.escalation.next_step(ref)
    if step is None:
        return ""
    return f"; unacknowledged in {facts.span(max(0, step[0] - partition.watermark))}, {' and '.join(step[1])} is told"


def _escalated(partition: Partition, ref: str, now: int) -> Section | None:
    """Who has been told since nobody acknowledged, newest first."""
    standing = partition.answering.escalation.standing.get(ref)
    if standing is None or not standing.told:
        return None
    label = partition.registry.label
    told = tuple(
        Fact(facts.ago(now, time), f"step {step}: {', '.join(map(label, people[:6])) or 'nobody could be told'}")
        for time, step, people in reversed(standing.told)
    )
    since = partition.answering.escalation.unanswered_since(ref)
    if since is not None:
        told = (Fact(facts.ago(now, since), f"nobody answered: {LAST}", HIGH), *told)
    return Section("Escalated", told[: facts.FACTS], max(0, len(told) - facts.FACTS))


def _priority(item: Item) -> Section:
    """What its rank is made of."""
    record = item.incident or item.cluster
    found = factors_of(record) if record is not None else []
    told = tuple(Fact(f"{one.points:.0f}/{one.most}", f"{one.name}: {one.words}") for one in found)
    return Section("Priority, what it is made of", told)


def _alert_row(partition: Partition, alert: Alert) -> AlertRow:
    return AlertRow(
        f"alert/{alert.id}", alert.alert_type, alert.severity, alert.status.value, alert.entity, alert.site,
        alert.message, alert.first_seen, alert.last_seen, alert.count, alert.cluster_reason,
        _standing(partition, alert),
    )  # fmt: skip


def _standing(partition: Partition, alert: Alert) -> str:
    """What its status does not tell."""
    parts = [muted_why(partition, alert)]
    if alert.status is AlertStatus.SNOOZED and alert.snoozed_until is not None:
        parts.append(f"snoozed until {facts.clock(alert.snoozed_until)}")
    if alert.status is AlertStatus.ACKNOWLEDGED and alert.acknowledged_until is not None:
        parts.append(f"acknowledged until {facts.clock(alert.acknowledged_until)}")
    if alert.flapping:
        parts.append("comes and goes")
    return "; ".join(part for part in parts if part)


def _timeline(item: Item, row: ClusterRow) -> tuple[tuple[int, str, str], ...]:
    if item.incident is not None:
        return tuple((note.time, note.actor, note.text) for note in item.incident.timeline)
    return ((row.opened_at, "engine", "opened"),)


def _cause(item: Item) -> Section | None:
    causes = item.incident.causes if item.incident is not None else []
    if not causes:
        return None
    told = tuple(
        Fact(f"{cause.confidence:.0%}", f"{cause.entity or cause.alert_type}: {cause.text}", ref=cause.entity)
        for cause in causes[:3]
    )
    return Section("Probable cause", told, max(0, len(causes) - 3))
