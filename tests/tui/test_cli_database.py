"""The command line over a real database: reading beside a writer, backup and restore."""

import asyncio
import json
from pathlib import Path

import pytest

from data import wire
from data.opening import open_store
from data.store import Commit, Position, Segment
from noc_tui.cli import main
from tests.engine.shelf import T0, alert, cluster, incident, line

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


async def fill(url: str) -> None:
    store = await open_store(url, "test")
    try:
        await store.load(0)
        lines = [line("late", time=T0 + 9), line("early", time=T0 + 1), line("mid", "noc.alert.resolved", time=T0 + 5)]
        segment = Segment(
            1, lines, [wire.identity("default", "desk", name) for name in ("late", "early", "mid")], [T0] * 3,
            T0 + 1, T0 + 9, [(0, 1, 1, 1), (1, 1, 0, 1), (2, -1, 0, 0)],
        )  # fmt: skip
        await store.commit(
            Commit(
                segment=segment,
                alerts=[alert(1, cluster=1)],
                clusters=[cluster(1, incident=1)],
                incidents=[incident(1, [1])],
                positions=[Position("default", T0 + 9, 0)],
            )
        )
    finally:
        await store.close()


@pytest.fixture
def url(tmp_path: Path) -> str:
    found = f"sqlite:///{tmp_path / 'noc.db'}"
    asyncio.run(fill(found))
    return found


def exported(kind: str, url: str, capsys: Captured, *more: str) -> list[dict[str, object]]:
    assert main(["export", kind, "--db", url, *more]) == 0
    return [json.loads(text) for text in capsys.readouterr().out.splitlines()]


def test_rows_come_in_the_order_of_their_time(url: str, capsys: Captured) -> None:
    assert [row["id"] for row in exported("events", url, capsys)] == ["early", "mid", "late"]
    rows = exported("assignments", url, capsys, "--since", "2026-01-05T00:00:00.000005Z")
    assert [(row["event_id"], row["alert_id"], row["reason"]) for row in rows] == [
        ("mid", None, None),
        ("late", "A-0000000001", "duplicate"),
    ]
    assert rows[1]["incident_id"] == "I-0000000001"


def test_the_configured_database_is_meant_when_none_is_named(url: str, tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(f"database:\n  url: {url}\n")
    assert main(["export", "incidents", "--config", str(file)]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "I-0000000001"


def test_explain_reads_the_database(url: str, capsys: Captured) -> None:
    assert main(["explain", "event", "desk", "late", "--db", url]) == 0
    assert "Suppressed as duplicate" in capsys.readouterr().out


def test_backup_and_restore(url: str, tmp_path: Path, capsys: Captured) -> None:
    copy = tmp_path / "copy.db"
    assert main(["db", "backup", str(copy), "--db", url]) == 0
    assert copy.stat().st_mode & 0o777 == 0o600
    assert main(["db", "backup", str(copy), "--db", url]) == 2
    other = f"sqlite:///{tmp_path / 'other.db'}"
    assert main(["db", "restore", str(copy), "--db", other]) == 0
    assert len(exported("events", other, capsys)) == 3
    assert main(["db", "restore", str(copy), "--db", other]) == 3
    assert "--force" in capsys.readouterr().err
    assert main(["db", "restore", str(copy), "--db", other, "--force"]) == 0
    assert "kept as" in capsys.readouterr().err


def test_upgrade_says_that_there_is_nothing_to_do(url: str, capsys: Captured) -> None:
    assert main(["db", "upgrade", "--db", url]) == 0
    assert "up to date" in capsys.readouterr().err


def test_check_tells_sound_from_damaged(url: str, tmp_path: Path, capsys: Captured) -> None:
    assert main(["db", "check", "--db", url]) == 0
    assert main(["db", "check", "--db", url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    (tmp_path / "noc.db").write_bytes(b"nothing of ours" * 1000)
    assert main(["db", "check", "--db", url]) in (1, 3)
    assert "Traceback" not in capsys.readouterr().err


def test_a_database_in_use_can_be_read_and_not_taken(url: str, capsys: Captured) -> None:
    async def beside() -> None:
        store = await open_store(url, "noc engine")
        try:
            assert await asyncio.to_thread(main, ["export", "alerts", "--db", url]) == 0
            assert await asyncio.to_thread(main, ["db", "upgrade", "--db", url]) == 3
        finally:
            await store.close()

    asyncio.run(beside())
    out, err = capsys.readouterr()
    assert json.loads(out)["id"] == "A-0000000001"
    assert "noc engine" in err


def test_doctor_on_a_real_database(url: str, capsys: Captured) -> None:
    assert main(["doctor", "--db", url, "--json"]) == 0
    found = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert found["integrity"]["state"] == "ok"
    assert found["database"]["text"].endswith("mode 0600")
