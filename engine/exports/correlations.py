"""Rows of correlations: activity of people tied to alerts of them or of their site."""

from collections.abc import Iterator

import msgspec

from data import times
from data.records.severity import NAMES
from data.store import Reader
from engine.detect.signals import told
from engine.exports.selection import Selection


class CorrelationRow(msgspec.Struct):
    id: str
    person: str | None
    site: str | None
    severity: str
    score: float
    signals: dict[str, int | float]
    alert_ids: list[str]
    detected_at: str
    investigated: bool
    root_cause: str | None
    reasons: list[str]
    tenant: str


def correlations(reader: Reader, selection: Selection) -> Iterator[CorrelationRow]:
    for found in reader.correlations(selection.since, selection.until):
        if selection.allows(found.tenant):
            yield CorrelationRow(
                found.id, found.person, found.site, NAMES[found.severity], found.score, told(found.signals),
                found.alert_ids, times.text(found.detected_at), found.investigated, found.root_cause, found.reasons,
                found.tenant,
            )  # fmt: skip
