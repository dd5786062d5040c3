"""The schemas of what the engine holds: alerts, and rows of the views."""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

from data.records.alert import AlertStatus
from data.records.incident import IncidentState
from engine.query.schema import Field, Kind, Schema

STATUSES = tuple(AlertStatus)
STATES = tuple(dict.fromkeys([*IncidentState, *AlertStatus]))
MUTES = ("silence", "maintenance", "inhibited", "dependency")
FEED_TYPES = (
    "alert_created",
    "alert_updated",
    "finding_created",
    "anomaly_detected",
    "ticket_updated",
    "incident_updated",
    "correlation_identified",
    "cluster_updated",
    "prediction_made",
    "prediction_settled",
    "playbook_updated",
    "maintenance_updated",
    "model_drifted",
    "source_changed",
    "scorecard_updated",
)
DONE = frozenset(("RESOLVED", "CLOSED"))
TAKEN = frozenset(("ACKNOWLEDGED", "ASSIGNED", "IN_PROGRESS"))


def timed(read: Callable[[Any], Any], began: Callable[[Any], Any] | None = None) -> list[Field]:
    """`since`, `until` over the time of `read`; `age` counts from `began`, by default the same."""
    return [
        Field("age", Kind.AGE, began or read, doc="how long ago it began, for example age<2h"),
        Field("since", Kind.SINCE, read, doc="at or after, for example since:22:00 or since:2h"),
        Field("until", Kind.UNTIL, read, ("before",), doc="before, for example until:06:00"),
    ]


def field(
    name: str,
    kind: Kind,
    attribute: str,
    *aliases: str,
    many: bool = False,
    values: Iterable[str] = (),
    doc: str = "",
) -> Field:
    return Field(name, kind, attrgetter(attribute), aliases, many, tuple(values), doc)


def flag(name: str, read: Callable[[Any], Any], *aliases: str, doc: str = "") -> Field:
    return Field(name, Kind.FLAG, read, aliases, doc=doc)


SEVERITY = field("severity", Kind.SEVERITY, "severity", "sev", doc="INFO LOW MEDIUM HIGH CRITICAL or 1-5")
PRIORITY = field("priority", Kind.NUMBER, "priority", "prio", doc="0-100")
SITE = field("site", Kind.NAME, "site", doc="id of the site")
SITES = field("site", Kind.NAME, "sites", "sites", many=True, doc="any of its sites")
TYPES = field("type", Kind.NAME, "alert_types", "alert_type", "alert_types", many=True, doc="any of its alert types")
ENTITY = field("entity", Kind.NAME, "entity", doc="what it is about: device/D77")
CLIENT = field("client", Kind.NAME, "client", doc="id of the client")
MUTED = flag("muted", lambda row: row.muted is not None, doc="silenced, in maintenance or inhibited")
MUTE = field("mute", Kind.NAME, "muted", values=MUTES, doc="why it is muted")
TITLE = field("title", Kind.PROSE, "title")

ALERTS = Schema(
    "alerts",
    [
        field("id", Kind.NAME, "id"),
        field("tenant", Kind.NAME, "tenant"),
        field("type", Kind.NAME, "alert_type", "alert_type", doc="the alert's type: DEVICE_OFFLINE"),
        SEVERITY,
        PRIORITY,
        field("status", Kind.CHOICE, "status", "state", values=STATUSES),
        ENTITY,
        SITE,
        CLIENT,
        field("message", Kind.PROSE, "message", "msg"),
        field("template", Kind.PROSE, "template", doc="the message without its numbers and names"),
        field("label", Kind.LABELS, "labels", "labels", doc="label.env:prod"),
        field("annotation", Kind.LABELS, "annotations", "annotations", doc="annotation.team:core"),
        field("source", Kind.NAME, "source"),
        field("count", Kind.NUMBER, "count", doc="firing events, repeats included"),
        field("first_seen", Kind.TIME, "first_seen", "opened"),
        field("last_seen", Kind.TIME, "last_seen"),
        field("quiet", Kind.AGE, "last_seen", doc="how long ago it last fired"),
        field("owner", Kind.NAME, "assignee", "assignee", doc="who has it"),
        field("acked_by", Kind.NAME, "acknowledged_by"),
        MUTE,
        *timed(attrgetter("first_seen")),
        flag("open", lambda row: row.ended_at is None and row.status not in DONE, doc="not yet over"),
        flag("firing", attrgetter("firing"), doc="the condition still holds"),
        flag("acked", lambda row: row.acknowledged_by is not None, "acknowledged"),
        flag("assigned", lambda row: row.assignee is not None, "owned"),
        flag("snoozed", lambda row: row.status == "SNOOZED"),
        flag("flapping", attrgetter("flapping"), doc="it comes and goes"),
        MUTED,
        Field("mine", Kind.MINE, attrgetter("assignee"), doc="assigned to you"),
    ],
    lambda row: (row.message, row.alert_type, row.entity, row.site, row.client, row.id, *row.labels.values()),
)

ITEMS = Schema(
    "items",
    [
        field("ref", Kind.NAME, "ref", doc="incident/I-..., cluster/C-..., alert/A-..."),
        Field("kind", Kind.CHOICE, lambda row: row.ref.partition("/")[0], values=("incident", "cluster", "alert")),
        SEVERITY,
        PRIORITY,
        field("state", Kind.CHOICE, "state", "status", values=STATES),
        TITLE,
        SITES,
        TYPES,
        field("alerts", Kind.NUMBER, "alerts", "count", doc="firing events, repeats included"),
        field("open_alerts", Kind.NUMBER, "open_alerts", doc="alerts still firing"),
        field("suppressed", Kind.NUMBER, "suppressed", doc="events that needed no eye"),
        field("opened", Kind.TIME, "opened_at", "opened_at", "first_seen"),
        field("last", Kind.TIME, "last_at", "last_at", "last_seen"),
        field("quiet", Kind.AGE, "last_at", doc="how long ago it last fired"),
        field("owner", Kind.NAME, "owner", "assignee", doc="who has it"),
        MUTE,
        *timed(attrgetter("last_at"), attrgetter("opened_at")),
        flag("open", lambda row: row.state not in DONE, doc="not yet over"),
        flag("firing", lambda row: row.open_alerts > 0, doc="an alert of it still fires"),
        flag("acked", lambda row: row.owner is not None or row.state in TAKEN, "acknowledged"),
        flag("assigned", lambda row: row.owner is not None, "owned"),
        flag("snoozed", lambda row: row.snoozed_until is not None, doc="put off until later"),
        flag("candidate", attrgetter("candidate"), doc="waits for approval as an incident"),
        flag("escalated", lambda row: row.escalated != "", doc="somebody was told because nobody has it"),
        flag("unanswered", attrgetter("unanswered"), doc="everybody was told, and nobody has it"),
        flag("flapping", lambda row: row.flapping > 0, doc="alerts of it come and go"),
        flag("storm", lambda row: row.digest != "", doc="many alerts at once, told as one"),
        MUTED,
        Field("mine", Kind.MINE, attrgetter("owner"), doc="assigned to you"),
    ],
    lambda row: (row.title, *row.alert_types, *row.sites, row.ref, row.owner),
)

FEED = Schema(
    "feed rows",
    [
        field("sequence", Kind.NUMBER, "sequence", "seq"),
        field("type", Kind.NAME, "type", values=FEED_TYPES),
        SEVERITY,
        SITE,
        field("ref", Kind.NAME, "ref", doc="what it is about: alert/A-..."),
        Field("kind", Kind.NAME, lambda row: row.ref.partition("/")[0], values=("alert", "incident", "cluster")),
        field("time", Kind.TIME, "time", "at"),
        *timed(attrgetter("time")),
    ],
    lambda row: (row.text, row.type, row.site, row.ref),
)
