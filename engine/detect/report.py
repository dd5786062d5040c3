"""What a detector reports."""

from typing import Any

import msgspec

from engine.alerts.signal import Signal


class Sighting(msgspec.Struct, frozen=True):
    """An attendance anomaly: `confidence` 0-1, severity 1-5, evidence in plain numbers and words."""

    anomaly_type: str
    severity: int
    confidence: float
    person: str
    site: str | None
    event_source: str
    event_id: str
    time: int
    text: str
    evidence: dict[str, Any]


class Withdrawal(msgspec.Struct, frozen=True):
    """Later news excuses an anomaly: the newest one of this type, person and site after `since`."""

    anomaly_type: str
    person: str
    site: str
    since: int
    time: int
    reason: str


Report = Sighting | Withdrawal | Signal
