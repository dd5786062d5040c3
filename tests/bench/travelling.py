"""Time travel: the first jump into a journal of 100,000 events, steps back from there, and what is kept for them."""

import statistics
from collections.abc import Iterator
from pathlib import Path

from tests.bench import recordings
from tests.bench.child import ask
from tests.bench.figures import Figure, at_least, at_most

EVENTS, EVENTS_QUICK = 120_000, 12_000
STEPS = 8


def measure(folder: Path, *, quick: bool) -> Iterator[Figure]:
    count = EVENTS_QUICK if quick else EVENTS
    file = recordings.simulated(folder / "journal.jsonl", count)
    database = f"sqlite:///{folder / 'travel.db'}"
    ask("replay", 600, files=[str(file)], database=database)
    found = ask("travel", 600, database=database, position=count * 5 // 6, steps=STEPS)
    rate = Figure("travel", f"first jump over {found['ran']:,} events, rate", found["ran"] / found["first"], "/CPU s")
    yield at_least(rate, 8_000)
    yield Figure("travel", "first jump", found["first"], "CPU s")
    for name, times in found["steps"].items():
        yield Figure("travel", f"step back of {name}, median", statistics.median(times), "CPU s")
        yield at_most(Figure("travel", f"step back of {name}, longest", max(times), "CPU s"), 2.0)
    yield Figure("travel", f"{found['checkpoints']} checkpoints", found["checkpoint_mb"], "MB")
    yield Figure("travel", "versions of records", found["ledger_mb"], "MB")
    yield Figure("travel", "memory, at most", found["peak_mb"], "MB")


def travel(database: str, position: int, steps: int) -> None:
    """From the beginning of the journal to a position about there, then back in steps. CPU seconds."""
    import time

    from data.opening import open_reader
    from data.times import HOUR, MINUTE
    from engine.past.checkpoints import Checkpoints
    from engine.past.machine import Machine
    from engine.settings import Config
    from tests.bench.child import tell
    from tests.bench.yardstick import peak_mb

    machine = Machine(open_reader(database), Config())
    machine.open()
    machine.checkpoints = Checkpoints()  # not from the snapshot of the engine

    def gone(moment: int) -> float:
        began = time.process_time()
        for _ in machine.seek(moment):
            pass
        return time.process_time() - began

    at = next(low for first, count, low, _ in machine.outline.segments if first + count > position)
    first, ran = gone(at), machine.meters.events
    taken: dict[str, list[float]] = {"10 minutes": [], "an hour": []}
    for name, step in (("10 minutes", 10 * MINUTE), ("an hour", HOUR)):
        for _ in range(steps):
            at = max(at - step, machine.outline.begins)
            taken[name].append(gone(at))
    tell(
        {
            "first": first, "ran": ran, "steps": taken, "checkpoints": len(machine.checkpoints),
            "checkpoint_mb": machine.checkpoints.size / 1e6, "ledger_mb": machine.ledger.bytes / 1e6,
            "peak_mb": peak_mb(),
        }
    )  # fmt: skip
