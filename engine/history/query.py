"""Answers about metrics: series in groups, buckets in steps, one figure for each (WIRE.md §7).

ask(reader, registry, tenant, name, Wanted(since, until, step="1h"), "avg", ("site",), waiting, zone)
"""

import difflib
from typing import Any, Final

import msgspec
import numpy as np

from data import times
from data.history import Buckets, merged
from data.history.coarse import ends
from data.history.sketch import quantile
from data.store import Reader
from data.times import SECOND
from engine.history import kept
from engine.history.kept import TIERS, Known, Waiting
from engine.history.rows import stepped
from engine.history.select import STEPS, Aggregate, Wanted, group_of
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
    found = kept.tiers(reader, tenant, name, series, wanted.since, wanted.until, waiting)
    zones = {one.number: one.zone for one in series}
    used = [tier for tier in TIERS if _inside(found[tier], tier, wanted).any()]
    step = wanted.step if wanted.step != "auto" else _step_for(wanted, used)
    for place in range(_ORDER.index(step), len(_ORDER)):
        answer = _told(_grouped(found, _ORDER[place], zones, series, by, wanted), series, by, aggregate, wanted)
        if sum(len(one.points) for one in answer) <= MOST:
            break
    told = _ORDER[place]
    return Answer(
        name, aggregate, times.text(wanted.since), times.text(wanted.until), STEPS.get(told), used,
        place > _ORDER.index(step), answer,
    )  # fmt: skip


def _step_for(wanted: Wanted, used: list[int]) -> str:
    """The finest that is kept, but no more than some thousand points a series."""
    finest = min(used, default=300)
    return next((step for step in _ORDER[:-1] if STEPS[step] >= finest
                 and wanted.seconds / STEPS[step] <= MOST_EACH), "1d")  # fmt: skip


def _inside(buckets: Buckets, tier: int, wanted: Wanted) -> Any:
    return (buckets.start < wanted.until) & (buckets.start > wanted.since - tier * SECOND)


def _grouped(
    found: dict[int, Buckets], step: str, zones: dict[int, str], series: list[Known], by: tuple[str, ...],
    wanted: Wanted,
) -> list[tuple[int, int, Buckets]]:  # fmt: skip
    """(length in seconds, place of the group's first series, buckets of the whole group), in order of group."""
    made = stepped(found, "1d" if step == "range" else step, zones) if step != "range" else found
    groups: dict[tuple[str | None, ...], list[int]] = {}
    for place, one in enumerate(series):
        groups.setdefault(group_of(one, by), []).append(place)
    out = []
    for places in groups.values():
        numbers = np.array([series[place].number for place in places], np.int64)
        zone = series[places[0]].zone
        parts = []
        for tier in TIERS:
            buckets = made[tier].pick(np.isin(made[tier].series, numbers))
            shown = np.array(ends(buckets.start.tolist(), tier, zone), np.int64) > wanted.since
            parts.append((tier, buckets.pick(shown & (buckets.start < wanted.until))))
        if step == "range":
            every = merged([part for _, part in parts])
            joined = _as_one(every, np.full(len(every), wanted.since, np.int64))
            out.append((0, places[0], joined))
        else:
            out += [(tier, places[0], _as_one(part, part.start)) for tier, part in reversed(parts) if len(part)]
    return out


def _as_one(buckets: Buckets, starts: Any) -> Buckets:
    """All series as one."""
    if not len(buckets):
        return buckets
    alone = Buckets(*(getattr(buckets, name) for name in _FIELDS))
    alone.series = np.zeros(len(buckets), np.int64)
    return merged([alone], starts)


_FIELDS: Final = ("series", "start", "count", "sum", "min", "max", "last", "last_at", "upto", "bins", "weights")


def _told(
    groups: list[tuple[int, int, Buckets]], series: list[Known], by: tuple[str, ...], aggregate: str, wanted: Wanted
) -> list[Series]:
    found: dict[int, Series] = {}
    for tier, place, buckets in groups:
        one = series[place]
        told = found.setdefault(place, Series(dict(zip(by, group_of(one, by), strict=True)), []))
        starts = buckets.start.tolist()
        until = ends(starts, tier, one.zone) if tier else [wanted.until] * len(starts)
        values = figures(buckets, aggregate)
        told.points += [
            Point(times.text(start), times.text(end), value, count)
            for start, end, value, count in zip(starts, until, values, buckets.count.tolist(), strict=True)
        ]
    return list(found.values())


def figures(buckets: Buckets, aggregate: str) -> list[float]:
    """One figure for each row."""
    if aggregate == "avg":
        return list(map(float, buckets.sum / np.maximum(buckets.count, 1)))
    if aggregate in ("min", "max", "sum", "last", "count"):
        return list(map(float, getattr(buckets, aggregate)))
    share = _SHARES[aggregate]
    return [
        quantile(*buckets.sketch(row), share, float(buckets.min[row]), float(buckets.max[row]))
        for row in range(len(buckets))
    ]
