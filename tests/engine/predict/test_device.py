"""Devices: looked at when they report, hourly while quiet, settled by failures."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from data import times
from data.times import HOUR, MINUTE
from engine.settings import Config
from engine.settings.predict import PredictDeviceSettings, PredictSettings
from noc_tui.cli import main
from tests.engine.predict.desk import foreseen, play
from tests.support.recordings import T0, Script, at

ALL = Config(predict=PredictSettings(quiet_kept=1.0))


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/noc.db"


def report(script: Script, minute: float, device: str = "D1", **figures: float) -> None:
    script.add("device.telemetry", at(minute), {"device": device, "metrics": figures})


def test_a_device_is_looked_at_at_most_once_in_five_minutes_and_hourly_while_quiet(url: str, tmp_path: Path) -> None:
    script = Script()
    for minute in (0, 1, 2, 4, 6, 7, 12):
        report(script, minute, heat=20.0 + minute)
    script.tick(at(200))
    play(url, script.lines, tmp_path / "a.jsonl")
    made = [row["made_at"][11:16] for row in foreseen(url, all_scores=True)]
    assert made[:2] == ["00:00", "00:12"]  # by rules a healthy device is the same after six minutes
    assert made[2:] == ["01:15", "02:15", "03:15"]


def test_an_hour_is_over_when_it_is_and_the_next_is_another_prediction(url: str, tmp_path: Path) -> None:
    script = Script()
    for minute in range(0, 240, 20):
        report(script, minute, heat=20.0)
    script.add("device.failed", at(245), {"device": "D1"})
    play(url, script.lines, tmp_path / "a.jsonl", ALL)
    found = [row for row in foreseen(url) if row["settled_at"] is not None]
    assert [row["outcome"] for row in found] == [False, False, False, False, True]
    for row in found:
        assert times.parse(row["deadline"]) - times.parse(row["made_at"]) == HOUR


def test_a_retired_device_is_scored_no_longer(url: str, tmp_path: Path) -> None:
    script = Script()
    report(script, 0, heat=20)
    report(script, 0, "D2", heat=20)
    report(script, 0, "D3", heat=20)
    script.add("device.offline", at(30), {"device": "D1", "code": "REMOVED"})
    script.add("device.upserted", at(30), {"id": "D2", "active": False})
    script.tick(at(300))
    play(url, script.lines, tmp_path / "a.jsonl")
    counts = Counter(row["entity"] for row in foreseen(url, all_scores=True))
    assert counts["device/D1"] == counts["device/D2"] == 1
    assert counts["device/D3"] >= 4


def test_an_hour_is_settled_by_whether_it_failed_in_it(url: str, tmp_path: Path) -> None:
    script = Script()
    for device in ("D1", "D2"):
        report(script, 0, device, heat=20)
    script.add("device.failed", at(40), {"device": "D1"})
    script.tick(at(90))
    play(url, script.lines, tmp_path / "a.jsonl", ALL)
    first = {row["entity"]: row for row in foreseen(url) if row["made_at"] == times.text(T0)}
    assert first["device/D1"]["outcome"] is True
    assert first["device/D1"]["settled_at"] == times.text(at(40))
    assert first["device/D2"]["outcome"] is False
    assert first["device/D2"]["deadline"] == times.text(at(60))
    scores = {row["entity"]: row["outcome"] for row in foreseen(url, all_scores=True, until=at(1))}
    assert scores == {"device/D1": True, "device/D2": False}


def test_every_failure_is_kept_though_quiet_ones_are_sampled(url: str, tmp_path: Path) -> None:
    script = Script()
    for number in range(200):
        report(script, 0, f"D{number}", heat=20)
    for number in range(0, 200, 10):
        script.add("device.failed", at(30), {"device": f"D{number}"})
    script.tick(at(61))
    play(url, script.lines, tmp_path / "a.jsonl")
    found = [row for row in foreseen(url) if row["made_at"] == times.text(T0)]
    assert sum(row["outcome"] is True for row in found) == 20
    assert 5 < sum(row["outcome"] is False for row in found) < 40  # a tenth of 180


def wearing(devices: int = 150, seed: int = 2) -> Script:
    """Devices of which some fail; those that will count ever more faults in the hours before."""
    random = np.random.default_rng(seed)
    told = []
    for number in range(devices):
        start = T0 + int(random.integers(0, 48)) * HOUR
        fails = random.random() < 0.4
        life, faults = int(random.integers(8, 16)), 0.0
        for step in range(life * 4):
            faults += float(random.poisson(2.0 if fails and step > (life - 2) * 4 else 0.05))
            moment = start + step * 15 * MINUTE + number
            told.append(
                (moment, "device.telemetry", {"device": f"D{number}", "metrics": {"faults": faults, "load": 3.0}})
            )
        end = start + life * HOUR + number
        told.append((end, "device.failed", {"device": f"D{number}"}) if fails else
                    (end, "device.offline", {"device": f"D{number}", "code": "REMOVED"}))  # fmt: skip
    script = Script("probe")
    for time, kind, data in sorted(told, key=lambda each: each[0]):
        script.add(kind, time, data)
    return script


def test_any_figure_that_devices_report_is_learned_from(url: str, tmp_path: Path) -> None:
    lines, border = wearing().lines, T0 + 45 * HOUR
    play(url, lines, tmp_path / "a.jsonl", ALL, until=border)
    assert main(["train", "device", "--until", times.text(border), "--db", url]) == 0
    play(url, lines, tmp_path / "a.jsonl", ALL, since=border)
    from engine.models.metrics import auc

    found = [row for row in foreseen(url, all_scores=True, since=border) if row["outcome"] is not None]
    p, y = np.array([row["probability"] for row in found]), np.array([float(row["outcome"]) for row in found])
    assert y.sum() > 10
    assert auc(p, y) > 0.9
    warned = [row for row in foreseen(url, since=border) if row["alerted"]]
    assert warned
    assert any("faults" in reason for row in warned for reason in row["reasons"])
    assert sum(row["outcome"] is True for row in warned) / len(warned) > 0.3


def test_the_horizon_is_a_setting(url: str, tmp_path: Path) -> None:
    script = Script()
    report(script, 0, heat=20)
    script.tick(at(1))
    config = Config(predict=PredictSettings(quiet_kept=1.0, device=PredictDeviceSettings(horizon=4 * HOUR)))
    play(url, script.lines, tmp_path / "a.jsonl", config)
    assert foreseen(url)[0]["deadline"] == times.text(T0 + 4 * HOUR)
