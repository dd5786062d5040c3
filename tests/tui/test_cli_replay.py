"""Recordings from one end to the other: simulate, replay, export, explain."""

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from noc_tui.cli import main

Captured = pytest.CaptureFixture[str]

# WIRE.md §4, `noc replay`.
REPORT = {
    "events", "rejected", "duplicates", "findings", "alerts", "suppressed", "clusters", "incidents", "predictions",
    "playbook_runs", "reduction", "alerts_per_incident", "wall_seconds", "events_per_second",
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


def firing(name: str, second: int, kind: str = "noc.alert.firing") -> str:
    data = {"alert_type": "LinkDown", "severity": "HIGH", "entity": "host/web-1", "site": "S1", "message": "port down"}
    time = f"2026-01-05T00:00:{second:02d}Z"
    return json.dumps({"specversion": "1.0", "id": name, "source": "desk", "type": kind, "time": time, "data": data})


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "night.jsonl.gz"
    lines = [firing("e1", 1), firing("e2", 2), "not json", firing("e3", 3, "noc.alert.resolved")]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return path


def replayed(capsys: Captured, *words: str) -> dict[str, Any]:
    assert main(["replay", *words, "--json"]) == 0
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


def rows(capsys: Captured, kind: str, url: str) -> list[dict[str, Any]]:
    assert main(["export", kind, "--db", url]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_replay_ends_with_its_report(recording: Path, tmp_path: Path, capsys: Captured) -> None:
    url = f"sqlite:///{tmp_path / 'noc.db'}"
    report = replayed(capsys, str(recording), "--db", url)
    assert set(report) >= REPORT
    assert (report["events"], report["rejected"], report["duplicates"], report["alerts"]) == (3, 1, 0, 1)
    assert [(row["event_id"], row["reason"]) for row in rows(capsys, "assignments", url)] == [
        ("e1", None),
        ("e2", "duplicate"),
        ("e3", None),
    ]
    [alert] = rows(capsys, "alerts", url)
    assert (alert["count"], alert["end_reason"]) == (2, "resolved")
    [letter] = rows(capsys, "dead-letters", url)
    assert (letter["line"], letter["head"]) == (3, "not json")
    assert [row["sequence"] for row in rows(capsys, "feed", url)] == list(range(1, len(rows(capsys, "feed", url)) + 1))
    assert main(["explain", f"alert/{alert['id']}", "--db", url]) == 0
    assert "its source cleared it" in capsys.readouterr().out


def test_a_second_replay_finds_everything_there(recording: Path, tmp_path: Path, capsys: Captured) -> None:
    url = f"sqlite:///{tmp_path / 'noc.db'}"
    replayed(capsys, str(recording), "--db", url, "--to", "2026-01-05T00:00:02Z")
    report = replayed(capsys, str(recording), "--db", url)
    assert (report["events"], report["duplicates"]) == (2, 1)
    assert len(rows(capsys, "events", url)) == 3


def test_exported_events_are_a_recording(recording: Path, tmp_path: Path, capsys: Captured) -> None:
    first, second = (f"sqlite:///{tmp_path / name}.db" for name in "ab")
    replayed(capsys, str(recording), "--db", first)
    assert main(["export", "events", "--db", first, "--out", str(tmp_path / "again.jsonl")]) == 0
    report = replayed(capsys, str(tmp_path / "again.jsonl"), "--db", second)
    assert (report["events"], report["rejected"]) == (3, 0)
    assert rows(capsys, "assignments", first) == rows(capsys, "assignments", second)


def test_nothing_that_could_be_used_is_bad_input(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "rubbish.jsonl"
    path.write_text("one\ntwo\n")
    assert main(["replay", str(path), "--db", f"sqlite:///{tmp_path / 'noc.db'}"]) == 2
    assert "nothing in it could be used" in capsys.readouterr().err


def test_standard_input_is_a_file_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(firing("e1", 1).encode())))
    assert replayed(capsys, "-", "--db", f"sqlite:///{tmp_path / 'noc.db'}")["events"] == 1


def test_a_demo_without_a_terminal_reports(capsys: Captured) -> None:
    assert main(["demo", "--headless", "--for", "500ms", "--sites", "2", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["events"] > 0
    assert main(["demo", "--for", "500ms", "--sites", "2"]) == 0
    out, err = capsys.readouterr()
    assert "events per second" in out
    assert "no terminal here" in err
