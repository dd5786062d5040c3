"""What happens when a step fails: tried again, or not; the run stopped, gone on with, or taken back; and the
kill switch."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from data.records.run import Run
from data.times import SECOND
from engine.respond.playbooks.document import read_text
from engine.respond.playbooks.library import check
from engine.respond.runner import Runner
from engine.settings.playbooks import PlaybookSettings, Program
from tests.engine.respond.house import BOOK, House, states
from tests.engine.respond.test_playbooks import outside, runner_of
from tests.support.fakes.http import Answer, Request, Server

HEAD, _, _ = BOOK.partition("steps:")


def book(*steps: str) -> str:
    return HEAD + "steps:\n" + "".join(f"  - {step}\n" for step in steps)


@pytest.mark.parametrize(
    ("method", "answer", "tries"),
    [
        ("POST", Answer(503), 2),  # it says itself that it has not done it
        ("POST", Answer(drop=True), 1),  # the request has arrived, and nobody knows what became of it
        ("POST", Answer(504), 1),  # somebody in between, who does not know either
        ("PUT", Answer(drop=True), 2),
        ("GET", Answer(504), 2),
    ],
)
async def test_what_may_have_been_done_is_not_tried_again(
    method: str, answer: Answer, tries: int, tmp_path: Path
) -> None:
    async with Server(lambda request: answer) as server:
        house = await outside(tmp_path, server.url, method)
        run = await _tried(house)
    assert (len(server.got), run.steps[1].attempt) == (tries, tries)
    assert (run.state, states(run)) == ("PARTIAL", ["DONE", "FAILED"])
    assert len({request.headers["idempotency-key"] for request in server.got}) == 1


async def test_where_nothing_was_reached_nothing_was_done(tmp_path: Path) -> None:
    async with Server() as server:
        house = await outside(tmp_path, server.url)
    run = await _tried(house)
    assert run.steps[1].attempt == 2


async def _tried(house: House) -> Run:
    runner = runner_of(house)
    await house.fire(0)
    await runner.settle()
    await house.tick(0.5)
    await runner.settle()
    await house.tick(2)
    await runner.close()
    (run,) = house.runs()
    return run


async def test_the_pause_before_each_try_is_twice_the_one_before(tmp_path: Path) -> None:
    text = book("{name: call, do: http_request, retries: 3, with: {url: 'URL/x'}}")
    async with Server(lambda request: Answer(503)) as server:
        house = await House(tmp_path, text.replace("URL", server.url), live=True).start()
        runner = runner_of(house)
        await house.fire(0)
        waits = []
        now = 0.0
        for _ in range(3):
            await runner.settle()
            (run,) = house.runs()
            due = run.steps[0].due
            assert due is not None
            waits.append(round(due / SECOND - house.engine.now() / SECOND))
            now += waits[-1] / 60 + 0.001
            await house.tick(now)
        await runner.settle()
        await runner.close()
    assert waits == [10, 20, 40]
    assert (house.runs()[0].state, len(server.got)) == ("FAILED", 4)


@pytest.mark.parametrize(
    ("how", "state", "expected"),
    [
        ("on_failure: stop", "PARTIAL", ["DONE", "FAILED", "SKIPPED"]),
        ("on_failure: continue", "PARTIAL", ["DONE", "FAILED", "DONE"]),
        ("critical: true", "FAILED", ["DONE", "FAILED", "SKIPPED"]),
        ("critical: true, on_failure: continue", "FAILED", ["DONE", "FAILED", "SKIPPED"]),
        ("on_failure: compensate", "FAILED", ["UNDONE", "FAILED", "SKIPPED"]),
    ],
)
async def test_what_follows_a_step_that_failed(how: str, state: str, expected: list[str], tmp_path: Path) -> None:
    text = book(
        "{do: create_ticket, with: {title: x}, undo: {do: update_ticket, with: {status: CANCELLED}}}",
        f"{{do: assign_resource, {how}}}",  # nobody is in charge
        "{do: acknowledge}",
    )
    house = await House(tmp_path, text).start()
    await house.fire(0)
    (run,) = house.runs()
    assert (run.state, states(run)) == (state, expected)


TAKE_BACK = book(
    "{name: ticket, do: create_ticket, with: {title: x}, undo: {do: update_ticket, with: {status: CANCELLED}}}",
    "{name: 'on', do: http_request, with: {url: 'URL/on', method: PUT},"
    " undo: {do: http_request, with: {url: 'URL/off', method: PUT}}}",
    "{name: whom, do: assign_resource, on_failure: compensate}",
    "{name: never, do: acknowledge}",
)


@pytest.mark.parametrize("dies", [False, True])
async def test_what_left_the_engine_is_taken_back_outside_too_each_written_down_first(
    dies: bool, tmp_path: Path
) -> None:
    async with Server() as server:
        house = await House(tmp_path, TAKE_BACK.replace("URL", server.url), live=True).start()
        runner = runner_of(house)
        await house.fire(0)
        if dies:
            server.behave = lambda request: Answer(hang="off" in request.path)
            await server.until(2)
            await runner.close()
            server.behave = lambda request: Answer()
            await house.start()
            runner = runner_of(house)
            runner.take(list(house.room.open.values()), found=True)
        await runner.settle()
        await runner.close()
    (run,) = house.runs()
    assert [(step.name, step.state) for step in run.steps] == [
        ("ticket", "UNDONE"), ("on", "UNDONE"), ("whom", "FAILED"), ("never", "SKIPPED"),
        ("undo on", "DONE"), ("undo ticket", "DONE"),
    ]  # fmt: skip
    assert run.state == "FAILED"
    assert run.text == "whom: in_charge names nobody; what was done before is undone"
    assert [request.path for request in server.got] == ["/on", *["/off"] * (1 + dies)]
    assert len({request.headers["idempotency-key"] for request in server.got}) == 2
    (ticket,) = house.engine.pipeline.partitions["default"].registry.kinds["ticket"].values()
    assert ticket.attributes["status"] == "CANCELLED"


async def test_what_cannot_be_taken_back_does_not_keep_the_rest_from_it(tmp_path: Path) -> None:
    def behave(request: Request) -> Answer:
        return Answer(500 if "off" in request.path else 200)

    async with Server(behave) as server:
        house = await House(tmp_path, TAKE_BACK.replace("URL", server.url), live=True).start()
        runner = runner_of(house)
        await house.fire(0)
        await runner.settle()
        await runner.close()
    (run,) = house.runs()
    assert [step.state for step in run.steps] == ["UNDONE", "DONE", "FAILED", "SKIPPED", "FAILED", "DONE"]
    assert "could not be undone: HTTP 500" in run.steps[1].text


def test_waiting_takes_nothing_back() -> None:
    text = book("{do: acknowledge, undo: {do: wait_for_condition}}")
    source, _ = read_text(text.encode(), "try.yaml")
    assert source is not None
    (problem,) = check(source, PlaybookSettings(), frozenset())
    assert (problem.line, problem.text) == (9, "steps[0].undo.do: waiting takes nothing back")


async def test_the_kill_switch_ends_what_is_being_carried_out_and_what_waits_for_its_turn(tmp_path: Path) -> None:
    """Of ten calls eight go abreast; the two behind them are never made."""
    head = BOOK.replace("per_hour: 5, concurrent: 3, sites_per_hour: 2", "per_hour: 50, concurrent: 50")
    text = head.partition("steps:")[0] + "steps:\n  - {do: http_request, with: {url: 'URL/x'}}\n"
    async with Server(lambda request: Answer(hang=True)) as server:
        house = await House(tmp_path, text.replace("URL", server.url), live=True).start()
        runner = runner_of(house)
        for number in range(10):
            await house.fire(number / 100, entity=f"host/{number}")
        await server.until(8)
        assert (await house.act(1, "reject", "playbook/*", op="stop")).ok
        await runner.settle()
        await runner.close()
    assert len(server.got) == 8
    assert {(run.state, run.steps[0].state) for run in house.runs()} == {("CANCELLED", "UNKNOWN")}


async def test_the_kill_switch_ends_a_program_with_its_children(tmp_path: Path) -> None:
    tool, marks = tmp_path / "tool", tmp_path / "marks"
    tool.write_text(f"#!/bin/sh\necho begun >> {marks}\n(/bin/sleep 300; echo later >> {marks})\n")
    tool.chmod(0o755)
    acts: dict[str, Any] = {"programs": (Program("tool", str(tool), ()),)}
    text = book("{do: run_command, with: {program: tool}, timeout: 5m}")
    house = await House(tmp_path, text, live=True, **acts).start()
    runner: Runner = runner_of(house)
    await house.fire(0)
    async with asyncio.timeout(20):
        while not marks.exists():  # noqa: ASYNC110  another process makes it
            await asyncio.sleep(0.005)
    assert (await house.act(1, "reject", "playbook/*", op="stop")).ok
    async with asyncio.timeout(20):
        await runner.settle()  # the program does not keep it for five minutes
    await runner.close()
    assert marks.read_text() == "begun\n"
