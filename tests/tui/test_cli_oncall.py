"""`noc oncall` and `noc report` as people type them."""

import json
from pathlib import Path

import pytest

from noc_tui.cli import main

Captured = pytest.CaptureFixture[str]
CONFIG = """
engine: {timezone: Europe/Berlin}
oncall:
  schedules:
    - name: desk
      layers: [{name: first, people: [P0001, P0002], every: day}]
    - name: nights
      layers: [{name: a, people: [P0003], hours: "20:00-06:00"}]
"""
NOW = ["--now", "2026-03-28T12:00:00Z"]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


@pytest.fixture
def config(tmp_path: Path) -> list[str]:
    (tmp_path / "noc.yaml").write_text(CONFIG)
    return ["--config", str(tmp_path / "noc.yaml")]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("db")
    recording, url = str(folder / "r.jsonl.gz"), f"sqlite:///{folder}/noc.db"
    assert main(["simulate", "--sites", "1", "--days", "1", "--seed", "7", "--out", recording]) == 0
    assert main(["replay", recording, "--db", url]) == 0
    return url


def test_who_is_on_call_is_told_with_the_time_of_the_hand_over(config: list[str], capsys: Captured) -> None:
    assert main(["oncall", "who", *config, *NOW]) == 0
    assert capsys.readouterr().out == "desk  first  P0002  until Sun 2026-03-29 09:00 CEST\n"
    assert main(["oncall", "who", "--schedule", "nights", *config, *NOW, "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"now": "2026-03-28T12:00:00Z", "on_call": []}
    assert main(["oncall", "who", "--schedule", "dsk", *config]) == 2
    assert "there are: desk, nights" in capsys.readouterr().err


def test_people_are_named_as_the_database_knows_them(config: list[str], database: str, capsys: Captured) -> None:
    assert main(["oncall", "who", "--schedule", "desk", *config, *NOW, "--db", database]) == 0
    assert "(P0002), +00 555" in capsys.readouterr().out


def test_gaps_are_told_in_local_time_and_end_with_exit_code_1(config: list[str], capsys: Captured) -> None:
    assert main(["oncall", "gaps", "--days", "2", *config, *NOW]) == 1
    out, err = capsys.readouterr()
    assert "nights: nobody from Sun 2026-03-29 06:00 to Sun 2026-03-29 20:00 CEST (14 h)\n" in out
    assert "desk, 2 days: " in err
    assert main(["oncall", "gaps", "--schedule", "desk", *config, *NOW]) == 0


def test_a_calendar_goes_out_and_comes_in_as_configuration(config: list[str], tmp_path: Path, capsys: Captured) -> None:
    file, made = tmp_path / "desk.ics", tmp_path / "conf.d" / "desk.yaml"
    made.parent.mkdir()
    assert main(["oncall", "export", *config]) == 2
    export = ["oncall", "export", "--schedule", "desk", "--days", "30", "--out", str(file), *config, *NOW]
    assert main(export) == 0
    assert main(["oncall", "import", str(file), "--schedule", "desk", "--out", str(made), *config]) == 0
    assert "nobody here is called 'P0001'" in capsys.readouterr().err
    assert main(["config", "check", *config]) == 0
    capsys.readouterr()
    assert main(["oncall", "who", "--schedule", "desk", *config, *NOW, "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)["on_call"]
    assert (row["person"], row["layer"], row["end"]) == ("P0002", "appointments", "2026-03-29T07:00:00Z")
    file.write_text("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:x\nEND:VEVENT\nEND:VCALENDAR\n")
    assert main(["oncall", "import", str(file), *config]) == 2
    assert f"{file}: line 3: " in capsys.readouterr().err


def test_without_schedules_it_says_how_to_have_some(capsys: Captured) -> None:
    assert main(["oncall", "who"]) == 1
    assert "no schedules are configured" in capsys.readouterr().err


def test_an_incident_is_reported_to_a_file(database: str, tmp_path: Path, capsys: Captured) -> None:
    capsys.readouterr()
    assert main(["export", "incidents", "--db", database]) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[0])["id"]
    out = tmp_path / "report.md"
    assert main(["report", "incident", first, "--out", str(out), "--db", database]) == 0
    assert out.read_text().startswith(f"# Incident {first}: ")
    assert main(["report", "incident", "I-nothing000", "--db", database]) == 1
    assert "there is no incident/I-nothing000" in capsys.readouterr().err
