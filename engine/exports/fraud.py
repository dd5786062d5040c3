"""Rows of `noc export fraud`: every check-in, as it stands."""

from collections.abc import Iterator
from typing import Any

import msgspec

from data import times
from data.store import Reader
from engine.exports.selection import Selection


class FraudRow(msgspec.Struct):
    """`low` and `high` bound the model's probability; 0 and 1 where nothing is known of it (the rules)."""

    event_source: str
    event_id: str
    person: str
    site: str | None
    time: str
    probability: float
    score: float
    level: str
    anomalies: list[str]
    model_version: str | None
    decided_at: str
    status: str
    reasons: list[str]
    low: float
    high: float
    evidence: dict[str, Any]
    tenant: str


def fraud(reader: Reader, selection: Selection) -> Iterator[FraudRow]:
    for row in reader.fraud(selection.since, selection.until):
        if selection.allows(row.tenant):
            yield FraudRow(
                row.event_source, row.event_id, row.person, row.site, times.text(row.time), row.probability, row.score,
                row.level, row.anomalies, row.model_version, times.text(row.decided_at), row.status, row.reasons,
                row.low, row.high, row.evidence, row.tenant,
            )  # fmt: skip
