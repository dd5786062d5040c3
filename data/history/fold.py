"""Samples into buckets, and buckets into one another. A result depends on what was put in, not on its order."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.history.columns import (
    LAST,
    MAX,
    MIN,
    NO_BINS,
    NO_WHOLE,
    SUM,
    Buckets,
    Flags,
    Floats,
    Whole,
    columns_of,
    empty,
)  # fmt: skip
from data.history.sketch import keys_of

Places = NDArray[np.intp]
Runs = tuple[Places | None, Places, Whole, Whole]
DIGITS: Final = 1000.0  # a sum of values with no more than three digits behind the point is exact
_EXACT: Final = 2.0**53 / DIGITS
_FEW_CELLS: Final = 4  # times as many as what is put into them


def bucketed(series: Whole, times: Whole, values: Floats, step: int) -> Buckets:
    """Samples into buckets of `step` microseconds. Of samples of one series at one moment the later in the arrays
    counts as the last. Values that are no finite numbers are left out."""
    kept = np.isfinite(values)
    if not kept.all():
        series, times, values = series[kept], times[kept], values[kept]
    n = len(series)
    if not n:
        return empty()
    ones = np.ones(n, np.int64)
    alone = Buckets(
        series, times - times % step, ones, values, values, values, values, times, np.zeros(n, np.int64), NO_BINS,
        NO_WHOLE,
    )  # fmt: skip
    return grouped(alone, series, alone.start)


def merged(parts: Sequence[Buckets], starts: Whole | None = None) -> Buckets:
    """All rows of all parts, those of one series and bucket as one. `starts`, one a row of the parts in their order,
    are those of the coarser buckets that rows go into, where there are such. Of last values at one moment that of the
    later part counts. All parts have the same figures."""
    whole = [part for part in parts if len(part)]
    if not whole:
        return empty(parts[0].have) if parts else empty()
    if len(whole) == 1:
        every = whole[0]
        if starts is None:
            return every
    else:
        every = joined(whole)
    return grouped(every, every.series, every.start if starts is None else starts)


def joined(parts: Sequence[Buckets]) -> Buckets:
    """All rows, one part behind the other. Raises ValueError for parts with other figures."""
    have = parts[0].have
    if any(part.have != have for part in parts):
        raise ValueError("buckets with different figures cannot be put together")

    def column(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in parts])

    found = empty(have)
    for name in ("series", "start", "count", *columns_of(have)):
        setattr(found, name, column(name))
    if found.sketched:
        before = np.cumsum([0, *(len(part.bins) for part in parts[:-1])])
        found.upto = np.concatenate([part.upto + begin for part, begin in zip(parts, before, strict=True)])
        found.bins, found.weights = column("bins"), column("weights")
    return found


def grouped(rows: Buckets, series: Whole, start: Whole, known: Runs | None = None) -> Buckets:
    """Rows that have the same of `series` and `start` as one. `known` are their runs, where the caller has these."""
    if not len(rows):
        return rows
    order, first, key_a, key_b = runs(series, start) if known is None else known
    sorted_rows = rows if order is None else rows.only(lambda column: column[order])
    found = empty(rows.have)
    found.series, found.start = key_a[first], key_b[first]
    found.count = np.add.reduceat(sorted_rows.count, first)
    if SUM in rows.have:
        found.sum = sums(sorted_rows.sum, first)
    if MIN in rows.have:
        found.min = np.minimum.reduceat(sorted_rows.min, first)
    if MAX in rows.have:
        found.max = np.maximum.reduceat(sorted_rows.max, first)
    if LAST in rows.have:
        at = newest(sorted_rows.last_at, first)
        found.last, found.last_at = sorted_rows.last[at], sorted_rows.last_at[at]
    if rows.sketched:
        group = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(rows))))
        if order is not None:
            back = np.empty(len(order), np.int64)
            back[order] = group
            group = back
        found.upto, found.bins, found.weights = _sketches(rows, group, len(first), found.min < found.max)
    return found


def runs(series: Whole, start: Whole) -> Runs:
    """(order that sorts, None where it is one already; where each run of equals begins; both keys, sorted)."""
    order: Places | None = None
    step_a, step_b = np.diff(series), np.diff(start)
    if ((step_a < 0) | ((step_a == 0) & (step_b < 0))).any():
        order = _order(series, start)
        series, start = series[order], start[order]
        step_a, step_b = np.diff(series), np.diff(start)
    new = np.concatenate(([True], (step_a != 0) | (step_b != 0)))
    return order, np.flatnonzero(new), series, start


def _order(series: Whole, start: Whole) -> Places:
    """Stable, by series and then start. Few different ones are sorted by small numbers, which is much faster."""
    low, high = int(start.min()), int(start.max())
    unit = int(np.gcd.reduce(start - low)) or 1
    slots = (high - low) // unit + 1
    if slots < 1 << 40:
        begins = np.concatenate(([True], series[1:] != series[:-1]))
        run = np.cumsum(begins) - 1
        ranks, place = np.unique(series[begins], return_inverse=True)
        rows: Whole = np.asarray(place)[run]
        size = len(ranks) * slots
        if size < 1 << 62:
            keys = rows * slots + (start - low) // unit
            return np.argsort(keys.astype(np.uint16) if size <= 1 << 16 else keys, kind="stable")
    return np.lexsort((start, series))


def newest(at: Whole, first: Places) -> Places:
    """The row with the greatest time of each run, of equal ones the later."""
    ends = np.append(first[1:], len(at))
    falls = np.diff(at, prepend=at[:1]) < 0
    falls[first] = False
    if not falls.any():
        return ends - 1
    run = np.repeat(np.arange(len(first)), ends - first)
    hits = np.flatnonzero(at == np.maximum.reduceat(at, first)[run])
    found = np.zeros(len(first), np.intp)
    found[run[hits]] = hits  # rows ascend: the last one of a run stays
    return found


def sums(values: Floats, first: Places) -> Floats:
    """Sums of the runs that begin at `first`. Of numbers with at most three digits behind the point they are exact, and
    others are added from the smallest value up: the same whatever order they came in."""
    if len(first) == len(values):
        return values.copy()
    with np.errstate(over="ignore", invalid="ignore"):
        whole = np.rint(values * DIGITS)
        plain = (whole / DIGITS == values) & (np.abs(values) < _EXACT)
    if plain.all() and float(np.abs(whole).sum()) < 2.0**53:
        total: Floats = np.add.reduceat(whole, first)  # whole numbers below 2**53: no addition rounds
        return total / DIGITS
    return _careful(values, whole, plain, first)


def plain(sums: Floats, most: float = 2.0**43) -> bool:
    """Whether none of them needs more than three digits behind the point, and all are below `most` thousandths.
    Ten thousand such lots add up without rounding, in any order."""
    with np.errstate(over="ignore", invalid="ignore"):
        units = np.rint(sums * DIGITS)
        return bool((units / DIGITS == sums).all() and float(np.abs(units).sum()) < most)


def _careful(values: Floats, whole: Floats, plain: Flags, first: Places) -> Floats:
    run = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(values))))
    with np.errstate(over="ignore"):  # a sum beyond all numbers is infinite, and told as such
        total: Floats = np.add.reduceat(values[np.lexsort((values, run))], first)
        exact = np.logical_and.reduceat(plain, first) & (np.add.reduceat(np.abs(whole), first) < 2.0**53)
        units = np.add.reduceat(np.where(plain, whole, 0.0), first) / DIGITS
    return np.where(exact, units, total)


def _sketches(rows: Buckets, group: Whole, groups: int, wide: Flags) -> tuple[Whole, NDArray[np.int32], Whole]:
    """The bins of all rows of a group together; none for a group whose values are all alike."""
    begins = np.concatenate(([0], rows.upto[:-1]))
    sizes = rows.upto - begins
    bare = np.flatnonzero((sizes == 0) & wide[group])  # rows whose values are all alike have one bin, that of any
    owner = np.concatenate((np.repeat(group, sizes), group[bare]))
    bins = np.concatenate((rows.bins, keys_of(rows.min[bare])))
    weights = np.concatenate((rows.weights, rows.count[bare]))
    if not len(owner):
        return np.zeros(groups, np.int64), NO_BINS, NO_WHOLE
    low = int(bins.min())
    width = int(bins.max()) - low + 1
    if groups * width <= _FEW_CELLS * len(bins) and int(weights.sum()) < 1 << 53:
        return _counted(owner, bins, weights, groups, low, width)
    order = _order(owner, bins.astype(np.int64))
    owner, bins, weights = owner[order], bins[order], weights[order]
    first = np.flatnonzero(np.concatenate(([True], (owner[1:] != owner[:-1]) | (bins[1:] != bins[:-1]))))
    upto = np.cumsum(np.bincount(owner[first], minlength=groups))
    return upto, bins[first], np.add.reduceat(weights, first)


def _counted(
    owner: Whole, bins: NDArray[np.int32], weights: Whole, groups: int, low: int, width: int
) -> tuple[Whole, NDArray[np.int32], Whole]:
    """The same by a table of all bins that could be: quicker than sorting where it is not much larger than what goes
    into it. Whole numbers below 2**53 are counted exactly."""
    cells = np.bincount(owner * width + (bins - low), weights, groups * width)
    found = np.flatnonzero(cells)
    row, place = np.divmod(found, width)
    upto = np.cumsum(np.bincount(row, minlength=groups))
    return upto, (place + low).astype(np.int32), cells[found].astype(np.int64)
