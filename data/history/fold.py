"""Samples into buckets, and buckets into one another. A result depends on what was put in, not on its order."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.history.columns import Buckets, Floats, Whole, empty
from data.history.sketch import keys_of


def bucketed(series: Whole, times: Whole, values: Floats, step: int) -> Buckets:
    """Samples into buckets of `step` microseconds. Of samples of one series at one moment the later in the arrays
    counts as the last. Values that are no finite numbers are left out."""
    kept = np.flatnonzero(np.isfinite(values))
    if not len(kept):
        return empty()
    series, times, values = series[kept], times[kept], values[kept]
    n = len(series)
    ones = np.ones(n, np.int64)
    alone = Buckets(
        series, times - times % step, ones, values, values, values, values, times, np.arange(1, n + 1), keys_of(values),
        ones,
    )  # fmt: skip
    return _grouped(alone, series, alone.start)


def merged(parts: Sequence[Buckets], starts: Whole | None = None) -> Buckets:
    """All rows of all parts, those of one series and bucket as one. `starts`, one a row of the parts in their order,
    are those of the coarser buckets that rows go into, where there are such. Of last values at one moment that of the
    later part counts."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return empty()
    if len(parts) == 1:
        every = parts[0]
        if starts is None:
            return every
    else:
        every = _joined(parts)
    return _grouped(every, every.series, every.start if starts is None else starts)


def _joined(parts: Sequence[Buckets]) -> Buckets:
    """All rows, one part behind the other."""

    def column(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in parts])

    before = np.cumsum([0, *(len(part.bins) for part in parts[:-1])])
    upto = np.concatenate([part.upto + begin for part, begin in zip(parts, before, strict=True)])
    return Buckets(
        column("series"), column("start"), column("count"), column("sum"), column("min"), column("max"),
        column("last"), column("last_at"), upto, column("bins"), column("weights"),
    )  # fmt: skip


def _grouped(rows: Buckets, series: Whole, start: Whole) -> Buckets:
    """Rows of the same series and start as one."""
    order = np.lexsort((start, series))
    key_a, key_b = series[order], start[order]
    new = np.concatenate(([True], (key_a[1:] != key_a[:-1]) | (key_b[1:] != key_b[:-1])))
    first = np.flatnonzero(new)
    group = np.empty(len(order), np.int64)
    group[order] = np.cumsum(new) - 1
    newest = np.lexsort((rows.last_at, start, series))  # stable: of equal times the later row
    ends = newest[np.append(first[1:], len(order)) - 1]
    low, high = np.minimum.reduceat(rows.min[order], first), np.maximum.reduceat(rows.max[order], first)
    upto, bins, weights = _sketches(rows, group, len(first), low < high)
    return Buckets(
        key_a[first], key_b[first], np.add.reduceat(rows.count[order], first), _sums(rows.sum[order], first), low, high,
        rows.last[ends], rows.last_at[ends], upto, bins, weights,
    )  # fmt: skip


def _sums(values: Floats, first: NDArray[np.intp]) -> Floats:
    """Sums of the runs that begin at `first`, from the smallest value up: the same whatever order they came in."""
    run = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(values))))
    with np.errstate(over="ignore"):  # a sum beyond all numbers is infinite, and told as such
        sums: Floats = np.add.reduceat(values[np.lexsort((values, run))], first)
    return sums


def _sketches(
    rows: Buckets, group: Whole, groups: int, wide: NDArray[np.bool_]
) -> tuple[Whole, NDArray[np.int32], Whole]:
    """The bins of all rows of a group together; none for a group whose values are all alike."""
    begins = np.concatenate(([0], rows.upto[:-1]))
    sizes = rows.upto - begins
    bare = np.flatnonzero(sizes == 0)  # rows whose values are all alike have one bin, that of any of them
    owner = np.concatenate((np.repeat(group, sizes), group[bare]))
    bins = np.concatenate((rows.bins, keys_of(rows.min[bare])))
    weights = np.concatenate((rows.weights, rows.count[bare]))
    kept = wide[owner]
    owner, bins, weights = owner[kept], bins[kept], weights[kept]
    if not len(owner):
        return np.zeros(groups, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int64)
    order = np.lexsort((bins, owner))
    owner, bins, weights = owner[order], bins[order], weights[order]
    first = np.flatnonzero(np.concatenate(([True], (owner[1:] != owner[:-1]) | (bins[1:] != bins[:-1]))))
    upto = np.cumsum(np.bincount(owner[first], minlength=groups))
    return upto, bins[first], np.add.reduceat(weights, first)
