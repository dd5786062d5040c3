"""A reader over lists, and the records that tests put on it."""

from collections.abc import Iterator
from typing import Any

import msgspec

from data import times
from data.records.alert import Alert, AlertStatus
from data.records.audit import AuditRow, DeadLetter
from data.records.cluster import Cluster
from data.records.correlation import Correlation
from data.records.entity import Entity, Link
from data.records.feed import FeedEntry
from data.records.finding import Anomaly, Finding
from data.records.fraud import FraudScore
from data.records.incident import Cause, Incident, IncidentState, Note
from data.records.outbox import Notification
from data.records.prediction import Prediction
from data.records.reasons import REASONS
from data.records.run import Run

T0 = times.parse("2026-01-05T00:00:00Z")


def within(time: int, since: int | None, until: int | None) -> bool:
    return (since is None or time >= since) and (until is None or time < until)


class Shelf:
    """What the store's reader promises, from lists that a test fills."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, bytes, int, int]] = []  # (position, line, received, time)
        self.assigned: list[tuple[bytes, int, int, int, int]] = []  # (line, alert, reason code, cluster, time)
        self.shelves: dict[str, list[Any]] = {}
        self.closed = False

    def put(self, *records: Any) -> "Shelf":
        for record in records:
            self.shelves.setdefault(type(record).__name__, []).append(record)
        return self

    def take(self, line: bytes, received: int = T0) -> None:
        time = times.parse(msgspec.json.decode(line)["time"])
        self.lines.append((len(self.lines) + 1, line, received, time))

    def assign(self, line: bytes, number: int, reason: str | None) -> None:
        self.take(line)
        home = next((alert.cluster for alert in self.shelves.get("Alert", []) if alert.number == number), None)
        self.assigned.append((line, number, REASONS.index(reason), home or 0, self.lines[-1][3]))

    def _of(self, name: str, field: str, since: int | None, until: int | None) -> Iterator[Any]:
        records = [one for one in self.shelves.get(name, []) if within(getattr(one, field), since, until)]
        return iter(sorted(records, key=lambda one: getattr(one, field)))

    def events(self, since: int | None, until: int | None) -> Iterator[tuple[int, bytes, int]]:
        return iter([row[:3] for row in sorted(self.lines, key=lambda row: row[3]) if within(row[3], since, until)])

    def assignments(self, since: int | None, until: int | None) -> Iterator[tuple[bytes, int, int, int]]:
        return iter([row[:4] for row in sorted(self.assigned, key=lambda row: row[4]) if within(row[4], since, until)])

    def alerts(self, since: int | None, until: int | None) -> Iterator[Alert]:
        return self._of("Alert", "first_seen", since, until)

    def clusters(self, since: int | None, until: int | None) -> Iterator[Cluster]:
        return self._of("Cluster", "opened_at", since, until)

    def incidents(self, since: int | None, until: int | None) -> Iterator[Incident]:
        return self._of("Incident", "opened_at", since, until)

    def findings(self, since: int | None, until: int | None) -> Iterator[Finding]:
        return self._of("Finding", "detected_at", since, until)

    def anomalies(self, since: int | None, until: int | None) -> Iterator[Anomaly]:
        return self._of("Anomaly", "detected_at", since, until)

    def correlations(self, since: int | None, until: int | None) -> Iterator[Correlation]:
        return self._of("Correlation", "detected_at", since, until)

    def predictions(self, since: int | None, until: int | None) -> Iterator[Prediction]:
        return self._of("Prediction", "made_at", since, until)

    def notifications(self, since: int | None, until: int | None) -> Iterator[Notification]:
        return self._of("Notification", "made_at", since, until)

    def runs(self, since: int | None, until: int | None) -> Iterator[Run]:
        return self._of("Run", "made_at", since, until)

    def fraud(self, since: int | None, until: int | None) -> Iterator[FraudScore]:
        return self._of("FraudScore", "time", since, until)

    def entities(self, kind: str | None = None) -> Iterator[Entity]:
        return iter([one for one in self.shelves.get("Entity", []) if kind in (None, one.kind)])

    def links(self) -> Iterator[Link]:
        return iter(self.shelves.get("Link", []))

    def feed(self, since: int | None, until: int | None) -> Iterator[FeedEntry]:
        return self._of("FeedEntry", "time", since, until)

    def feed_back(
        self, since: int, until: int, *, partition: str, before: int | None = None, wanted: Any = None
    ) -> Any:
        del wanted  # nothing is stored as bytes here
        found = [one for one in self.feed(since, until) if one.partition == partition]
        yield 1, len(found), [one for one in reversed(found) if before is None or one.sequence < before]

    def audit(self, since: int | None, until: int | None) -> Iterator[AuditRow]:
        return self._of("AuditRow", "time", since, until)

    def dead_letters(self, since: int | None, until: int | None) -> Iterator[DeadLetter]:
        return self._of("DeadLetter", "received_at", since, until)

    def event(self, source: str, id: str) -> tuple[int, bytes, int] | None:
        for position, line, received, _ in self.lines:
            told = msgspec.json.decode(line)
            if (told["source"], told["id"]) == (source, id):
                return position, line, received
        return None

    def close(self) -> None:
        self.closed = True


def line(name: str, kind: str = "noc.alert.firing", time: int = T0, **more: Any) -> bytes:
    """One event as the journal holds it."""
    event = {"specversion": "1.0", "id": name, "source": "desk", "type": kind, "time": times.text(time), "data": {}}
    return msgspec.json.encode(event | more)


def alert(number: int, cluster: int | None = None, **more: Any) -> Alert:
    given: dict[str, Any] = {
        "number": number, "id": f"A-{number:010d}", "tenant": "default", "fingerprint": 7, "alert_type": "LinkDown",
        "severity": 4, "status": AlertStatus.NEW, "entity": "host/web-1", "site": "S1", "client": "C1",
        "message": "port 4 down", "template": "port <n> down", "labels": {"rack": "r2"}, "annotations": {},
        "source": "desk", "started_at": T0, "first_seen": T0 + number, "last_seen": T0 + number + times.MINUTE,
        "expires_at": T0 + times.HOUR, "count": 3, "priority": 61, "cluster": cluster,
        "cluster_reason": "same site, 40 s apart",
    }  # fmt: skip
    return Alert(**(given | more))


def cluster(number: int, incident: int | None = None, **more: Any) -> Cluster:
    given: dict[str, Any] = {
        "number": number, "id": f"C-{number:010d}", "tenant": "default", "opened_at": T0 + number,
        "last_at": T0 + times.HOUR, "severity": 4, "title": "3 alerts at S1", "reason": "LinkDown at S1",
        "sites": ["S1"], "alert_types": ["LinkDown"], "entities": ["host/web-1"], "members": 2, "open_members": 1,
        "alert_count": 6, "suppressed_count": 4, "priority": 70, "incident": incident, "lead": 1,
    }  # fmt: skip
    return Cluster(**(given | more))


def incident(number: int, clusters: list[int], **more: Any) -> Incident:
    given: dict[str, Any] = {
        "number": number, "id": f"I-{number:010d}", "tenant": "default", "state": IncidentState.NEW, "severity": 5,
        "title": "Uplink of S1", "opened_at": T0 + number, "last_at": T0 + times.HOUR, "reason": "CRITICAL alert",
        "sites": ["S1"], "clusters": clusters, "alert_count": 6, "priority": 88,
        "causes": [Cause("host/web-1", "LinkDown", 0.8, "it was first")], "timeline": [Note(T0, "engine", "opened")],
    }  # fmt: skip
    return Incident(**(given | more))


def finding(number: int, **more: Any) -> Finding:
    given: dict[str, Any] = {
        "number": number, "id": f"F-{number:010d}", "tenant": "default", "finding_type": "TOUR_MISSED",
        "category": "SECURITY", "severity": 3, "status": "NEW", "site": "S1", "person": "P1", "entity": "task/K1",
        "detected_at": T0, "window_start": T0 - times.HOUR, "window_end": T0, "title": "Tour K1 missed",
        "evidence": {"completed": 3, "of": 10},
    }  # fmt: skip
    return Finding(**(given | more))


def anomaly(number: int, **more: Any) -> Anomaly:
    given: dict[str, Any] = {
        "number": number, "id": f"N-{number:010d}", "tenant": "default", "anomaly_type": "GPS_SPOOFING",
        "severity": 4, "status": "DETECTED", "person": "P1", "site": "S1", "event_source": "desk", "event_id": "e1",
        "detected_at": T0, "confidence": 0.9, "evidence": {"speed_kmh": 812.0, "why": "faster than any vehicle"},
    }  # fmt: skip
    return Anomaly(**(given | more))
