"""Which rows teach and which judge: always by time, always whole entities, never the future."""

from itertools import pairwise
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.models.spec import FIFTH, FIFTH_RARER, ModelSpec, Rows

FOLDS: Final = 5

Index = NDArray[np.intp]


class Split(msgspec.Struct):
    """Places of rows: `teach` them, `stop` early and calibrate by them, `judge` by them."""

    teach: Index
    stop: Index
    judge: Index


def usable(rows: Rows, spec: ModelSpec, until: int) -> Rows:
    """Rows with a label before `until`, at most `per_entity` of each entity (its first, its last, and evenly between),
    at most `limit`, newest kept; in order of time. Of an entity to which the outcome came at last (a device that was
    well for weeks, and failed) as many of the rows that foretold it are kept besides: they are what there is to learn.
    """
    rows = rows.pick(np.isfinite(rows.labels) & (rows.times < until))
    rows = rows.pick(np.lexsort((rows.entities, rows.times)))
    order = np.lexsort((rows.times, rows.entities))
    entities = rows.entities[order]
    starts = np.flatnonzero(np.append(True, entities[1:] != entities[:-1])) if len(order) else np.zeros(0, np.intp)
    sizes = np.diff(np.append(starts, len(order)))
    rank = np.arange(len(order)) - np.repeat(starts, sizes)
    size = np.repeat(sizes, sizes)
    most = spec.per_entity
    # Of n rows those where (rank * (most - 1)) // (n - 1) steps up: `most` of them, first and last included.
    step = (rank * (most - 1)) // np.maximum(1, size - 1)
    before = ((rank - 1) * (most - 1)) // np.maximum(1, size - 1)
    kept = np.sort(order[(size <= most) | (rank == 0) | (step != before) | _foretold(rows, order, starts, sizes, most)])
    return rows.pick(kept[-spec.limit :])


def _foretold(rows: Rows, order: Index, starts: Index, sizes: Index, most: int) -> NDArray[np.bool_]:
    """In order of entity and time: the last `most` positive rows of those entities that have both kinds of row."""
    label = rows.labels[order]
    total = np.add.reduceat(label, starts) if len(starts) else np.zeros(0)
    seen = np.cumsum(label) - np.repeat(np.cumsum(total) - total, sizes)  # positives of the entity up to each row
    left = np.repeat(total, sizes) - seen
    mixed = np.repeat((total > 0) & (total < sizes), sizes)
    found: NDArray[np.bool_] = (label > 0) & mixed & (left < most)
    return found


def counts(rows: Rows) -> tuple[int, int]:
    """(labelled entities, entities of the rarer class); an entity that was ever positive is positive."""
    if not len(rows):
        return 0, 0
    names, place = np.unique(rows.entities, return_inverse=True)
    ever = np.zeros(len(names))
    np.maximum.at(ever, place, rows.labels)
    positive = int(ever.sum())
    return len(names), min(positive, len(names) - positive)


def splits(rows: Rows) -> tuple[list[Split], str]:
    """One split (the latest fifth judges), or several where the fifth would hold too little; and what it is called."""
    order = _by_entity(rows)
    entities, rarer = counts(rows)
    if entities >= FIFTH and rarer >= FIFTH_RARER:
        split = _split(rows, order, 0.8, 1.0)
        _, few = counts(rows.pick(split.judge))
        if few >= FIFTH_RARER // 2 and _two_classes(rows, split.teach) and _two_classes(rows, split.stop):
            return [split], "latest fifth"
    edges = np.linspace(0, 1, FOLDS + 1)
    folds = [_split(rows, order, begin, end) for begin, end in pairwise(edges[1:])]
    return [fold for fold in folds if _two_classes(rows, fold.teach) and len(fold.judge)], "cross-validation by time"


def _two_classes(rows: Rows, chosen: Index) -> bool:
    labels = rows.labels[chosen]
    return bool(len(labels)) and 0 < labels.sum() < len(labels)


def _by_entity(rows: Rows) -> NDArray[np.float64]:
    """For each row where its entity stands in the order of first sight, 0-1."""
    names, first, place = np.unique(rows.entities, return_index=True, return_inverse=True)
    rank = np.empty(len(names))
    rank[np.argsort(rows.times[first], kind="stable")] = np.arange(len(names)) / max(1, len(names))
    out: NDArray[np.float64] = rank[place]
    return out


def _split(rows: Rows, order: NDArray[np.float64], begin: float, end: float) -> Split:
    """`begin` to `end` of the entities judge; of those before, the latest fifth stops and calibrates. A row that was
    seen after the judging began teaches nothing."""
    judge = np.flatnonzero((order >= begin) & (order < end))
    border = rows.times[judge].min() if len(judge) else np.iinfo(np.int64).max
    earlier = (order < begin) & (rows.times < border)
    stop = np.flatnonzero(earlier & (order >= begin * 0.8))
    teach = np.flatnonzero(earlier & (order < begin * 0.8))
    return Split(teach, stop, judge)
