"""The post-incident report: what happened, what it touched, why, who did what, how long it took, what is not known.

Everything in it is read from records; nothing is guessed. Times are UTC.
"""

from data import times
from data.records.incident import Incident
from data.records.severity import NAMES
from data.store import Follower
from engine.context.kept import unpack
from engine.context.past import solution_of
from engine.explain.lookup import find
from engine.explain.telling import some, span
from engine.reports.gathered import Gathered, gather
from engine.reports.markdown import bullets, plain, table

ALERTS = 50  # alerts listed, gravest first
LINES = 200  # lines of the timeline
CHANGES = 10
UNSURE = 0.5  # a cause less sure than this is an open question


def incident_report(reader: Follower, ref: str) -> str:
    """Markdown about `incident/ID` or a bare ID. Raises UnknownRefError, which knows the nearest there are."""
    kind, record = find(reader, ref if "/" in ref else f"incident/{ref}")
    if kind != "incident" or not isinstance(record, Incident):
        raise ValueError(f"{ref} is no incident; reports are made of incidents")
    return write(gather(reader, record))


def write(found: Gathered) -> str:
    """The report as text."""
    incident = found.incident
    lines = [f"# Incident {incident.id}: {plain(incident.title)}", "", summary(found), ""]
    lines += _section("At a glance", table(("", ""), _glance(found)))
    lines += _section("Impact", _impact(found))
    lines += _section("Timeline (UTC)", table(("Time", "Who", "What"), _timeline(found)))
    lines += _section("Probable cause", _cause(found))
    lines += _section("What was known when it opened", _kept(incident.context_then))
    lines += _section("What was known when it was resolved", _kept(incident.context_after))
    lines += _section("What was done", _done(found))
    lines += _section("Durations", table(("", ""), _durations(found)))
    lines += _section("Alerts", _alerts(found))
    lines += _section("Open questions", bullets(questions(found)) or ["None that the records raise."])
    return "\n".join(lines).rstrip() + "\n"


def summary(found: Gathered) -> str:
    """Two or three sentences."""
    incident = found.incident
    state = "It was resolved" if incident.resolved_at is not None else f"It is {incident.state.value}"
    took = f" after {span(incident.resolved_at - incident.opened_at)}" if incident.resolved_at is not None else ""
    where = f" at {plain(some(_site_names(found), 3))}" if incident.sites else ""
    cause = incident.causes[0] if incident.causes else None
    why = (
        f" Its probable cause is {plain(cause.entity or cause.alert_type)} ({cause.confidence:.0%} sure)."
        if cause
        else ""
    )
    return (
        f"A {NAMES[incident.severity]} incident{where} began on {_time(incident.opened_at)} "
        f"with {_many(len(found.alerts), 'alert')} ({incident.alert_count} firing events) and was raised by this rule: "
        f"{plain(incident.reason)}. {state}{took}.{why}"
    )


def questions(found: Gathered) -> list[str]:
    """What the records leave open: for the review to answer."""
    incident, asked = found.incident, []
    if incident.acknowledged_at is None:
        asked.append("Nobody acknowledged it. Who saw it, and when?")
    if not incident.causes:
        asked.append("No cause was found. What broke first?")
    elif incident.causes[0].confidence < UNSURE:
        asked.append(f"The cause is only {incident.causes[0].confidence:.0%} sure. Was it {_names(found)}?")
    if incident.resolved_at is not None and not _words_of_people(incident):
        asked.append("Nobody wrote what solved it. What was it?")
    reopened = sum("-> NEW" in note.text for note in incident.timeline)
    if reopened:
        asked.append(
            f"It came back {reopened} time{'s' * (reopened > 1)} after it was resolved. Was the cause removed?"
        )
    silent = sum(alert.end_reason == "expired" for alert in found.alerts)
    if silent:
        asked.append(f"{_many(silent, 'alert')} never cleared by the source ran out. Is that really over?")
    if incident.resolved_at is None:
        asked.append(f"It is not over: {incident.open_members} alerts still fire.")
    alone = [site.name or site.id for site in found.sites if not site.attributes.get("in_charge")]
    if alone:
        asked.append(f"Nobody is named in charge of {plain(some(alone, 3))}. Who is?")
    if found.changes:
        asked.append(f"{_many(len(found.changes), 'change')} made shortly before. Had one of them to do with it?")
    return asked


def _section(title: str, lines: list[str]) -> list[str]:
    return [f"## {title}", "", *lines, ""]


def _glance(found: Gathered) -> list[tuple[str, object]]:
    incident = found.incident
    rows: list[tuple[str, object]] = [
        ("Severity", NAMES[incident.severity]),
        ("State", incident.state.value),
        ("Priority", f"{incident.priority} of 100"),
        ("Opened", _time(incident.opened_at)),
        (
            "Acknowledged",
            _by(incident.acknowledged_at, found.people.get(incident.acknowledged_by or "", incident.acknowledged_by)),
        ),
        ("Resolved", _by(incident.resolved_at, None)),
        ("Closed", _by(incident.closed_at, None)),
        ("Assigned to", found.people.get(incident.assignee or "", incident.assignee or "nobody")),
    ]
    return rows


def _impact(found: Gathered) -> list[str]:
    incident = found.incident
    clients = sorted({site.client for site in found.sites if site.client})
    things = list(dict.fromkeys(alert.entity for alert in found.alerts if alert.entity))
    types = list(dict.fromkeys(alert.alert_type for alert in found.alerts))
    hidden = sum(cluster.suppressed_count for cluster in found.clusters)
    lines = [
        f"{_many(len(incident.sites), 'site')}: {plain(some(_site_names(found), 8)) or 'none named'}",
        f"{_many(len(clients), 'client')}: {plain(some(clients, 8)) or 'none named'}",
        f"{_many(len(things), 'thing')}: {plain(some(things, 8)) or 'none named'}",
        f"{_many(len(types), 'kind')} of alert: {plain(some(types, 8))}",
        f"{incident.alert_count} firing events, {hidden} of them shown within others",
    ]
    grave = [site for site in found.sites if (site.attributes.get("criticality") or 0) >= 4]
    if grave:
        lines.append(f"Critical sites among them: {plain(some(site.name or site.id for site in grave))}")
    if found.tickets:
        names = some((str(one.attributes.get("number") or one.id) for one in found.tickets), 8)
        lines.append(f"{_many(len(found.tickets), 'ticket')} opened there meanwhile: {plain(names)}")
    return bullets(lines)


def _timeline(found: Gathered) -> list[tuple[str, str, str]]:
    """Steps, deeds and the beginnings and ends of clusters; in the middle of a long one, lines are left out."""
    told: list[tuple[int, int, str, str]] = []
    for cluster in found.clusters:
        told.append((cluster.opened_at, 0, "engine", f"begins: {cluster.title} ({cluster.reason})"))
        if cluster.closed_at is not None:
            told.append((cluster.closed_at, 3, "engine", f"over: {cluster.title}, {cluster.members} alerts"))
    noted = {(note.time, note.actor) for note in found.incident.timeline}
    for note in found.incident.timeline:
        told.append((note.time, 1, note.actor, note.text))
    for change in found.changes[:CHANGES]:
        told.append(
            (change.time, 0, change.actor or "somebody", f"{change.kind} change: {change.summary} {change.place}")
        )
    told += [(row.time, 2, row.actor, row.outcome) for row in found.acts if (row.time, row.actor) not in noted]
    told.sort(key=lambda line: line[:2])
    rows = [(_time(time), found.people.get(who, who), what) for time, _, who, what in told]
    if len(rows) > LINES:
        left = len(rows) - LINES
        rows = [*rows[: LINES // 2], ("...", "", f"{left} lines left out"), *rows[-LINES // 2 :]]
    return rows


def _cause(found: Gathered) -> list[str]:
    if not found.incident.causes:
        return ["None was found."]
    lines = bullets(
        f"{'**' if place == 0 else ''}{plain(cause.entity or 'unknown')}{'**' if place == 0 else ''} by "
        f"{plain(cause.alert_type)}, {cause.confidence:.0%} sure: {plain(cause.text)}"
        for place, cause in enumerate(found.incident.causes)
    )
    if found.changes:
        lines += ["", "Changes of the hours before, newest first:", ""]
        lines += bullets(
            _change(found, one.time, f"{one.kind}: {one.summary}", one.place) for one in found.changes[:CHANGES]
        )
    return lines


def _kept(body: bytes) -> list[str]:
    """The context as it was kept with the incident at that moment."""
    lines: list[str] = []
    for title, facts, more in unpack(body):
        lines += [f"**{plain(title)}**", "", *bullets(plain(f"{label}: {text}") for label, text in facts)]
        lines += ([f"* and {more} more"] if more else []) + [""]
    return lines[:-1] if lines else ["Nothing was kept."]


def _change(found: Gathered, time: int, text: str, place: str) -> str:
    apart = found.incident.opened_at - time
    when = f"{span(apart)} before" if apart >= 0 else f"{span(-apart)} after it began"
    return f"{when}: {plain(text)}{f' ({plain(place)})' if place else ''}"


def _done(found: Gathered) -> list[str]:
    if not found.acts:
        return ["Nothing was done by a person through the console or the command line."]
    rows = [
        (_time(row.time), found.people.get(row.actor, row.actor), row.action, row.outcome, row.detail.get("note") or "")
        for row in found.acts
    ]
    return table(("Time", "Who", "Deed", "Outcome", "Note"), rows)


def _durations(found: Gathered) -> list[tuple[str, str]]:
    incident = found.incident
    first = min((row.time for row in found.acts), default=None)
    escalated = [note for note in incident.timeline if "escalat" in note.text.casefold()]
    return [
        ("To acknowledge", _after(incident, incident.acknowledged_at)),
        ("To the first deed of a person", _after(incident, first)),
        ("To resolve", _after(incident, incident.resolved_at)),
        ("To close", _after(incident, incident.closed_at)),
        ("From first to last event", span(max(0, incident.last_at - incident.opened_at))),
        ("Escalated", f"{len(escalated)} times" if escalated else "never"),
    ]


def _alerts(found: Gathered) -> list[str]:
    worst = sorted(found.alerts, key=lambda alert: (-alert.severity, alert.first_seen, alert.number))
    rows = [
        (
            NAMES[alert.severity], alert.alert_type, alert.entity or "-", alert.site or "-", _time(alert.first_seen),
            span(max(0, (alert.ended_at or found.ended) - alert.first_seen)), alert.count, alert.end_reason or "fires",
            alert.message[:120],
        )
        for alert in worst[:ALERTS]
    ]  # fmt: skip
    names = ("Severity", "Type", "Thing", "Site", "First", "Lasted", "Events", "End", "Message")
    more = ["", f"{len(worst) - ALERTS} more are not listed."] if len(worst) > ALERTS else []
    return [*table(names, rows), *more]


def _words_of_people(incident: Incident) -> bool:
    words, by = solution_of(incident)
    return by is not None and words != "resolved without a word"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _names(found: Gathered) -> str:
    return plain(some((cause.entity or cause.alert_type for cause in found.incident.causes), 3)).replace(", ", " or ")


def _site_names(found: Gathered) -> list[str]:
    names = {site.id: site.name or site.id for site in found.sites}
    return [names.get(site, site) for site in found.incident.sites]


def _after(incident: Incident, time: int | None) -> str:
    return "-" if time is None else span(max(0, time - incident.opened_at))


def _by(time: int | None, who: str | None) -> str:
    if time is None:
        return "no"
    return _time(time) + (f" by {who}" if who else "")


def _time(micros: int) -> str:
    return f"{times.to_datetime(micros):%Y-%m-%d %H:%M:%S}"
