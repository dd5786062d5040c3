"""A tenant at its limit waits, loses nothing, and holds nobody else up. Time is injected: it passes while all sleep."""

import asyncio
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import clock, limits
from engine.delivery import Answer, Delivery
from engine.limits import Limits
from engine.settings import Config
from engine.settings.sections import EngineSettings, Override


class Wall:
    """Sleepers are woken in the order of their times, which is what moves the clock."""

    def __init__(self) -> None:
        self.now = 100.0
        self.sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sleepers.append((self.now + seconds, len(self.sleepers), done))
        await done

    async def until(self, moment: float) -> None:
        """Lets the time pass."""
        for _ in range(5_000):
            for _ in range(6):
                await asyncio.sleep(0)
            self.sleepers.sort(key=lambda one: one[:2])
            if not self.sleepers or self.sleepers[0][0] > moment:
                break
            self.now, _, done = self.sleepers.pop(0)
            if not done.done():
                done.set_result(None)
        self.now = moment


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wall]:
    made = Wall()
    with monkeypatch.context() as patched:
        patched.setattr(clock, "monotonic", lambda: made.now)
        patched.setattr(limits, "sleep", made.sleep)
        yield made


class Inbox:
    """Answers at once what reaches it, and notes when that was."""

    def __init__(self, wall: Wall) -> None:
        self.wall = wall
        self.came: list[tuple[float, str]] = []

    async def put(self, delivery: Delivery) -> None:
        rejected = []
        for index, raw in enumerate(delivery.lines):
            event = msgspec.json.decode(raw)
            self.came.append((self.wall.now, event["id"]))
            if event["id"].endswith("bad"):
                rejected.append((index, event["id"]))
        accepted = len(delivery.lines) - len(rejected)
        rejected += [(len(delivery.lines) + index, reason) for index, (_, reason) in enumerate(delivery.broken)]
        delivery.answer.set_result(Answer(accepted, 0, rejected))

    def of(self, tenant: str) -> list[tuple[float, str]]:
        return [(when, id) for when, id in self.came if id.startswith(tenant + "-")]


def config(rate: float, **others: float) -> Config:
    overrides = tuple(Override(f"tenant={name}", {"engine.tenant_rate": each}) for name, each in others.items())
    return Config(engine=EngineSettings(tenant_rate=rate), overrides=overrides)


def lines(tenant: str, first: int, count: int) -> list[bytes]:
    return [msgspec.json.encode({"id": f"{tenant}-{n}", "tenant": tenant}) for n in range(first, first + count)]


def delivery(raw: list[bytes], **more: object) -> Delivery:
    return Delivery(raw, "test", asyncio.get_running_loop().create_future(), **more)  # type: ignore[arg-type]


async def test_a_tenant_gets_its_rate_in_order_and_nothing_is_lost(wall: Wall) -> None:
    inbox = Inbox(wall)
    limit = Limits(config(100), inbox.put)
    sent = [delivery(lines("a", n * 50, 50)) for n in range(20)]
    for one in sent:
        await limit.put(one)
    await wall.until(130.0)
    assert [id for _, id in inbox.came] == [f"a-{n}" for n in range(1000)]
    for start in range(100, 130):
        assert sum(start <= when < start + 1 for when, _ in inbox.came) <= 250, "a second's rate, and one part more"
    assert 107.5 <= inbox.came[-1][0] <= 110.0, "1,000 events at 100 a second, the first of them at once"
    assert all(one.answer.result().accepted == 50 for one in sent)
    line = limit.lines["a"]
    assert (line.passed, line.waiting) == (1000, 0)
    assert line.held >= 700
    assert 7.5 <= line.seconds <= 10.0


async def test_others_go_past_also_out_of_the_same_delivery(wall: Wall) -> None:
    inbox = Inbox(wall)
    limit = Limits(config(0, slow=10), inbox.put)
    await limit.put(delivery(lines("slow", 0, 100)))
    mixed = delivery([*lines("slow", 100, 5), *lines("free", 0, 5), b'{"id":"free-bad","tenant":"free"}'])
    await limit.put(mixed)
    assert [id for _, id in inbox.of("free")] == [*(f"free-{n}" for n in range(5)), "free-bad"]
    assert {when for when, _ in inbox.of("free")} == {100.0}
    assert not mixed.answer.done(), "what waits is not answered"
    await wall.until(140.0)
    assert [id for _, id in inbox.of("slow")] == [f"slow-{n}" for n in range(105)]
    assert mixed.answer.result().rejected == [(10, "free-bad")], "under the index that it had"
    assert mixed.answer.result().accepted == 10


async def test_who_brings_more_than_a_full_line_holds_is_made_to_wait(wall: Wall) -> None:
    inbox = Inbox(wall)
    limit = Limits(config(1000), inbox.put)
    sender = asyncio.create_task(push(limit, "a", 12))
    other = asyncio.create_task(push(limit, "b", 1))
    await wall.until(100.0)
    assert other.done(), "a sender for another tenant is not held up"
    assert not sender.done(), "it is not read from meanwhile"
    assert limit.lines["a"].waiting <= limits.LINE + 1000
    await wall.until(115.0)
    assert sender.done()
    assert len(inbox.of("a")) == 12_000


async def push(limit: Limits, tenant: str, times: int) -> None:
    for turn in range(times):
        await limit.put(delivery(lines(tenant, turn * 1000, 1000)))


async def test_who_may_not_send_for_a_tenant_cannot_use_up_its_rate(wall: Wall) -> None:
    inbox = Inbox(wall)
    limit = Limits(config(10), inbox.put)
    await limit.put(delivery(lines("a", 0, 500), refuse=lambda event: "no" if event.tenant == "a" else None))
    assert "a" not in limit.lines


async def test_other_rates_hold_from_a_reload_on(wall: Wall) -> None:
    inbox = Inbox(wall)
    limit = Limits(config(1), inbox.put)
    await limit.put(delivery(lines("a", 0, 100)))
    assert limit.words("a").startswith("over the limit of 1 events/s: ")
    limit.take_up(config(0))
    await wall.until(103.0)
    assert len(inbox.came) == 100
    assert not limit.on
    await wall.until(120.0)
    assert limit.words("a") == ""


async def test_what_waits_at_the_end_is_not_answered(wall: Wall) -> None:
    limit = Limits(config(1), Inbox(wall).put)
    one = delivery(lines("a", 0, 10))
    await limit.put(one)
    limit.close()
    await wall.until(120.0)
    assert one.answer.cancelled()


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.sampled_from(["a", "b", "free", "a-bad"]), max_size=12), max_size=12),
    st.integers(1, 7),
    st.integers(0, 3),
)
def test_every_event_comes_out_once_and_every_answer_adds_up(
    deliveries: list[list[str]], rate: int, broken: int
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        wall = Wall()
        patched.setattr(clock, "monotonic", lambda: wall.now)
        patched.setattr(limits, "sleep", wall.sleep)
        asyncio.run(_adds_up(wall, deliveries, rate, broken))


async def _adds_up(wall: Wall, deliveries: list[list[str]], rate: int, broken: int) -> None:
    inbox = Inbox(wall)
    limit = Limits(config(0, a=rate, b=rate), inbox.put)
    sent, count = [], 0
    for names in deliveries:
        raw = []
        for name in names:
            tenant, _, bad = name.partition("-")
            raw.append(msgspec.json.encode({"id": f"{tenant}-{count}{bad}", "tenant": tenant}))
            count += 1
        sent.append(delivery(raw, broken=[(b"", f"broken {n}") for n in range(broken)]))
        await limit.put(sent[-1])
    await wall.until(1_000.0)
    assert len({id for _, id in inbox.came}) == len(inbox.came) == count
    for names, one in zip(deliveries, sent, strict=True):
        answer = one.answer.result()
        bad = [place for place, name in enumerate(names) if name == "a-bad"]
        behind = list(range(len(names), len(names) + broken))
        assert [place for place, _ in answer.rejected] == bad + behind
        assert answer.accepted + len(answer.rejected) == len(names) + broken
