"""Answers about metrics: series in groups, buckets in steps, one figure for each (WIRE.md §7).

ask(reader, registry, tenant, name, Wanted(since, until, step="1h"), "avg", ("site",), waiting, zone)
"""

import contextlib
import difflib
import itertools
from typing import Any, Final

import msgspec
import numpy as np

from data import times
from data.history import Buckets
from data.history.coarse import day_ends, ends
from data.history.columns import LAST, MAX, MIN, SKETCH, SUM, Whole
from data.history.sketch import quantiles
from data.store import Reader
from data.times import FIRST, SECOND
from data.times import LAST as LATEST
from engine.history import kept
from engine.history.gather import A_DAY, NOTHING_READ, Groups, TooMany, gather, groups_of, surely_too_many, used
from engine.history.kept import Known, Waiting
from engine.history.select import STEPS, Aggregate, Wanted, group_of
from engine.history.shelves import Shelves
from engine.registry import Registry

MOST: Final = 10_000  # points in one answer
MOST_EACH: Final = 2_000  # points of one series that `auto` aims at
_SHARES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_ORDER: Final = ("5m", "1h", "1d", "range")


class UnknownMetric(LookupError):
    """There is no metric of that name; `suggestions` are near ones."""

    def __init__(self, name: str, suggestions: list[str]) -> None:
        near = f"; did you mean {', '.join(suggestions)}?" if suggestions else ""
        super().__init__(f"there is no metric `{name}`{near}")
        self.suggestions = suggestions


class Point(msgspec.Struct):
    timestamp: str
    end: str
    value: float
    count: int


class Series(msgspec.Struct):
    group: dict[str, str | None]
    points: list[Point]


class Answer(msgspec.Struct):
    """`tiers` are the lengths, in seconds, of what was kept and used; `step_s` that of what is told (null: all as one).
    `truncated`: buckets had to be made longer than asked to stay below 10,000 points."""

    name: str
    aggregate: str
    since: str
    until: str
    step_s: int | None
    tiers: list[int]
    truncated: bool
    series: list[Series]


def ask(
    reader: Reader, registry: Registry, tenant: str, name: str, wanted: Wanted, aggregate: Aggregate,
    by: tuple[str, ...], waiting: Waiting, zone: str, visible: Any = None,
) -> Answer:  # fmt: skip
    """`visible`, given a series, says whether the caller may see it. Raises UnknownMetric."""
    known = kept.series_of(reader, registry, tenant, name, waiting, zone)
    if not known:
        every = kept.names(reader, tenant, list)
        raise UnknownMetric(name, difflib.get_close_matches(name, every, n=5, cutoff=0.4))
    series = [one for one in known if wanted.matches(one) and (visible is None or visible(one))]
    with reader.still():
        groups = groups_of(series, by)
        shelves = Shelves(reader, tenant, name, groups.asked(), wanted.since, wanted.until, waiting)
        tiers = used(shelves, groups, wanted)
        step = wanted.step if wanted.step != "auto" else _step_for(wanted, tiers)
        told, found = _coarse_enough(shelves, groups, wanted, step, figures_of(aggregate))
    answer = _told(found, groups, series, by, aggregate, wanted, every=told == "range")
    return Answer(
        name,
        aggregate,
        times.text(wanted.since),
        times.text(wanted.until),
        STEPS.get(told),
        tiers,
        told != step,
        answer,
    )


def _coarse_enough(
    shelves: Shelves, groups: Groups, wanted: Wanted, step: str, have: frozenset[str]
) -> tuple[str, dict[int, Buckets]]:
    """The step that was asked for, or else the finest one with no more points than there may be."""
    places = len(groups.first) * len(set(groups.zones.values()))
    for longer in _ORDER[_ORDER.index(step) : -1]:
        with contextlib.suppress(TooMany):
            if (wanted.seconds / STEPS[longer] + 2) * places > MOST:
                if surely_too_many(shelves, groups, wanted, longer, MOST):
                    continue
                if SKETCH in have:
                    gather(shelves, groups, wanted, longer, NOTHING_READ, MOST)  # counted first: sketches are large
            return longer, gather(shelves, groups, wanted, longer, have, MOST)
    return _ORDER[-1], gather(shelves, groups, wanted, _ORDER[-1], have, MOST)


def _step_for(wanted: Wanted, used: list[int]) -> str:
    """The finest that is kept, but no more than some thousand points a series."""
    finest = min(used, default=300)
    return next((step for step in _ORDER[:-1] if STEPS[step] >= finest
                 and wanted.seconds / STEPS[step] <= MOST_EACH), "1d")  # fmt: skip


def _told(
    found: dict[int, Buckets], groups: Groups, series: list[Known], by: tuple[str, ...], aggregate: str,
    wanted: Wanted, *, every: bool,
) -> list[Series]:  # fmt: skip
    """The groups in order; the points of each from the coarsest tier on, which is the oldest. `every`: also groups of
    which there is nothing."""
    heads = [series[place] for place in groups.first]
    made = [Series(dict(zip(by, group_of(one, by), strict=True)), []) for one in heads]
    for tier in sorted(found, reverse=True):
        buckets = found[tier]
        values, counts = figures(buckets, aggregate).tolist(), buckets.count.tolist()
        starts, until = _moments(buckets.start), _moments(_ends(buckets, tier, heads, wanted))
        edges = np.flatnonzero(np.diff(buckets.series, prepend=-1, append=-1)).tolist()
        for begin, end in itertools.pairwise(edges):
            group, rows = int(buckets.series[begin]), slice(begin, end)
            made[group].points += map(Point, starts[rows], until[rows], values[rows], counts[rows])
    return [one for one in made if every or one.points]


def _ends(buckets: Buckets, tier: int, heads: list[Known], wanted: Wanted) -> Whole:
    """When each bucket of the groups ends: a day where it does at the first place of its group."""
    if not tier:
        return np.full(len(buckets), wanted.until)
    if tier == A_DAY:
        return day_ends(buckets, {group: one.zone for group, one in enumerate(heads)})
    return ends(buckets.start, tier, "UTC")


def _moments(told: Whole) -> list[str]:
    """As text; many are the same, and most have whole seconds."""
    every, place = np.unique(told, return_inverse=True)
    if len(every) and every[0] >= FIRST and every[-1] <= LATEST and not (every % SECOND).any():
        words = [f"{word}Z" for word in np.datetime_as_string(every.astype("M8[us]"), unit="s").tolist()]
    else:
        words = list(map(times.text, every.tolist()))
    return [words[one] for one in place.tolist()]


def figures_of(aggregate: str) -> frozenset[str]:
    """What must be read of the buckets."""
    return _NEEDS[aggregate]


def figures(buckets: Buckets, aggregate: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """One figure for each row."""
    if aggregate == "avg":
        return np.asarray(buckets.sum / np.maximum(buckets.count, 1))
    if aggregate in ("min", "max", "sum", "last", "count"):
        return np.asarray(getattr(buckets, aggregate), np.float64)
    return quantiles(buckets.upto, buckets.bins, buckets.weights, _SHARES[aggregate], buckets.min, buckets.max)


_QUANTILE: Final = frozenset((MIN, MAX, SKETCH))
_NEEDS: Final[dict[str, frozenset[str]]] = {
    "avg": frozenset((SUM,)), "sum": frozenset((SUM,)), "min": frozenset((MIN,)), "max": frozenset((MAX,)),
    "last": frozenset((LAST,)), "count": frozenset(), "p50": _QUANTILE, "p95": _QUANTILE, "p99": _QUANTILE,
}  # fmt: skip
