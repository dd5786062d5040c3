"""Why a finding or an anomaly was raised: the evidence it was raised on."""

from typing import Any

from data.records.finding import Anomaly, Finding
from data.store import Reader
from engine.explain.telling import Explanation, history, moment, plain, severity, span


def explain_finding(reader: Reader, found: Finding) -> Explanation:
    told = Explanation(f"finding/{found.id}", f"{severity(found.severity)} {found.finding_type}: {found.title}")
    told.fact("category", found.category)
    told.fact("status", found.status)
    told.fact("site", found.site)
    told.fact("person", found.person)
    told.fact("entity", found.entity)
    told.fact("detected", moment(found.detected_at))
    length = span(found.window_end - found.window_start)
    told.fact("window", f"{moment(found.window_start)} to {moment(found.window_end)}, {length}")
    told.because.append(found.title)
    _evidence(told, found.evidence)
    told.timeline = history(reader, told.ref, found.tenant, found.detected_at, None)
    return told


def explain_anomaly(reader: Reader, found: Anomaly) -> Explanation:
    told = Explanation(f"anomaly/{found.id}", f"{severity(found.severity)} {found.anomaly_type} of {found.person}")
    told.fact("status", found.status)
    told.fact("person", found.person)
    told.fact("site", found.site)
    told.fact("detected", moment(found.detected_at))
    told.fact("confidence", f"{found.confidence:.0%}")
    told.fact("event", f"{found.event_source} {found.event_id}")
    told.because.append(
        f"{found.anomaly_type} with confidence {found.confidence:.0%}, seen in one event of {found.person}"
    )
    _evidence(told, found.evidence)
    event = reader.event(found.event_source, found.event_id)
    if event is None:
        told.evidence.append(("event", "no longer in the journal"))
    told.timeline = history(reader, told.ref, found.tenant, found.detected_at, None)
    return told


def _evidence(told: Explanation, evidence: dict[str, Any]) -> None:
    for name, value in evidence.items():
        if name == "runbook" and isinstance(value, dict):
            _runbook(told, value)
        elif name in ("why", "reason", "rule"):
            told.because.append(plain(value))
        else:
            told.evidence.append((name.replace("_", " "), plain(value)))


def _runbook(told: Explanation, book: dict[str, Any]) -> None:
    """What to do, and how long before somebody else is asked."""
    within = book.get("escalate_after_min")
    told.evidence.append(
        (
            "runbook",
            f"{book.get('name')}: {book.get('title')} ({book.get('matched')}); {book.get('role')}, within {within} min",
        )
    )
    for place, step in enumerate(book.get("steps") or (), 1):
        told.evidence.append((f"step {place}", plain(step)))
