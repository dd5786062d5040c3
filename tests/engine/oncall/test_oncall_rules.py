"""`noc config check` on schedules and policies: file, line, what is wrong and what to write."""

from pathlib import Path

import pytest

from engine import settings


def said(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "noc.yaml"
    file.write_text(text)
    return [f"{one.severity} {str(one).removeprefix(str(file))}" for one in settings.check(file, {})]


def schedule(*lines: str) -> str:
    return "oncall:\n  schedules:\n    - name: desk\n" + "".join(f"      {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["layers: []"], "error :3: oncall.schedules[0]: nobody is ever on call in 'desk'"),
        (["layers: [{name: a, people: []}]"], "error :4: oncall.schedules[0].layers[0].people: nobody takes turns"),
        (
            ["layers:", "  - {name: a, people: [P1], handover: '9 am'}"],
            "error :5: oncall.schedules[0].layers[0].handover: '9 am' is no time of day; write it such as 09:00",
        ),
        (
            ["layers:", "  - {name: a, people: [P1], start: 2026-02-30}"],
            "error :5: oncall.schedules[0].layers[0].start: '2026-02-30' is no date",
        ),
        (
            ["layers:", "  - {name: a, people: [P1], start: 2026-02-03, until: 2026-02-03}"],
            "error :5: oncall.schedules[0].layers[0].until: it ends before it begins",
        ),
        (
            ["timezone: Europe/Berlim", "layers: [{name: a, people: [P1]}]"],
            "error :4: oncall.schedules[0].timezone: 'Europe/Berlim' is no time zone; did you mean 'Europe/Berlin'?",
        ),
        (
            ["layers: [{name: a, people: [P1]}, {name: a, people: [P2]}]"],
            "error :4: oncall.schedules[0].layers[1].name: a second layer called 'a'",
        ),
        (
            ["layers: [{name: first, people: [P1]}]", "overrides:", "  - {person: P2, start: soon, end: later}"],
            "error :6: oncall.schedules[0].overrides[0].start: 'soon' is no time",
        ),
        (
            [
                "layers: [{name: first, people: [P1]}]",
                "overrides: [{person: P2, start: 2026-01-01, end: 2026-01-02, layer: frist, instead_of: P3}]",
            ],
            "error :5: oncall.schedules[0].overrides[0].layer: there is no layer 'frist'; did you mean 'first'?",
        ),
        (
            ["appointments: [{person: P1, start: 2026-01-01, end: 2026-01-02, repeat: FREQ=HOURLY}]"],
            "error :4: oncall.schedules[0].appointments[0].repeat: 'FREQ=HOURLY' cannot be used",
        ),
        (
            ["layers: [{name: a, people: [P1], days: [mon]}]"],
            "warning :3: oncall.schedules[0]: in the next 14 days nobody of 'desk' is on call",
        ),
    ],
)
def test_a_schedule_is_refused_or_warned_of_where_it_is_written(tmp_path: Path, lines: list[str], problem: str) -> None:
    found = said(tmp_path, schedule(*lines))
    assert any(one.startswith(problem) for one in found), found


def test_gaps_that_are_meant_and_schedules_without_any_are_in_order(tmp_path: Path) -> None:
    meant = schedule("continuous: false", "layers: [{name: a, people: [P1], days: [mon]}]")
    assert said(tmp_path, meant) == []
    assert said(tmp_path, schedule("layers: [{name: a, people: [P1, P2]}]")) == []


def policies(*lines: str) -> str:
    return "escalation:\n  policies:\n" + "".join(f"    - {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["{name: a, steps: []}"], "error :3: escalation.policies[0].steps: tells nobody"),
        (["{name: a, steps: [{to: []}]}"], "error :3: escalation.policies[0].steps[0].to: tells nobody"),
        (
            ["{name: a, steps: [{to: [oncal]}]}"],
            "error :3: escalation.policies[0].steps[0].to[0]: 'oncal' is no target; did you mean 'oncall'?",
        ),
        (
            ["{name: a, steps: [{to: [schedule/desk]}]}"],
            "error :3: escalation.policies[0].steps[0].to[0]: there is no schedule 'desk'; add it to oncall.schedules",
        ),
        (
            ["{name: a, match: 'severty>=high', steps: [{to: [oncall]}]}"],
            "error :3: escalation.policies[0].match: in `severty>=high`: ",
        ),
        (
            ["{name: a, steps: [{to: [oncall]}]}", "{name: b, steps: [{to: [oncall]}]}"],
            "warning :4: escalation.policies[1]: never used: 'a' before it takes every item",
        ),
    ],
)
def test_a_policy_is_refused_or_warned_of_where_it_is_written(tmp_path: Path, lines: list[str], problem: str) -> None:
    found = said(tmp_path, policies(*lines))
    assert any(one.startswith(problem) for one in found), found


def test_targets_of_every_kind_are_taken(tmp_path: Path) -> None:
    text = policies("{name: a, steps: [{to: [oncall, person/P1, role/guard, in_charge, everybody, schedule/desk]}]}")
    assert said(tmp_path, schedule("layers: [{name: a, people: [P1]}]") + text) == []
