"""`python -m tests.bench`: measures what was promised and prints a table, or JSON Lines.

    --only PART     replay, memory, console, storm, serving, travel, hub, feed, rival, history, scoring or
                    training; several times, too
    --quick         small inputs and few repeats, under a minute on a quiet machine; no figure to quote
    --json          one figure a line
    --profile KEY   where a replay of mixed events spends its time instead (cProfile; KEY: tottime or cumtime)
    --keep DIR      leave databases and recordings there

The exit code is 1 when a promise was missed (never with --quick), 0 otherwise.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec

from tests.bench import (
    console,
    delivering,
    history,
    learning,
    memory,
    recordings,
    replaying,
    rivalling,
    scoring,
    searching,
    serving,
    storm,
    travelling,
)
from tests.bench.child import ask
from tests.bench.figures import Figure, table
from tests.bench.yardstick import loop_ns

Part = Callable[..., Iterator[Figure]]
PARTS: dict[str, Part] = {
    "replay": replaying.measure,
    "memory": memory.measure,
    "console": console.measure,
    "storm": storm.measure,
    "serving": serving.measure,
    "travel": travelling.measure,
    "hub": delivering.measure,
    "feed": searching.measure,
    "rival": rivalling.measure,
    "history": history.measure,
    "scoring": scoring.measure,
    "training": learning.measure,
}


def main() -> int:
    wish = _wish()
    with ExitStack() as stack:
        folder = wish.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="noc-bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        if wish.profile:
            file = recordings.simulated(folder / "mixed.jsonl", replaying.MIXED_QUICK)
            database = f"sqlite:///{folder / 'profile.db'}"
            ask("replay", 600, files=[str(file)], database=database, profile=wish.profile)
            return 0
        figures = [Figure("machine", "one iteration of the yardstick", loop_ns(), "ns", 1)]
        figures.append(Figure("machine", "load when this began (other programs')", os.getloadavg()[0], ""))
        for name in wish.only or PARTS:
            figures.extend(_measured(name, folder, quick=wish.quick, as_json=wish.json))
    if wish.json:
        sys.stdout.writelines(msgspec.json.encode(each).decode() + "\n" for each in figures)
    else:
        print(table(figures))
    missed = any(each.met is False for each in figures)
    return int(missed and not wish.quick)


def _wish() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measures what was promised.")
    parser.add_argument("--only", action="append", choices=list(PARTS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--profile", choices=("tottime", "cumtime"))
    parser.add_argument("--keep", type=Path)
    return parser.parse_args()


def _measured(name: str, folder: Path, *, quick: bool, as_json: bool) -> Iterator[Figure]:
    """The figures of one part; one that breaks is told of and does not take the others with it."""
    if not as_json:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
    try:
        yield from PARTS[name](folder, quick=quick)
    except Exception as error:
        print(f"{name} could not be measured to the end: {error!r}", file=sys.stderr)
        yield Figure(name, "could not be measured to the end", 0, "", aim="figures", met=False)


if __name__ == "__main__":
    raise SystemExit(main())
