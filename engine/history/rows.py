"""`noc export metrics`: one row for each series and bucket."""

from collections.abc import Iterator

import msgspec
import numpy as np

from data import times
from data.history import Buckets, merged
from data.history.coarse import coarser, ends
from data.history.sketch import quantiles
from data.store import Reader
from engine.history import kept
from engine.history.kept import TIERS, Known, Waiting
from engine.history.select import STEPS, Wanted
from engine.registry import Registry


class MetricRow(msgspec.Struct):
    """`start` and `end` half-open; `p50` to `p99` are off by at most one percent of their value."""

    name: str
    entity: str | None
    site: str | None
    client: str | None
    labels: dict[str, str]
    unit: str | None
    start: str
    end: str
    step_s: int
    count: int
    sum: float
    min: float
    max: float
    mean: float
    last: float
    p50: float
    p95: float
    p99: float
    tenant: str = "default"


def metric_rows(
    reader: Reader, registry: Registry, tenant: str, name: str, wanted: Wanted, waiting: Waiting, zone: str
) -> Iterator[MetricRow]:
    """In order of series, then time."""
    series = [one for one in kept.series_of(reader, registry, tenant, name, waiting, zone) if wanted.matches(one)]
    if not series:
        return
    found = kept.tiers(reader, tenant, name, series, wanted.since, wanted.until, waiting)
    found = stepped(found, wanted.step, {one.number: one.zone for one in series})
    for one in series:
        for tier in reversed(TIERS):
            yield from _of(tenant, one, found[tier], tier, wanted)


def stepped(found: dict[int, Buckets], step: str, zones: dict[int, str]) -> dict[int, Buckets]:
    """No finer than asked: coarser buckets are built from finer ones. What is kept coarser stays so."""
    least = STEPS.get(step, 0)
    if least <= 300:  # hours are shown whole
        return {**found, 3600: coarser(found[3600], 3600, zones, whole_hours=True)}
    empty = found[300].pick(np.zeros(len(found[300]), bool))
    hours = merged([found[3600], found[300]])
    if least == 3600:
        return {300: empty, 3600: coarser(hours, 3600, zones, whole_hours=True), 86400: found[86400]}
    days = merged([found[86400], coarser(hours, 86400, zones)])
    return {300: empty, 3600: empty, 86400: days}


def _of(tenant: str, one: Known, buckets: Buckets, tier: int, wanted: Wanted) -> Iterator[MetricRow]:
    begin, end = np.searchsorted(buckets.series, (one.number, one.number + 1)).tolist()
    own = buckets.cut(begin, end)
    until = ends(own.start, tier, one.zone)
    own, until = own.pick(shown := (own.start < wanted.until) & (until > wanted.since)), until[shown]
    shares = [
        quantiles(own.upto, own.bins, own.weights, share, own.min, own.max).tolist() for share in (0.5, 0.95, 0.99)
    ]
    columns = (own.start, until, own.count, own.sum, own.min, own.max, own.last)
    for start, stop, count, total, low, high, last, p50, p95, p99 in zip(
        *(column.tolist() for column in columns), *shares, strict=True
    ):
        yield MetricRow(
            one.name, one.entity, one.site, one.client, one.labels, one.unit, times.text(start), times.text(stop), tier,
            count, total, low, high, total / count, last, p50, p95, p99, tenant,
        )  # fmt: skip
