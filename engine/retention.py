"""Keeps what is kept within its bounds: at each slot of event time, old metrics are made coarser and old rows removed.

What is removed follows from the slot, not from when somebody looked: a replay with `--retain` leaves what a live engine
would have left. Nothing is decided from it, so the pipeline does not know of it; the store does the work beside the
commits. Counted is the watermark, so an engine opened on an old recording removes nothing.
"""

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from data import times
from data.history.totals import About
from data.records.metric import MetricSeries
from data.store import Commit, StoreBroken, StoreBusy, StoreFull
from data.thinning import Keep, Thinned
from data.times import DAY, HOUR, SECOND
from engine import clock
from engine.history.kept import zone_of
from engine.partition import NEVER

if TYPE_CHECKING:
    from engine.partition import Partition
    from engine.runtime import Engine

SLOT: Final = 6 * HOUR  # between two looks
REPLAYED: Final = DAY  # the same in a replay; a last look at its end makes it come to the same
PRESSED: Final = "DISK_LIMIT"
MEGA: Final = 1 << 20


class Retention:
    """`on` False keeps everything, as a replay does. A live engine does not wait for it."""

    def __init__(self, engine: "Engine", *, on: bool) -> None:
        self.engine = engine
        self.on = on
        self.last: Thinned | None = None
        self.removed: dict[str, int] = {}  # rows, by table, since the start of this process
        self.looked_at: int | None = None  # slot of the last look, as a moment of event time
        self._task: asyncio.Task[None] | None = None

    async def look(self) -> None:
        """After a commit: does what is due, beside the next batches while live."""
        if not self.on:
            return
        now = self.now()
        slot = now // (SLOT if self.engine.live else REPLAYED)
        if now <= 0 or (
            self.looked_at is not None and slot <= self.looked_at // (SLOT if self.engine.live else REPLAYED)
        ):
            return
        if not self.engine.live:
            await self.thin(now)
        elif self._task is None or self._task.done():
            self._task = asyncio.create_task(self._beside(now))

    @property
    def busy(self) -> bool:
        return self._task is not None and not self._task.done()

    async def close(self) -> None:
        """A last look, where others were left out; what runs is waited for."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        if self.on and not self.engine.live and self.looked_at is not None and self.now() > 0:
            with contextlib.suppress(StoreFull, StoreBusy, StoreBroken):
                await self.thin(self.now())

    def now(self) -> int:
        """The newest event time of all tenants."""
        marks = [one.watermark for one in self.engine.pipeline.partitions.values()]
        return max(marks, default=NEVER)

    async def thin(self, now: int) -> Thinned:
        """Everything that is due at the slot in which `now` lies."""
        self.looked_at = now
        await self._snapshot()
        done = await self.engine.store.thin(self.keep())
        self.last = done
        for table, count in (*done.removed.items(), *done.pressed.items()):
            self.removed[table] = self.removed.get(table, 0) + count
        if done.pressed:
            await self._say(done, now)
        return done

    async def _snapshot(self) -> None:
        """So that the journal before it is not needed any more, however quiet it is."""
        engine = self.engine
        if engine.live:
            await engine.leave_snapshot()
        else:  # between two batches: whoever waits for us has the turn
            await engine.store.commit(Commit(snapshot=engine.pipeline.snapshot()))

    def keep(self) -> Keep:
        """What is set, at the slots that the tenants are in."""
        parts = {name: one for name, one in self.engine.pipeline.partitions.items() if one.watermark != NEVER}
        told = self.engine.pipeline.config.retention
        return Keep(
            {name: one.watermark // SLOT * SLOT for name, one in parts.items()}, clock.wall(), told.events, told.feed,
            told.decisions, (told.metrics_5m, told.metrics_1h, told.metrics_1d), told.dead_letters, told.audit,
            told.disk_limit_mb * MEGA, {name: partial(about, one) for name, one in parts.items()}, told.fields,
        )  # fmt: skip

    async def _beside(self, now: int) -> None:
        with contextlib.suppress(StoreFull, StoreBusy):  # the next commit says it, and the next slot tries again
            await self.thin(now)

    async def _say(self, done: Thinned, now: int) -> None:
        """Never silently: an alert of the engine's own, which ends by itself unless it goes on."""
        told = ", ".join(f"{count:,} of {table}" for table, count in sorted(done.pressed.items()))
        limit = self.engine.pipeline.config.retention.disk_limit_mb
        text = f"the database has reached its limit of {limit:,} MB: the oldest raw data was removed ({told})"
        self.engine.on_trouble(text)
        if not self.engine.live:
            return
        event = {
            "specversion": "1.0", "id": f"{PRESSED}/{now}", "source": "noc/store", "type": "noc.alert.firing",
            "time": times.text(now), "tenant": next(iter(sorted(self.engine.pipeline.partitions))),
            "data": {"alert_type": PRESSED, "severity": "HIGH", "message": text,
                     "ends_at": times.text(now + 2 * SLOT + 60 * SECOND)},
        }  # fmt: skip
        await self.engine.submit([msgspec.json.encode(event)], "retention")


def about(partition: "Partition", series: MetricSeries) -> About:
    """Where a series lies now, and whose it is."""
    registry = partition.registry
    site = series.site or registry.site_of(series.entity)
    return About(zone_of(registry, site, partition.zone), registry.client_of(site), series.labels)
