"""What was predicted of an entity, what became of it, and what the model saw."""

from typing import Any

import msgspec


class Prediction(msgspec.Struct):
    """One prediction of an entity and horizon, or, with kind `scores`, a `sheet` of evaluations made at one moment
    (`engine.predict.sheets`; entity is then the kind that was predicted). `deadline` ends the window predicted (None: a
    ticket without one); `probability`, `low`, `high` 0-1; `vector` are the features in the order of the model's names;
    `held_back` marks a warning that was not given so that its effect can be measured. Times in microseconds."""

    number: int
    id: str
    tenant: str
    kind: str  # sla_breach device_failure staffing_gap
    entity: str
    made_at: int
    deadline: int | None
    probability: float
    alerted: bool
    low: float = 0.0
    high: float = 1.0
    site: str | None = None
    client: str | None = None
    model_version: str | None = None
    outcome: bool | None = None
    settled_at: int | None = None
    action_taken: bool = False
    held_back: bool = False
    reasons: list[str] = []
    advice: str = ""
    vector: list[float | None] = []
    evidence: dict[str, Any] = {}
    sheet: bytes = b""
