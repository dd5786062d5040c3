"""What another configuration would have made of the history: what a replay under it gives, and nothing is touched."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from engine.respond.playbooks.library import FOLDER as LIBRARY
from noc_tui.cli import main
from tests.support.recordings import Script, at, rows, simulated, write


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    path = tmp_path_factory.mktemp("backtest")
    url = f"sqlite:///{path}/noc.db"
    assert main(["replay", str(write(path / "a.jsonl", simulated())), "--db", url]) == 0
    return path, url


def change(url: str, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["backtest", "change", "--json", "--db", url, *more]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def of(found: dict[str, Any], kind: str) -> dict[str, Any]:
    (one,) = [one for one in found["compared"] if one["kind"] == kind]
    return dict(one)


def test_no_change_is_no_difference_and_the_database_is_untouched(
    world: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    path, url = world
    before = hashlib.sha256((path / "noc.db").read_bytes()).hexdigest()
    found = change(url, capsys, "--set", "alerts.expire_after=15m")
    assert found["same"]
    assert found["notes"] == []
    assert of(found, "alerts")["before"] == len(rows(url, "alerts"))
    assert found["seen_before"] == found["seen_after"] > 0
    assert hashlib.sha256((path / "noc.db").read_bytes()).hexdigest() == before


def test_a_changed_setting_gives_what_a_replay_under_it_gives(
    world: tuple[Path, str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path, url = world
    other = f"sqlite:///{tmp_path}/other.db"
    config = tmp_path / "noc.yaml"
    config.write_text("alerts: {expire_after: 3h, reopen_within: 40m}\n")
    assert main(["replay", str(path / "a.jsonl"), "--db", other, "--config", str(config)]) == 0
    told = ("--set", "alerts.expire_after=3h", "--set", "alerts.reopen_within=40m")
    found = change(url, capsys, *told)
    was, became = ({one["id"] for one in rows(each, "alerts")} for each in (url, other))
    assert was != became
    alerts = of(found, "alerts")
    assert (alerts["gone"], alerts["new"]) == (len(was - became), len(became - was))
    assert {one["ref"].partition("/")[2] for one in alerts["gone_samples"]} <= was - became
    assert change(url, capsys, "--with", str(config))["compared"] == found["compared"]


def test_a_silence_hides_what_it_would_have_hidden(world: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    _, url = world
    site = max((one["site"] or "" for one in rows(url, "alerts")), key=lambda name: name)
    found = change(url, capsys, "--silence", f'site="{site}"')
    assert found["seen_after"] < found["seen_before"]
    assert of(found, "incidents")["after"] < of(found, "incidents")["before"]
    everything = change(url, capsys, "--silence", 'alertname=~".+"')
    assert everything["seen_after"] == 0


def test_playbooks_of_a_folder_are_tried(
    world: tuple[Path, str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One that is for nothing in place of the shipped one: its runs are gone, those of others are the same."""
    _, url = world
    ran = {one["playbook"] for one in rows(url, "playbook-runs")}
    name = min(ran)
    text = (LIBRARY / f"{name}.yaml").read_text()
    (tmp_path / "mine.yaml").write_text(re.sub(r"types:\s*\[[^\]]*\]", "types: [NOTHING_LIKE_IT]", text))
    found = change(url, capsys, "--playbooks", str(tmp_path))
    books = {one["playbook"]: one for one in found["playbooks"]}
    assert set(books) == ran
    assert books[name]["before"]["runs"] == len([one for one in rows(url, "playbook-runs") if one["playbook"] == name])
    assert (books[name]["after"]["runs"], bool(books[name]["gone"])) == (0, True)
    assert all(one["before"] == one["after"] and not one["new"] for key, one in books.items() if key != name)
    assert of(found, "runs")["gone"] == books[name]["before"]["runs"]
    auto = change(url, capsys, "--set", "playbooks.auto=true")
    acts = [one["after"] for one in auto["playbooks"] if one["after"]["begun"]]
    assert acts
    assert all(one["actions"] for one in acts)
    (tmp_path / "mine.yaml").write_text("playbook: mine\n")
    assert main(["backtest", "change", "--playbooks", str(tmp_path), "--db", url]) == 2
    assert "mine.yaml" in capsys.readouterr().err


def test_several_values_of_a_threshold_stand_beside_each_other(
    world: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    _, url = world
    found = change(url, capsys, "--sweep", "alerts.reopen_within=5m,40m")
    assert (found["key"], found["values"]) == ("alerts.reopen_within", ["5m", "40m"])
    same, other = found["found"]
    assert same["same"]
    assert other["compared"] == change(url, capsys, "--set", "alerts.reopen_within=40m")["compared"]
    assert main(["backtest", "change", "--sweep", "alerts.reopen_within=5m,40m", "--db", url]) == 0
    head, now, first, second = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["alerts.reopen_within", "seen", "alerts"]
    assert now.split()[2:] == first.split()[1:] != second.split()[1:]
    assert int(now.split()[3].replace(",", "")) == len(rows(url, "alerts"))
    assert main(["backtest", "change", "--sweep", "alerts.expire_after", "--db", url]) == 2
    many = ",".join(f"{minutes}m" for minutes in range(1, 10))
    assert main(["backtest", "change", "--sweep", f"alerts.expire_after={many}", "--db", url]) == 1


def test_what_people_confirmed_and_would_have_missed_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script, url = Script(), f"sqlite:///{tmp_path}/noc.db"
    data = {"alert_type": "DOOR", "severity": "CRITICAL", "entity": "device/D1", "site": "S1"}
    for minute in (0, 1, 2):
        script.add("alert.firing", at(minute), data)
    write(tmp_path / "a.jsonl", script.lines)
    assert main(["replay", str(tmp_path / "a.jsonl"), "--db", url]) == 0
    (incident,) = rows(url, "incidents")
    hands = Script("hands")
    act = {"target": f"incident/{incident['id']}", "action": "acknowledge", "actor": "ann"}
    hands.add("operator.acted", at(5), act)
    write(tmp_path / "b.jsonl", hands.lines)
    assert main(["replay", str(tmp_path / "b.jsonl"), "--db", url]) == 0
    found = change(url, capsys, "--silence", 'site="S1"')
    (worked,) = [one for one in found["truths"] if one["what"] == "incidents that people worked on"]
    assert (worked["before"], worked["after"]) == (1, 0)
    assert worked["lost"][0]["ref"] == f"incident/{incident['id']}"


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (["--set", "alerts.expir=1m"], 2, "there is no such setting"),
        (["--set", "nonsense"], 2, "not KEY=VALUE"),
        (["--silence", "site"], 2, "site"),
        ([], 2, "say what to change"),
    ],
)
def test_what_cannot_be_tried_is_refused_with_the_reason(
    world: tuple[Path, str], capsys: pytest.CaptureFixture[str], more: list[str], code: int, words: str
) -> None:
    capsys.readouterr()
    assert main(["backtest", "change", "--db", world[1], *more]) == code
    assert words in capsys.readouterr().err


def test_a_model_takes_no_changes(world: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backtest", "sla", "--set", "a=b", "--db", world[1]]) == 2
    assert "noc backtest change" in capsys.readouterr().err
