"""An engine that contacts people, and their receivers, on a clock that only the test moves; kills included."""

import asyncio
from typing import Any

from data.records.outbox import Notification
from data.times import SECOND
from engine.intake import read
from engine.respond.contacts import LIVE
from engine.respond.hub.courier import Courier
from engine.respond.senders import Fate, Parcel, Result
from engine.runtime import Engine
from engine.settings import Config
from engine.settings.notify import Notify, Receiver
from engine.views import Outcome
from tests.support.memory import MemoryStore
from tests.support.recordings import Script, at

GOOD = Result(Fate.DELIVERED, "HTTP 200")
BAD = Result(Fate.FAILED, "HTTP 500")
NO = Result(Fate.REFUSED, "HTTP 400")


class Box:
    """A receiver. `answer` is what it says; `got` what it took, `tries` every attempt with its time."""

    digests = True

    def __init__(self, post: "Post") -> None:
        self.post = post
        self.answer = GOOD
        self.stumbles, self.stumbling = "", BAD  # a type of alert that it answers otherwise
        self.got: list[Parcel] = []
        self.tries: list[tuple[int, str]] = []

    async def send(self, parcel: Parcel) -> Result:
        await asyncio.sleep(0)
        self.tries.append((self.post.wall, parcel.id))
        if any(one.alert_type == self.stumbles for one in parcel.alerts):
            return self.stumbling
        if self.answer is GOOD:
            self.got.append(parcel)
        return self.answer

    async def close(self) -> None:
        pass

    def told(self) -> list[tuple[str, str]]:
        """(alert type, what) in order; a message that came twice counts once."""
        seen: set[str] = set()
        told = []
        for parcel in self.got:
            if parcel.id not in seen:
                told += [(one.alert_type, _word(one.firing, parcel)) for one in parcel.alerts]
            seen.add(parcel.id)
        return told


def _word(firing: bool, parcel: Parcel) -> str:
    return "ended" if not firing else "again" if parcel.kind == "repeat" else "fires"


class Post:
    """Minutes are event time from the test's day on; `wall` is the courier's own clock."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.store = MemoryStore()
        self.wall = 0
        self.boxes: dict[str, Box] = {one.name: Box(self) for one in config.notify.receivers}
        self.engine: Engine
        self.courier: Courier
        self.outcomes: list[Outcome] = []
        self._made = 0

    async def start(self, config: Config | None = None) -> "Post":
        self.config = config or self.config
        self.engine = Engine(self.store, self.config, contacts=LIVE)
        await self.engine.recover()
        assert self.engine.meters.note == ""
        self.courier = Courier(
            self.store, self.config.notify, wall=lambda: self.wall, sleep=self._sleep, make=self._make
        )
        self.engine.on_outbox, self.engine.on_retry = self.courier.take, self.courier.retry
        self.courier.take(await self.store.notifications())
        return self

    kill = start  # what is in memory is gone

    async def snapshot(self) -> None:
        await self.engine.close()
        await self.start()

    async def take(self, script: Script) -> None:
        lines, script.lines = script.lines, []
        for line in lines:
            (answer,) = await self.engine.process([read([line], "test", at())], at())
            self.outcomes += answer.outcomes

    async def fire(self, minute: float, alert: str = "A", **data: Any) -> None:
        await self._one("fire", minute, alert, data)

    async def clear(self, minute: float, alert: str = "A", **data: Any) -> None:
        await self._one("clear", minute, alert, data)

    async def act(self, minute: float, action: str, target: str, **params: Any) -> None:
        data = {"target": target, "action": action, "actor": "ann", "params": params or None}
        await self._one("act", minute, "", data)

    async def tick(self, minute: float) -> None:
        await self._one("tick", minute, "", {})

    async def deliver(self, rounds: int = 1000) -> None:
        """So many rounds of every lane, or until nothing waits."""
        for _ in range(rounds):
            busy = [lane for lane in self.courier.lanes.values() if lane.waiting]
            if not busy:
                return
            for lane in busy:
                await lane.round()

    def rows(self) -> list[Notification]:
        import msgspec

        found = [msgspec.msgpack.decode(body, type=Notification) for body in self.store.now.records["outbox"].values()]
        return sorted(found, key=lambda row: row.number)

    async def _one(self, kind: str, minute: float, alert: str, data: dict[str, Any]) -> None:
        self._made += 1
        script = Script(prefix=f"p{self._made}-")
        if kind == "act":
            script.add("operator.acted", at(minute), data)
        elif kind == "tick":
            script.tick(at(minute))
        else:
            getattr(script, kind)(at(minute), alert=alert, **{"entity": f"host/{alert}", **data})
        await self.take(script)

    async def _sleep(self, seconds: float) -> None:
        self.wall += round(seconds * SECOND)
        await asyncio.sleep(0)

    def _make(self, receiver: Receiver, _: Notify) -> Box:
        return self.boxes[receiver.name]
