"""Who is told what, and when, on event time: the decision table, mutes, regrouping, restarts."""

from typing import Any

import pytest

from data.records.outbox import DELIVERED, NOT_OWED, NOT_SENT, PENDING, WITHHELD
from data.times import HOUR, MINUTE, SECOND
from engine.runtime import Engine
from engine.settings import Config
from engine.settings.notify import Notify, Receiver, Route
from engine.settings.sections import AlertSettings
from tests.engine.respond.post import Post
from tests.support.memory import MemoryStore
from tests.support.recordings import Script, at, play, started

DESK = Receiver("desk", "webhook", "http://127.0.0.1/")
OTHER = Receiver("other", "webhook", "http://127.0.0.1/")
ALERTS = AlertSettings(expire_after=30 * HOUR)


def config(*receivers: Receiver, routes: tuple[Route, ...] = ()) -> Config:
    return Config(notify=Notify(receivers=receivers or (DESK,), routes=routes), alerts=ALERTS)


def route(*to: str, **more: Any) -> Route:
    return Route(to=to or ("desk",), **{"group_wait": 5 * SECOND, "group_interval": 30 * SECOND, **more})


async def post(*receivers: Receiver, routes: tuple[Route, ...] = ()) -> Post:
    return await Post(config(*receivers, routes=routes)).start()


async def test_what_was_ended_at_a_receiver_is_told_to_the_others_only() -> None:
    desk = await post(DESK, OTHER, routes=(route("desk", group_wait=0), route("other", group_wait=0)))
    await desk.fire(0, "A")
    await desk.tick(1)
    (alert,) = desk.engine.pipeline.partitions["default"].alerts.by_number.values()
    await desk.act(2, "resolve", f"alert/{alert.id}", via="desk")
    await desk.tick(4)
    ends = [(row.receiver, row.status) for row in desk.rows()[2:]]
    assert ends == [("desk", NOT_OWED), ("other", PENDING)]
    await desk.fire(5, "A")
    await desk.act(5.1, "resolve", "alert/none", via="desk")  # nothing ends by it
    await desk.clear(6, "A")
    await desk.tick(8)
    later = [(row.receiver, row.status) for row in desk.rows()[4:]]
    assert later == [("desk", PENDING), ("other", PENDING)] * 2, "a new beginning is told, and its end"


async def test_the_first_message_waits_for_more_and_then_tells_all_of_a_group() -> None:
    desk = await post(routes=(route(group_by=("site",)),))
    await desk.fire(0, "A")
    await desk.fire(0.05, "B")
    assert desk.rows() == []
    await desk.tick(0.2)
    (row,) = desk.rows()
    assert [one.alert_type for one in row.alerts] == ["A", "B"]
    assert row.made_at == at(second=5)
    assert row.labels == {"site": "S1"}


async def test_further_changes_wait_for_the_interval_and_only_they_are_told() -> None:
    desk = await post(routes=(route(group_by=("site",)),))
    await desk.fire(0, "A")
    await desk.tick(0.2)
    await desk.fire(0.25, "B")
    await desk.clear(0.3, "A")
    await desk.tick(1)
    _, second = desk.rows()
    assert second.made_at == at(second=35)
    assert [(one.alert_type, one.firing) for one in second.alerts] == [("B", True), ("A", False)]


async def test_what_is_over_before_anybody_was_told_is_written_down_and_told_to_nobody() -> None:
    desk = await post()
    await desk.fire(0)
    await desk.clear(0.05)
    await desk.tick(5)
    await desk.deliver()
    (row,) = desk.rows()
    assert (row.status, row.reason) == (WITHHELD, "it was over before anybody was told")
    assert desk.boxes["desk"].got == []


async def test_what_still_fires_is_told_again_until_somebody_has_it() -> None:
    desk = await post(routes=(route(repeat=HOUR),))
    await desk.fire(0)
    await desk.tick(61)
    await desk.tick(122)
    alert = next(iter(desk.engine.pipeline.partitions["default"].alerts.by_number.values()))
    await desk.act(123, "acknowledge", f"alert/{alert.id}")
    await desk.tick(400)
    await desk.clear(401)
    await desk.tick(403)
    await desk.deliver()
    assert desk.boxes["desk"].told() == [("A", "fires"), ("A", "again"), ("A", "again"), ("A", "ended")]


async def test_worse_is_told_again_at_once_and_better_is_not() -> None:
    desk = await post()
    await desk.fire(0, severity="MEDIUM")
    await desk.tick(1)
    await desk.fire(2, severity="CRITICAL")
    await desk.fire(3, severity="LOW")
    await desk.tick(5)
    await desk.deliver()
    assert [(one.severity) for parcel in desk.boxes["desk"].got for one in parcel.alerts] == [3, 5]


@pytest.mark.parametrize("told", [True, False])
async def test_a_silence_keeps_the_problem_back_but_never_its_end(told: bool) -> None:
    desk = await post()
    await desk.fire(0)
    if told:
        await desk.tick(1)
    await desk.act(1.01 if told else 0.01, "silence", "silence/new", matchers='alertname="A"', duration="2h")
    await desk.fire(5)
    await desk.tick(10)
    await desk.clear(20)
    await desk.tick(30)
    await desk.deliver()
    assert desk.boxes["desk"].told() == ([("A", "fires"), ("A", "ended")] if told else [])


async def test_the_end_of_a_silence_does_not_tell_anew_what_was_told_before() -> None:
    """prometheus/alertmanager#5247: unmuting one member of a group told it as new."""
    desk = await post(routes=(route(group_by=("site",)),))
    for name in "ABC":
        await desk.fire(0, name)
    await desk.tick(1)
    await desk.act(2, "silence", "silence/new", matchers='alertname="B"', duration="5m")
    await desk.tick(30)
    await desk.deliver()
    assert desk.boxes["desk"].told() == [("A", "fires"), ("B", "fires"), ("C", "fires")]


async def test_two_routes_to_one_receiver_tell_it_once_and_the_end_goes_where_the_beginning_went() -> None:
    first, second = route(match="severity>=high", group_by=("site",)), route(group_by=("type",), group_wait=MINUTE)
    desk = await post(routes=(first, second))
    await desk.fire(0, severity="HIGH")
    await desk.tick(5)
    await desk.clear(6)
    await desk.tick(9)
    await desk.deliver()
    assert desk.boxes["desk"].told() == [("A", "fires"), ("A", "ended")]
    assert len({parcel.group for parcel in desk.boxes["desk"].got}) == 1


async def test_without_routes_the_alerts_of_one_incident_are_one_group() -> None:
    desk = await post(DESK, OTHER)
    for number in range(6):
        await desk.fire(number / 60, f"LINK{number}", severity="CRITICAL")
    await desk.tick(2)
    incidents = desk.engine.pipeline.partitions["default"].grouping.open_incidents()
    assert len(list(incidents)) == 1
    await desk.deliver()
    for box in desk.boxes.values():
        assert len(box.told()) == 6
        assert {parcel.group.rpartition("/")[0].rpartition("/")[2] for parcel in box.got} == {"incident"}


async def test_a_receiver_that_wants_no_ends_gets_none_and_is_told_of_the_next_beginning() -> None:
    desk = await post(Receiver("desk", "webhook", "http://127.0.0.1/", resolved=False))
    await desk.fire(0)
    await desk.tick(1)
    await desk.clear(2)
    await desk.tick(3)
    await desk.fire(4)
    await desk.tick(6)
    await desk.deliver()
    assert desk.boxes["desk"].told() == [("A", "fires"), ("A", "fires")]


async def test_a_replay_tells_nobody_and_no_later_engine_does() -> None:
    store = MemoryStore()
    replay = Engine(store, config(), contacts="replay")
    await replay.recover()
    script = Script()
    script.fire(at(0), ends_at=None)
    script.tick(at(1))
    await play(replay, script.lines)
    await replay.close()
    desk = Post(config())
    desk.store = store
    await desk.start()
    (row,) = desk.rows()
    assert (row.status, row.reason) == (NOT_SENT, "not sent: replay")
    await desk.clear(20, "LinkDown", entity="host/web-1")
    await desk.tick(25)
    await desk.deliver()
    assert desk.boxes["desk"].got == []
    assert [one.status for one in desk.rows()] == [NOT_SENT, "NOT_OWED"]


async def test_state_is_exactly_taken_up_wherever_the_engine_stopped() -> None:
    script = Script()
    for number in range(40):
        script.fire(at(number / 7), alert=f"K{number % 5}", entity=f"host/{number % 9}", site=f"S{number % 3}")
        if number % 4 == 3:
            script.clear(at(number / 7 + 0.1), alert=f"K{number % 5}", entity=f"host/{number % 9}", site="S1")
    script.tick(at(60))
    settings = config(DESK, OTHER, routes=(route("desk", group_by=("site",)), route("other")))

    async def run(cut: int) -> tuple[bytes, dict[int, bytes]]:
        store = MemoryStore()
        engine = await started(store, settings)
        await play(engine, script.lines[:cut], 1)
        await engine.close()
        engine = await started(store, settings)
        await play(engine, script.lines[cut:], 7)
        return engine.pipeline.snapshot().body, store.now.records["outbox"]

    whole = await run(0)
    assert len(whole[1]) > 20
    for cut in (1, 13, 29, len(script.lines) - 1):
        assert await run(cut) == whole


async def test_delivered_rows_say_so() -> None:
    desk = await post()
    await desk.fire(0)
    await desk.tick(1)
    await desk.deliver()
    (row,) = desk.rows()
    assert (row.status, row.attempts, row.tries[0].text) == (DELIVERED, 1, "HTTP 200")
