"""What became of one event."""

from typing import Any

from data import times
from data.records import DEFAULT_TENANT
from data.records.reasons import REASONS
from data.store import Reader
from data.wire import document
from engine.explain.alerts import MEANING
from engine.explain.lookup import UnknownRefError
from engine.explain.telling import Explanation, moment, plain, severity
from engine.exports.homes import Homes

_ENVELOPE = ("specversion", "id", "source", "type", "time", "tenant", "subject", "data")


def explain_event(reader: Reader, source: str, event_id: str) -> Explanation:
    """Raises UnknownRefError where no such event was taken; it may have been refused."""
    found = reader.event(source, event_id)
    if found is None:
        raise UnknownRefError(f"event {source} {event_id}", [])
    position, line, received = found
    event = document(line)
    told = Explanation(f"event {source} {event_id}", event["type"])
    time = times.parse(event["time"])
    told.fact("time", moment(time))
    told.fact("received", moment(received))
    told.fact("tenant", event.get("tenant") or DEFAULT_TENANT)
    told.fact("subject", event.get("subject"))
    told.fact("journal", f"position {position}")
    kind = event["type"]
    if kind in ("noc.alert.firing", "noc.alert.resolved"):
        _assigned(told, reader, line, time)
    _anomalies(told, reader, source, event_id, time)
    if not told.because:
        told.because.append("Taken and observed; nothing was raised from it alone")
    _contents(told, event)
    return told


def _assigned(told: Explanation, reader: Reader, line: bytes, time: int) -> None:
    for other, number, code, cluster_number in reader.assignments(time, time + 1):
        if other != line:
            continue
        reason = REASONS[code]
        if number < 0:
            told.because.append("It belongs to no alert: none of its identity was open")
        else:
            homes = Homes(reader)
            alert = homes.of_alerts().get(number)
            cluster, incident = homes.of_event(number, cluster_number)
            told.fact("alert", alert)
            told.fact("cluster", cluster)
            told.fact("incident", incident)
            told.because.append(f"It belongs to alert/{alert}, by type, entity, site and labels")
        if reason is None:
            told.because.append("Not suppressed: it is shown")
        else:
            told.because.append(f"Suppressed as {reason}: {MEANING.get(reason, reason)}")
        return


def _anomalies(told: Explanation, reader: Reader, source: str, event_id: str, time: int) -> None:
    for found in reader.anomalies(time, None):
        if found.event_id == event_id and found.event_source == source:
            told.because.append(
                f"anomaly/{found.id} was raised: {severity(found.severity)} {found.anomaly_type}, {found.status}"
            )


def _contents(told: Explanation, event: dict[str, Any]) -> None:
    data = event.get("data")
    if isinstance(data, dict):
        told.evidence += [(name, plain(value)) for name, value in data.items()]
    told.evidence += [(name, plain(value)) for name, value in event.items() if name not in _ENVELOPE]
