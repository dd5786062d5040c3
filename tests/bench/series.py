"""What the judging of metric series costs an event, and what the room around it adds.

.venv/bin/python -m tests.bench.series --series 10000
"""

import argparse
import time

import numpy as np

from data.payloads import TYPES
from data.times import MINUTE
from data.wire import Event
from engine.detect.metrics import MetricSeries
from engine.detect.series.bank import Bank
from engine.registry import Registry
from engine.settings import Config
from engine.settings.places import Places
from tests.bench.figures import Figure, at_most, cost, table
from tests.bench.yardstick import loop_ns

WARM = 150  # samples of each series before anything is measured
GOAL = 1.0  # microseconds an event, amortised


def judged(series: int, batch: int, events: int) -> float:
    """CPU microseconds an event of the bank alone, in batches of so many samples of any series."""
    random = np.random.default_rng(1)
    bank, rows = Bank(series), np.arange(series)
    for i in range(WARM):
        bank.score(rows, np.full(series, i * 5 * MINUTE), random.normal(50, 1, series))
    spent, done, i = 0, 0, WARM
    while done < events:
        chosen = rows if batch >= series else random.integers(0, series, batch)
        values = random.normal(50, 1, len(chosen))
        times = np.full(len(chosen), i * 5 * MINUTE)
        begun = time.process_time_ns()
        bank.score(chosen, times, values)
        spent += time.process_time_ns() - begun
        done += len(chosen)
        i += 1
    return spent / 1000 / done


def room(series: int, events: int) -> float:
    """CPU microseconds an event of the whole room: telemetry with one number each, 10,000 events a second."""
    random = np.random.default_rng(2)
    metrics = MetricSeries("default", Places(Config()), Registry("default"), lambda: None)
    handler = metrics.handlers()["noc.device.telemetry"]
    values = random.normal(50, 1, events + 2 * series)
    made = [
        Event("noc.device.telemetry", i * 100, "x", f"e{i}", "default", None,
              TYPES["noc.device.telemetry"](device=f"D{i % series}", temperature_c=float(value)), b"{}", i)
        for i, value in enumerate(values)
    ]  # fmt: skip
    for event in made[: 2 * series]:
        handler(event)
    begun = time.process_time_ns()
    for event in made[2 * series :]:
        while (due := metrics.due()) is not None and due <= event.time:
            metrics.tick(due)
        handler(event)
    return (time.process_time_ns() - begun) / 1000 / events


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--series", type=int, default=10_000)
    asked.add_argument("--events", type=int, default=100_000)
    wish = asked.parse_args()
    loop = loop_ns()
    figures = [Figure("machine", "one iteration of the yardstick", loop, "ns", 1)]
    whole = cost(
        "series", f"judging, all {wish.series:,} series at once", judged(wish.series, wish.series, wish.events), loop
    )
    figures.append(at_most(whole, GOAL))
    for batch in (2_048, 512, 64):
        figures.append(cost("series", f"judging, batches of {batch:,}", judged(wish.series, batch, wish.events), loop))
    figures.append(cost("series", "the room: telemetry with one number", room(wish.series, wish.events), loop))
    bank = Bank(wish.series)
    held = bank.numbers.nbytes + bank.tails.shapes.nbytes + bank.tails.seen.nbytes
    held += bank.day.level.nbytes + bank.day.count.nbytes
    figures.append(Figure("series", "memory of one series", held / wish.series, "bytes"))
    print(table(figures))


if __name__ == "__main__":
    main()
