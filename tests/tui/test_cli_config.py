"""`noc config` and `noc simulate`: files written, checked, and the same each time."""

import gzip
import json
from pathlib import Path

import pytest

from data import wire
from noc_tui.cli import main

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


def test_init_writes_a_file_that_is_in_order_and_never_over_another(tmp_path: Path, capsys: Captured) -> None:
    assert main(["config", "init"]) == 0
    [file] = (tmp_path / "XDG_CONFIG_HOME").rglob("config.yaml")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert main(["config", "check"]) == 0
    assert capsys.readouterr().err.endswith(f"{file} is in order\n")
    assert main(["config", "init"]) == 2
    assert main(["config", "init", "--force"]) == 0


def test_check_names_file_and_line(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("alerts:\n  expire_aftr: 5m\n")
    assert main(["config", "check", "--config", str(file)]) == 1
    assert f"{file}:2: alerts.expire_aftr: " in capsys.readouterr().out
    assert main(["config", "check", "--config", str(file), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["problems"][0]["line"]) == (False, 2)
    assert main(["export", "events", "--config", str(file)]) == 2
    assert f"{file}:2: " in capsys.readouterr().err


def test_show_tells_where_a_value_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("NOC__ALERTS__EXPIRE_AFTER", "20m")
    assert main(["config", "show", "--origin"]) == 0
    [row] = [text for text in capsys.readouterr().out.splitlines() if text.startswith("alerts.expire_after ")]
    assert "20m" in row
    assert "(NOC__ALERTS__EXPIRE_AFTER)" in row
    assert main(["config", "show", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["alerts.expire_after"] == "20m"


def test_a_simulation_is_the_same_each_time_and_all_of_it_can_be_taken(tmp_path: Path, capsys: Captured) -> None:
    bodies = []
    for name in ("a.jsonl.gz", "b.jsonl.gz"):
        words = ["simulate", "--sites", "2", "--days", "1", "--seed", "7", "--out", str(tmp_path / name)]
        assert main([*words, "--truth", str(tmp_path / "truth.jsonl"), "--json"]) == 0
        bodies.append((tmp_path / name).read_bytes())
    assert bodies[0] == bodies[1]
    told = json.loads(capsys.readouterr().out.split("}\n")[0] + "}")
    lines = gzip.decompress(bodies[0]).splitlines()
    assert told["events"] == len(lines)
    moments = [wire.decode(line).time for line in lines]
    assert moments == sorted(moments)
    assert len((tmp_path / "truth.jsonl").read_bytes().splitlines()) == told["planted"]


def test_a_simulation_may_go_to_standard_output(capsys: Captured) -> None:
    assert main(["simulate", "--sites", "1", "--days", "1", "--out", "-"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out.splitlines()[0])["specversion"] == "1.0"
    assert "events" in err
