"""Two simulated years of five-minute samples, written as blocks and rolled up by the store as a live engine has it.

Beside them a count of the raw samples by series and day of its site, made without any code of the history.
"""

import asyncio
import itertools
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from data.times import DAY, MINUTE

BEGIN: Final = 1_704_067_200_000_000  # 2024-01-01T00:00Z
FIVE: Final = 5 * MINUTE
SLOTS: Final = 288  # of a day
TOGETHER: Final = 36  # five-minute steps that a block has, as the room of the history leaves them: three hours
ZONES: Final = ("Europe/Berlin", "UTC", "Asia/Kolkata", "America/New_York")
REGIONS: Final = 8
CLIENTS: Final = 40
NAME: Final = "temperature_c"


class Raw(NamedTuple):
    """By series and local day: `first` is the local midnight (microseconds) of the days, one row a zone."""

    count: Any
    sum: Any
    min: Any
    max: Any
    first: dict[str, int]


def site(number: int) -> str:
    return f"S{number:04}"


def zone_of(number: int) -> str:
    return ZONES[number % CLIENTS % len(ZONES)]


def places(path: Path, sites: int) -> Path:
    """A recording that tells of the sites: each with a client, a zone of its client."""
    from tests.bench.recordings import event

    with path.open("wb") as file:
        for number in range(sites):
            data = {"id": site(number), "client": f"C{number % CLIENTS}", "timezone": zone_of(number)}
            file.write(event(f"site-{number}", "noc.site.upserted", BEGIN, data) + b"\n")
    return path


def day_of_values(dice: np.random.Generator, sites: int, day: int) -> Any:
    """One number with a digit behind the point a site and slot: the hour, the season, the site, and noise."""
    slots = np.arange(SLOTS)
    usual = 18 + 6 * np.sin(slots / SLOTS * 2 * np.pi) + 8 * np.sin(day / 365 * 2 * np.pi)
    return np.round(usual[None, :] + (np.arange(sites) % 17)[:, None] + dice.normal(0, 1, (sites, SLOTS)), 1)


def local_days(zone: str, days: int) -> Any:
    """The number of the local day in which each slot of the whole time lies."""
    place, first = ZoneInfo(zone), None
    found = np.empty(days * SLOTS, np.int64)
    moment = datetime.fromtimestamp(BEGIN / 1e6, UTC)
    for slot in range(days * SLOTS):
        date = (moment + timedelta(minutes=5 * slot)).astimezone(place).date()
        first = first or date
        found[slot] = (date - first).days
    return found


async def fill(url: str, sites: int, days: int, partition: Any) -> tuple[Raw, dict[str, float]]:
    """Writes everything. (the raw count, CPU seconds by what was done)."""
    from data.history import bucketed, pack
    from data.opening import open_store
    from data.records.metric import MetricBlock, MetricSeries
    from data.store import Commit
    from engine.history.room import series_number

    rows, numbers = [], np.empty(sites, np.int64)
    for one in range(sites):
        labels = {"region": f"R{one % REGIONS}"}
        number = numbers[one] = series_number("default", NAME, None, site(one), tuple(labels.items()))
        rows.append(MetricSeries(int(number), "default", NAME, None, site(one), labels, "C"))
    order = np.argsort(numbers)
    store = await open_store(url, "bench")
    await store.commit(Commit(metric_series=rows))
    dice, number, cpu = np.random.default_rng(7), 0, {"blocks": 0.0, "rolling": 0.0, "last day": 0.0}
    raw = _Counted(sites, days)
    for day in range(days):
        values = day_of_values(dice, sites, day)
        raw.add(day, values)
        made, began = [], time.process_time()
        for slot in range(0, SLOTS, TOGETHER):
            times = BEGIN + day * DAY + np.arange(slot, slot + TOGETHER) * FIVE
            series = np.repeat(numbers[order], TOGETHER)
            found = bucketed(series, np.tile(times, sites), values[order, slot : slot + TOGETHER].ravel(), FIVE)
            number += 1
            until = int(times[-1]) + FIVE
            made.append(MetricBlock(number, "default", NAME, 300, int(times[0]), until, pack(found)))
        cpu["blocks"] += time.process_time() - began
        await store.commit(Commit(metric_blocks=made))
        if day % 7 == 6 or day >= days - 2:
            cpu["last day"] = -time.process_time() if day == days - 1 else 0.0
            began = time.process_time()
            await store.thin(keep(BEGIN + (day + 1) * DAY, partition))
            cpu["rolling"] += time.process_time() - began
            cpu["last day"] += time.process_time()
    await store.close()
    return raw.told(), cpu


def keep(now: int, partition: Any) -> Any:
    """What a live engine keeps of metrics where nothing is set."""
    from data.thinning import Keep
    from engine.retention import about
    from engine.settings import Config

    told = Config().retention
    tiers = (told.metrics_5m, told.metrics_1h, told.metrics_1d)
    return Keep(
        {"default": now}, 0, told.events, told.feed, told.decisions, tiers, told.dead_letters, told.audit,
        abouts={"default": partial(about, partition)},
    )  # fmt: skip


class _Counted:
    def __init__(self, sites: int, days: int) -> None:
        shape = (sites, days + 2)
        self.count, self.sum = np.zeros(shape, np.int64), np.zeros(shape)
        self.min, self.max = np.full(shape, np.inf), np.full(shape, -np.inf)
        self.days = {zone: local_days(zone, days) for zone in ZONES}
        self.sites = {zone: np.array([n for n in range(sites) if zone_of(n) == zone], np.int64) for zone in ZONES}

    def add(self, day: int, values: Any) -> None:
        for zone, mine in self.sites.items():
            of = self.days[zone][day * SLOTS : (day + 1) * SLOTS]
            for local in np.unique(of):
                part = values[np.ix_(mine, of == local)]
                self.count[mine, local] += part.shape[1]
                self.sum[mine, local] += np.round(part * 10).sum(axis=1) / 10
                self.min[mine, local] = np.minimum(self.min[mine, local], part.min(axis=1))
                self.max[mine, local] = np.maximum(self.max[mine, local], part.max(axis=1))

    def told(self) -> Raw:
        moment = datetime.fromtimestamp(BEGIN / 1e6, UTC)
        first = {}
        for zone in ZONES:
            local = moment.astimezone(ZoneInfo(zone))
            midnight = local.replace(hour=0, minute=0)
            first[zone] = round(midnight.timestamp() * 1e6)
        return Raw(self.count, self.sum, self.min, self.max, first)


def wrong(url: str, raw: Raw, sites: int) -> tuple[int, int, float]:
    """(days compared, days of which count, min or max differ, greatest relative difference of a mean)."""
    from data.opening import open_reader
    from engine.history import kept
    from engine.history.rows import stepped
    from noc_tui.commands.asking import look

    reader = open_reader(url)
    (partition,) = look(url, None, "default", lambda found, _: found)
    series = kept.series_of(reader, partition.registry, "default", NAME, kept.NOTHING, "UTC")
    found = kept.tiers(reader, "default", NAME, series, BEGIN - 2 * DAY, BEGIN + 2000 * DAY, kept.NOTHING)
    days = stepped(found, "1d", {one.number: one.zone for one in series})[86400]
    reader.close()
    by_number = {one.number: one for one in series}
    bad, worst, seen = 0, 0.0, 0
    edges = np.flatnonzero(np.diff(days.series, prepend=-1, append=-1)).tolist()
    for begin, end in itertools.pairwise(edges):
        one = by_number[int(days.series[begin])]
        place = int((one.site or "S0")[1:])
        local = np.round((days.start[begin:end] - raw.first[one.zone]) / DAY).astype(np.int64)
        seen += end - begin
        wrong_ = (days.count[begin:end] != raw.count[place, local]) | (days.min[begin:end] != raw.min[place, local])
        wrong_ |= days.max[begin:end] != raw.max[place, local]
        bad += int(wrong_.sum())
        means = raw.sum[place, local] / raw.count[place, local]
        told = days.sum[begin:end] / days.count[begin:end]
        worst = max(worst, float(np.max(np.abs(told - means) / np.abs(means))))
    assert len(edges) == sites + 1
    return seen, bad, worst


def many(url: str, sites: int, days: int) -> None:
    """Fills a database that knows the sites, compares it with the raw samples, and tells of it."""
    from noc_tui.commands.asking import look
    from tests.bench.child import tell

    (partition,) = look(url, None, "default", lambda found, _: found)
    raw, cpu = asyncio.run(fill(url, sites, days, partition))
    seen, bad, worst = wrong(url, raw, sites)
    tell({"cpu": cpu, "samples": sites * days * SLOTS, "days": seen, "wrong": bad, "worst": worst})
