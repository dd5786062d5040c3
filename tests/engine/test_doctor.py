"""The doctor finds what is wrong, says what to do, and touches nothing."""

import os
from pathlib import Path

import pytest

from data import lock
from engine import doctor
from engine.doctor import Check, examine


def found(path: Path, name: str, **more: object) -> Check:
    checks = examine(f"sqlite:///{path / 'noc.db'}", None, **more)  # type: ignore[arg-type]
    return next(check for check in checks if check.name == name)


def test_a_sound_installation_has_no_faults(tmp_path: Path) -> None:
    checks = examine(f"sqlite:///{tmp_path / 'noc.db'}", None)
    assert [check for check in checks if check.state == doctor.FAIL] == []
    assert all(check.text and (check.remedy or check.state == doctor.OK) for check in checks)
    assert list(tmp_path.iterdir()) == []  # looking made nothing


def test_two_wheels_of_one_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "installed", lambda name: "3.2.0")
    check = found(tmp_path, "xgboost")
    assert check.state == doctor.FAIL
    assert "pip uninstall xgboost xgboost-cpu" in check.remedy


def test_another_textual_than_the_one_pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "installed", lambda name: None if name == "click" else "0.1")
    check = found(tmp_path, "packages")
    assert check.state == doctor.FAIL
    assert "missing: click" in check.text
    assert "textual 0.1 instead of " in check.text


@pytest.mark.parametrize(
    ("environment", "state", "text"),
    [
        ({"TERM": "dumb"}, doctor.WARN, "TERM is dumb"),
        ({}, doctor.WARN, "TERM is not set"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, doctor.OK, "xterm, truecolor"),
        ({"TERM": "xterm"}, doctor.OK, "xterm, COLORTERM not set"),
    ],
)
def test_terminals(tmp_path: Path, environment: dict[str, str], state: str, text: str) -> None:
    check = found(tmp_path, "terminal", environment=environment, terminal=True)
    assert check.state == state
    assert check.text.startswith(text)


def test_a_small_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((60, 20)))
    assert found(tmp_path, "size", terminal=True).remedy == "make it 80x24 or larger"


def test_a_damaged_and_open_database(tmp_path: Path) -> None:
    database = tmp_path / "noc.db"
    database.write_bytes(b"not a database at all" * 100)
    database.chmod(0o644)
    assert found(tmp_path, "database").remedy == f"chmod 600 {database}"
    check = found(tmp_path, "integrity")
    assert check.state == doctor.FAIL
    assert "restore" in check.remedy


def test_who_holds_the_database(tmp_path: Path) -> None:
    database = tmp_path / "noc.db"
    database.touch(0o600)
    held = lock.take(database, "noc engine")
    try:
        assert f"held by pid {os.getpid()} (noc engine)" in found(tmp_path, "lock").text
    finally:
        held.release()
    assert found(tmp_path, "lock").text == "nobody writes to it"


def test_little_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_ROOM", 1 << 62)
    assert found(tmp_path, "disk").state == doctor.WARN


def test_a_configuration_that_was_named_but_is_not_there(tmp_path: Path) -> None:
    checks = examine(f"sqlite:///{tmp_path / 'noc.db'}", tmp_path / "none.yaml")
    assert next(check for check in checks if check.name == "config").state == doctor.FAIL


def test_a_clock_in_the_past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.clock.wall", lambda: 0)
    assert found(tmp_path, "clock").state == doctor.FAIL
