"""A trained model, with all that is known of it."""

from typing import Any

import msgspec


class ModelVersion(msgspec.Struct):
    """`body` is XGBoost's own format (UBJ), `checksum` its SHA-256 in hex; `about` holds features, data window,
    metrics, calibration and interval. `made_at` is event time, in microseconds."""

    number: int
    tenant: str
    kind: str  # fraud priority sla device staffing pairs
    version: str
    status: str  # CANDIDATE LIVE RETIRED REFUSED
    made_at: int
    checksum: str
    about: dict[str, Any]
    body: bytes
