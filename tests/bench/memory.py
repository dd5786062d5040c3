"""A million events: what the process holds then, and how long the next start takes, after an end of either kind."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tests.bench import recordings
from tests.bench.child import ROOT, ask, command
from tests.bench.figures import Figure, at_most

STARTS = 3


def measure(folder: Path, *, quick: bool) -> Iterator[Figure]:
    count = 28_000 if quick else 1_000_000
    database = folder / "million.db"
    url = f"sqlite:///{database}"
    # Some more than needed: it kills itself where the next start has the longest tail to run.
    file = recordings.simulated(folder / "million.jsonl", count + (4_000 if quick else 31_000))
    ended = ask("replay", 900, files=[str(file)], database=url, kill_at=count)
    file.unlink()
    events = ended["events"]
    memory = Figure("memory", f"replay of {events:,} events, peak", ended["peak_mb"], "MB")
    yield at_most(memory, 250)
    kept = folder / "killed"
    kept.mkdir(exist_ok=True)
    for part in folder.glob("million.db*"):
        shutil.copyfile(part, kept / part.name)
    runs = 1 if quick else STARTS
    tail = f"start after kill -9, {ended['tail']:,} events to run again"
    yield from _started(tail, _starts(database, kept, runs))
    yield from _started("start after a clean end", _starts(database, None, runs))


def _starts(database: Path, killed: Path | None, runs: int) -> dict[str, Any]:
    """The quickest of several starts; each after the same death where `killed` keeps what it left."""
    found = []
    for _ in range(runs):
        if killed is not None:
            for part in killed.iterdir():
                shutil.copyfile(part, database.parent / part.name)
        found.append(_start(f"sqlite:///{database}"))
    return min(found, key=lambda answer: answer["wall"])


def _start(url: str) -> dict[str, Any]:
    done = subprocess.run(
        command("restart", database=url, started=time.monotonic()),
        cwd=ROOT, stdout=subprocess.PIPE, timeout=120, check=True,
    )  # fmt: skip
    found: dict[str, Any] = msgspec.json.decode(done.stdout.splitlines()[-1])
    return found


def _started(name: str, found: dict[str, Any]) -> Iterator[Figure]:
    yield at_most(Figure("start", f"{name}: ready", found["wall"], "s wall"), 3)
    yield Figure("start", f"  of {found['events']:,} events; CPU", found["cpu"], "s CPU")
    for step in ("import", "open", "recover"):
        yield Figure("start", f"  {step}", found[f"{step}_cpu"], "s CPU")
    yield Figure("start", "  peak memory", found["peak_mb"], "MB")
