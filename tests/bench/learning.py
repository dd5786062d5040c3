"""Training, and the engine meanwhile: 100,000 rows, and how long events wait for their answer while one trains.

The rows are planted ones, trained in a process of its own on two cores. For the waits a service desk's tickets are
replayed into a database, an engine is started on it, takes mixed events at a steady rate, and `noc train sla` learns
beside it, over and over. By the wall: they mean something on a quiet machine only, and against each other.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from data import times
from data.times import DAY, HOUR, MINUTE
from engine import clock
from engine.sources.simulate import MONDAY
from tests.bench import recordings
from tests.bench.child import ask
from tests.bench.figures import Figure, at_most, percentile
from tests.bench.serving import Server, framed, waits_under
from tests.support.recordings import Script

ROWS = 100_000
RATE = 2_000  # mixed events a second


def measure(folder: Path, *, quick: bool) -> Iterator[Figure]:
    found = ask("fit", 600, count=ROWS // (20 if quick else 1))
    name = f"{found['rows']:,} rows of {found['features']} features, {found['trees']} trees, judged and calibrated"
    figure = Figure("training", name, found["wall"], "s")
    yield figure if quick else at_most(figure, 10)
    yield Figure("training", "  CPU, all threads", found["cpu"], "CPU s")
    yield Figure("training", "  memory at its highest", found["peak_mb"], "MB")
    tickets = folder / "tickets.jsonl"
    tickets.write_bytes(b"\n".join(desk(600 if quick else 8_000)) + b"\n")
    for old in folder.glob("training.db*"):
        old.unlink()
    ask("replay", 900, files=[str(tickets)], database=f"sqlite:///{folder / 'training.db'}")
    seconds = 3 if quick else 25
    lines = recordings.simulated(folder / "load.jsonl", 2 * seconds * RATE).read_bytes().splitlines()
    with Server(folder, "training", anew=False) as server:
        yield from asyncio.run(_beside(server, framed(lines, 100), folder))


def fit(count: int) -> None:
    """Child: trains on so many planted rows, at most two cores."""
    from tests.bench.child import tell
    from tests.bench.scoring import FEATURES, planted, scorer
    from tests.bench.yardstick import peak_mb

    rows = planted(count)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    wall, cpu = time.perf_counter(), time.process_time()
    model = scorer(rows)
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    tell({"rows": count, "features": FEATURES, "trees": model.about.trees, "peak_mb": peak_mb(), **took})


def desk(count: int, seed: int = 4) -> Iterator[bytes]:
    """Tickets of the weeks before the load begins, of eight groups of which some are slow: three looks at each."""
    random, told = np.random.default_rng(seed), []
    for number in range(count):
        opened = MONDAY - 20 * DAY + int(number / count * 19 * DAY)
        group = int(random.integers(8))
        late = random.random() < 0.05 + group / 10
        done = opened + int((6 if late else 1) * HOUR)
        ticket: dict[str, Any] = {"id": f"T{number}"}
        head = {"site": f"S{number % 40}", "title": "Printer broken", "priority": "HIGH", "group": f"group-{group}"}
        head |= {"deadline": times.text(opened + 4 * HOUR), "status": "NEW", "labels": {"channel": "phone"}}
        told += [
            (opened, "ticket.created", ticket | head),
            (opened + 20 * MINUTE, "ticket.updated", ticket | {"assignee": "P1", "status": "ASSIGNED"}),
            (opened + 40 * MINUTE, "ticket.updated", ticket | {"reassignments": 1, "status": "IN_PROGRESS"}),
            (done, "ticket.closed", ticket | {"sla_met": not late}),
        ]
    script = Script("desk")
    for moment, kind, data in sorted(told, key=lambda each: each[0]):
        script.add(kind, moment, data, subject=f"ticket/{data['id']}")
    return iter(script.lines)


async def _beside(server: Server, bodies: list[bytes], folder: Path) -> Iterator[Figure]:
    """The same load twice: alone, and with training beside it."""
    half = len(bodies) // 2
    alone = await waits_under(server, bodies[:half], RATE)
    async with _lessons(folder) as lessons:
        beside = await waits_under(server, bodies[half:], RATE)
    name = f"event to answer at {RATE:,} events/s, 99th of 100: "
    return iter([
        Figure("training", name + "alone", percentile(alone, 0.99) * 1000, "ms"),
        at_most(Figure("training", name + "training beside", percentile(beside, 0.99) * 1000, "ms"), 250),
        Figure("training", "  median alone", percentile(alone, 0.5) * 1000, "ms"),
        Figure("training", "  median with training beside", percentile(beside, 0.5) * 1000, "ms"),
        Figure("training", "  lessons meanwhile that went live", sum(one["rows"] > 0 for one in lessons), ""),
        Figure("training", "  rows of one", max((one["rows"] for one in lessons), default=0), ""),
        Figure("training", "  seconds of one, reading and going live too", max(one["took"] for one in lessons), "s"),
    ])  # fmt: skip


@asynccontextmanager
async def _lessons(folder: Path) -> AsyncIterator[list[dict[str, Any]]]:
    """`noc train sla` again and again while this lasts; the one under way at the end is finished."""
    done: list[dict[str, Any]] = []
    enough = asyncio.Event()

    async def teach() -> None:
        words = ["-m", "noc_tui.cli", "train", "sla", "--json", "--db", f"sqlite:///{folder / 'training.db'}"]
        while not enough.is_set():
            begun = clock.monotonic()
            process = await asyncio.create_subprocess_exec(
                sys.executable, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )
            out, err = await process.communicate()
            # From the second on a version may be refused for being no better than the one that is live.
            rows = msgspec.json.decode(out)["rows"] if process.returncode == 0 else 0
            if not rows and not done:
                raise RuntimeError(err.decode())
            done.append({"rows": rows, "took": clock.monotonic() - begun})

    teaching = asyncio.create_task(teach())
    try:
        yield done
    finally:
        enough.set()
        await teaching
