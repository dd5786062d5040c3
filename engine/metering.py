"""What the engine's meters show, every five minutes of its clock, as metrics of its own: `noc_...`.

They are read at the rim and written to the journal, since the wall has a part in them: what is recovered, replayed or
travelled to takes them from there. One entry holds all of them.
"""

import asyncio
from pathlib import Path
from typing import Final, NamedTuple

from data.own import CLOCK_STEP, METERS, MetersRead
from data.records import DEFAULT_TENANT
from data.times import MINUTE
from data.wire import Event, own_entry
from engine import clock
from engine.partition import NEVER
from engine.runtime import Engine

EVERY: Final = 5 * MINUTE  # of event time
LOOK: Final = 2.0  # seconds between two looks at the clock
_PAGE: Final = 4096  # bytes


class Sums(NamedTuple):
    """What only ever grows, at one moment."""

    at: float
    cpu: float
    events: int
    rejected: int
    duplicates: int
    questions: int


class Metering:
    """Of one engine. The first reading is made when the first five minutes are over."""

    def __init__(self, engine: Engine, database: str) -> None:
        self.engine = engine
        self._path = Path(database.removeprefix("sqlite:///"))
        self._slot: int | None = None
        self._before = self._sums()

    def tenant(self) -> str | None:
        """Whose metrics they are: the tenant that has no name, else the first one; None before there is any."""
        known = [name for name, one in self.engine.pipeline.partitions.items() if one.watermark != NEVER]
        return DEFAULT_TENANT if DEFAULT_TENANT in known else min(known, default=None)

    async def look(self) -> bool:
        """Whether a reading was due, and has been made."""
        tenant = self.tenant()
        if tenant is None:
            return False
        slot = self.engine.now(tenant) // EVERY
        if self._slot is None or slot <= self._slot:
            self._slot = slot if self._slot is None else self._slot
            return False
        self._slot = slot
        if self.engine.idle and self.engine.now(tenant) > self.engine.pipeline.partitions[tenant].watermark:
            # Else a quiet operation would fall so far behind the wall that it is no longer followed.
            await self.engine.enter(lambda: own_entry(CLOCK_STEP, tenant, self.engine.now(tenant)))
        await self.engine.enter(lambda: self._entry(tenant))
        return True

    def _entry(self, tenant: str) -> Event:
        return own_entry(METERS, tenant, self.engine.now(tenant), MetersRead(values=self.read(tenant)))

    def read(self, tenant: str) -> list[tuple[str, float, str]]:
        """(name, value, unit) now. Rates and shares are those since the last reading."""
        meters, sums, before = self.engine.meters, self._sums(), self._before
        self._before = sums
        span = max(sums.at - before.at, 1e-3)
        partition = self.engine.pipeline.partitions[tenant]
        behind = max(0.0, (clock.wall() - partition.watermark) / 1e6)
        told = (
            ("noc_events_per_second", (sums.events - before.events) / span, "/s"),
            ("noc_rejected", sums.rejected - before.rejected, ""),
            ("noc_duplicates", sums.duplicates - before.duplicates, ""),
            ("noc_questions", sums.questions - before.questions, ""),
            ("noc_batch_ms", meters.lag_ms, "ms"),
            ("noc_commit_ms", meters.commit_ms, "ms"),
            ("noc_lag_s", behind, "s"),
            ("noc_queue", self.engine.waiting, ""),
            ("noc_cpu_percent", 100 * (sums.cpu - before.cpu) / span, "%"),
            ("noc_memory_mb", _memory() / 1e6, "MB"),
            ("noc_database_mb", _size(self._path) / 1e6, "MB"),
            ("noc_open_alerts", partition.alerts.firing, ""),
        )
        return [(name, round(float(value), 3), unit) for name, value, unit in told]

    def _sums(self) -> Sums:
        meters = self.engine.meters
        asked = sum(meters.questions.values())
        return Sums(clock.monotonic(), clock.cpu(), meters.events, meters.rejected, meters.duplicates, asked)


def _memory() -> int:
    """Bytes of this process that are in memory; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


async def metered(engine: object, database: str) -> None:
    """Readings as long as the engine runs; one that only looks on makes none."""
    if isinstance(engine, Engine) and engine.live:
        metering = Metering(engine, database)
        while True:
            await asyncio.sleep(LOOK)
            await metering.look()
