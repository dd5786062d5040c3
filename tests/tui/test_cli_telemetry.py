"""Activity, correlations and baselines from the command line, over a real database, with no engine running."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from noc_tui.cli import main
from tests.support.recordings import Script, at, replayed

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A guard who calls every ten minutes for ten hours, one who does nothing, and an alert of their site."""
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    script = Script()
    script.add("site.upserted", at(480), {"id": "S1", "client": "C1", "name": "Harbour"})
    for person in ("P1", "P2"):
        script.add("person.upserted", at(480), {"id": person, "site": "S1", "name": f"Guard {person}"})
        script.add("attendance.check_in", at(481), {"person": person, "site": "S1"})
    for minute in range(490, 1080, 10):
        script.add("phone.activity", at(minute), {"person": "P1", "site": "S1"})
    script.fire(at(1081), "DoorForced", "HIGH", site="S1", entity="host/door")
    script.tick(at(1095))
    found = f"sqlite:///{tmp_path / 'noc.db'}"
    asyncio.run(replayed(found, script.lines))
    return found


def run(capsys: Captured, url: str, *words: str, code: int = 0) -> str:
    assert main([*words, "--db", url]) == code, capsys.readouterr()
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return out or err


def told(capsys: Captured, url: str, *words: str) -> Any:
    return json.loads(run(capsys, url, *words, "--json"))


def test_signals_and_what_is_not_known(url: str, capsys: Captured) -> None:
    assert told(capsys, url, "telemetry", "person", "P1")["signals"]["phone_events_count"] == 10
    assert told(capsys, url, "telemetry", "site", "S1", "--window", "60")["active_people_count"] == 2
    assert "Harbour" in run(capsys, url, "telemetry", "site", "S1")
    assert "nobody" in run(capsys, url, "telemetry", "person", "nobody", code=1)
    assert "window_minutes" in run(capsys, url, "telemetry", "site", "S1", "--window", "0", code=2)


def test_a_correlation_is_listed_investigated_and_exported(url: str, capsys: Captured) -> None:
    listed = told(capsys, url, "telemetry", "correlations")
    mine = [each for each in listed["incidents"] if "DoorForced of host/door" in " ".join(each["reasons"])]
    [found] = [each for each in mine if each["person_id"] == "P2"]
    assert (found["combined_severity"], found["investigated"]) == ("HIGH", False)
    assert "Guard P2" in run(capsys, url, "telemetry", "correlations")
    run(capsys, url, "telemetry", "investigate", found["incident_id"], "--cause", "asleep")
    rows = [json.loads(line) for line in run(capsys, url, "export", "correlations").splitlines()]
    [row] = [each for each in rows if each["id"] == found["incident_id"]]
    assert (row["investigated"], row["root_cause"]) == (True, "asleep")
    assert told(capsys, url, "telemetry", "correlations", "--site", "S7")["total_count"] == 0
    run(capsys, url, "telemetry", "correlations", "--min-severity", "GRAVE", code=2)


def test_a_threshold_is_tried_set_and_taken_back(url: str, capsys: Captured) -> None:
    tried = told(capsys, url, "baseline", "simulate", "S1", "phone_events", "--threshold", "2")
    assert (tried["now"]["threshold"], tried["then"]["threshold"]) == (3.0, 2.0)
    assert tried["observations"] > 5
    run(capsys, url, "baseline", "set", "S1", "phone_events", "4", "--why", "too loud", "--author", "ann")
    [row] = [each for each in told(capsys, url, "baseline", "show", "S1") if each["metric"] == "phone_events"]
    assert row["threshold"] == 4.0
    run(capsys, url, "baseline", "rollback", "S1", "phone_events", "--author", "bob")
    [row] = [each for each in told(capsys, url, "baseline", "show", "S1") if each["metric"] == "phone_events"]
    assert row["threshold"] == 3.0
    assert [each["by"] for each in told(capsys, url, "baseline", "history")] == ["ann", "bob"]
    audit = run(capsys, url, "export", "audit")
    assert "3 becomes" not in audit
    assert "too loud" in audit


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("set", "S1", "phone_events", "9"), 1),
        (("set", "S7", "phone_events", "3"), 1),
        (("rollback", "S1", "phone_events"), 1),
        (("simulate", "S1", "calls", "--threshold", "3"), 2),
        (("simulate", "S1", "phone_events", "--threshold", "9"), 2),
        (("simulate", "S1", "phone_events"), 2),
        (("simulate", "S7", "phone_events", "--threshold", "3"), 1),
    ],
)
def test_what_is_not_possible_is_refused(words: tuple[str, ...], code: int, url: str, capsys: Captured) -> None:
    assert run(capsys, url, "baseline", *words, code=code)
