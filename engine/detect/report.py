"""What a detector reports."""

from typing import Any

import msgspec

from engine.alerts.signal import Signal


class Sighting(msgspec.Struct, frozen=True):
    """Evidence of an attendance anomaly: `confidence` 0-1, severity 1-5, evidence in plain numbers and words. Told
    again for the same event it is the same anomaly, which grows or shrinks; below `attendance.report_from` it is none,
    but counts in the fraud score."""

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
    again: bool = False  # told before of this event, or too weak to be an anomaly


class Withdrawal(msgspec.Struct, frozen=True):
    """Later news excuses an anomaly: the one of that event, or without an event the newest of this type, person and
    site after `since`."""

    anomaly_type: str
    person: str
    site: str
    since: int
    time: int
    reason: str
    event_source: str | None = None
    event_id: str | None = None


class Found(msgspec.Struct, frozen=True):
    """A condition that a detector or an audit found; told again while it lasts, it is the same finding and grows.

    `key` names what it is about (type and place, mostly): one open finding a key. With `lasts` it is open until an
    `Over` with the same key; without, it is one look at one moment, and telling it again within the reopen window of
    its alert makes it grow too. `evidence` holds numbers and words; severity 1-5, times in microseconds."""

    key: str
    finding_type: str
    category: str
    severity: int
    time: int
    title: str
    evidence: dict[str, Any]
    site: str | None = None
    person: str | None = None
    entity: str | None = None
    window_start: int = 0  # 0: at `time`
    lasts: bool = True
    source: str = "noc/detect"
    labels: dict[str, str] = {}


class Over(msgspec.Struct, frozen=True):
    """What was found under this key holds no longer."""

    key: str
    time: int
    reason: str
    evidence: dict[str, Any] = {}


class Told(msgspec.Struct, frozen=True):
    """News for the feed that is neither finding nor alert; `type` is one of the feed's, `ref` what it is about."""

    type: str
    ref: str
    time: int
    severity: int
    data: dict[str, Any]
    site: str | None = None


Report = Sighting | Withdrawal | Signal | Found | Over | Told
