"""Activity of a person tied to alerts of the same person or site."""

import msgspec


class Correlation(msgspec.Struct):
    """`signals` are the activity signals of the window by name, `score` 0-1, severity 1-5; `alert_ids` the alerts that
    came within 15 min. `investigated` and `root_cause` are a person's. Times in microseconds."""

    number: int
    id: str
    tenant: str
    person: str | None
    site: str | None
    severity: int
    score: float
    signals: dict[str, float]
    alert_ids: list[str]
    detected_at: int
    investigated: bool = False
    root_cause: str | None = None
    reasons: list[str] = []
