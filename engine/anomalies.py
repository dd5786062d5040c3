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
from engine.settings.places import Places

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

    def __init__(self, tenant: str, places: Places, alerts: Lifecycle, teller: Teller, numbers: Numbers) -> None:
        self.tenant = tenant
        self.places = places
        self.alerts = alerts
        self.teller = teller
        self.numbers = numbers
        self.kept: dict[int, Anomaly] = {}
        self._by_id: dict[str, int] = {}
        self._by_event: dict[str, list[int]] = {}

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(list(self.kept.values()))

    def load(self, body: bytes) -> None:
        self.kept, self._by_id, self._by_event = {}, {}, {}
        for anomaly in msgspec.msgpack.decode(body, type=list[Anomaly]):
            self._keep(anomaly)

    def sight(self, sighting: Sighting) -> None:
        """Records it, or lets the one that is known of this event grow or shrink."""
        id = ids.derive("N", self.tenant, sighting.anomaly_type, sighting.event_source, sighting.event_id)
        known = self.kept.get(self._by_id.get(id, 0))
        if known is not None:
            self._again(known, sighting)
        elif sighting.confidence >= self._report_from(sighting.site):
            self._record(id, sighting)

    def withdraw(self, news: Withdrawal) -> None:
        """A swap excuses what it explains; the alert ends with it."""
        anomaly = self._excused(news)
        if anomaly is not None:
            anomaly.status = "WITHDRAWN"
            anomaly.evidence["withdrawn"] = news.reason
            self._changed(anomaly)
            self._clear(anomaly, news.reason, news.time)

    def verdict(self, event: Event) -> list[Anomaly]:
        """`fraud/EVENT_ID` judges all anomalies of the newest check-in with that id; `anomaly/ID` one of them. Gives
        those that were judged."""
        verdict: Verdict = event.data
        kind, _, id = verdict.target.partition("/")
        status = "CONFIRMED" if verdict.verdict == "confirmed" else "FALSE_POSITIVE"
        judged = list(self._targets(kind, id))
        for anomaly in judged:
            if not (anomaly.status == "WITHDRAWN" and status == "FALSE_POSITIVE"):
                anomaly.status = status
            anomaly.evidence["verdict"] = said(verdict)
            self._changed(anomaly)
        return judged

    def _record(self, id: str, sighting: Sighting) -> None:
        anomaly = Anomaly(
            number=self.numbers.take("anomaly"),
            id=id,
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
        self._keep(anomaly)
        if len(self.kept) > KEPT:
            self._forget()
        self._changed(anomaly)
        self._tell(anomaly)
        self.alerts.fire(self._signal(anomaly, sighting.text), 0)

    def _again(self, known: Anomaly, sighting: Sighting) -> None:
        """New evidence of the same anomaly. A person's word stays; what has lost its grounds is withdrawn."""
        known.confidence, known.severity = sighting.confidence, max(known.severity, sighting.severity)
        known.evidence |= {"text": sighting.text, **sighting.evidence}
        if known.status == "DETECTED" and sighting.confidence < self._report_from(sighting.site) / 2:
            known.status = "WITHDRAWN"
            known.evidence["withdrawn"] = f"weaker by now: {sighting.text}"
            self._clear(known, sighting.text, sighting.time)
        elif known.status == "WITHDRAWN" and sighting.confidence >= self._report_from(sighting.site):
            known.status = "DETECTED"
            known.evidence.pop("withdrawn", None)
            signal = self._signal(known, sighting.text)
            signal.time = sighting.time
            self.alerts.fire(signal, 0)
        self._changed(known)

    def _report_from(self, site: str | None) -> float:
        client = self.alerts.registry.client_of(site)
        return self.places.at(self.tenant, client, site).attendance.report_from

    def _excused(self, news: Withdrawal) -> Anomaly | None:
        if news.event_source is not None and news.event_id is not None:
            id = ids.derive("N", self.tenant, news.anomaly_type, news.event_source, news.event_id)
            found = self.kept.get(self._by_id.get(id, 0))
            return found if found is not None and found.status == "DETECTED" else None
        for anomaly in reversed(self.kept.values()):
            if anomaly.detected_at < news.since:
                break
            same = (anomaly.anomaly_type, anomaly.person, anomaly.site) == (news.anomaly_type, news.person, news.site)
            if same and anomaly.status == "DETECTED":
                return anomaly
        return None

    def _targets(self, kind: str, id: str) -> Iterable[Anomaly]:
        if kind == "anomaly":
            number = self._by_id.get(id)
            return [] if number is None else [self.kept[number]]
        found = [self.kept[number] for number in reversed(self._by_event.get(id, ()))] if kind == "fraud" else []
        return [anomaly for anomaly in found if anomaly.event_source == found[0].event_source]

    def _keep(self, anomaly: Anomaly) -> None:
        self.kept[anomaly.number] = anomaly
        self._by_id[anomaly.id] = anomaly.number
        self._by_event.setdefault(anomaly.event_id, []).append(anomaly.number)

    def _forget(self) -> None:
        oldest = self.kept.pop(next(iter(self.kept)))
        del self._by_id[oldest.id]
        left = self._by_event[oldest.event_id]
        left.remove(oldest.number)
        if not left:
            del self._by_event[oldest.event_id]

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

    def _clear(self, anomaly: Anomaly, reason: str, time: int) -> None:
        signal = self._signal(anomaly, reason)
        signal.firing, signal.time = False, time
        self.alerts.clear(signal, 0)

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


def said(verdict: Verdict) -> str:
    """A verdict in one line."""
    words = [verdict.verdict, f"by {verdict.actor}" if verdict.actor else "", verdict.note or ""]
    return " ".join(word for word in words if word)
