"""Why an alert is as it is: what makes it one alert, why it is where it is, what was suppressed and how it ended."""

from collections import Counter

from data import times
from data.records.alert import Alert
from data.records.cluster import Cluster
from data.records.reasons import REASONS
from data.store import Reader
from engine.explain.mutes import muted_because
from engine.explain.ranks import ranked
from engine.explain.telling import Explanation, history, moment, plain, severity, some, span
from engine.explain.told import told_whom
from engine.exports.homes import Homes
from engine.settings import Config

MEANING = {
    "duplicate": "it repeats an alert that was already firing",
    "flapping": "the alert changed back and forth too often",
    "burst": "it came in a storm that is told as one",
    "cluster": "its cluster already shows the same trouble",
    "inhibited": "a graver alert of the same cause speaks for it",
    "maintenance": "a maintenance window covers it",
    "silence": "a silence covers it",
    "dependency": "something it depends on is down",
    "late": "it came later than the allowance for late events",
}
_ENDS = {
    "resolved": "its source cleared it",
    "expired": "it was not repeated within its lease",
    "operator": "an operator resolved it",
}


def explain_alert(reader: Reader, alert: Alert, config: Config | None = None) -> Explanation:
    told = Explanation(f"alert/{alert.id}", f"{severity(alert.severity)} {alert.alert_type}: {alert.message}")
    homes = Homes(reader)
    cluster, incident = homes.of_cluster(alert.cluster)
    _identity(told, alert)
    told.fact("status", f"{alert.status}{f', {alert.assignee}' if alert.assignee else ''}")
    told.fact("first seen", moment(alert.first_seen))
    told.fact("last seen", f"{moment(alert.last_seen)}, {span(alert.last_seen - alert.first_seen)} later")
    told.fact("firing events", alert.count)
    told.fact("ended", _end(alert))
    told.fact("priority", f"{alert.priority} of 100")
    told.fact("cluster", cluster)
    told.fact("incident", incident)
    holder = _cluster(reader, homes, alert)
    _placed(told, alert, holder, incident)
    _suppressed(told, reader, alert, f"incident/{incident}" if incident else f"cluster/{cluster}" if cluster else "")
    told.because += ranked(alert)
    told.because += told_whom(reader, alert, config)
    _evidence(told, alert, holder)
    told.timeline = history(reader, told.ref, alert.tenant, alert.first_seen, _until(alert))
    return told


def _identity(told: Explanation, alert: Alert) -> None:
    told.fact("entity", alert.entity)
    told.fact("site", alert.site)
    told.fact("client", alert.client)
    told.fact("source", alert.source)
    told.because.append(
        f"One alert: events of type {alert.alert_type}, entity {alert.entity or 'none'}, site {alert.site or 'none'}, "
        f"fingerprint {alert.fingerprint & 0xFFFFFFFFFFFFFFFF:016x} are the same alert while it fires"
    )


def _end(alert: Alert) -> str:
    if alert.ended_at is None:
        return f"not yet; ends at {moment(alert.expires_at)} unless it repeats"
    why = _ENDS.get(alert.end_reason or "", alert.end_reason or "reason not known")
    return f"{moment(alert.ended_at)}: {why}, after {span(alert.ended_at - alert.first_seen)}"


def _placed(told: Explanation, alert: Alert, cluster: Cluster | None, incident: str | None) -> None:
    if cluster is None:
        told.because.append("In no cluster: nothing open was alike enough, so it stands alone as an item")
        return
    opened = "it opened the cluster" if cluster.lead == alert.number else ""
    why = "; ".join(part for part in (opened, alert.cluster_reason) if part)
    told.because.append(f"In cluster/{cluster.id}: {why or 'the reason was not kept'}")
    if incident is not None:
        told.because.append(f"In incident/{incident}, because its cluster is")


def _suppressed(told: Explanation, reader: Reader, alert: Alert, home: str) -> None:
    """What became of each of its events, from the journal."""
    reasons: Counter[str | None] = Counter()
    for _, number, code, _ in reader.assignments(alert.first_seen, max(alert.last_seen, alert.ended_at or 0) + 1):
        if number == alert.number:
            reasons[REASONS[code]] += 1
    shown = reasons.pop(None, 0)
    if not reasons:
        told.because.append(f"Not suppressed: all its {shown} events are shown")
    for reason, count in sorted(reasons.items(), key=lambda entry: (-entry[1], entry[0] or "")):
        told.because.append(f"{count} of its events suppressed as {reason}: {MEANING.get(reason or '', reason)}")
    if reasons and not shown:
        told.because.append(f"None of its own events is shown; its home is {home or 'this alert'}")
    told.because += muted_because(reader, alert)


def _cluster(reader: Reader, homes: Homes, alert: Alert) -> Cluster | None:
    if alert.cluster is None:
        return None
    number = homes.survivor(alert.cluster)
    return next((found for found in reader.clusters(None, None) if found.number == number), None)


def _evidence(told: Explanation, alert: Alert, cluster: Cluster | None) -> None:
    if cluster is not None:
        told.evidence.append(("cluster", f"{cluster.title}: {cluster.reason}"))
        told.evidence.append(("beside it", f"{cluster.members} alerts of {some(cluster.alert_types)}"))
    told.evidence.append(("template", alert.template))
    told.evidence += [(f"label {name}", plain(value)) for name, value in alert.labels.items()]
    told.evidence += [(name, plain(value)) for name, value in alert.annotations.items()]
    if alert.generator_url:
        told.evidence.append(("more at", alert.generator_url))


def _until(alert: Alert) -> int | None:
    """Until when something can have been told of it: an open alert has no end yet."""
    if alert.ended_at is None:
        return None
    return max(alert.ended_at, alert.last_seen, alert.acknowledged_at or 0) + times.DAY
