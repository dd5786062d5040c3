"""Models that are trained and watched by themselves, on event time, beside the engine and never in its way.

Once a day, at 03:00 UTC of event time, each kind of model has its lesson, one after the other: drift is looked for and
told; a version that does worse than it promised gives way to the one before; and a new one is trained when there is
none, when the live one is old, or when drift asks for it. CRITICAL drift waits for a person.
"""

import asyncio
import contextlib
import sys
from typing import Final

import msgspec

from data.own import MODEL_DRIFT, ModelDrift
from data.records.severity import CRITICAL, HIGH
from data.times import DAY, HOUR
from data.wire import Event, own_entry
from engine.models.adopting import ModelOrder, carry_out, roll_back
from engine.models.drift import Drift
from engine.predict.history import SPECS
from engine.predict.school import Lesson, Question
from engine.runtime import Engine

AT: Final = 3 * HOUR  # of the day
LOOK: Final = 5.0  # seconds between two looks at whether a lesson is due
YOUNG: Final = 3 * DAY  # a version is watched for a relapse so long


def next_lesson(after: int) -> int:
    """The first moment after `after` at which lessons are given."""
    return (after - AT) // DAY * DAY + DAY + AT


class Schooling:
    """The lessons of one engine over `database`. `seconds` is the CPU that they took."""

    def __init__(self, engine: Engine, database: str) -> None:
        self.engine = engine
        self.database = database
        self.settings = engine.pipeline.config.models
        self.seconds = 0.0
        self.told: list[str] = []  # what came of the last lessons, in words
        self._tried: dict[tuple[str, str], int] = {}

    async def run(self) -> None:
        """Gives lessons as their time comes, until cancelled."""
        due: dict[str, int] = {}
        while True:
            await asyncio.sleep(LOOK)
            for tenant in list(self.engine.pipeline.partitions):
                now = self.engine.now(tenant)
                if now >= due.setdefault(tenant, next_lesson(now)):
                    due[tenant] = next_lesson(now)
                    await self.all(tenant, now)

    async def all(self, tenant: str, now: int) -> None:
        """One lesson for each kind. One that breaks off is told of and changes nothing."""
        for kind in SPECS:
            try:
                await self.one(tenant, kind, now)
            except (OSError, RuntimeError, msgspec.MsgspecError) as error:
                self.told.append(f"{kind}: {error}")

    async def one(self, tenant: str, kind: str, now: int) -> None:
        foresight = self.engine.pipeline.partition(tenant).foresight
        live = self.engine.pipeline.library.versions.get(foresight.live.get(kind, 0))
        learn = live is None or now - live.made_at >= self.settings.every
        if now - self._tried.get((tenant, kind), -(1 << 62)) < self.settings.cool_down:
            learn = False
        if live is None and not learn:
            return
        found = await self._ask(Question(self.database, tenant, kind, now, self.settings, learn))
        self.seconds += found.seconds
        worst = max(found.drifts, key=lambda drift: drift.level, default=None)
        if worst is not None and live is not None and worst.level:
            await self.engine.enter(lambda: _entry(tenant, now, kind, live.version, worst))
        if live is not None and await self._relapsed(found, tenant, kind, now, live.made_at):
            return
        if not learn and worst is not None and worst.level == HIGH and self.settings.retrain_on_drift:
            found = await self._ask(Question(self.database, tenant, kind, now, self.settings))
            self.seconds += found.seconds
            learn = True
        if worst is not None and worst.level >= CRITICAL:
            self.told.append(f"{kind}: drift is CRITICAL; a person has to look before it is trained again")
            return
        if learn:
            await self._take(found, tenant, kind, now)

    async def _take(self, found: Lesson, tenant: str, kind: str, now: int) -> None:
        self._tried[tenant, kind] = now
        if not found.version:
            self.told.append(f"{kind}: {found.refused or 'nothing was learned'}")
            return
        outcome = await carry_out(self.engine, ModelOrder(kind, found.version, "trained by itself"), tenant)
        self.told.append(outcome.text)

    async def _relapsed(self, found: Lesson, tenant: str, kind: str, now: int, made_at: int) -> bool:
        """A young version that is right much less often than it promised gives way to the one before."""
        if not self.settings.rollback or now - made_at > YOUNG:
            return False
        loss = next((drift for drift in found.drifts if drift.what == "performance"), None)
        if loss is None or not loss.level or loss.value < self.settings.rollback_loss:
            return False
        outcome = await roll_back(self.engine, kind, tenant, f"watch: {loss.text}")
        self.told.append(outcome.text)
        return outcome.ok

    async def _ask(self, question: Question) -> Lesson:
        """Has the lesson given in a process of its own; cancelled, that is ended too."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "engine.predict.school", stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            out, err = await process.communicate(msgspec.json.encode(question))
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise
        if process.returncode:
            last = err.decode(errors="replace").strip().rpartition("\n")[2]
            raise RuntimeError(f"the lesson broke off: {last[:200]}")
        return msgspec.json.decode(out, type=Lesson)


def _entry(tenant: str, now: int, kind: str, version: str, drift: Drift) -> Event:
    told = ModelDrift(kind, version, drift.what, drift.measure, drift.value, drift.level, drift.text)
    return own_entry(MODEL_DRIFT, tenant, now, told)


async def lessons(engine: object, database: str) -> None:
    """Lessons as long as the engine runs, where they are wanted; one that only looks on has none."""
    if isinstance(engine, Engine) and engine.pipeline.config.models.auto_train:
        await Schooling(engine, database).run()
