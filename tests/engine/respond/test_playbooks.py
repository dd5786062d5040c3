"""Playbooks at work in an engine: what triggers them, who allows them, what they do, and what keeps them back."""

from typing import Any

import msgspec
import pytest

from engine.respond.runner import Runner
from tests.engine.respond.house import BOOK, House, states
from tests.support.fakes.http import Answer, Server
from tests.support.memory import MemoryStore
from tests.support.recordings import Script, at, play, started


async def test_it_acts_by_itself_where_it_may(tmp_path: Any) -> None:
    house = await House(tmp_path, BOOK).start()
    await house.fire(0)
    (run,) = house.runs()
    assert (run.state, states(run), run.approved_by) == ("SUCCESS", ["DONE", "DONE"], "auto")
    part = house.engine.pipeline.partitions["default"]
    (ticket,) = part.registry.kinds["ticket"].values()
    assert ticket.attributes["title"] == "host/a at S1"
    (alert,) = part.alerts.by_number.values()
    assert alert.acknowledged_by == "playbook/try"
    assert part.answering.tickets.ticket_of(f"alert/{alert.id}") == ticket.id
    kinds = [msgspec.msgpack.decode(body)["data"].get("state") for body in house.store.feed
             if msgspec.msgpack.decode(body)["type"] == "playbook_updated"]  # fmt: skip
    assert kinds == ["RUNNING", "SUCCESS"]


@pytest.mark.parametrize(
    ("more", "runs"),
    [({"site": "S2"}, 0), ({"severity": "LOW"}, 0), ({"alert": "OTHER"}, 0), ({"severity": "CRITICAL"}, 1)],
)
async def test_trigger_gate_and_expression_decide(more: dict[str, Any], runs: int, tmp_path: Any) -> None:
    house = await House(tmp_path, BOOK).start()
    await house.fire(0, **more)
    assert len(house.runs()) == runs


async def test_without_configuration_it_proposes_and_nothing_is_done_until_somebody_allows_it(tmp_path: Any) -> None:
    house = await House(tmp_path, BOOK, auto=False).start()
    await house.fire(0)
    (run,) = house.runs()
    assert (run.state, states(run)) == ("PROPOSED", ["PLANNED", "PLANNED"])
    assert not house.engine.pipeline.partitions["default"].registry.kinds.get("ticket")
    wrong = await house.act(1, "approve", f"run/{run.id}", plan="0" * 64)
    assert not wrong.ok
    assert house.runs()[0].state == "PROPOSED"
    assert (await house.act(2, "approve", f"run/{run.id}", plan=run.plan)).ok
    (run,) = house.runs()
    assert (run.state, run.approved_by) == ("SUCCESS", "ann")
    assert not (await house.act(3, "approve", f"run/{run.id}")).ok


async def test_a_run_whose_steps_were_changed_after_leave_was_given_is_not_carried_out(tmp_path: Any) -> None:
    house = await House(tmp_path, BOOK, auto=False).start()
    await house.fire(0)
    (run,) = house.room.open.values()
    run.steps[0].params["title"] = "something else"
    await house.act(2, "approve", f"run/{run.id}", plan=run.plan)
    (row,) = house.runs()
    assert (row.state, states(row)) == ("CANCELLED", ["SKIPPED", "SKIPPED"])


async def test_a_proposal_expires_and_can_be_refused(tmp_path: Any) -> None:
    house = await House(tmp_path, BOOK, auto=False).start()
    await house.fire(0)
    await house.fire(11, entity="host/b")
    second = house.runs()[1]
    assert (await house.act(12, "reject", f"run/{second.id}")).ok
    await house.tick(61)
    assert [run.state for run in house.runs()] == ["EXPIRED", "REJECTED"]


async def test_four_eyes(tmp_path: Any) -> None:
    book = BOOK.replace("mode: auto", "mode: approval\napproval: {four_eyes: true}")
    house = await House(tmp_path, book).start()
    await house.fire(0, severity="LOW")
    (alert,) = house.engine.pipeline.partitions["default"].alerts.by_number.values()
    asked = await house.act(1, "approve", "playbook/try", op="run", on=f"alert/{alert.id}")
    assert asked.ok
    (run,) = house.runs()
    same = await house.act(2, "approve", f"run/{run.id}")
    assert not same.ok
    assert "four eyes" in same.text
    assert (await house.act(3, "approve", f"run/{run.id}", actor="bob")).ok
    assert house.runs()[0].state == "SUCCESS"


async def test_what_was_done_is_undone_where_a_later_step_fails(tmp_path: Any) -> None:
    book = BOOK.replace("{name: have, do: acknowledge}", "{name: whom, do: assign_resource, on_failure: compensate}")
    house = await House(tmp_path, book).start()
    await house.fire(0)
    (run,) = house.runs()
    assert (run.state, states(run)) == ("FAILED", ["UNDONE", "FAILED"])
    (ticket,) = house.engine.pipeline.partitions["default"].registry.kinds["ticket"].values()
    assert ticket.attributes["status"] == "CANCELLED"


async def test_guards_hold_back_and_count(tmp_path: Any) -> None:
    house = await House(tmp_path, BOOK).start()
    await house.fire(0)
    await house.clear(1)
    await house.fire(2)
    assert house.room.counts.of("try").held == {"cool-down": 1}
    for number in range(8):
        await house.fire(12, entity=f"host/{number}")
    assert house.room.counts.of("try").held == {"cool-down": 1, "rate": 4}
    assert len(house.runs()) == 5


async def test_no_more_runs_at_once_than_the_playbook_says(tmp_path: Any) -> None:
    house = await House(tmp_path, WAITING.replace("sites_per_hour: 2", "sites_per_hour: 9")).start()
    for number in range(5):
        await house.fire(number / 100, entity=f"host/{number}")
    assert [run.state for run in house.runs()] == ["WAITING"] * 3
    assert house.room.counts.of("try").held == {"concurrency": 2}


async def test_no_more_runs_of_all_playbooks_in_an_hour_than_the_configuration_says(tmp_path: Any) -> None:
    other = BOOK.replace("playbook: try", "playbook: other")
    house = await House(tmp_path, BOOK, other, per_hour=3).start()
    for number in range(3):
        await house.fire(number / 100, entity=f"host/{number}")
    assert len(house.runs()) == 3
    held = [house.room.counts.of(name).held.get("rate of all", 0) for name in ("try", "other")]
    assert sum(held) == 3
    await house.fire(61, entity="host/9")
    assert len(house.runs()) == 5, "an hour later there is room again"


async def test_what_comes_back_again_and_again_is_given_to_a_person(tmp_path: Any) -> None:
    book = BOOK.replace("{name: have, do: acknowledge}", "{name: end, do: resolve}")
    house = await House(tmp_path, book.replace("per_hour: 5", "per_hour: 50")).start()
    for time in range(0, 60, 12):
        await house.fire(time)
        await house.fire(time + 1)
        await house.clear(time + 2)
    found = house.runs()
    assert [run.state for run in found] == ["SUCCESS", "SUCCESS", "SUCCESS", "PROPOSED", "PROPOSED"]
    assert "it came back each time" in found[3].why
    counts = house.room.counts.of("try")
    assert (counts.resolved, counts.reopened) == (3, 3), "what fires again within the reopen window was not resolved"
    assert all(run.reopened_at is not None for run in found[:3])


async def test_an_incident_is_not_resolved_where_any_of_its_alerts_comes_back(tmp_path: Any) -> None:
    book = BOOK.partition("trigger:")[0] + (
        "trigger: {on: incident}\nmode: auto\nsteps:\n"
        "  - {do: wait_for_condition, timeout: 1h, on_failure: continue}\n  - {do: resolve, with: {if_quiet: true}}\n"
    )
    house = await House(tmp_path, book).start()
    for number in range(6):
        await house.fire(number / 10, f"B{number}", entity=f"device/D{number}", severity="CRITICAL")
    for number in range(6):
        await house.clear(2 + number / 10, f"B{number}", entity=f"device/D{number}")
    (run,) = house.runs()
    assert (run.state, run.resolved, run.reopened_at) == ("SUCCESS", True, None)
    await house.fire(4, "B4", entity="device/D4", severity="CRITICAL")
    counts = house.room.counts.of("try")
    assert (counts.resolved, counts.reopened) == (1, 1)
    assert house.runs()[0].reopened_at is not None


async def test_it_touches_only_so_many_sites_by_itself(tmp_path: Any) -> None:
    book = BOOK.replace("when: \"alert.site == 'S1'\"", "when: 'true'")
    house = await House(tmp_path, book).start()
    for number in range(3):
        await house.fire(0, entity=f"host/{number}", site=f"S{number}")
    assert [run.state for run in house.runs()] == ["SUCCESS", "SUCCESS", "PROPOSED"]


WAITING = BOOK.replace(
    "{name: have, do: acknowledge}",
    "{name: wait, do: wait_for_condition, timeout: 5m, on_failure: continue}\n"
    "  - {name: sent, when: '!state.over', do: update_ticket, with: {priority: CRITICAL}}",
)


@pytest.mark.parametrize(("ends", "expected"), [(3, ["DONE", "DONE", "SKIPPED"]), (9, ["DONE", "FAILED", "DONE"])])
async def test_it_waits_for_the_end_as_long_as_it_may(ends: float, expected: list[str], tmp_path: Any) -> None:
    house = await House(tmp_path, WAITING).start()
    await house.fire(0)
    assert house.runs()[0].state == "WAITING"
    await house.clear(ends)
    await house.tick(20)
    assert states(house.runs()[0]) == expected


async def test_the_kill_switch_stops_everything(tmp_path: Any) -> None:
    house = await House(tmp_path, WAITING).start()
    await house.fire(0)
    assert (await house.act(1, "reject", "playbook/*", op="stop")).ok
    assert house.runs()[0].state == "CANCELLED"
    await house.fire(2, entity="host/b")
    await house.start()
    await house.fire(3, entity="host/c")
    assert len(house.runs()) == 1, "also after a restart"
    await house.act(4, "approve", "playbook/*", op="go")
    await house.fire(5, entity="host/d")
    assert len(house.runs()) == 2


OUTSIDE = BOOK.replace(
    "{name: have, do: acknowledge}",
    '{name: call, do: http_request, timeout: 5s, retries: 1, with: {url: "URL/x?who={{ alert.entity }}", body: "{}"}}',
)


async def outside(tmp_path: Any, url: str, method: str = "POST") -> House:
    book = OUTSIDE.replace("URL", url).replace("body:", f"method: {method}, body:")
    return await House(tmp_path, book, live=True).start()


def runner_of(house: House) -> Runner:
    runner = Runner(house.config, house.engine.enter, lambda tenant: house.engine.now(tenant))
    house.engine.on_runs = runner.take
    return runner


async def test_a_step_that_leaves_the_engine_is_written_down_first_and_its_outcome_after(tmp_path: Any) -> None:
    async with Server() as server:
        house = await outside(tmp_path, server.url)
        await house.fire(0)
        (run,) = house.runs()
        assert (run.state, states(run)) == ("WAITING", ["DONE", "INTENT"])
        assert server.got == []
        runner = runner_of(house)
        runner.take(list(house.room.open.values()))
        await runner.settle()
        await runner.close()
    (run,) = house.runs()
    assert (run.state, states(run), run.steps[1].text) == ("SUCCESS", ["DONE", "DONE"], "HTTP 200")
    assert [request.headers["idempotency-key"] for request in server.got] == [run.steps[1].key]


@pytest.mark.parametrize(("method", "state", "calls"), [("POST", "UNKNOWN", 1), ("PUT", "SUCCESS", 2)])
async def test_a_crash_inside_a_step_never_repeats_what_may_not_be_repeated(
    method: str, state: str, calls: int, tmp_path: Any
) -> None:
    async with Server() as server:
        house = await outside(tmp_path, server.url, method)
        await house.fire(0)
        dying = Runner(house.config, _nobody, lambda tenant: 0)
        dying.take(list(house.room.open.values()))
        await server.until(1)
        await dying.close()
        await house.start()
        runner = runner_of(house)
        runner.take(list(house.room.open.values()), found=True)
        await runner.settle()
        (run,) = house.runs()
        assert run.state == state
        assert len(server.got) == calls
        assert len({request.headers["idempotency-key"] for request in server.got}) == 1
        if state == "UNKNOWN":
            assert (await house.act(5, "approve", f"run/{run.id}")).ok
            assert (house.runs()[0].state, len(server.got)) == ("SUCCESS", 1)
        await runner.close()


async def _nobody(make: Any) -> None:
    """The engine is gone before it hears of it."""


async def test_a_failed_call_is_tried_again_as_often_as_the_playbook_says(tmp_path: Any) -> None:
    async with Server(lambda request: Answer(503)) as server:
        house = await outside(tmp_path, server.url)
        runner = runner_of(house)
        await house.fire(0)
        await runner.settle()
        assert house.runs()[0].state == "WAITING"
        await house.tick(0.5)
        await runner.settle()
        await runner.close()
    (run,) = house.runs()
    assert (run.state, run.steps[1].attempt, len(server.got)) == ("PARTIAL", 2, 2)


async def test_in_a_replay_nothing_leaves_and_the_run_goes_on(tmp_path: Any) -> None:
    house = await House(tmp_path, OUTSIDE.replace("URL", "http://127.0.0.1:1")).start()
    await house.fire(0)
    (run,) = house.runs()
    assert (run.state, states(run), run.steps[1].text) == ("SUCCESS", ["DONE", "NOT_SENT"], "not sent: replay")


async def test_runs_are_exactly_taken_up_wherever_the_engine_stopped(tmp_path: Any) -> None:
    house = House(tmp_path, WAITING, BOOK.replace("playbook: try", "playbook: other").replace("mode: auto", ""))
    script = Script()
    for number in range(12):
        script.fire(at(number * 3), alert="LINK_DOWN", severity="HIGH", entity=f"host/{number % 4}")
        if number % 3 == 0:
            script.clear(at(number * 3 + 1), alert="LINK_DOWN", entity=f"host/{number % 4}")
    script.tick(at(300))

    async def run(cut: int, *, cleanly: bool) -> tuple[bytes, dict[int, bytes]]:
        store = MemoryStore()
        engine = await started(store, house.config)
        await play(engine, script.lines[:cut], 1)
        if cleanly:
            await engine.close()
        engine = await started(store, house.config)
        await play(engine, script.lines[cut:], 5)
        return engine.pipeline.snapshot().body, store.now.records["runs"]

    whole = await run(0, cleanly=True)
    assert len(whole[1]) > 5
    for cut in (1, 5, 9, len(script.lines) - 1):
        for cleanly in (True, False):
            assert await run(cut, cleanly=cleanly) == whole
