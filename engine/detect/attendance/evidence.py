"""One piece of evidence against a turn, before it is told."""

from typing import Any, NamedTuple


class Evidence(NamedTuple):
    """`kind` is an anomaly type of WIRE.md 5, `sure` 0-1, `severity` 1-5."""

    kind: str
    severity: int
    sure: float
    text: str
    numbers: dict[str, Any]
