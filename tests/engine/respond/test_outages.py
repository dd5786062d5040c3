"""A receiver that answers 500, hangs or is down for a minute to an hour around an alert that fires and ends inside it,
with the process killed in between: exactly what is owed, in order, and few attempts. Time is the test's."""

import math
from collections.abc import Callable
from itertools import product

import msgspec
import pytest

from data.records.outbox import DELIVERED
from data.times import MINUTE, SECOND
from engine.respond.senders import Parcel, Result
from engine.settings import Config
from engine.settings.notify import Notify, Receiver, Route
from tests.engine.respond.post import BAD, GOOD, Box, Post
from tests.engine.respond.test_dispatch import ALERTS

DESK = Receiver("desk", "webhook", "http://127.0.0.1/", timeout=10 * SECOND)
OTHER = Receiver("other", "webhook", "http://127.0.0.1/")
ROUTE = Route(to=("desk",), group_wait=5 * SECOND, group_interval=30 * SECOND)
TORN = "torn"  # killed between the receiver's answer and our commit
KILLS: dict[str, Callable[[int, int], bool]] = {
    "no kill": lambda minute, long: False,
    "killed as it fires": lambda minute, long: minute == 1,
    "killed in the middle": lambda minute, long: minute == long // 2,
    "killed as it ends": lambda minute, long: minute == long - 1,
    "killed every three minutes": lambda minute, long: minute % 3 == 0,
    TORN: lambda minute, long: False,
}


class Failing(Box):
    """Fails in its way while it is out."""

    def __init__(self, post: Post, how: str) -> None:
        super().__init__(post)
        self.how = how
        self.out = True

    async def send(self, parcel: Parcel) -> Result:
        self.answer = BAD if self.out else GOOD
        result = await super().send(parcel)
        if self.out and self.how == "hangs":
            self.post.wall += DESK.timeout
            raise TimeoutError  # as the lane itself raises it then
        if self.out and self.how == "down":
            raise ConnectionRefusedError(111, "Connection refused")
        return result


class Outage:
    """Event time and wall go on together, minute by minute."""

    def __init__(self, how: str, minutes: int, kill: str) -> None:
        self.desk = Post(Config(notify=Notify(receivers=(DESK,), routes=(ROUTE,)), alerts=ALERTS))
        self.box = self.desk.boxes["desk"] = Failing(self.desk, how)
        self.minutes, self.kill, self.kills = minutes, kill, 0

    async def pass_until(self, minute: int) -> None:
        """What waits is tried, until the wall is there."""
        while self.desk.wall < minute * MINUTE:
            if any(lane.waiting for lane in self.desk.courier.lanes.values()):
                await self.desk.deliver(1)
            else:
                self.desk.wall = minute * MINUTE

    async def happen(self) -> None:
        """It fires as the outage begins, and ends two thirds through it."""
        desk, end = self.desk, self.minutes
        await desk.start()
        await desk.fire(0)
        over = max(1, end * 2 // 3)
        for minute in range(1, end + 1):
            await desk.tick(minute - 0.5)
            await self.pass_until(minute)
            if minute == over:
                await desk.clear(minute - 0.4)
            if KILLS[self.kill](minute, end):
                self.kills += 1
                await desk.kill()
        self.box.out = False
        if self.kill == TORN:
            await self.torn()
        await desk.tick(end + 5)
        await desk.deliver()

    async def torn(self) -> None:
        """Takes the first message, and dies before it is written down."""
        (lane,) = self.desk.courier.lanes.values()

        async def lost(rows: object) -> None:
            raise InterruptedError

        lane.desk = msgspec.structs.replace(lane.desk, write=lost)
        with pytest.raises(InterruptedError):
            await lane.round()
        self.kills += 1
        await self.desk.kill()


@pytest.mark.parametrize("kill", list(KILLS))
@pytest.mark.parametrize(("how", "minutes"), list(product(("answers 500", "hangs", "down"), (1, 5, 20, 60))))
async def test_exactly_what_is_owed_and_few_attempts(how: str, minutes: int, kill: str) -> None:
    outage = Outage(how, minutes, kill)
    await outage.happen()
    box = outage.box
    assert box.told() == [("A", "fires"), ("A", "ended")]
    assert len({parcel.id for parcel in box.got}) == 2
    assert len(box.got) == 2 + (kill == TORN), "only that kill repeats one, under the same id"
    assert [row.status for row in outage.desk.rows()] == [DELIVERED] * 2
    # Pauses of 1, 2, 4 .. 60 s, a fifth shorter at least; each kill begins them anew.
    assert len(box.tries) <= 2 + math.ceil(minutes * 60 / 48) + 7 * (outage.kills + 1)
    assert len(box.tries) >= 2


async def test_an_outage_that_nothing_happens_in_costs_no_attempt() -> None:
    outage = Outage("down", 60, "no kill")
    outage.box.out = False
    desk = outage.desk
    await desk.start()
    await desk.fire(0)
    await desk.tick(1)
    await desk.deliver()
    outage.box.out = True
    await outage.pass_until(60)
    outage.box.out = False
    await desk.clear(61)
    await desk.tick(62)
    await desk.deliver()
    assert [len(outage.box.tries), len(outage.box.got)] == [2, 2]


async def test_a_fallback_is_told_however_often_the_engine_is_killed_before_its_time() -> None:
    receiver = msgspec.structs.replace(DESK, fallback="other", fallback_after=5 * MINUTE)
    desk = Post(Config(notify=Notify(receivers=(receiver, OTHER), routes=(ROUTE,)), alerts=ALERTS))
    desk.boxes["desk"].answer = BAD
    await desk.start()
    await desk.fire(0)
    await desk.tick(1)
    for minute in range(1, 9):
        while desk.wall < minute * MINUTE:
            await desk.deliver(1)
        await desk.kill()
    assert desk.boxes["other"].told() == [("A", "fires")]
