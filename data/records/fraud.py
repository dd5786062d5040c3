"""How likely a check-in is fraud, as it stands: one row each."""

from typing import Any

import msgspec


class FraudScore(msgspec.Struct):
    """One check-in of one person. `probability` (0-1) answers "is this fraud", from the model or, without one
    (`model_version` None), from the rules; `low` and `high` are the bounds of its conformal interval; `score` (0-1) is
    the rules' combined score. `vector` is what the scorer saw; `decided_at` says when later evidence last changed the
    row. Times in microseconds."""

    number: int
    tenant: str
    event_source: str
    event_id: str
    person: str
    site: str | None
    time: int
    probability: float
    score: float
    level: str  # MINIMAL LOW MEDIUM HIGH CRITICAL
    anomalies: list[str]
    reasons: list[str]
    decided_at: int
    status: str = "OPEN"  # OPEN CONFIRMED FALSE_POSITIVE; a verdict changes it, never the probability
    model_version: str | None = None
    low: float = 0.0
    high: float = 1.0
    vector: list[float | None] = []
    evidence: dict[str, Any] = {}
    judged: dict[str, tuple[bool, int]] = {}  # newest verdict (fraud?, when) by type of anomaly; "" the check-in itself
