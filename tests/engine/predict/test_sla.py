"""Tickets: looked at when WIRE.md says, warned of once, settled by what truly happened."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from data import times
from data.times import HOUR, MINUTE
from engine.settings import Config
from engine.settings.predict import PredictSettings, PredictSlaSettings
from tests.engine.predict.desk import foreseen, play
from tests.support.recordings import Script, at

EAGER = Config(predict=PredictSettings(sla=PredictSlaSettings(warn_from=0.1)))


def ticket(script: Script, kind: str, minute: float, **data: object) -> None:
    script.add(f"ticket.{kind}", at(minute), {"id": "T1", **data}, subject="ticket/T1")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/noc.db"


def test_a_ticket_is_looked_at_when_it_comes_at_each_event_and_every_quarter(url: str, tmp_path: Path) -> None:
    script = Script()
    ticket(script, "created", 3, deadline=times.text(at(120)), priority="HIGH", group="desk")
    ticket(script, "updated", 40, assignee="P1", status="ASSIGNED")
    script.tick(at(200))
    play(url, script.lines, tmp_path / "a.jsonl")
    found = foreseen(url, all_scores=True)
    assert [row["made_at"][11:16] for row in found] == [
        "00:03", "00:15", "00:30", "00:40", "00:45", "01:00", "01:15", "01:30", "01:45",
    ]  # fmt: skip
    assert {row["entity"] for row in found} == {"ticket/T1"}
    assert all(row["deadline"] == times.text(at(120)) for row in found)
    assert all(row["outcome"] is True and row["settled_at"] == times.text(at(120)) for row in found)
    assert found[-1]["probability"] > found[0]["probability"]  # time runs out
    assert all(row["model_version"] is None for row in found)


def test_one_prediction_for_a_ticket_whatever_is_told_of_it(url: str, tmp_path: Path) -> None:
    script = Script()
    ticket(script, "created", 0, deadline=times.text(at(300)))
    for minute in range(5, 100, 5):
        ticket(script, "updated", minute, priority="HIGH" if minute % 2 else "LOW")
    script.tick(at(400))
    play(url, script.lines, tmp_path / "a.jsonl", EAGER)
    (row,) = foreseen(url)
    assert row["alerted"] is True
    assert row["outcome"] is True
    assert row["advice"]
    assert row["reasons"]


def test_the_word_of_the_source_counts_over_what_the_deadline_said(url: str, tmp_path: Path) -> None:
    script = Script()
    ticket(script, "created", 0, deadline=times.text(at(60)))
    script.tick(at(90))
    ticket(script, "closed", 100, sla_met=True)
    play(url, script.lines, tmp_path / "a.jsonl")
    (row,) = foreseen(url)
    assert (row["outcome"], row["settled_at"]) == (False, times.text(at(100)))


@pytest.mark.parametrize(
    ("resolved", "outcome"), [(50, False), (None, True), (70, True)], ids=["in time", "never", "too late"]
)
def test_without_its_word_unresolved_at_the_deadline_is_breached(
    url: str, tmp_path: Path, resolved: float | None, outcome: bool
) -> None:
    script = Script()
    ticket(script, "created", 0, deadline=times.text(at(60)))
    if resolved is not None:
        ticket(script, "updated", resolved, status="RESOLVED", resolved_at=times.text(at(resolved)))
    script.tick(at(61))
    ticket(script, "closed", 80)
    play(url, script.lines, tmp_path / "a.jsonl")
    assert foreseen(url)[0]["outcome"] is outcome


def test_a_ticket_that_was_resolved_and_came_back_is_open_again(url: str, tmp_path: Path) -> None:
    script = Script()
    ticket(script, "created", 0, deadline=times.text(at(60)))
    ticket(script, "updated", 20, status="RESOLVED", resolved_at=times.text(at(20)))
    ticket(script, "updated", 40, status="IN_PROGRESS", resolved_at=None)
    script.tick(at(61))
    play(url, script.lines, tmp_path / "a.jsonl")
    assert foreseen(url)[0]["outcome"] is True


def test_a_ticket_without_a_deadline_is_scored_and_never_settled_by_a_clock(url: str, tmp_path: Path) -> None:
    script = Script()
    ticket(script, "created", 0, group="desk")
    script.tick(at(600))
    play(url, script.lines, tmp_path / "a.jsonl")
    found = foreseen(url, all_scores=True)
    assert len(found) >= 10  # at least hourly
    assert all(row["deadline"] is None and row["outcome"] is None for row in found)


def test_a_warning_is_an_alert_with_advice_and_ends_with_its_time(url: str, tmp_path: Path) -> None:
    from data.opening import open_reader

    script = Script()
    ticket(script, "created", 0, deadline=times.text(at(60)), group="desk", title="Printer")
    script.tick(at(30))
    play(url, script.lines, tmp_path / "a.jsonl", EAGER)
    reader = open_reader(url)
    (alert,) = [one for one in reader.alerts(None, None) if one.alert_type == "SLA_BREACH_PREDICTED"]
    assert alert.firing
    assert alert.entity == "ticket/T1"
    assert "will miss its deadline" in alert.message
    reader.close()
    script.tick(at(61))
    play(url, script.lines, tmp_path / "a.jsonl", EAGER)
    reader = open_reader(url)
    (alert,) = [one for one in reader.alerts(None, None) if one.alert_type == "SLA_BREACH_PREDICTED"]
    told = Counter(entry.type for entry in reader.feed(None, None))
    reader.close()
    assert not alert.firing
    assert told["prediction_made"] == told["prediction_settled"] == 1


def test_who_acted_on_a_warning_is_noted(url: str, tmp_path: Path) -> None:
    outcomes = {}
    for acted in (True, False):
        script = Script()
        ticket(script, "created", 0, deadline=times.text(at(60)), group="desk")
        play(url + f"{acted}", script.lines, tmp_path / "a.jsonl", EAGER)
        from data.opening import open_reader

        reader = open_reader(url + f"{acted}")
        (alert,) = list(reader.alerts(None, None))
        reader.close()
        if acted:
            script.add(
                "operator.acted", at(5), {"target": f"alert/{alert.id}", "action": "acknowledge", "actor": "ann"}
            )
        script.tick(at(61))
        play(url + f"{acted}", script.lines, tmp_path / "a.jsonl", EAGER)
        outcomes[acted] = foreseen(url + f"{acted}")[0]["action_taken"]
    assert outcomes == {True: True, False: False}


def test_a_stated_share_of_warnings_is_held_back_and_the_same_ones_each_time(url: str, tmp_path: Path) -> None:
    script = Script()
    for number in range(60):
        data = {"id": f"T{number}", "deadline": times.text(at(number + 60)), "group": "desk"}
        script.add("ticket.created", at(number), data)
    script.tick(at(59.5))
    config = msgspec.structs.replace(EAGER, predict=msgspec.structs.replace(EAGER.predict, held_back=0.3))
    play(url, script.lines, tmp_path / "a.jsonl", config)
    play(url + "2", script.lines, tmp_path / "a.jsonl", config)
    first, second = foreseen(url), foreseen(url + "2")
    assert first == second
    held = [row for row in first if row["held_back"]]
    assert 8 < len(held) < 30
    assert not any(row["alerted"] for row in held)
    assert all(row["alerted"] for row in first if not row["held_back"])


def test_evaluations_come_in_order_and_of_the_kind_and_time_asked_for(url: str, tmp_path: Path) -> None:
    script = Script()
    for number in range(5):
        script.add("ticket.created", at(number * 7), {"id": f"T{number}", "deadline": times.text(at(500))})
    script.add("device.telemetry", at(40), {"device": "D1", "battery_pct": 50})
    script.tick(at(120))
    play(url, script.lines, tmp_path / "a.jsonl")
    found = foreseen(url, all_scores=True)
    assert [row["made_at"] for row in found] == sorted(row["made_at"] for row in found)
    assert len({row["id"] for row in found}) == len(found)
    part = foreseen(url, all_scores=True, kind="sla_breach", since=at(60), until=at(60) + HOUR // 2)
    assert {row["kind"] for row in part} == {"sla_breach"}
    assert {row["made_at"] for row in part} == {times.text(at(60)), times.text(at(60) + 15 * MINUTE)}
