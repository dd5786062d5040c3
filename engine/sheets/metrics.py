"""Every series of metrics there is: its newest value, its last day, and whether it is out of the usual."""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.history import Buckets, merged
from data.store import Follower
from data.times import HOUR
from engine.detect.baselines.metrics import METRICS
from engine.detect.series.episodes import Episode
from engine.history import kept
from engine.history.kept import NOTHING, TIERS
from engine.query.schema import Kind, Schema
from engine.query.schemas import CLIENT, field, flag
from engine.sheets.kind import Asked, Scene
from engine.sheets.kind import Kind as Sheets
from engine.sheets.series import Begun, Key, begun, key, key_of_known
from engine.sheets.signals import hours_of, last_hours
from engine.views import Fact, SheetColumn, SheetRow

HOURS = 24
SILENT = 2 * HOUR  # after which a series is told to be silent
HIGHEST = 8  # of a bar


class MetricNow(msgspec.Struct, frozen=True):
    """A series as it is: `hours` are the means of the last 24, None where nothing came; `usual` what was to be expected
    where it deviates."""

    ref: str
    name: str
    entity: str
    site: str | None
    client: str | None
    labels: str
    unit: str
    last: float | None
    last_at: int | None
    hours: tuple[float | None, ...]
    state: str  # usual, high, low, unusual, silent
    usual: float | None = None
    severity: int = 0


def _begin(scene: Scene) -> Begun:
    return begun(scene)


def _now(reader: Follower, asked: Asked) -> Iterator[MetricNow]:
    """All series in the history, and the signals of all sites."""
    taken, scene = asked.begun, asked.scene
    assert scene is not None
    registry = scene.partition.registry
    since = (asked.now // HOUR - HOURS + 1) * HOUR
    for name in kept.names(reader, asked.tenant, lambda: taken.waiting):
        waiting = taken.waiting.get(name, NOTHING)
        series = kept.series_of(reader, registry, asked.tenant, name, waiting, scene.partition.zone)
        found = kept.tiers(reader, asked.tenant, name, series, since, asked.now + 1, waiting)
        buckets = merged([found[tier] for tier in TIERS])
        means, last, last_at = _by_hour(buckets, sorted(one.number for one in series), since)
        places = {number: place for place, number in enumerate(sorted(one.number for one in series))}
        for one in series:
            at, told = places[one.number], key_of_known(one)
            yield _made(
                told, one.site, one.client, one.unit, _value(last[at]), int(last_at[at]) or None,
                tuple(map(_value, means[at])), taken.unusual.get(told), asked.now,
            )  # fmt: skip
    yield from _signals(scene, asked.now)


def _by_hour(
    buckets: Buckets, numbers: list[int], since: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """For each series: means by hour (NaN without any), the newest value, and its time (0 without any)."""
    sums, counts = np.zeros((len(numbers), HOURS)), np.zeros((len(numbers), HOURS))
    last, last_at = np.full(len(numbers), np.nan), np.zeros(len(numbers), np.int64)
    rows = np.searchsorted(np.array(numbers, np.int64), buckets.series)
    hours = (buckets.start - since) // HOUR
    inside = (hours >= 0) & (hours < HOURS)
    np.add.at(sums, (rows[inside], hours[inside]), buckets.sum[inside])
    np.add.at(counts, (rows[inside], hours[inside]), buckets.count[inside])
    order = np.argsort(buckets.last_at, kind="stable")
    last[rows[order]], last_at[rows[order]] = buckets.last[order], buckets.last_at[order]
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums / counts, last, last_at


def _signals(scene: Scene, now: int) -> Iterator[MetricNow]:
    room, registry = scene.partition.detectors.baselines, scene.partition.registry
    starts = last_hours(now, HOURS)
    for site in sorted(room.rings.rows):
        hours = hours_of(room, site, starts, HOURS - 1)
        if hours is None:
            continue
        for place, metric in enumerate(METRICS):
            values = tuple(map(_value, hours.values[:, place]))
            last, low, high = values[-1], _value(hours.low[-1, place]), _value(hours.high[-1, place])
            state = "usual"
            if last is None or low is None or high is None:
                state = "silent" if last is None else "new"
            elif not low <= last <= high:
                state = "high" if last > high else "low"
            odd, unit = state in ("high", "low"), "m" if metric.name == "movement_distance" else ""
            yield MetricNow(
                key(metric.name, None, site, ()).ref, metric.name, f"site/{site}", site, registry.client_of(site), "",
                unit, last, starts[-1] + HOUR if last is not None else None,
                values, state, _value(hours.usual[-1, place]) if odd else None, 2 if odd else 0,
            )  # fmt: skip


def _made(
    told: Key, site: str | None, client: str | None, unit: str | None, last: float | None, last_at: int | None,
    hours: tuple[float | None, ...], episode: Episode | None, now: int,
) -> MetricNow:  # fmt: skip
    state, usual, severity = "usual", None, 0
    if episode is not None:
        odd = episode.kind != "METRIC_ANOMALY"
        state = "faulty" if odd else "high" if episode.value >= episode.usual else "low"
        usual, severity = episode.usual if np.isfinite(episode.usual) else None, max(episode.severity, 2)
    elif last_at is None or now - last_at > SILENT:
        state = "silent"
    return MetricNow(
        told.ref, told.name, told.about, site, client, told.labels.strip("{}"), unit or "", last, last_at, hours,
        state, usual, severity,
    )  # fmt: skip


def _value(value: float) -> float | None:
    """Rounded to what a person reads; None for NaN."""
    return float(f"{value:.6g}") if np.isfinite(value) else None


def bars(hours: Sequence[float | None]) -> str:
    """Each hour as 0 (nothing came) to 8, between the least and the greatest of the day."""
    known = [value for value in hours if value is not None]
    if not known:
        return ""
    low, span = min(known), max(known) - min(known)
    return " ".join(
        "0" if value is None else str(1 + round((HIGHEST - 1) * (value - low) / span) if span else HIGHEST // 2)
        for value in hours
    )


def _row(one: MetricNow, scene: Scene) -> SheetRow:
    about = scene.name(one.entity) if one.entity else ""
    return SheetRow(
        one.ref,
        one.severity,
        (one.severity or None, one.name, about if not one.labels else f"{about} {one.labels}", scene.site(one.site),
         one.last, one.unit, one.last_at, one.state, one.usual, bars(one.hours)),
        quiet=one.state == "silent",
    )  # fmt: skip


def _figures(_: Scene, seen: Sequence[MetricNow]) -> tuple[Fact, ...]:
    odd = sum(one.severity > 0 for one in seen)
    silent = sum(one.state == "silent" for one in seen)
    return (
        Fact("series", f"{len(seen):,}"),
        Fact("metrics", f"{len({one.name for one in seen}):,}"),
        Fact("out of the usual", f"{odd:,}", 3 if odd else 0),
        Fact("silent", f"{silent:,}"),
    )


METRIC_SHEET = Sheets(
    "metrics",
    "Metrics",
    "Every series of numbers: of devices, sites and services, and the activity of sites. First those that are out of "
    "the usual. Enter shows the chart.",
    (
        SheetColumn("", 2, "severity", sort="unusual"),
        SheetColumn("metric", 14, "title", grows=1, sort="name"),
        SheetColumn("of", 12, grows=2, sort="of"),
        SheetColumn("site", 10, grows=1, since=110, sort="site"),
        SheetColumn("last", 7, "number"),
        SheetColumn("unit", 5, since=100),
        SheetColumn("heard", 5, "age", since=90, sort="heard"),
        SheetColumn("state", 6, "state", since=46),
        SheetColumn("usual", 7, "number", since=120),
        SheetColumn("24 hours", 24, "spark", since=70),
    ),
    Schema(
        "metrics",
        [
            field("name", Kind.NAME, "name", "metric"),
            field("entity", Kind.NAME, "entity", "of"),
            field("site", Kind.NAME, "site"),
            CLIENT,
            field("labels", Kind.PROSE, "labels"),
            field("unit", Kind.NAME, "unit"),
            field("last", Kind.NUMBER, "last", "value"),
            field("state", Kind.CHOICE, "state", values=("usual", "high", "low", "faulty", "silent", "new")),
            flag("unusual", lambda one: one.severity > 0, doc="out of the usual now"),
        ],
        lambda one: (one.name, one.entity, one.site, one.labels),
    ),
    _row,
    {
        "unusual": lambda one: (-one.severity, one.state == "silent", one.name, one.ref),
        "name": lambda one: (one.name, one.ref),
        "of": lambda one: (one.entity, one.name),
        "site": lambda one: (one.site or "~", one.name, one.ref),
        "heard": lambda one: (-(one.last_at or 0), one.ref),
    },
    ("No metric is known", "Numbers come as `noc.metric.sampled` or with what devices tell of themselves."),
    kept=_now,
    begin=_begin,
    site=lambda one: one.site,
    figures=_figures,
    filter_hint="unusual name:battery* site:S001 last>90",
    rest=2.0,
)
