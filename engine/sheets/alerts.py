"""Alerts that are live, and incidents of the last weeks."""

from operator import attrgetter
from typing import Any

from data.records.alert import Alert
from data.records.incident import Incident
from data.store import Follower
from data.times import DAY
from engine.query.schema import Field, Kind, Schema
from engine.query.schemas import ALERTS, SEVERITY, TITLE, field, flag, timed
from engine.sheets.kind import Asked, Scene
from engine.sheets.kind import Kind as Sheets
from engine.titles import humane
from engine.views import Fact, SheetColumn, SheetRow

INCIDENT_DAYS = 30
_DONE = ("RESOLVED", "CLOSED")


def _alert_row(alert: Alert, scene: Scene) -> SheetRow:
    state = alert.muted or ("flapping" if alert.flapping else alert.status.lower())
    over = not alert.firing or alert.muted is not None
    loud = not over and alert.status == "NEW" and alert.severity >= 4
    return SheetRow(
        f"alert/{alert.id}",
        alert.severity,
        (alert.severity, alert.priority, state, alert.alert_type, scene.name(alert.entity), scene.site(alert.site),
         alert.message, alert.count, alert.assignee or alert.acknowledged_by or "", alert.first_seen, alert.last_seen),
        loud=loud,
        quiet=over,
    )  # fmt: skip


def _alert_figures(_: Scene, alerts: Any) -> tuple[Fact, ...]:
    firing = [alert for alert in alerts if alert.firing]
    muted = sum(alert.muted is not None for alert in firing)
    new = sum(alert.status == "NEW" and alert.muted is None for alert in firing)
    flapping = sum(alert.flapping for alert in firing)
    return (
        Fact("firing", f"{len(firing):,}"),
        Fact("nobody has", f"{new:,}", 4 if new else 0),
        Fact("muted", f"{muted:,}"),
        Fact("flapping", f"{flapping:,}"),
    )


ALERT_SHEET = Sheets(
    "alerts",
    "Alerts",
    "Every alert that fires or has just ended, the most pressing first. Enter tells why it is where it is; a takes it.",
    (
        SheetColumn("", 2, "severity", sort="severity"),
        SheetColumn("prio", 4, "count", since=60, sort="priority"),
        SheetColumn("state", 9, "state"),
        SheetColumn("type", 18, "title", grows=1, sort="type"),
        SheetColumn("on", 12, grows=1, since=48),
        SheetColumn("site", 10, grows=1, since=110, sort="site"),
        SheetColumn("message", 20, grows=3, since=90),
        SheetColumn("hits", 5, "count", since=56, sort="hits"),
        SheetColumn("owner", 9, since=120),
        SheetColumn("age", 4, "age", sort="oldest"),
        SheetColumn("last", 4, "age", since=60, sort="active"),
    ),
    ALERTS,
    _alert_row,
    {
        "priority": lambda alert: (not alert.firing, alert.muted is not None, -alert.priority, alert.first_seen),
        "severity": lambda alert: (not alert.firing, -alert.severity, -alert.priority, alert.first_seen),
        "newest": lambda alert: -alert.first_seen,
        "oldest": lambda alert: alert.first_seen,
        "active": lambda alert: -alert.last_seen,
        "hits": lambda alert: -alert.count,
        "type": lambda alert: (alert.alert_type, -alert.last_seen),
        "site": lambda alert: (alert.site or "", -alert.priority),
    },
    ("No alert is live", "Alerts come from sources and from what noc finds itself. 9 tells whether sources are heard."),
    live=lambda scene: list(scene.partition.alerts.by_number.values()),
    site=attrgetter("site"),
    figures=_alert_figures,
    filter_hint="severity>=high type:DEVICE_OFFLINE site:S014 !acked firing",
)

INCIDENTS = Schema(
    "incidents",
    [
        field("id", Kind.NAME, "id"),
        SEVERITY,
        field("priority", Kind.NUMBER, "priority", "prio"),
        field("state", Kind.NAME, "state", "status"),
        TITLE,
        field("site", Kind.NAME, "sites", "sites", many=True, doc="any of its sites"),
        field("alerts", Kind.NUMBER, "alert_count", "count"),
        field("owner", Kind.NAME, "assignee", "assignee"),
        field("acked_by", Kind.NAME, "acknowledged_by"),
        *timed(attrgetter("opened_at")),
        flag("open", lambda row: row.state not in _DONE, doc="not yet over"),
        flag("acked", lambda row: row.acknowledged_at is not None, "acknowledged"),
        flag(
            "late", lambda row: bool(row.acknowledge_late_at or row.resolve_late_at), doc="a service target was missed"
        ),
        flag("candidate", attrgetter("candidate")),
        Field("mine", Kind.MINE, attrgetter("assignee"), doc="assigned to you"),
    ],
    lambda row: (row.title, row.id, row.assignee, *row.sites),
)


def _incident_row(one: Incident, scene: Scene) -> SheetRow:
    over = one.state in _DONE
    ended = one.resolved_at or one.closed_at
    until = ended if over and ended else scene.now
    sites = scene.site(one.sites[0]) + (f" +{len(one.sites) - 1}" if len(one.sites) > 1 else "") if one.sites else ""
    cause = one.causes[0].entity or one.causes[0].alert_type if one.causes else ""
    late = "late" if one.acknowledge_late_at or one.resolve_late_at else ""
    title = humane(one.title, one.sites, scene.partition.registry)
    state = "candidate" if one.candidate else str(one.state).lower()
    return SheetRow(
        f"incident/{one.id}",
        one.severity,
        (one.severity, one.priority, state, title, sites, scene.name(cause) if cause else "", one.alert_count,
         one.assignee or one.acknowledged_by or "", late, until - one.opened_at, one.opened_at),
        loud=not over and one.acknowledged_at is None and not one.candidate,
        quiet=over,
    )  # fmt: skip


def _incident_figures(_: Scene, incidents: Any) -> tuple[Fact, ...]:
    open_ = [one for one in incidents if one.state not in _DONE and not one.candidate]
    waiting = [one for one in open_ if one.acknowledged_at is None]
    taken = sorted(one.acknowledged_at - one.opened_at for one in incidents if one.acknowledged_at is not None)
    solved = sorted(one.resolved_at - one.opened_at for one in incidents if one.resolved_at is not None)
    facts = [
        Fact("open", str(len(open_))),
        Fact("nobody has", str(len(waiting)), 5 if any(one.severity == 5 for one in waiting) else 0),
        Fact("candidates", str(sum(one.candidate and one.state not in _DONE for one in incidents))),
    ]
    for label, spans in (("median to acknowledge", taken), ("median to resolve", solved)):
        if spans:
            facts.append(Fact(label, _span(spans[len(spans) // 2])))
    return tuple(facts)


def _span(micros: int) -> str:
    minutes = micros // 60_000_000
    return f"{minutes} min" if minutes < 180 else f"{minutes // 60} h"


def _incidents(reader: Follower, asked: Asked) -> list[Incident]:
    since = asked.now - INCIDENT_DAYS * DAY
    return [
        one
        for one in reader.incidents(None, None)
        if one.tenant == asked.tenant and one.merged_into is None and (one.opened_at >= since or one.state not in _DONE)
    ]


INCIDENT_SHEET = Sheets(
    "incidents",
    "Incidents",
    "Incidents, open ones first, and those of the last 30 days. Enter opens one in full: timeline, alerts, "
    "cause, people.",
    (
        SheetColumn("", 2, "severity", sort="severity"),
        SheetColumn("prio", 4, "count", since=60, sort="priority"),
        SheetColumn("state", 9, "state"),
        SheetColumn("what", 20, "title", grows=3),
        SheetColumn("site", 10, grows=1, since=52, sort="site"),
        SheetColumn("probable cause", 14, grows=1, since=130),
        SheetColumn("hits", 5, "count", since=56),
        SheetColumn("owner", 9, since=84),
        SheetColumn("", 4, "state", since=100),
        SheetColumn("took", 6, "span", since=70),
        SheetColumn("opened", 4, "age", sort="newest"),
    ),
    INCIDENTS,
    _incident_row,
    {
        "priority": lambda one: (one.state in _DONE, -one.priority if one.state not in _DONE else -one.opened_at),
        "severity": lambda one: (one.state in _DONE, -one.severity, -one.opened_at),
        "newest": lambda one: -one.opened_at,
        "site": lambda one: (one.sites, -one.opened_at),
    },
    ("There was no incident", "Alerts that belong together and matter become incidents. 3 shows single alerts."),
    kept=_incidents,
    site=lambda one: one.sites[0] if one.sites else None,
    figures=_incident_figures,
    note="the last 30 days, and all that are open",
    filter_hint="open severity>=high site:S014 !acked late",
    rest=0.5,
)
