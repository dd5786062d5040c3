"""A crash inside every step of every action, at every moment: before and after each commit, while the action is done,
and once it is done and nobody has written it down. What may not be done twice never is; what may is resumed by its key;
and what only changes the engine comes out as if nothing had happened."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from data.records.outbox import Notification
from data.store import Commit
from engine import pipeline
from engine.respond.actions.specs import SPECS, repeatable
from engine.respond.runner import Runner
from engine.settings import Config
from engine.settings.notify import Notify, Receiver
from engine.settings.playbooks import PlaybookSettings, Program
from tests.engine.respond.house import House, states
from tests.engine.respond.test_dispatch import ALERTS
from tests.support.fakes.http import Answer, Request, Server
from tests.support.memory import MemoryStore
from tests.support.recordings import Script, at

BOOK = """
playbook: try
version: 1
title: A try
trigger: {on: alert, types: [LINK_DOWN]}
mode: auto
steps:
  - {name: first, do: FIRST}
  - {name: tried, do: ACTION, with: PARAMS, timeout: 60s, retries: 2, on_failure: continue}
  - {name: last, do: silence, with: {lasts: 1h}}
"""
PARAMS: dict[str, dict[str, Any]] = {
    "send_notification": {"text": "look at {{ alert.entity }}"},
    "create_ticket": {"title": "{{ alert.entity }}"},
    "update_ticket": {"note": "seen", "priority": "HIGH"},
    "assign_resource": {"to": "person/P7"},
    "collect_diagnostics": {},
    "wait_for_condition": {"until": "resolved"},
    "resolve": {},
    "acknowledge": {},
    "silence": {"lasts": "30m"},
    "verification_call": {"person": "P7", "script": "Are you well?"},
    "http_request": {"url": "URL/do", "body": "{}"},
    "run_command": {"program": "tool", "arguments": ["A-7"]},
}
OUTSIDE = [name for name, spec in SPECS.items() if spec.outside]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CASES = [(name, {"method": method}) for name in OUTSIDE if name == "http_request" for method in METHODS]
CASES += [(name, {}) for name in OUTSIDE if name != "http_request"]


class Died(Exception):
    """The process is gone."""


class Mortal(MemoryStore):
    """Dies before or after its nth commit, once."""

    def __init__(self) -> None:
        super().__init__()
        self.commits = 0
        self.dies: tuple[int, str] | None = None

    async def commit(self, commit: Commit) -> None:
        self.commits += 1
        now, side = self.dies or (0, "")
        if now == self.commits and side == "before":
            raise Died
        await super().commit(commit)
        if now == self.commits and side == "after":
            raise Died


class World:
    """An engine with one playbook, what it reaches outside, and the sender, who repeats what was not acknowledged."""

    def __init__(self, folder: Path, action: str, more: dict[str, Any], server: Server) -> None:
        self.marks = folder / "marks"
        tool = folder / "tool"
        tool.write_text(f"#!/bin/sh\necho done >> {self.marks}\n")
        tool.chmod(0o755)
        params = msgspec.json.encode({**PARAMS[action], **more}).decode().replace("URL", server.url)
        first = "create_ticket, with: {title: x}" if action == "update_ticket" else "collect_diagnostics"
        book = BOOK.replace("FIRST", first).replace("ACTION", action).replace("PARAMS", params)
        (folder / "try.yaml").write_text(book)
        self.server = server
        self.house = House(folder, live=True)
        acts = PlaybookSettings(
            auto=True, shipped=False, folder=str(folder), calls=f"{server.url}/calls",
            programs=(Program("tool", str(tool), ("[A-Z0-9-]{1,9}",)),),
        )  # fmt: skip
        desk = Receiver("desk", "webhook", server.url)
        self.house.config = Config(playbooks=acts, notify=Notify(receivers=(desk,)), alerts=ALERTS)
        self.store = self.house.store = Mortal()
        self.runner: Runner
        self.deaths = 0

    async def start(self) -> None:
        await self.house.start()
        self.runner = Runner(self.house.config, self.house.engine.enter, lambda tenant: self.house.engine.now(tenant))
        self.house.engine.on_runs = self.runner.take
        self.runner.take(list(self.house.room.open.values()) if self._begun() else [], found=True)

    def _begun(self) -> bool:
        return "default" in self.house.engine.pipeline.partitions

    async def deliver(self, line: bytes) -> None:
        """Until it is acknowledged, and what leaves the engine because of it has been carried out."""
        for _ in range(3):
            script = Script()
            script.lines = [line]
            try:
                await self.house.send(script)
                await self.settle()
                return
            except Died:
                await self.die()

    async def settle(self) -> None:
        results = await asyncio.gather(*self.runner._tasks.values(), return_exceptions=True)
        if any(isinstance(result, Died) for result in results):
            raise Died
        await asyncio.sleep(0)

    async def die(self) -> None:
        """Everything in memory is gone; another process begins."""
        self.deaths += 1
        self.store.dies = None
        await self.runner.close()
        try:
            await self.start()
            await self.settle()
        except Died:
            await self.die()

    async def live(self) -> None:
        """An alert that fires, and ends half a minute later."""
        script = Script(prefix="c")
        script.fire(at(0), alert="LINK_DOWN", entity="host/a")
        script.tick(at(0.2))
        script.clear(at(0.5), alert="LINK_DOWN", entity="host/a")
        script.tick(at(200))
        await self.start()
        for line in script.lines:
            await self.deliver(line)
        await self.runner.close()

    def deeds(self) -> int:
        """How often the action was done outside."""
        if self.marks.exists():
            return len(self.marks.read_text().splitlines())
        return len(self.server.got)

    def fate(self) -> tuple[str, list[str]]:
        (run,) = self.house.runs()
        return run.state, states(run)


def answers(request: Request) -> Answer:
    return Answer(body=b'{"answer": "CONFIRMED"}')


def moments(commits: int) -> list[tuple[int, str]]:
    return [(number, side) for number in range(1, commits + 1) for side in ("before", "after")]


@pytest.fixture(params=[1, 30_000], ids=["from a snapshot", "from the journal"])
def _snapshots(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "SNAPSHOT_EVERY", request.param)


def test_every_action_is_tried() -> None:
    assert set(PARAMS) == set(SPECS)


@pytest.mark.usefixtures("_snapshots")
@pytest.mark.parametrize("action", [name for name, spec in SPECS.items() if not spec.outside])
async def test_what_changes_the_engine_comes_out_as_if_nothing_had_happened(action: str, tmp_path: Path) -> None:
    async with Server(answers) as server:
        whole = World(tmp_path, action, {}, server)
        await whole.live()
        assert whole.fate() == ("SUCCESS", ["DONE"] * 3)
        for moment in moments(whole.store.commits):
            world = World(tmp_path, action, {}, server)
            world.store.dies = moment
            await world.live()
            assert world.deaths == 1, moment
            assert world.store.rows() == whole.store.rows(), moment


@pytest.mark.usefixtures("_snapshots")
@pytest.mark.parametrize("action", [name for name, spec in SPECS.items() if not spec.outside])
async def test_a_death_in_the_middle_of_an_action_leaves_nothing_of_it(action: str, tmp_path: Path) -> None:
    """The process dies right behind the deed, before its batch is committed."""
    async with Server(answers) as server:
        whole, world = (World(tmp_path, action, {}, server) for _ in range(2))
        await whole.live()
        start = world.start

        async def dying() -> None:
            await start()
            if world.deaths == 0:
                ways = world.house.engine.pipeline.partition("default").playbooks.steps.inside._ways
                ways[action] = _then_die(ways[action])

        world.start = dying  # type: ignore[method-assign]
        await world.live()
        assert world.deaths == 1
        assert world.store.rows() == whole.store.rows()


def _then_die(way: Callable[..., Any]) -> Callable[..., Any]:
    def do(*given: Any) -> Any:
        way(*given)
        raise Died

    return do


@pytest.mark.usefixtures("_snapshots")
@pytest.mark.parametrize(("action", "more"), CASES)
async def test_what_leaves_the_engine_is_not_done_twice_unless_that_is_the_same_as_once(
    action: str, more: dict[str, Any], tmp_path: Path
) -> None:
    async with Server(answers) as server:
        whole = World(tmp_path, action, more, server)
        await whole.live()
        assert (whole.fate(), whole.deeds()) == (("SUCCESS", ["DONE"] * 3), 1)
        fates: Counter[str] = Counter()
        for moment in moments(whole.store.commits):
            server.got.clear()
            whole.marks.unlink(missing_ok=True)
            world = World(tmp_path, action, more, server)
            world.store.dies = moment
            await world.live()
            assert world.deaths == 1, moment
            fates[await judged(world, repeatable(action, {**PARAMS[action], **more}))] += 1
        assert (fates["UNKNOWN"] == 0) is repeatable(action, {**PARAMS[action], **more})
        assert fates["DONE"] > fates["UNKNOWN"]


async def judged(world: World, again: bool) -> str:
    """The state of the step behind the crash, which has to fit what was done outside; where it is not known a person
    says so, and the run goes on without another deed."""
    keys = {request.headers["idempotency-key"] for request in world.server.got}
    assert len(keys) <= 1
    state, steps = world.fate()
    if again:
        assert (state, steps[1], world.deeds() in (1, 2)) == ("SUCCESS", "DONE", True)
        return "DONE"
    assert world.deeds() <= 1
    if state == "UNKNOWN":
        assert steps == ["DONE", "UNKNOWN", "PLANNED"]
        (run,) = world.house.runs()
        await world.start()
        done = world.deeds()
        word = "approve" if done else "reject"
        assert (await world.house.act(201, word, f"run/{run.id}")).ok
        await world.house.tick(201.3)  # the time of a retry
        await world.settle()
        await world.runner.close()
        assert world.fate()[1][:2] == ["DONE", "DONE"], "the run goes on"
        assert world.deeds() == 1, "done before, or now that a person has said that it was not"
        return "UNKNOWN"
    assert (steps[1], world.deeds()) == ("DONE", 1)
    return "DONE"


@pytest.mark.usefixtures("_snapshots")
@pytest.mark.parametrize(("action", "more"), [case for case in CASES if case[0] != "run_command"])
async def test_a_death_while_the_other_side_is_at_it(action: str, more: dict[str, Any], tmp_path: Path) -> None:
    """The request has arrived, the answer has not."""
    async with Server(answers) as server:
        world = World(tmp_path, action, more, server)

        async def dies(request: Request) -> Answer:
            server.behave = answers
            for task in world.runner._tasks.values():
                task.cancel()  # nothing of it goes on; what it would have written down is not written
            await asyncio.sleep(0)
            return Answer(hang=True)

        server.behave = dies
        script = Script(prefix="c")
        script.fire(at(0), alert="LINK_DOWN", entity="host/a")
        await world.start()
        await world.deliver(script.lines[0])
        await world.die()
        assert len(server.got) == (2 if repeatable(action, {**PARAMS[action], **more}) else 1)
        await judged(world, repeatable(action, {**PARAMS[action], **more}))
        await world.runner.close()


async def test_messages_of_playbooks_are_rows_of_the_outbox_and_only_once(tmp_path: Path) -> None:
    """Their delivery is the hub's: `test_courier` and `test_hub_outage`."""
    async with Server(answers) as server:
        for moment in (None, (1, "after"), (2, "before")):
            world = World(tmp_path, "send_notification", {}, server)
            world.store.dies = moment
            await world.live()
            bodies = world.store.now.records["outbox"].values()
            found = [msgspec.msgpack.decode(body, type=Notification) for body in bodies]
            assert [row.text for row in found if row.kind == "message"] == ["look at host/a"]
