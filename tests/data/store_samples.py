"""Records and commits for tests of stores."""

from pathlib import Path
from typing import Any

from data import ids, times
from data.records.alert import Alert, AlertStatus
from data.records.audit import AuditRow, DeadLetter
from data.records.cluster import Cluster
from data.records.correlation import Correlation
from data.records.entity import Entity
from data.records.feed import FeedEntry
from data.records.finding import Anomaly, Finding
from data.records.fraud import FraudScore
from data.records.incident import Cause, Incident, IncidentState, Note
from data.records.model import ModelVersion
from data.records.prediction import Prediction
from data.store import Segment

START = times.parse("2024-05-01T00:00:00Z")
TENANT = "default"


def line(seq: int, time: int, *, source: str = "test", tenant: str = TENANT, kind: str = "noc.test") -> bytes:
    extra = "" if tenant == TENANT else f',"tenant":"{tenant}"'
    return (
        f'{{"specversion":"1.0","id":"e{seq}","source":"{source}","type":"{kind}","time":"{times.text(time)}"{extra},'
        f'"data":{{"entity":"host/web-{seq % 7}","message":"Load of {seq % 50} on worker {seq % 9}"}}}}'
    ).encode()


def identity(seq: int, source: str = "test", tenant: str = TENANT) -> int:
    return ids.fingerprint(tenant, source, f"e{seq}")


def candidate(seq: int, source: str = "test", tenant: str = TENANT) -> tuple[int, str, str, str]:
    """What `Store.known` is asked about event `seq`."""
    return identity(seq, source, tenant), tenant, source, f"e{seq}"


def segment(first: int, count: int, *, step: int = times.SECOND, **given: Any) -> Segment:
    """Events `first` to `first + count - 1`, one every `step` microseconds; every third is of an alert."""
    moments = [START + seq * step for seq in range(first, first + count)]
    return Segment(
        first,
        [line(seq, moment, **given) for seq, moment in enumerate(moments, first)],
        [
            identity(seq, given.get("source", "test"), given.get("tenant", TENANT))
            for seq in range(first, first + count)
        ],
        [START + 5 + seq // 10 for seq in range(first, first + count)],
        min(moments),
        max(moments),
        [(offset, -1 if offset % 2 else 1, offset % 10, offset % 5) for offset in range(0, count, 3)],
    )


def alert(number: int, **given: Any) -> Alert:
    known: dict[str, Any] = {
        "number": number,
        "id": ids.derive("A", TENANT, str(number)),
        "tenant": TENANT,
        "fingerprint": ids.fingerprint("alert", str(number)),
        "alert_type": "HighLoad",
        "severity": 3,
        "status": AlertStatus.NEW,
        "entity": f"host/web-{number}",
        "site": "S1",
        "client": "C1",
        "message": f"Load of {number}",
        "template": "Load of #",
        "labels": {"job": "node"},
        "annotations": {},
        "source": "test",
        "started_at": START,
        "first_seen": START + number,
        "last_seen": START + number,
        "expires_at": START + number + 900,
    }
    return Alert(**(known | given))


def cluster(number: int, **given: Any) -> Cluster:
    known: dict[str, Any] = {
        "number": number,
        "id": ids.derive("K", TENANT, str(number)),
        "tenant": TENANT,
        "opened_at": START + number,
        "last_at": START + number,
        "severity": 4,
        "title": "High load",
        "reason": "same site",
        "sites": ["S1"],
        "alert_types": ["HighLoad"],
        "entities": ["host/web-1"],
    }
    return Cluster(**(known | given))


def incident(number: int, **given: Any) -> Incident:
    known: dict[str, Any] = {
        "number": number,
        "id": ids.derive("I", TENANT, str(number)),
        "tenant": TENANT,
        "state": IncidentState.NEW,
        "severity": 4,
        "title": "Site S1 is slow",
        "opened_at": START + number,
        "last_at": START + number,
        "reason": "three alerts",
        "sites": ["S1"],
        "clusters": [1],
        "causes": [Cause("host/web-1", "HighLoad", 0.75, "it was first")],
        "timeline": [Note(START, "engine", "opened")],
    }
    return Incident(**(known | given))


def finding(number: int, **given: Any) -> Finding:
    known: dict[str, Any] = {
        "number": number,
        "id": ids.derive("F", TENANT, str(number)),
        "tenant": TENANT,
        "finding_type": "TOUR_MISSED",
        "category": "SAFETY",
        "severity": 3,
        "status": "NEW",
        "site": "S1",
        "person": None,
        "entity": "task/K1",
        "detected_at": START + number,
        "window_start": START,
        "window_end": START + number,
        "title": "Tour missed",
        "evidence": {"completed": 0.5, "of": [1, 2]},
    }
    return Finding(**(known | given))


def anomaly(number: int, **given: Any) -> Anomaly:
    known: dict[str, Any] = {
        "number": number,
        "id": ids.derive("N", TENANT, str(number)),
        "tenant": TENANT,
        "anomaly_type": "LATE_ARRIVAL",
        "severity": 2,
        "status": "DETECTED",
        "person": "P1",
        "site": "S1",
        "event_source": "test",
        "event_id": f"e{number}",
        "detected_at": START + number,
        "confidence": 0.9,
        "evidence": {"minutes": 12},
    }
    return Anomaly(**(known | given))


def fraud(number: int, **given: Any) -> FraudScore:
    known: dict[str, Any] = {
        "number": number,
        "tenant": TENANT,
        "event_source": "test",
        "event_id": f"e{number}",
        "person": "P1",
        "site": "S1",
        "time": START + number,
        "probability": 0.25,
        "score": 0.3,
        "level": "LOW",
        "anomalies": ["LATE_ARRIVAL"],
        "reasons": ["20 min late"],
        "decided_at": START + number,
        "vector": [0.5, None],
    }
    return FraudScore(**(known | given))


def prediction(number: int, **given: Any) -> Prediction:
    known: dict[str, Any] = {
        "number": number,
        "id": ids.derive("P", TENANT, str(number)),
        "tenant": TENANT,
        "kind": "sla_breach",
        "entity": "ticket/T1",
        "made_at": START + number,
        "deadline": None,
        "probability": 0.4,
        "alerted": False,
    }
    return Prediction(**(known | given))


def correlation(number: int, **given: Any) -> Correlation:
    known: dict[str, Any] = {
        "number": number,
        "id": ids.derive("R", TENANT, str(number)),
        "tenant": TENANT,
        "person": "P1",
        "site": None,
        "severity": 4,
        "score": 0.8,
        "signals": {"phone_events_count": 0.0},
        "alert_ids": ["A-1"],
        "detected_at": START + number,
    }
    return Correlation(**(known | given))


def model(number: int, **given: Any) -> ModelVersion:
    known: dict[str, Any] = {
        "number": number,
        "tenant": TENANT,
        "kind": "sla",
        "version": f"sla-{number}",
        "status": "LIVE",
        "made_at": START + number,
        "checksum": "00",
        "about": {"rows": 5},
        "body": b"\x00\xff",
    }
    return ModelVersion(**(known | given))


def entity(key: str, seq: int, tenant: str = TENANT, **given: Any) -> Entity:
    return Entity(f"host/{key}", tenant, START, seq, **given)


def entry(sequence: int, partition: str = TENANT, **given: Any) -> FeedEntry:
    known: dict[str, Any] = {
        "partition": partition,
        "sequence": sequence,
        "time": START + sequence,
        "type": "alert.created",
        "ref": f"alert/A-{sequence}",
        "site": "S1",
        "severity": 3,
        "data": {"message": "Load", "labels": {"job": "node"}},
    }
    return FeedEntry(**(known | given))


def audit(seq: int, time: int = START) -> AuditRow:
    return AuditRow(time, TENANT, "ann", "acknowledge", "alert/A-1", "done", {"note": "on it"}, seq)


def letter(received: int, line: int | None = None) -> DeadLetter:
    return DeadLetter(received, "file x", None, "no `id`", "{}", received if line is None else line)


def files(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern))
