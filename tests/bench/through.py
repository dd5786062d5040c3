"""Metrics through the whole intake: samples of every five minutes, handed in by the hour."""

import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from data import times
from data.times import DAY, HOUR
from tests.bench import tiers
from tests.bench.recordings import event

Raw = dict[tuple[str, int], list[tuple[int, float]]]  # (site, local day) -> (time, value)


def recording(path: Path, sites: int, days: int) -> tuple[Path, Raw]:
    """(the file, the samples in it by site and local day)."""
    raw: Raw = defaultdict(list)
    zones = {zone: tiers.local_days(zone, days) for zone in tiers.ZONES}
    dice = np.random.default_rng(3)
    places = tiers.places(path.with_suffix(".places"), sites).read_bytes()
    with path.open("wb") as file:
        file.write(places)
        for day in range(days):
            values = tiers.day_of_values(dice, sites, day).tolist()
            for hour in range(24):
                for one in range(sites):
                    begin = tiers.BEGIN + day * DAY + hour * HOUR
                    slots = range(hour * 12, hour * 12 + 12)
                    of = zones[tiers.zone_of(one)]
                    samples = [
                        ((begin + n * tiers.FIVE) // 1_000_000, values[one][slot]) for n, slot in enumerate(slots)
                    ]
                    for (at, value), slot in zip(samples, slots, strict=True):
                        raw[tiers.site(one), int(of[day * tiers.SLOTS + slot])].append((at, value))
                    data = {"name": tiers.NAME, "site": tiers.site(one), "samples": samples}
                    newest = begin + 11 * tiers.FIVE
                    file.write(event(f"{day}-{hour}-{one}", "noc.metric.sampled", newest, data) + b"\n")
    return path, raw


def compared(url: str, raw: Raw) -> tuple[int, int, float]:
    """(days compared, days of which count, least, most or last differ, greatest relative difference of a mean)."""
    from data.opening import open_reader
    from engine.history import rows
    from engine.history.kept import NOTHING
    from engine.history.select import Wanted
    from noc_tui.commands.asking import look

    (partition,) = look(url, None, "default", lambda found, _: found)
    waiting, reader = partition.history.waiting(tiers.NAME), open_reader(url)
    assert waiting is not NOTHING or not raw
    first, bad, worst, seen = {}, 0, 0.0, 0
    wanted = Wanted(tiers.BEGIN - 2 * DAY, tiers.BEGIN + 4000 * DAY, step="1d")
    for row in rows.metric_rows(reader, partition.registry, "default", tiers.NAME, wanted, waiting, "UTC"):
        begin = times.parse(row.start)
        first.setdefault(row.site, begin)
        of = raw[row.site or "", round((begin - first[row.site]) / DAY)]
        values = [value for _, value in of]
        told = (row.count, row.min, row.max, row.last)
        bad += told != (len(values), min(values), max(values), max(of)[1])
        mean = sum(round(value * 10) for value in values) / 10 / len(values)
        worst, seen = max(worst, abs(row.mean - mean) / abs(mean)), seen + 1
    reader.close()
    return seen, bad + abs(len(raw) - seen), worst


def through(file: str, database: str, *, off: bool = False) -> None:
    """A replay that removes what is old; `off`: without the history of metrics."""
    from engine import run
    from engine.history.room import History
    from tests.bench.child import tell

    if off:
        History.handlers = lambda _: {}  # type: ignore[method-assign]
    began: Any = time.process_time()
    report = run.replay([file], database, retain=True)
    tell({"cpu": time.process_time() - began, "events": report.events})
