"""From what was asked for to the record that is meant."""

import difflib
import heapq
from collections.abc import Callable, Iterator
from typing import Any

from data.store import Reader
from engine.explain.fraud import check_ins
from engine.predict.sheets import SCORES

Records = Callable[[Reader], Iterator[Any]]

SCANS: dict[str, Records] = {
    "alert": lambda reader: reader.alerts(None, None),
    "cluster": lambda reader: reader.clusters(None, None),
    "incident": lambda reader: reader.incidents(None, None),
    "finding": lambda reader: reader.findings(None, None),
    "anomaly": lambda reader: reader.anomalies(None, None),
    "prediction": lambda reader: (row for row in reader.predictions(None, None) if row.kind != SCORES),
    "fraud": check_ins,
    "run": lambda reader: reader.runs(None, None),
    "notification": lambda reader: reader.notifications(None, None),
}


class UnknownRefError(LookupError):
    """Nothing is called so; `nearest` are references of what comes closest."""

    def __init__(self, ref: str, nearest: list[str]) -> None:
        super().__init__(f"there is no {ref}")
        self.ref = ref
        self.nearest = nearest


def find(reader: Reader, ref: str) -> tuple[str, Any]:
    """(kind, record) of a reference or a bare id. Raises UnknownRefError; ValueError for a kind not explained."""
    kind, mark, name_of_one = ref.partition("/")
    if mark and kind not in SCANS:
        raise ValueError(f"`{kind}` is not explained; there are: {', '.join(SCANS)}, and: event SOURCE ID")
    kinds, wanted = ([kind], name_of_one) if mark else (list(SCANS), ref)
    near: list[tuple[int, str]] = []
    for name in kinds:
        for record in SCANS[name](reader):
            if record.id == wanted:
                return name, record
            near.append((_alike(wanted, record.id), f"{name}/{record.id}"))
        near = heapq.nlargest(50, near)
    raise UnknownRefError(ref, _nearest(wanted, [other for _, other in near]))


def _alike(wanted: str, other: str) -> int:
    """A cheap measure to choose by among many: characters that agree at their place."""
    return sum(map(str.__eq__, wanted, other))


def _nearest(wanted: str, refs: list[str]) -> list[str]:
    by_id = {ref.partition("/")[2]: ref for ref in refs}
    return [by_id[near] for near in difflib.get_close_matches(wanted, by_id, n=3, cutoff=0.4)]
