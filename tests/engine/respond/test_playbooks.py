"""Playbooks at work in an engine: what triggers them, who allows them, what they do, and what keeps them back."""

from typing import Any

import msgspec
import pytest

from data.records.run import Run
from data.records.severity import LEVELS
from engine.respond.contacts import LIVE
from engine.respond.playbooks.document import read_text
from engine.respond.playbooks.library import Library, check, library_of
from engine.respond.runner import Runner
from engine.runtime import Engine
from engine.settings import Config
from engine.settings.playbooks import PlaybookSettings
from engine.views import Outcome
from tests.engine.respond.test_dispatch import ALERTS
from tests.support.fakes.http import Answer, Server
from tests.support.memory import MemoryStore
from tests.support.recordings import Script, at, play, started

BOOK = """
playbook: try
version: 1
title: A try
trigger: {on: alert, types: [LINK_DOWN], severity: MEDIUM, when: "alert.site == 'S1'"}
mode: auto
limits: {cool_down: 10m, per_hour: 5, concurrent: 3, sites_per_hour: 2, again: 3}
steps:
  - {name: ticket, do: create_ticket, with: {title: "{{ entity.ref }} at {{ site.id }}", priority: HIGH},
     undo: {do: update_ticket, with: {status: CANCELLED}}}
  - {name: have, do: acknowledge}
"""


class House:
    """An engine over memory, with playbooks of a folder; minutes from the test's day on."""

    def __init__(self, folder: Any, *books: str, live: bool = False, **settings: Any) -> None:
        for place, text in enumerate(books):
            (folder / f"{place}.yaml").write_text(text)
        given = {"auto": True, "shipped": False, "folder": str(folder), **settings}
        self.config = Config(playbooks=PlaybookSettings(**given), alerts=ALERTS)
        self.store = MemoryStore()
        self.live = live
        self.engine: Engine
        self._made = 0

    async def start(self) -> "House":
        self.engine = Engine(self.store, self.config, contacts=LIVE if self.live else None)
        await self.engine.recover()
        assert self.engine.meters.note == ""
        return self

    async def send(self, script: Script) -> Outcome | None:
        from engine.intake import read

        lines, script.lines = script.lines, []
        outcome = None
        for line in lines:
            (answer,) = await self.engine.process([read([line], "test", at())], at())
            outcome = answer.outcomes[0] if answer.outcomes else outcome
        return outcome

    async def fire(self, minute: float, alert: str = "LINK_DOWN", entity: str = "host/a", **data: Any) -> None:
        self._made += 1
        script = Script(prefix=f"h{self._made}-")
        script.fire(at(minute), alert=alert, entity=entity, **{"severity": "MEDIUM", **data})
        await self.send(script)

    async def clear(self, minute: float, alert: str = "LINK_DOWN", entity: str = "host/a") -> None:
        self._made += 1
        script = Script(prefix=f"h{self._made}-")
        script.clear(at(minute), alert=alert, entity=entity)
        await self.send(script)

    async def tick(self, minute: float) -> None:
        self._made += 1
        script = Script(prefix=f"h{self._made}-")
        script.tick(at(minute))
        await self.send(script)

    async def act(self, minute: float, action: str, target: str, actor: str = "ann", **params: Any) -> Outcome:
        self._made += 1
        script = Script(prefix=f"h{self._made}-")
        data = {"target": target, "action": action, "actor": actor, "params": params}
        script.add("operator.acted", at(minute), data)
        outcome = await self.send(script)
        assert outcome is not None
        return outcome

    def runs(self) -> list[Run]:
        found = [msgspec.msgpack.decode(body, type=Run) for body in self.store.now.records["runs"].values()]
        return sorted(found, key=lambda run: run.number)

    @property
    def room(self) -> Any:
        return self.engine.pipeline.partitions["default"].playbooks


def states(run: Run) -> list[str]:
    return [step.state for step in run.steps]


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


def test_the_shipped_ones_are_sound_and_enough() -> None:
    library = library_of(Config())
    assert library.problems == []
    assert len(library.playbooks) >= 10


SAMPLES = [
    ("device_offline", "alert", "DEVICE_OFFLINE"), ("camera_stream_lost", "alert", "CAMERA_STREAM_LOST"),
    ("battery_low", "alert", "DEVICE_BATTERY_LOW"), ("staffing_gap", "alert", "NO_SHOW"),
    ("attendance_fraud", "alert", "BUDDY_PUNCHING"), ("network_down", "incident", "SWITCH_DOWN"),
    ("service_down", "incident", "SERVICE_DOWN"),
    ("service_degraded", "incident", "SERVICE_ERRORS_HIGH"), ("disk_full", "incident", "DISK_FULL"),
    ("overheating", "incident", "COOLING_FAILED"), ("guard_inactive", "finding", "GUARD_INACTIVITY"),
    ("tour_overdue", "finding", "TOUR_OVERDUE"), ("task_overdue", "finding", "TASK_OVERDUE"),
    ("emergency_ticket", "finding", "EMERGENCY_TICKET_UNASSIGNED"), ("site_silent", "finding", "SILENT_SITE"),
    ("sla_breach_ahead", "prediction", "SLA_BREACH_PREDICTED"),
    ("device_failure_ahead", "prediction", "DEVICE_FAILURE_PREDICTED"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "on", "kind"), SAMPLES)
async def test_each_shipped_one_runs_on_what_it_is_for(name: str, on: str, kind: str, tmp_path: Any) -> None:
    from engine.detect.report import Found

    house = await House(tmp_path, shipped=True).start()
    part = house.engine.pipeline.partition("default")
    if on == "finding":
        people = Script(prefix="who")
        people.add("site.upserted", at(-1), {"id": "S1", "client": "C1", "in_charge": "P7"})
        await house.send(people)
        part._decide(Found("k", kind, "SECURITY", 5, at(0), "a title", {"n": 1}, "S1", "P1"), 0)
        await house.tick(1)
    else:
        labels = {"prediction": "P-1"} if on == "prediction" else {}
        count = 6 if on == "incident" else 1
        for number in range(count):
            alert = kind if number == 0 else f"BEHIND_{number}"
            await house.fire(number / 10, alert, severity="CRITICAL", labels=labels, entity=f"device/D{number}")
    (run, *_) = [run for run in house.runs() if run.playbook == name]
    assert run.target.startswith("alert/" if on == "prediction" else f"{on}/")
    if run.state == "PROPOSED":
        assert (await house.act(20, "approve", f"run/{run.id}", actor="bob", plan=run.plan)).ok
    await house.tick(600)
    (run, *_) = [run for run in house.runs() if run.playbook == name]
    assert run.ended_at is not None
    assert "DONE" in states(run)
    assert "{{" not in str([step.params for step in run.steps])


def test_every_shipped_one_has_a_sample() -> None:
    assert {name for name, _, _ in SAMPLES} == set(library_of(Config()).playbooks)


@pytest.mark.parametrize(
    ("change", "line", "text"),
    [
        (("version: 1", "version: one"), 2, "expected `int`"),
        (("on: alert", "on: weather"), 4, "trigger.on: invalid enum value"),
        (("alert.site == 'S1'", "alrt.site == 'S1'"), 4, "undeclared reference to 'alrt.site'"),
        (("alert.site == 'S1'", "alert.site =="), 4, "Syntax error"),
        (("alert.site == 'S1'", "severity + 1"), 4, "is no question"),
        (("do: acknowledge", "do: knowledge"), 10, "there is no action 'knowledge'"),
        (("priority: HIGH", "priority: HUGE"), 8, "priority"),
        (("priority: HIGH", "prio: HIGH"), 8, "unknown field `prio`"),
        (("{{ entity.ref }}", "{{ entty.name }}"), 8, "there is no `entty.name`"),
        (("{{ entity.ref }}", "{{ __import__('os') }}"), 8, "is no place for a fact"),
        (("cool_down: 10m", "cool_down: soon"), 6, "'soon' is no time"),
        (("mode: auto", "mode: auto\nmode: auto"), 6, "'mode' stands twice"),
        (("title: A try", "title: &x A try"), 3, "anchors and aliases"),
        (("title: A try", "title: !!python/object/apply:os.system [ls]"), 3, "tags such as"),
        (("title: A try", "title: [[[[[[[[[[[[[[1]]]]]]]]]]]]]]"), 3, "nested too deeply"),
        (("playbook: try", "playbook: Try It"), 1, "small letters"),
        (("{name: have, do: acknowledge}", "{do: run_command, with: {program: sh, arguments: [-c, ls]}}"), 10,
         "is not in playbooks.programs"),
        (("{name: have, do: acknowledge}", "{do: send_notification, with: {text: x, to: [desk]}}"), 10,
         "there is no receiver 'desk'"),
    ],
)  # fmt: skip
def test_problems_are_told_with_their_line(change: tuple[str, str], line: int, text: str) -> None:
    body = BOOK.lstrip()
    assert change[0] in body
    source, problems = read_text(body.replace(*change).encode(), "try.yaml")
    if source is not None:
        problems = [*problems, *check(source, PlaybookSettings(), frozenset())]
    assert problems, "nothing was found wrong"
    assert any(one.line == line and text in one.text for one in problems), [str(one) for one in problems]


def test_severities_of_expressions_are_those_of_the_wire() -> None:
    assert Library(PlaybookSettings()).playbooks["device_offline"].trigger.severity in LEVELS
