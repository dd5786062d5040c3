"""Any timeline of alerts, silences, maintenance, outages, refusals and kills: an end is delivered exactly where the
problem was delivered, once, behind it, unless the receiver itself refused the end: then it is a dead letter."""

import asyncio
import contextlib

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.records.outbox import DEAD
from engine.settings import Config
from engine.settings.notify import Notify, Receiver, Route
from tests.engine.respond.post import BAD, GOOD, NO, Post
from tests.engine.respond.test_dispatch import ALERTS

NAMES = ("A", "B", "C")
step = st.one_of(
    st.tuples(st.just("fire"), st.sampled_from(NAMES), st.sampled_from(["LOW", "HIGH", "CRITICAL"])),
    st.tuples(st.just("clear"), st.sampled_from(NAMES), st.just("")),
    st.tuples(st.just("silence"), st.sampled_from(NAMES), st.sampled_from(["1m", "10m"])),
    st.tuples(st.just("window"), st.sampled_from(NAMES), st.sampled_from(["60", "600"])),
    st.tuples(st.just("acknowledge"), st.sampled_from(NAMES), st.just("")),
    st.tuples(st.just("resolve"), st.sampled_from(NAMES), st.just("")),
    st.tuples(
        st.sampled_from(["up", "down", "refuse", "refused", "kill", "torn", "snapshot"]), st.just(""), st.just("")
    ),
    st.tuples(st.just("deliver"), st.sampled_from(["1", "3", "50"]), st.just("")),
    st.tuples(st.just("wait"), st.sampled_from(["0.05", "1", "7"]), st.sampled_from(["0", "1", "9"])),
    st.tuples(st.just("wait"), st.just("1"), st.just("9")),
)
routes = st.sampled_from([
    (),
    (Route(to=("desk",), group_by=("site",)),),
    (Route(to=("desk",), match="severity>=high", group_by=("type",)), Route(to=("desk", "other"))),
])  # fmt: skip


@given(st.lists(step, max_size=40), routes, st.booleans())
@example([("fire", "A", "HIGH"), ("wait", "1", "0"), ("refused", "", ""), ("wait", "1", "9")], (), True)
@example([("fire", "A", "LOW"), ("wait", "1", "0"), ("clear", "A", ""), ("fire", "A", "HIGH")], (), True)
@settings(max_examples=150, deadline=None)
def test_an_end_is_owed_exactly_where_the_problem_was_delivered(
    steps: list[tuple[str, str, str]], routes: tuple[Route, ...], resolved: bool
) -> None:
    asyncio.run(_run(steps, routes, resolved))


async def _run(steps: list[tuple[str, str, str]], routes: tuple[Route, ...], resolved: bool) -> None:
    receivers = (
        Receiver("desk", "webhook", "http://127.0.0.1/"),
        Receiver("other", "webhook", "http://127.0.0.1/", resolved=resolved, digest_over=2),
    )
    desk = await Post(Config(notify=Notify(receivers=receivers, routes=routes), alerts=ALERTS)).start()
    now = 0.0
    torn = 0
    for kind, name, more in steps:
        now += 0.01
        torn += await _step(desk, kind, name, more, now)
        if kind == "wait":
            now += float(name)
            await desk.tick(now)
            await desk.deliver(int(more))
    for name in NAMES:
        now += 0.1
        await desk.clear(now, name)
    await desk.tick(now + 60)
    for box in desk.boxes.values():
        box.answer = GOOD
    await desk.deliver()
    assert not any(lane.waiting for lane in desk.courier.lanes.values())
    for box in desk.boxes.values():
        assert len(box.got) - len({parcel.id for parcel in box.got}) <= torn, "only what no commit followed is repeated"
    for receiver in receivers:
        told = desk.boxes[receiver.name].told()
        for name in NAMES:
            mine = [what for alert, what in told if alert == name]
            _check(mine, receiver.resolved, given_up=_given_up(desk, receiver.name, name))


async def _step(desk: Post, kind: str, name: str, more: str, now: float) -> int:
    """How many messages may come again because of it."""
    if kind == "torn":
        return await _torn(desk)
    if kind == "fire":
        await desk.fire(now, name, severity=more)
    elif kind == "clear":
        await desk.clear(now, name)
    elif kind == "silence":
        await desk.act(now, "silence", "silence/new", matchers=f'alertname="{name}"', duration=more)
    elif kind == "window":
        about = {"op": "add", "matchers": f'alertname="{name}"', "duration": float(more), "repeat": "once"}
        await desk.act(now, "silence", "maintenance/new", **about, comment="work", author="ann")
        assert desk.outcomes[-1].ok, desk.outcomes[-1].text
    elif kind in ("acknowledge", "resolve"):
        part = desk.engine.pipeline.partitions.get("default")
        for alert in list(part.alerts.by_number.values()) if part else []:
            if alert.alert_type == name and alert.firing:
                await desk.act(now, kind, f"alert/{alert.id}")
    else:
        await _befall(desk, kind, name)
    return 0


async def _befall(desk: Post, kind: str, name: str) -> None:
    """What happens to the receiver, and to the process."""
    if kind == "refused":  # what waits is turned away for good
        desk.boxes["desk"].answer = NO
        await desk.deliver(2)
        desk.boxes["desk"].answer = GOOD
    elif kind in ("up", "down", "refuse"):
        desk.boxes["desk"].answer = {"up": GOOD, "down": BAD, "refuse": NO}[kind]
    elif kind == "kill":
        await desk.kill()
    elif kind == "snapshot":
        await desk.snapshot()
    elif kind == "deliver":
        await desk.deliver(int(name))


async def _torn(desk: Post) -> int:
    """Every lane makes a round, and the process is killed before anything of it is written down."""

    async def lost(rows: object) -> None:
        raise InterruptedError

    before = sum(len(box.got) for box in desk.boxes.values())
    for lane in desk.courier.lanes.values():
        lane.desk = msgspec.structs.replace(lane.desk, write=lost)
        if lane.waiting:
            with contextlib.suppress(InterruptedError):
                await lane.round()
    await desk.kill()
    return sum(len(box.got) for box in desk.boxes.values()) - before


def _given_up(desk: Post, receiver: str, name: str) -> bool:
    """An end that the receiver itself refused is a dead letter, for a person to look at: not lost, not delivered."""
    return any(
        row.status == DEAD and row.receiver == receiver and "refused" in row.reason
        for row in desk.rows()
        for one in row.alerts
        if one.alert_type == name and not one.firing
    )


def _check(told: list[str], resolved: bool, *, given_up: bool) -> None:
    """Beginning (perhaps told worse), perhaps repeats, then one end; and so on."""
    standing = False
    for what in told:
        if what == "ended":
            assert standing, f"an end without a beginning: {told}"
            assert resolved
            standing = False
        else:
            standing = True
    assert not standing or not resolved or given_up, f"a beginning without its end: {told}"
