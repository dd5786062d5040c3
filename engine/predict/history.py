"""What was seen and what became of it, joined for training: vectors as they were logged, outcomes as they were told.

Nothing is worked out again from events, so there is no second feature code and no look into the future: a label counts
when it was known before `until`.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.records.prediction import Prediction
from data.store import Reader
from engine.alerts.pairs import KIND as PAIRS
from engine.alerts.pairs import SPEC as PAIR_SPEC
from engine.alerts.pairs import pair_rows
from engine.models.spec import ModelSpec, Refused, Rows
from engine.predict.device import SPEC as DEVICE
from engine.predict.rules import RULES
from engine.predict.sheets import Kept, vectors
from engine.predict.sla import SPEC as SLA
from engine.predict.staffing import SPEC as STAFFING
from engine.score.choices import KIND as PRIORITY
from engine.score.choices import SPEC as PRIORITY_SPEC
from engine.score.choices import choice_rows
from engine.score.fraud_model import KIND as FRAUD
from engine.score.fraud_model import SPEC as FRAUD_SPEC
from engine.score.fraud_model import fraud_rows

KINDS: Final = {"sla": "sla_breach", "device": "device_failure", "staffing": "staffing_gap"}
SPECS: Final[dict[str, ModelSpec]] = {
    PAIRS: PAIR_SPEC, FRAUD: FRAUD_SPEC, PRIORITY: PRIORITY_SPEC, "sla": SLA, "device": DEVICE, "staffing": STAFFING
}  # fmt: skip

Floats = NDArray[np.float64]


class Endings:
    """What is known before `until` of the ends of the predictions of one kind."""

    def __init__(self, rows: Iterable[Prediction], kind: str, tenant: str, until: int) -> None:
        self.until = until
        self.single: dict[str, bool] = {}  # entities with one window: what became of it
        self.happened: dict[str, list[int]] = {}  # entities with many: when it happened
        for row in rows:
            if row.kind != kind or row.tenant != tenant or row.outcome is None or row.settled_at is None:
                continue
            if row.settled_at >= until:
                continue
            self.single[row.entity] = row.outcome
            if row.outcome:
                self.happened.setdefault(row.entity, []).append(row.settled_at)
        for times in self.happened.values():
            times.sort()

    def once(self, kept: Kept) -> float:
        """Of a thing that has one end: a ticket, a shift. Before its deadline has come nothing is learned of it: of the
        newest only those are known that ended quickly, and they are not like the others."""
        if kept.deadline is not None and kept.deadline >= self.until:
            return float("nan")
        found = self.single.get(kept.entity)
        return float("nan") if found is None else float(found)

    def within(self, kept: Kept) -> float:
        """Of a window that moves on: did it happen between the look and its deadline?"""
        if kept.deadline is None:
            return float("nan")
        times = self.happened.get(kept.entity, [])
        place = bisect_right(times, kept.time)
        if place < len(times) and times[place] <= kept.deadline:
            return 1.0
        return 0.0 if kept.deadline < self.until else float("nan")


def rows_of(
    reader: Reader,
    name: str,
    tenant: str,
    until: int,
    window: int,
    progress: Callable[[int], None] = lambda done: None,
) -> Rows:
    """The rows of one model, seen in [until - window, until). Raises Refused where there are none."""
    if name == PAIRS:
        return pair_rows(reader.audit(until - window, until), tenant, until)
    if name == PRIORITY:
        return choice_rows(reader.audit(until - window, until), tenant, until)
    if name == FRAUD:
        return fraud_rows(reader.fraud(until - window, until), tenant, until)
    kind = KINDS[name]
    endings = Endings(reader.predictions(None, None), kind, tenant, until)
    label = endings.within if name == "device" else endings.once
    names: list[str] = []
    found: list[Kept] = []
    for kept in vectors(reader.predictions(until - window, until), kind, tenant):
        if not kept.alone and SPECS[name].events_only:
            continue
        if len(kept.names) > len(names):
            names = list(kept.names)
        found.append(kept)
        if len(found) % 5000 == 0:
            progress(len(found))
    if not found:
        raise Refused(f"nothing was looked at before that time that {name} could learn from")
    matrix = np.full((len(found), len(names)), np.nan, np.float32)
    for place, kept in enumerate(found):
        matrix[place, : len(kept.vector)] = kept.vector
    entities = {entity: number for number, entity in enumerate(dict.fromkeys(kept.entity for kept in found))}
    return Rows(
        names, matrix, np.array([label(kept) for kept in found]), np.array([kept.time for kept in found], np.int64),
        np.array([entities[kept.entity] for kept in found], np.int64), RULES[name](names, matrix),
    )  # fmt: skip
