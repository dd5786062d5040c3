"""Anomalies of attendance: recorded, raised as alerts, withdrawn by later news, judged by verdicts."""

from collections.abc import Iterable
from typing import Any

import msgspec

from data import ids
from data.payloads import Verdict
from data.records.finding import Anomaly
from data.wire import Event
from engine.alerts.lifecycle import Lifecycle
from engine.alerts.signal import Signal, identity
from engine.decisions import Numbers, Teller
from engine.detect.report import Sighting, Withdrawal

# The alert that an anomaly raises, by the field's names.
ALERT_TYPES = {
    "WRONG_PERSON": "WRONG_PERSON_AT_SITE",
    "UNAUTHORIZED_SITE": "UNAUTHORIZED_SITE_ACCESS",
    "GEOFENCE_VIOLATION": "GEOFENCE_BREACH",
    "BIOMETRIC_ANOMALY": "BIOMETRIC_PATTERN_ANOMALY",
}
KEPT = 5_000  # anomalies that a verdict or a swap can still reach; older ones stand as they are


class Anomalies:
    """The newest anomalies of one partition, by number."""

    def __init__(self, tenant: str, alerts: Lifecycle, teller: Teller, numbers: Numbers) -> None:
        self.tenant = tenant
        self.alerts = alerts
        self.teller = teller
        self.numbers = numbers
        self.kept: dict[int, Anomaly] = {}

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(list(self.kept.values()))

    def load(self, body: bytes) -> None:
        self.kept = {each.number: each for each in msgspec.msgpack.decode(body, type=list[Anomaly])}

    def sight(self, sighting: Sighting) -> None:
        number = self.numbers.take("anomaly")
        anomaly = Anomaly(
            number=number,
            id=ids.derive("N", self.tenant, sighting.anomaly_type, sighting.event_source, sighting.event_id),
            tenant=self.tenant,
            anomaly_type=sighting.anomaly_type,
            severity=sighting.severity,
            status="DETECTED",
            person=sighting.person,
            site=sighting.site,
            event_source=sighting.event_source,
            event_id=sighting.event_id,
            detected_at=sighting.time,
            confidence=sighting.confidence,
            evidence={"text": sighting.text, **sighting.evidence},
        )
        self.kept[number] = anomaly
        if len(self.kept) > KEPT:
            del self.kept[next(iter(self.kept))]
        self._changed(anomaly)
        self._tell(anomaly)
        self.alerts.fire(self._signal(anomaly, sighting.text), 0)

    def withdraw(self, news: Withdrawal) -> None:
        """A swap excuses what it explains; the alert ends with it."""
        for anomaly in self._newest_first():
            if anomaly.detected_at < news.since:
                break
            same = (anomaly.anomaly_type, anomaly.person, anomaly.site) == (news.anomaly_type, news.person, news.site)
            if same and anomaly.status == "DETECTED":
                anomaly.status = "WITHDRAWN"
                anomaly.evidence["withdrawn"] = news.reason
                self._changed(anomaly)
                signal = self._signal(anomaly, news.reason)
                signal.firing, signal.time = False, news.time
                self.alerts.clear(signal, 0)
                return

    def verdict(self, event: Event) -> None:
        """`fraud/EVENT_ID` judges all anomalies of the newest check-in with that id; `anomaly/ID` one of them."""
        verdict: Verdict = event.data
        kind, _, id = verdict.target.partition("/")
        status = "CONFIRMED" if verdict.verdict == "confirmed" else "FALSE_POSITIVE"
        for anomaly in self._targets(kind, id):
            anomaly.status = status
            anomaly.evidence["verdict"] = _said(verdict)
            self._changed(anomaly)

    def _targets(self, kind: str, id: str) -> Iterable[Anomaly]:
        if kind == "anomaly":
            return [anomaly for anomaly in self.kept.values() if anomaly.id == id]
        found = [anomaly for anomaly in self._newest_first() if kind == "fraud" and anomaly.event_id == id]
        return [anomaly for anomaly in found if anomaly.event_source == found[0].event_source]

    def _newest_first(self) -> list[Anomaly]:
        return list(self.kept.values())[::-1]

    def _signal(self, anomaly: Anomaly, text: str) -> Signal:
        alert_type = ALERT_TYPES.get(anomaly.anomaly_type, anomaly.anomaly_type)
        entity = f"person/{anomaly.person}"
        return Signal(
            firing=True,
            alert_type=alert_type,
            severity=anomaly.severity,
            time=anomaly.detected_at,
            source="noc/attendance",
            fingerprint=identity(alert_type, entity, anomaly.site),
            cause=ids.fingerprint(anomaly.id),
            entity=entity,
            site=anomaly.site,
            message=f"{self.alerts.registry.label(entity)}: {text}",
            labels={"anomaly": anomaly.id},
        )

    def _changed(self, anomaly: Anomaly) -> None:
        self.teller.out.anomalies[anomaly.number] = anomaly

    def _tell(self, anomaly: Anomaly) -> None:
        label = self.alerts.registry.label
        data: dict[str, Any] = {
            "anomaly_id": anomaly.id,
            "person_id": anomaly.person,
            "person_name": label(f"person/{anomaly.person}"),
            "site_id": anomaly.site,
            "site_name": label(f"site/{anomaly.site}") if anomaly.site else None,
            "anomaly_type": anomaly.anomaly_type,
            "fraud_score": anomaly.confidence,
            "text": anomaly.evidence["text"],
        }
        ref = f"anomaly/{anomaly.id}"
        self.teller.tell("anomaly_detected", anomaly.detected_at, ref, anomaly.site, anomaly.severity, data)


def _said(verdict: Verdict) -> str:
    words = [verdict.verdict, f"by {verdict.actor}" if verdict.actor else "", verdict.note or ""]
    return " ".join(word for word in words if word)
