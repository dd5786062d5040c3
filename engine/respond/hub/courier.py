"""Carries messages to their receivers behind the commit: a lane for each, and everything that became of it is written
before it counts. What was told but not yet written when the process died is told again, under the same id."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

from data.records.outbox import DEAD, PENDING, Notification
from data.store import Commit, Store, StoreFull
from engine import clock
from engine.respond.hub.lane import Desk, Lane
from engine.respond.senders import Sender, sender_of
from engine.settings.notify import Notify, Receiver

RECENT = 2_000  # messages that are over and still remembered, for the ends that answer them
RETRY = 2.0  # seconds between tries to write when the disk is full

Make = Callable[[Receiver, Notify], Sender]


class Courier:
    """One for an engine. `take` may be called from the engine's loop at any time; `run` works until cancelled."""

    def __init__(
        self,
        store: Store,
        notify: Notify,
        *,
        wall: Callable[[], int] = clock.wall,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        make: Make = sender_of,
    ) -> None:
        self.store = store
        self.lanes: dict[str, Lane] = {}
        self._receivers = {receiver.name: receiver for receiver in notify.receivers}
        self._notify, self._make, self._wall = notify, make, wall
        self._desk = Desk(wall, sleep, self._answered, self._write, self._failing, self._copy, notify.console)
        self._recent: OrderedDict[int, Notification] = OrderedDict()
        self._tasks: asyncio.TaskGroup | None = None
        self._strays: list[Notification] = []
        self._loose: set[asyncio.Task[None]] = set()

    def take(self, rows: Sequence[Notification]) -> None:
        """Rows that were committed; those that wait are carried out."""
        for row in rows:
            if row.status != PENDING:
                continue
            lane = self._lane(row.receiver)
            if lane is None:
                self._strays.append(row)
            else:
                lane.put([row])
                if row.fallback is not None and row.fallback_at is None:
                    self._copy(row, row.fallback)
        if self._strays and self._tasks is not None:
            self._spawn(self._bury())

    async def retry(self, numbers: Sequence[int]) -> None:
        """Messages that a person has asked to be tried again; their time begins anew."""
        rows = await self.store.notifications(numbers)
        for row in rows:
            row.first_at, row.reason = None, ""
        self.take(rows)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            for lane in self.lanes.values():
                tasks.create_task(lane.run())
            self.take(await self.store.notifications())
            await asyncio.Event().wait()  # the lanes go on until all is cancelled

    async def close(self) -> None:
        for lane in self.lanes.values():
            await lane.sender.close()

    def troubles(self) -> list[str]:
        """What is wrong, for people: receivers that fail, how much waits for them, and since when."""
        return [
            f"{name}: {lane.trouble} ({len(lane.waiting)} waiting)" for name, lane in self.lanes.items() if lane.trouble
        ]

    def _lane(self, name: str) -> Lane | None:
        lane = self.lanes.get(name)
        receiver = self._receivers.get(name)
        if lane is None and receiver is not None:
            lane = self.lanes[name] = Lane(receiver, self._make(receiver, self._notify), self._desk)
            if self._tasks is not None:
                self._tasks.create_task(lane.run())
        return lane

    def _copy(self, row: Notification, name: str) -> None:
        """The same message to another receiver, instead of its own or beside it."""
        lane = self._lane(name) if name and name != row.receiver else None
        if lane is not None and row.fallback_at is None and row.number not in lane.waiting:
            row.fallback = name
            lane.put([row])

    def _failing(self, lane: Lane) -> None:
        since, receiver = lane.failing_since, lane.receiver
        if since is not None and receiver.fallback and self._wall() - since >= receiver.fallback_after:
            for row in list(lane.waiting.values()):
                if row.receiver == receiver.name and row.fallback is None:
                    self._copy(row, receiver.fallback)

    async def _answered(self, numbers: Sequence[int]) -> list[Notification]:
        known: list[Notification] = []
        unknown: list[int] = []
        for number in numbers:
            row = self._recent.get(number) or self._waiting(number)
            if row is None:
                unknown.append(number)
            else:
                known.append(row)
        return known + (await self.store.notifications(unknown) if unknown else [])

    def _waiting(self, number: int) -> Notification | None:
        return next((lane.waiting[number] for lane in self.lanes.values() if number in lane.waiting), None)

    async def _write(self, rows: Sequence[Notification]) -> None:
        if not rows:
            return
        for row in rows:
            self._recent[row.number] = row
            self._recent.move_to_end(row.number)
        while len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        while True:
            try:
                await self.store.commit(Commit(outbox=list({row.number: row for row in rows}.values())))
                return
            except StoreFull:
                await asyncio.sleep(RETRY)

    async def _bury(self) -> None:
        """Messages to receivers that are configured no more."""
        rows, self._strays = self._strays, []
        for row in rows:
            row.status, row.done_at = DEAD, self._wall()
            row.reason = f"there is no receiver '{row.receiver}' in the configuration any more"
        await self._write(rows)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._loose.add(task)
        task.add_done_callback(self._loose.discard)
