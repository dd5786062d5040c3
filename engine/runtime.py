"""The engine at work: what has arrived becomes a batch, a batch becomes one transaction, then answers and views.

Nobody is acknowledged before the commit, and nobody slow is waited for after it. When the disk is full the engine
says so, answers nobody, and tries the same commit again until there is room.
"""

import asyncio
import contextlib
import gc
from collections.abc import Awaitable, Callable, Sequence

from data.own import CLOCK_HOLD, CLOCK_STEP
from data.personal.erasing import Erased, Erasure
from data.records import DEFAULT_TENANT
from data.records.entity import Entity
from data.records.feed import FeedEntry
from data.records.outbox import Notification
from data.records.run import Run
from data.store import Commit, Store, StoreFull
from data.times import MINUTE
from data.wire import Event, own_entry
from engine import clock
from engine.delivery import Answer, Delivery, Refuse
from engine.foreign_types import types_of
from engine.intake import Taken, dead_letter, drop_known, read
from engine.limits import Limits
from engine.meters import Meters
from engine.partition import NEVER
from engine.pipeline import Decided, Pipeline
from engine.respond.contacts import LIVE, REPLAY, Mode, differing, entry_of, reaches_out
from engine.respond.working import working
from engine.retention import Retention
from engine.settings import Config

FOLLOW = 10 * MINUTE  # the watermark follows the wall when it is less than this behind it
IDLE = 1.0  # seconds without an event, after which the wall moves the watermark
CONSOLE = "console"  # the way by which commands come
RETRY = 2.0  # seconds between tries when the disk is full


class Engine:
    """One engine over one store. `live` lets the wall move the watermark; a replay knows event time only. `contacts`
    says whether people outside are told of what happens, by default when live; None leaves it as it was. `retain` says
    whether what is old is removed, by default when live."""

    def __init__(
        self,
        store: Store,
        config: Config,
        *,
        live: bool = False,
        contacts: Mode | None = None,
        retain: bool | None = None,
    ) -> None:
        self.store = store
        self.live = live
        self.retention = Retention(self, on=live if retain is None else retain)
        self.contacts: Mode | None = LIVE if live and contacts is None and reaches_out(config) else contacts
        self.pipeline = Pipeline(config)
        self.meters = Meters()
        self.batch = config.engine.batch_events
        self.on_commit: Callable[[Sequence[FeedEntry]], None] = lambda feed: None
        self.on_entities: Callable[[Sequence[Entity]], None] = lambda entities: None  # before `on_commit`
        self.on_trouble: Callable[[str], None] = lambda words: None  # told once, when a trouble begins
        self.on_outbox: Callable[[Sequence[Notification]], None] = lambda rows: None
        self.on_runs: Callable[[Sequence[Run]], None] = lambda runs: None
        self.on_retry: Callable[[Sequence[int]], Awaitable[None]] = _nobody
        self.on_reload: Callable[[Config], Awaitable[None]] = _nobody
        self.on_pause: Callable[[], Awaitable[None]] = _idle  # before what is stored changes; then `on_reload` follows
        self._told: set[str] = set()  # partitions that know of `contacts`
        self._inbox: asyncio.Queue[Delivery] = asyncio.Queue(maxsize=64)
        self._types = types_of(config, self.meters)
        self.limits = self.meters.limits = Limits(config, self._inbox.put)
        self._turn = asyncio.Lock()  # one batch, or one change of the configuration, at a time
        self._last_arrival = clock.monotonic()
        self._durable = 0  # journal position of the last commit

    async def recover(self, progress: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Loads the working state and runs the tail of the journal again."""
        self.meters.state = "starting"
        loaded = await self.store.load(self.pipeline.quiet_for)
        self.pipeline.recover(loaded)
        async for segment in self.store.segments(self.pipeline.seq):
            self.pipeline.rerun(segment)
            progress(self.pipeline.seq, loaded.seq)
        if not self.pipeline.agrees(loaded.positions):
            self.pipeline.adopt(loaded)
        self.meters.note = "; ".join(dict.fromkeys([*self.pipeline.notes, *self.pipeline.library.notes]))
        self._durable = self.pipeline.seq
        self.pipeline.numbers.behind(loaded)
        await self._say_contacts()
        self.meters.state = "live" if self.live else "ready"

    async def _say_contacts(self) -> None:
        """Partitions that were left in another mode go on in this one."""
        if self.contacts is None:
            return
        parts = self.pipeline.partitions
        modes = [(name, partition.hub.mode) for name, partition in parts.items()]
        kind = entry_of(self.contacts)
        steps = [own_entry(kind, name, parts[name].watermark) for name in differing(modes, self.contacts)]
        if steps:
            await self._commit(self.pipeline.run(steps, clock.wall()).commit)
        self._told = set(parts)

    async def submit(self, lines: Sequence[bytes], way: str) -> Answer:
        """Hands lines in and waits until they are durable. Waits at the door when the engine is behind."""
        return await (await self.hand_in(lines, way))

    async def hand_in(
        self,
        lines: Sequence[bytes],
        way: str,
        refuse: Refuse | None = None,
        broken: Sequence[tuple[bytes, str]] = (),
    ) -> "asyncio.Future[Answer]":
        """As `submit`, but waits at the door only: whoever has more to hand in need not wait for the answer.
        `refuse` tells why an event may not come this way. What people do is not held up by limits of tenants."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        delivery = Delivery(lines, way, answer, refuse, broken)
        if self.limits.on and way != CONSOLE:
            await self.limits.put(delivery)
        else:
            await self._inbox.put(delivery)
        return answer

    async def enter(self, make: Callable[[], Event]) -> None:
        """Journals an entry of the engine's own between two batches, with what follows. `make` is asked then."""
        async with self._turn:
            commit = self.pipeline.run([make()], clock.wall()).commit
            await self._commit(commit)
            self.on_commit(commit.feed)

    async def leave_snapshot(self) -> None:
        """Between two batches."""
        async with self._turn:
            await self._commit(Commit(snapshot=self.pipeline.snapshot()))

    async def reload(self, config: Config) -> None:
        """Goes on under another configuration: a snapshot is left, and taken up by a new pipeline."""
        async with self._turn:
            if self.pipeline.seq:
                await self._commit(Commit(snapshot=self.pipeline.snapshot()))
            await self._begin_anew(config)
            self.batch = config.engine.batch_events
            self.limits.take_up(config)
            self._types = types_of(config, self.meters)
            if self.live and reaches_out(config):
                self.contacts = LIVE
                await self._say_contacts()
            await self.on_reload(config)

    async def _begin_anew(self, config: Config) -> None:
        """A new pipeline takes up what is stored, which must have no tail."""
        fresh = Pipeline(config)
        loaded = await self.store.load(fresh.quiet_for)
        fresh.recover(loaded)
        fresh.numbers.behind(loaded)
        fresh.revision = self.pipeline.revision + 1  # pages that were made before are older
        self.pipeline = fresh

    async def erase(self, erasure: Erasure) -> Erased:
        """Takes a person out of what is stored and out of what is in mind. Nothing is taken in meanwhile: senders wait.
        Raises StoreFull, StoreBusy, StoreBroken; then all is as it was, but for positions that are in mind."""
        async with self._turn:
            await self.on_pause()
            try:
                if self.pipeline.seq:
                    await self.store.commit(Commit(snapshot=self.pipeline.snapshot()))
                    try:
                        return await self.store.erase(erasure)
                    finally:
                        await self._begin_anew(self.pipeline.config)
                return await self.store.erase(erasure)
            finally:
                await self.on_reload(self.pipeline.config)

    async def run(self) -> None:
        """Serves the inbox until cancelled, and tells others of what was decided."""
        async with working(self):
            await self._receive()

    async def _receive(self) -> None:
        """What arrived while a batch was committed is the next one."""
        while True:
            try:
                # Not wait_for: in Python 3.11 it may swallow a cancellation that meets an arrival.
                async with asyncio.timeout(IDLE):
                    first = await self._inbox.get()
            except TimeoutError:
                async with self._turn:
                    await self._follow_wall()
                continue
            batch = [first]
            size = len(first.lines)
            while size < self.batch and not self._inbox.empty():
                batch.append(self._inbox.get_nowait())
                size += len(batch[-1].lines)
            await self._serve(batch)

    async def _serve(self, batch: list[Delivery]) -> None:
        try:
            received = clock.wall()
            taken = [_taken(each, received) for each in batch]
            async with self._turn:
                answers = await self.process(taken, received)
        except asyncio.CancelledError:
            for each in batch:
                each.answer.cancel()
            raise
        except Exception as error:
            for each in batch:
                if not each.answer.done():
                    each.answer.set_exception(error)
            raise
        for each, answer in zip(batch, answers, strict=True):
            if not each.answer.done():  # who asked may have gone
                each.answer.set_result(answer)

    async def process(self, taken: Sequence[Taken], received: int) -> list[Answer]:
        """One batch: second deliveries out, the pipeline, the commit. Answers in the order of `taken`."""
        started = clock.monotonic()
        if self._types is not None:
            for each in taken:
                each.events = [self._types(event) for event in each.events]
        await self._drop_known(taken)
        events = [event for each in taken for event in each.events]
        if self.live:
            events = self._with_clock(events, received)
        if self.contacts is not None:
            events = self._with_contacts(events)
        decided = self.pipeline.run(events, received)
        decided.commit.dead_letters = [letter for each in taken for letter in each.dead]
        await self._commit(decided.commit)
        self.meters.count(taken, clock.monotonic() - started)
        self._last_arrival = clock.monotonic()
        if decided.commit.entities:
            self.on_entities(decided.commit.entities)
        self.on_commit(decided.commit.feed)
        await self.retention.look()
        return [_answer(each, decided) for each in taken]

    async def close(self) -> None:
        """Leaves a snapshot, so that the next start has no tail to run, and closes the store."""
        self.meters.state = "stopping"
        self.limits.close()
        await self.retention.close()
        try:
            # After a failed or cancelled commit the state in memory is ahead of the store: the tail is run again.
            if self.pipeline.seq and self.pipeline.seq == self._durable:
                with contextlib.suppress(StoreFull):
                    await self.store.commit(Commit(snapshot=self.pipeline.snapshot()))
        finally:
            await self.store.close()

    async def _drop_known(self, taken: Sequence[Taken]) -> None:
        if len(taken) == 1:
            await drop_known(taken[0], self.store)
            return
        # Twins may lie in different deliveries of the batch: judge them together, then give back to each its own.
        joined = Taken([event for each in taken for event in each.events], [], [])
        await drop_known(joined, self.store)
        kept = {id(event) for event in joined.events}
        for each in taken:
            before = len(each.events)
            each.events = [event for event in each.events if id(event) in kept]
            each.duplicates = before - len(each.events)

    async def _commit(self, commit: Commit) -> None:
        while True:
            try:
                begun = clock.monotonic()
                await self.store.commit(commit)
                self._durable = self.pipeline.seq
                self.meters.committed(clock.monotonic() - begun)
                if commit.outbox:
                    self.on_outbox(commit.outbox)
                if commit.runs:
                    self.on_runs(commit.runs)
                if commit.retried:
                    await self.on_retry(commit.retried)
                return
            except StoreFull as full:
                if self.meters.state != "disk full":
                    self.on_trouble(f"{full}; nothing is lost: it goes on by itself when there is room")
                self.meters.trouble("disk full", str(full))
                self.on_commit(())
                await asyncio.sleep(RETRY)

    async def _follow_wall(self) -> None:
        """Nothing came for a while: timers that are due by the wall fire now."""
        now = clock.wall()
        steps = [own_entry(CLOCK_STEP, name, now) for name in self._behind(now, only_due=True)] if self.live else []
        if steps:
            commit = self.pipeline.run(steps, now).commit
            await self._commit(commit)
            self.on_commit(commit.feed)

    def _behind(self, now: int, *, only_due: bool) -> list[str]:
        """Partitions whose watermark the wall may move to `now`."""
        found = []
        for name, partition in self.pipeline.partitions.items():
            if now - FOLLOW < partition.watermark < now:
                due = partition.due()
                if not only_due or (due is not None and due <= now):
                    found.append(name)
        return found

    def _with_clock(self, events: list[Event], now: int) -> list[Event]:
        """Live: the wall's steps before the events, and a mark before each that is too far ahead of the wall."""
        out: list[Event] = []
        if self.idle:
            out = [own_entry(CLOCK_STEP, name, now) for name in self._behind(now, only_due=False)]
        for event in events:
            if event.time > now + self.pipeline.config.engine.ahead:
                out.append(own_entry(CLOCK_HOLD, event.tenant, event.time))
            out.append(event)
        return out

    def _with_contacts(self, events: list[Event]) -> list[Event]:
        """Before the first event of a partition stands whether anybody is told of it; in a replay nobody is anyway."""
        fresh = dict.fromkeys(event.tenant for event in events if event.tenant not in self._told)
        if not fresh:
            return events
        self._told.update(fresh)
        if self.contacts is None or self.contacts == REPLAY:
            return events  # a partition that is new begins so
        kind = entry_of(self.contacts)
        first = {event.tenant: event.time for event in reversed(events)}
        return [*(own_entry(kind, name, first[name]) for name in fresh), *events]

    @property
    def idle(self) -> bool:
        """Whether nothing has come for so long that the wall may move the watermark."""
        return clock.monotonic() - self._last_arrival >= IDLE

    @property
    def waiting(self) -> int:
        """Deliveries at the door."""
        return self._inbox.qsize()

    def now(self, tenant: str = DEFAULT_TENANT) -> int:
        """Event time of a partition: its watermark, or the wall while live."""
        partition = self.pipeline.partitions.get(tenant)
        mark = partition.watermark if partition is not None else NEVER
        wall = clock.wall()
        return wall if mark == NEVER or (self.live and wall - FOLLOW < mark < wall) else mark


async def _nobody(_: object) -> None:
    """Nobody has to know."""


async def _idle() -> None:
    """Nobody has to stop."""


def settle_memory() -> None:
    """Long-lived state is large and acyclic: collect rarely, and never look again at what start-up left behind."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)


def _taken(delivery: Delivery, received: int) -> Taken:
    taken = read(delivery.lines, delivery.way, received, refuse=delivery.refuse)
    for index, (raw, reason) in enumerate(delivery.broken, len(delivery.lines)):
        taken.rejected.append((index, reason))
        taken.dead.append(dead_letter(raw, delivery.way, reason, received))
    return taken


def _answer(taken: Taken, decided: Decided) -> Answer:
    outcomes = [decided.outcomes[event.seq] for event in taken.events if event.seq in decided.outcomes]
    return Answer(len(taken.events), taken.duplicates, taken.rejected, outcomes)
