"""What became of each record on the way: its versions by journal position, so that lists of a moment show it as it was.

Versions are kept as bytes, each once. A machine that began in the middle of the journal knows nothing of what was
decided before; then, and where there is too much to keep, rows come as they stand now. So do messages to people: what
became of them is no decision.
"""

from bisect import bisect_right, insort
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from data.records.alert import Alert
from data.records.cluster import Cluster
from data.records.correlation import Correlation
from data.records.finding import Anomaly, Finding
from data.records.fraud import FraudScore
from data.records.incident import Incident
from data.records.metric import MetricSeries
from data.records.prediction import Prediction
from data.records.run import Run
from data.store import Commit

BYTES: Final = 192 << 20
OVERHEAD: Final = 200  # bytes beside those of the record itself
# Name in a commit and among the methods of a reader -> (kind of record, field of its time)
KINDS: Final[dict[str, tuple[type[Any], str]]] = {
    "alerts": (Alert, "first_seen"),
    "clusters": (Cluster, "opened_at"),
    "incidents": (Incident, "opened_at"),
    "findings": (Finding, "detected_at"),
    "anomalies": (Anomaly, "detected_at"),
    "fraud": (FraudScore, "time"),
    "predictions": (Prediction, "made_at"),
    "correlations": (Correlation, "detected_at"),
    "runs": (Run, "made_at"),
}
NAMES: Final[dict[type[Any], str]] = {kind: name for name, (kind, _) in KINDS.items()} | {MetricSeries: "metric_series"}
_encode: Final = msgspec.msgpack.Encoder().encode
_Version = tuple[int, bytes]


class Ledger:
    """`complete` is the position up to which nothing is missing; below the first one: nothing is known for sure."""

    def __init__(self, first: int) -> None:
        self.complete = first - 1
        self.bytes = 0
        self._versions: dict[str, dict[int, list[_Version]]] = {name: {} for name in NAMES.values()}

    def take(self, before: int, after: int, commit: Commit) -> None:
        """What was decided from the events behind `before` up to `after`."""
        if self.complete < 0:
            return
        for name, rows in self._versions.items():
            for record in getattr(commit, name):
                self._add(rows.setdefault(record.number, []), after, _encode(record))
        if before <= self.complete:
            self.complete = max(self.complete, after)
        if self.bytes > BYTES:
            self.complete, self._versions = -1, {name: {} for name in NAMES.values()}

    def _add(self, versions: list[_Version], seq: int, body: bytes) -> None:
        place = bisect_right(versions, seq, key=_position)
        if not place or versions[place - 1][1] != body:
            insort(versions, (seq, body), key=_position)
            self.bytes += len(body) + OVERHEAD

    def rows(self, name: str, seq: int, since: int | None, until: int) -> Iterator[Any]:
        """All records of a kind as they stood behind position `seq`, whose time lies within bounds, by time."""
        kind, field = KINDS[name]
        found = []
        for versions in list(self._versions[name].values()):
            record = _at(versions, seq, kind)
            if record is not None:
                time = getattr(record, field)
                if (since is None or time >= since) and time < until:
                    found.append((time, record.number, record))
        found.sort(key=lambda row: row[:2])
        return (record for _, _, record in found)

    def then(self, record: Any, seq: int) -> Any:
        """The record as it stood behind position `seq`; None if it was not there yet. As it is, where nobody knows: in
        what was not run, it may have changed."""
        versions = self._versions[NAMES[type(record)]].get(record.number, [])
        if seq > self.complete:
            versions = [version for version in versions if version[0] > self.complete]
        found = _at(versions, seq, type(record))
        return found if found is not None or seq <= self.complete else record


def _position(version: _Version) -> int:
    return version[0]


def _at(versions: list[_Version], seq: int, kind: type[Any]) -> Any:
    place = bisect_right(versions, seq, key=_position)
    return msgspec.msgpack.decode(versions[place - 1][1], type=kind) if place else None
