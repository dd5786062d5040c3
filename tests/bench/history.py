"""Two years of metrics: what they take on disk, whether they are right, and what a question costs (issue 9).

(a) 20 sites through the whole intake, compared with the raw samples; (b) 1,000 sites through the roll-up alone, asked
about any range in any grouping. rrdtool keeps the same tiers in the same run where it is installed.
"""

import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.bench import tiers
from tests.bench.child import ask
from tests.bench.figures import Figure, at_most, percentile

SITES, SITES_QUICK = 1_000, 60
DAYS, DAYS_QUICK = 731, 100
QUESTIONS, QUESTIONS_QUICK = 300, 60
THROUGH, THROUGH_DAYS, THROUGH_QUICK = 20, 731, 12  # sites and days of the whole intake
TIERS_KEPT: Final = (7 * 288, 90 * 24, 730)  # points of a series


def measure(folder: Path, *, quick: bool) -> Iterator[Figure]:
    yield from _through_the_intake(folder, THROUGH_QUICK if quick else THROUGH_DAYS)
    yield from _through_the_roll_up(folder, SITES_QUICK if quick else SITES, DAYS_QUICK if quick else DAYS, quick=quick)
    found = ask("gathering", 300, samples=40_000 if quick else 400_000)
    for told, micros in found.items():
        yield at_most(Figure("history", f"the room alone, {told}", micros, "us/sample"), 2)


def _through_the_intake(folder: Path, days: int) -> Iterator[Figure]:
    from tests.bench import through

    file, raw = through.recording(folder / "metrics.jsonl", THROUGH, days)
    url = f"sqlite:///{folder / 'through.db'}"
    cpu = {}
    for word, wish in (("with", {}), ("without", {"off": True})):
        path = folder / f"through-{word}.db"
        cpu[word] = ask("through", 1800, file=str(file), database=f"sqlite:///{path}", **wish)["cpu"]
    url = f"sqlite:///{folder / 'through-with.db'}"
    seen, bad, worst = through.compared(url, raw)
    samples = sum(len(of) for of in raw.values())
    what = f"{THROUGH} sites, {days} days through the intake: days compared"
    yield Figure("history", what, seen, "")
    yield at_most(Figure("history", "of these with a wrong count, least, most or last", bad, ""), 0)
    yield at_most(Figure("history", "greatest relative difference of a mean", worst, ""), 1e-12)
    more = (cpu["with"] - cpu["without"]) * 1e6 / samples
    yield Figure("history", "replay with history less one without, roll-up included", more, "us/sample")
    yield from _stored(url, "20 sites", full=days > 700)


def _through_the_roll_up(folder: Path, sites: int, days: int, *, quick: bool) -> Iterator[Figure]:
    file, path = tiers.places(folder / "sites.jsonl", sites), folder / "many.db"
    url = f"sqlite:///{path}"
    ask("replay", 300, files=[str(file)], database=url)
    made = ask("many", 3600, url=url, sites=sites, days=days)
    rolled = made["cpu"]["rolling"] * 1e6 / made["samples"]
    yield Figure("history", f"{sites:,} sites, {days} days: days of series compared", made["days"], "")
    yield at_most(Figure("history", "of these with a wrong count, least or most", made["wrong"], ""), 0)
    yield at_most(Figure("history", "greatest relative difference of a mean", made["worst"], ""), 1e-12)
    yield Figure("history", "rolled up once a week, a sample", rolled, "us")
    daily = made["cpu"]["last day"] * 1e6 / (sites * tiers.SLOTS)
    yield Figure("history", "rolled up once a day, a sample of that day", daily, "us")
    yield from _stored(url, f"{sites:,} sites", full=days > 700)
    yield from _beside_rrdtool(folder, url, min(sites, 100))
    asked = ask("questions", 1800, url=url, count=QUESTIONS_QUICK if quick else QUESTIONS, seed=3)
    every = asked["cpu"]
    yield Figure("history", f"{len(every)} questions: half of them, CPU", percentile(every, 0.5), "ms")
    yield at_most(Figure("history", "the same, p99", percentile(every, 0.99), "ms"), 50)
    yield Figure("history", f"the longest: {asked['longest'][:90]}", max(every), "ms")


def _stored(url: str, what: str, *, full: bool) -> Iterator[Figure]:
    from data.opening import open_reader

    reader = open_reader(url)
    found = reader.storage()
    reader.close()
    points = sum(tier.buckets for tier in found.tiers)
    size = sum(tier.bytes for tier in found.tiers)
    share = Figure("history", f"{what}: values kept, of those of five minutes", (1 - (found.saved or 0)) * 100, "%")
    yield at_most(share, 5) if full else share
    yield Figure("history", f"{what}: bytes a point, sketch and totals included", size / points, "B")


def _beside_rrdtool(folder: Path, url: str, series: int) -> Iterator[Figure]:
    """rrdtool keeps mean, least, most and last of the same tiers, 8 bytes each, whatever comes."""
    del url
    if shutil.which("rrdtool") is None:
        print("rrdtool is not installed: not compared (apt-get install rrdtool)")
        return
    path = folder / "beside.rrd"
    sources = [f"DS:s{number}:GAUGE:600:U:U" for number in range(series)]
    steps = ((1, TIERS_KEPT[0]), (12, TIERS_KEPT[1]), (288, TIERS_KEPT[2]))
    kinds = ("AVERAGE", "MIN", "MAX", "LAST")
    kept = [f"RRA:{kind}:0.5:{step}:{rows}" for step, rows in steps for kind in kinds]
    start = tiers.BEGIN // 1_000_000
    subprocess.run(["rrdtool", "create", path, "--start", str(start), "--step", "300", *sources, *kept], check=True)
    values = [":".join([str(start + 300 * step), *["21.5"] * series]) for step in range(1, 300)]
    subprocess.run(["rrdtool", "update", path, *values], check=True)
    size = path.stat().st_size / (series * sum(TIERS_KEPT))
    yield Figure("history", "rrdtool, mean, least, most and last: bytes a point", size, "B")


def gathering(samples: int) -> None:
    """CPU microseconds that the room of the history takes for a sample, blocks included."""
    from data.payloads import TYPES
    from data.wire import Event
    from engine.decisions import Numbers, Teller
    from engine.history.room import History
    from tests.bench.child import tell

    dice, found = random.Random(2), {}
    one, device = TYPES["noc.metric.sampled"], TYPES["noc.device.telemetry"]
    makers: dict[str, Any] = {
        "one sample an event": lambda n: (one(name="load", site=f"S{n % 20}", value=round(dice.gauss(50, 5), 1)), 1),
        "two figures of a device": lambda n: (
            device(device=f"D{n % 200}", battery_pct=n % 100, temperature_c=round(dice.gauss(20, 5), 1)), 2),
    }  # fmt: skip
    for told, make in makers.items():
        room = History("default", Teller("default"), Numbers(), 100_000)
        handlers, events, figures = room.handlers(), [], 0
        while figures < samples:
            data, many = make(len(events))
            kind = "noc.metric.sampled" if many == 1 else "noc.device.telemetry"
            time_ = tiers.BEGIN + len(events) * 15_000_000
            events.append(Event(kind, time_, "x", str(len(events)), "default", None, data, b"{}", len(events)))
            figures += many
        began = time.process_time()
        for event in events:
            if (due := room.due()) is not None and due <= event.time:
                room.tick(due)
            handlers[event.type](event)
        room.flush()
        found[told] = (time.process_time() - began) * 1e6 / figures
    tell(found)


def questions(url: str, count: int, seed: int) -> None:
    """CPU ms of questions about any range, step, figure, grouping and part of the sites."""
    from data.opening import open_reader
    from engine.history import kept
    from engine.history.query import ask as query
    from noc_tui.commands.asking import look
    from tests.bench.child import tell
    from tests.bench.wondering import wonder

    (partition,) = look(url, None, "default", lambda found, _: found)
    reader = open_reader(url)
    dice, spent, longest = random.Random(seed), [], (0.0, "")
    now = max(place[3] for place in reader.metric_places("default", tiers.NAME, 0, 1 << 62))
    for _ in range(count):
        wanted, aggregate, by = wonder(dice, now)
        began = time.process_time()
        query(reader, partition.registry, "default", tiers.NAME, wanted, aggregate, by, kept.NOTHING, "UTC")
        took = (time.process_time() - began) * 1000
        spent.append(took)
        days = (wanted.until - wanted.since) / tiers.DAY
        some = [word for word in ("sites", "clients", "labels") if getattr(wanted, word)]
        longest = max(longest, (took, f"{aggregate} by {','.join(by)} in {wanted.step} over {days:.1f} d, of {some}"))
    reader.close()
    tell({"cpu": spent, "longest": longest[1]})
