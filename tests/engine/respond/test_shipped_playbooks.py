"""The playbooks that come with noc each run on what they are for; what is wrong in a file is told with its line."""

from typing import Any

import pytest

from data.records.severity import LEVELS
from engine.respond.playbooks.document import read_text
from engine.respond.playbooks.library import Library, check, library_of
from engine.settings import Config
from engine.settings.playbooks import PlaybookSettings
from tests.engine.respond.house import BOOK, House, states
from tests.support.recordings import Script, at


def test_the_shipped_ones_are_sound_and_enough() -> None:
    library = library_of(Config())
    assert library.problems == []
    assert len(library.playbooks) >= 10


SAMPLES = [
    ("device_offline", "alert", "DEVICE_OFFLINE"), ("camera_stream_lost", "alert", "CAMERA_STREAM_LOST"),
    ("battery_low", "alert", "DEVICE_BATTERY_LOW"), ("staffing_gap", "alert", "NO_SHOW"),
    ("threat_near", "alert", "THREAT_WEATHER"),
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
        (("{name: have, do: acknowledge}", "{do: http_request, with: {url: 'https://{{ entity.name }}/x'}}"), 10,
         "a fact must not say where a request goes"),
        (("{name: have, do: acknowledge}", "{do: http_request, with: {url: '{{ labels.url }}'}}"), 10,
         "a fact must not say where a request goes"),
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
