"""Findings of detectors and audits, and anomalies of people's attendance."""

from typing import Any

import msgspec


class Finding(msgspec.Struct):
    """An evidence-backed negative result; times in microseconds, severity 1-5."""

    number: int
    id: str
    tenant: str
    finding_type: str
    category: str  # SAFETY SECURITY OPERATIONAL DEVICE_HEALTH COMPLIANCE
    severity: int
    status: str  # NEW ACKNOWLEDGED IN_PROGRESS RESOLVED FALSE_POSITIVE SUPPRESSED
    site: str | None
    person: str | None
    entity: str | None
    detected_at: int
    window_start: int
    window_end: int
    title: str
    evidence: dict[str, Any]


class Anomaly(msgspec.Struct):
    """Something wrong with one attendance event of one person; `confidence` 0-1; `event_*` name the check-in."""

    number: int
    id: str
    tenant: str
    anomaly_type: str
    severity: int
    status: str  # DETECTED INVESTIGATING CONFIRMED FALSE_POSITIVE RESOLVED WITHDRAWN
    person: str
    site: str | None
    event_source: str
    event_id: str
    detected_at: int
    confidence: float
    evidence: dict[str, Any]
