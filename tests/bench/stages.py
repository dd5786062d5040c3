"""How the CPU time of a replay divides over its stages, by wrapping the calls between them.

Times are those of the thread that runs the call, so neither other programs nor waiting count. Calls are wrapped where
they happen once a batch: a clock around each event would cost as much as what it measures.
"""

import functools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from data import rows, sqlite
from engine import replay, runtime
from engine.pipeline import Pipeline


class Stages:
    """CPU seconds by stage, running totals. `install` once in a process, before the store is opened."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def install(self) -> None:
        self.wrap(replay, "_paced", "decode", self._pulled)
        self.wrap(runtime, "drop_known", "identity", self._awaited)
        self.wrap(Pipeline, "run", "pipeline")
        self.wrap(Pipeline, "snapshot", "snapshot")
        self.wrap(rows, "writes", "rows")
        self.wrap(rows, "segment", "pack")
        self.wrap(sqlite, "_transaction", "transaction")
        for kind in ("_SEGMENTS", "_PACKS"):
            old = getattr(sqlite, kind)
            setattr(sqlite, kind, old._replace(merge=self._called("merge", old.merge)))

    def split(self, events: int, total: float) -> dict[str, float]:
        """CPU microseconds an event, by stage; they add up to `total` CPU seconds."""
        found = defaultdict(float, self.seconds)
        parts = {
            "decode": found["decode"],
            "identity": found["identity"],
            "pipeline": found["pipeline"] - found["snapshot"],
            "snapshots": found["snapshot"],
            "commit: rows": found["rows"],
            "commit: pack the segment": found["pack"],
            "commit: transaction": found["transaction"] - found["pack"],
            "merging segments": found["merge"],
        }
        parts["loop, checkpoints, the rest"] = total - sum(parts.values())
        return {name: seconds * 1e6 / max(events, 1) for name, seconds in parts.items()}

    def forget(self) -> None:
        """Begins anew."""
        self.seconds.clear()

    def _add(self, stage: str, begun: float) -> None:
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.thread_time() - begun

    def wrap(self, owner: Any, name: str, stage: str, how: Callable[..., Any] | None = None) -> None:
        """Counts the time of `owner.name`, a plain function unless `how` says otherwise, to `stage`."""
        setattr(owner, name, (how or self._called)(stage, getattr(owner, name)))

    def _called(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def timed(*args: Any, **named: Any) -> Any:
            begun = time.thread_time()
            try:
                return call(*args, **named)
            finally:
                self._add(stage, begun)

        return timed

    def _awaited(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        async def timed(*args: Any, **named: Any) -> Any:
            begun = time.thread_time()
            try:
                return await call(*args, **named)
            finally:
                self._add(stage, begun)

        return timed

    def _pulled(self, stage: str, call: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        @functools.wraps(call)
        def timed(*args: Any, **named: Any) -> Iterator[Any]:
            source = iter(call(*args, **named))
            while True:
                begun = time.thread_time()
                each = next(source, None)
                self._add(stage, begun)
                if each is None:
                    return
                yield each

        return timed
