"""Work that is measured in a process of its own: `python -m tests.bench.child TASK JSON`; the last line is JSON."""

import cProfile
import pstats
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from tests.bench.yardstick import loop_ns, peak_mb

ROOT = Path(__file__).resolve().parents[2]


def ask(task: str, timeout: float, **wish: Any) -> dict[str, Any]:
    """Runs a task and returns what it found. Raises CalledProcessError with its complaint, or TimeoutExpired."""
    done = subprocess.run(command(task, **wish), cwd=ROOT, stdout=subprocess.PIPE, timeout=timeout, check=False)
    lines = done.stdout.splitlines()
    if not lines or (done.returncode and not wish.get("kill_at")):
        raise subprocess.CalledProcessError(done.returncode, task)
    found: dict[str, Any] = msgspec.json.decode(lines[-1])
    return found


def command(task: str, **wish: Any) -> list[str]:
    return [sys.executable, "-m", "tests.bench.child", task, msgspec.json.encode(wish).decode()]


def tell(found: Any) -> None:
    print(msgspec.json.encode(found).decode(), flush=True)


def replay(files: list[str], database: str, *, kill_at: int = 0, profile: str = "") -> None:
    """A whole replay, by stages. With `kill_at` it kills itself behind that position, where the tail that the next
    start must run is as long as it can be."""
    from engine import run
    from tests.bench.stages import Stages

    stages = Stages()
    stages.install()
    if kill_at:
        _kill_behind(kill_at)
    loop = loop_ns()
    profiler = cProfile.Profile() if profile else None
    if profiler is not None:
        profiler.enable()
    report = run.replay(files, database)
    if profiler is not None:
        profiler.disable()
        pstats.Stats(profiler, stream=sys.stderr).sort_stats(profile).print_stats(45)
    tell(
        {
            "events": report.events,
            "cpu": report.cpu_seconds,
            "wall": report.wall_seconds,
            "alerts": report.alerts,
            "split": stages.split(report.events, report.cpu_seconds),
            "loop_ns": min(loop, loop_ns()),
            "peak_mb": peak_mb(),
        }
    )


def _kill_behind(position: int) -> None:
    import os
    import signal

    from engine.pipeline import SNAPSHOT_EVERY
    from engine.runtime import Engine

    process = Engine.process

    async def until(self: Engine, *args: Any) -> Any:
        answer = await process(self, *args)
        tail = self.pipeline.seq - self.pipeline._snapshot_seq
        if self.pipeline.seq >= position and tail >= SNAPSHOT_EVERY - 2 * self.batch:
            tell({"events": self.pipeline.seq, "tail": tail, "peak_mb": peak_mb()})
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    Engine.process = until  # type: ignore[method-assign, assignment]


def restart(database: str, started: float) -> None:
    """Opens a database as a console's engine does. `started` is the monotonic time at which the process began."""
    import asyncio
    import time

    from data.opening import open_store
    from engine.runtime import Engine
    from engine.settings import Config

    async def main() -> None:
        imported = time.process_time()
        engine = Engine(await open_store(database, "bench"), Config())
        opened = time.process_time()
        await engine.recover()
        ready, cpu = time.monotonic() - started, time.process_time()
        tell(
            {
                "wall": ready, "cpu": cpu, "import_cpu": imported, "open_cpu": opened - imported,
                "recover_cpu": cpu - opened, "events": engine.pipeline.seq, "peak_mb": peak_mb(), "loop_ns": loop_ns(),
            }
        )  # fmt: skip
        await engine.close()

    asyncio.run(main())


def main() -> None:
    from tests.bench import history, learning, searching, storm, through, tiers, travelling

    task, wish = sys.argv[1], msgspec.json.decode(sys.argv[2])
    tasks: dict[str, Callable[..., None]] = {
        "replay": replay,
        "restart": restart,
        "storm": storm.flood,
        "travel": travelling.travel,
        "crowd": storm.crowd,
        "feed": searching.feed,
        "through": through.through,
        "many": tiers.many,
        "questions": history.questions,
        "gathering": history.gathering,
        "fit": learning.fit,
    }
    tasks[task](**wish)


if __name__ == "__main__":
    main()
