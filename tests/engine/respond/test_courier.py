"""Delivery on the wall's time: back-off, deadlines, dead letters, fallback, rate, digests, and kills at any moment."""

from itertools import pairwise

import msgspec

from data.records.outbox import DEAD, DELIVERED, NOT_OWED, PENDING
from data.store import Commit
from data.times import HOUR, MINUTE, SECOND
from engine.respond.hub.lane import Lane
from engine.settings import Config
from engine.settings.notify import Notify, Receiver, Route
from tests.engine.respond.post import BAD, GOOD, NO, Post
from tests.engine.respond.test_dispatch import ALERTS, DESK, OTHER


def config(*receivers: Receiver, **route: object) -> Config:
    routes = (Route(to=(receivers[0].name,), **{"group_wait": 0, "group_interval": SECOND, **route}),)  # type: ignore[arg-type]
    return Config(notify=Notify(receivers=receivers, routes=routes), alerts=ALERTS)


def changed(receiver: Receiver, **fields: object) -> Receiver:
    return msgspec.structs.replace(receiver, **fields)


async def outage(desk: Post, minutes: int) -> None:
    """A fires and ends while the receiver is away for so long on the wall."""
    box = desk.boxes["desk"]
    box.answer = BAD
    await desk.fire(0)
    await desk.tick(1)
    await desk.clear(2)
    await desk.tick(3)
    end = desk.wall + minutes * MINUTE
    while desk.wall < end:
        if not any(lane.waiting for lane in desk.courier.lanes.values()):
            desk.wall = end
        await desk.deliver(1)
    box.answer = GOOD
    await desk.deliver()


async def test_after_an_outage_of_an_hour_beginning_and_end_arrive_and_attempts_are_few() -> None:
    desk = await Post(config(DESK)).start()
    await outage(desk, 60)
    assert desk.boxes["desk"].told() == [("A", "fires"), ("A", "ended")]
    times = [moment for moment, _ in desk.boxes["desk"].tries]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert max(gaps) <= 60 * SECOND
    assert len(times) < 85, "about one attempt a minute, whatever waits"
    assert gaps[0] <= 1 * SECOND
    assert gaps[2] >= 2 * SECOND


async def test_what_waits_during_an_outage_does_not_make_more_attempts() -> None:
    one, many = await Post(config(DESK)).start(), await Post(config(DESK, group_by=("type",))).start()
    await outage(one, 30)
    for number in range(30):
        await many.fire(number / 1000, f"K{number}")
    await outage(many, 30)
    failed = [len([1 for moment, _ in desk.boxes["desk"].tries if moment < 30 * MINUTE]) for desk in (one, many)]
    assert abs(failed[0] - failed[1]) <= 8
    assert len(many.boxes["desk"].told()) == 32


async def test_what_is_not_delivered_by_its_deadline_is_given_up_and_its_end_is_owed_to_nobody() -> None:
    desk = await Post(config(changed(DESK, deadline=HOUR))).start()
    await outage(desk, 61)
    first, second = desk.rows()
    assert (first.status, second.status) == (DEAD, NOT_OWED)
    assert "deadline" in first.reason
    assert "HTTP 500" in first.reason
    assert desk.boxes["desk"].got == []


async def test_a_given_up_message_can_be_tried_again_also_after_a_kill() -> None:
    desk = await Post(config(DESK)).start()
    desk.boxes["desk"].answer = NO
    await desk.fire(0)
    await desk.tick(1)
    await desk.deliver()
    (row,) = desk.rows()
    assert row.status == DEAD
    assert len(desk.boxes["desk"].tries) == 1, "what the receiver refuses is not tried again by itself"
    desk.boxes["desk"].answer = GOOD
    await desk.store.commit(Commit(retried=[row.number]))
    await desk.kill()
    await desk.deliver()
    assert desk.boxes["desk"].told() == [("A", "fires")]
    await desk.clear(5)
    await desk.tick(6)
    await desk.deliver()
    assert desk.boxes["desk"].told() == [("A", "fires"), ("A", "ended")]


async def test_a_kill_between_the_answer_and_the_commit_repeats_the_message_under_its_id() -> None:
    desk = await Post(config(DESK)).start()
    await desk.fire(0)
    await desk.tick(1)
    (lane,) = desk.courier.lanes.values()

    async def lost(rows: object) -> None:
        raise InterruptedError

    lane.desk = msgspec.structs.replace(lane.desk, write=lost)
    try:
        await lane.round()
    except InterruptedError:
        await desk.kill()
    await desk.deliver()
    first, second = desk.boxes["desk"].got
    assert first.id == second.id
    assert desk.boxes["desk"].told() == [("A", "fires")]
    assert [row.status for row in desk.rows()] == [DELIVERED]


async def test_a_fallback_is_told_instead_after_a_while_and_gets_the_end_too() -> None:
    desk = await Post(config(changed(DESK, fallback="other", fallback_after=5 * MINUTE), OTHER)).start()
    desk.boxes["desk"].answer = BAD
    await desk.fire(0)
    await desk.tick(1)
    while desk.wall < 4 * MINUTE:
        await desk.deliver(1)
    assert desk.boxes["other"].got == []
    while desk.wall < 7 * MINUTE:
        await desk.deliver(1)
    assert desk.boxes["other"].told() == [("A", "fires")]
    desk.boxes["desk"].answer = GOOD
    await desk.deliver()
    await desk.kill()
    await desk.clear(9)
    await desk.tick(10)
    await desk.deliver()
    assert desk.boxes["desk"].told() == [("A", "fires"), ("A", "ended")]
    assert desk.boxes["other"].told() == [("A", "fires"), ("A", "ended")]


async def test_who_was_not_told_instead_gets_no_end() -> None:
    desk = await Post(config(changed(DESK, fallback="other"), OTHER)).start()
    await desk.fire(0)
    await desk.tick(1)
    await desk.deliver()
    await desk.clear(2)
    await desk.tick(3)
    await desk.deliver()
    assert desk.boxes["other"].got == []
    assert desk.boxes["desk"].told() == [("A", "fires"), ("A", "ended")]


async def test_the_end_comes_before_the_next_beginning_also_where_that_is_told_in_another_group() -> None:
    desk = await Post(config(DESK)).start()
    await desk.fire(0, severity="LOW")
    await desk.tick(1)
    await desk.clear(1.1)
    await desk.fire(1.2, severity="HIGH")  # grave enough for an incident, so another group
    await desk.tick(3)
    first, _, third = desk.rows()
    assert first.group != third.group
    await desk.deliver()
    assert desk.boxes["desk"].told() == [("A", "fires"), ("A", "ended"), ("A", "fires")]


async def test_a_flood_becomes_few_messages_and_nothing_is_left_out() -> None:
    desk = await Post(config(changed(DESK, rate=60, digest_over=20), group_by=("entity",))).start()
    for number in range(400):
        await desk.fire(number / 400, f"K{number}", site=f"S{number % 50}")
    await desk.tick(3)
    await desk.deliver()
    box = desk.boxes["desk"]
    assert sorted(name for name, _ in box.told()) == sorted(f"K{number}" for number in range(400))
    assert len(box.got) <= 25
    assert {row.status for row in desk.rows()} == {DELIVERED}
    assert any(row.reason.startswith("in a digest of ") for row in desk.rows())


async def test_one_message_that_a_receiver_stumbles_over_does_not_keep_the_others_from_it() -> None:
    desk = await Post(config(changed(DESK, deadline=2 * HOUR), group_by=("entity",))).start()
    box = desk.boxes["desk"]
    box.stumbles = "K0"
    for number in range(5):
        await desk.fire(number / 100, f"K{number}")
    await desk.tick(1)
    while len(box.got) < 4:
        await desk.deliver(1)
    assert desk.wall < 10 * MINUTE
    before = len(box.tries)
    while desk.wall < HOUR:
        await desk.deliver(1)
    assert len(box.tries) - before < 85
    await desk.deliver()
    assert [row.status for row in desk.rows()] == [DEAD, *[DELIVERED] * 4]


async def test_one_message_that_is_refused_does_not_take_a_digest_with_it() -> None:
    desk = await Post(config(changed(DESK, digest_over=3), group_by=("entity",))).start()
    box = desk.boxes["desk"]
    box.stumbles, box.stumbling = "K2", NO
    for number in range(6):
        await desk.fire(number / 100, f"K{number}")
    await desk.tick(1)
    await desk.deliver()
    assert [row.status for row in desk.rows()] == [DELIVERED, DELIVERED, DEAD, DELIVERED, DELIVERED, DELIVERED]
    assert sorted(name for name, _ in box.told()) == ["K0", "K1", "K3", "K4", "K5"]


async def test_no_more_messages_a_minute_than_the_receiver_takes() -> None:
    desk = await Post(config(changed(DESK, rate=6, digest_over=1000), group_by=("entity",))).start()
    for number in range(30):
        await desk.fire(number / 100, f"K{number}")
    await desk.tick(1)
    await desk.deliver()
    moments = [moment for moment, _ in desk.boxes["desk"].tries]
    assert len(moments) == 30
    for begin in moments:
        assert len([1 for moment in moments if begin <= moment < begin + MINUTE]) <= 12


async def test_a_digest_never_holds_beginning_and_end_of_one_alert() -> None:
    desk = await Post(config(changed(DESK, digest_over=2), group_by=("entity",))).start()
    desk.boxes["desk"].answer = BAD
    for number in range(6):
        await desk.fire(number / 100, f"K{number}")
    await desk.tick(1)
    for number in range(6):
        await desk.clear(1 + number / 100, f"K{number}")
    await desk.tick(5)
    await desk.deliver(3)
    desk.boxes["desk"].answer = GOOD
    await desk.deliver()
    told = desk.boxes["desk"].told()
    for number in range(6):
        assert [what for name, what in told if name == f"K{number}"] == ["fires", "ended"]
    assert len(desk.boxes["desk"].got) == 2


async def test_a_receiver_that_is_configured_no_more_leaves_a_dead_letter() -> None:
    desk = await Post(config(DESK, OTHER)).start()
    desk.boxes["desk"].answer = BAD
    await desk.fire(0)
    await desk.tick(1)
    await desk.deliver(2)
    assert [row.status for row in desk.rows()] == [PENDING]
    await desk.start(config(OTHER))
    await desk.courier._bury()
    (row,) = desk.rows()
    assert row.status == DEAD
    assert "no receiver 'desk'" in row.reason


async def test_one_receiver_that_hangs_holds_up_nobody_else() -> None:
    desk = await Post(config(DESK, OTHER)).start()
    lane: Lane | None = desk.courier._lane("other")
    assert lane is not None
    desk.boxes["desk"].answer = BAD
    await desk.fire(0)
    await desk.tick(1)
    await desk.deliver(1)
    assert lane.failures == 0
    assert desk.courier.troubles() == ["desk: HTTP 500 (1 waiting)"]
