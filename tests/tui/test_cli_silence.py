"""Silences and windows from the command line, over a real database, with no engine running."""

import json
from pathlib import Path
from typing import Any

import pytest

from data.times import HOUR, MINUTE, parse, text
from noc_tui.cli import main

Captured = pytest.CaptureFixture[str]
T0 = parse("2026-03-27T12:00:00Z")


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.delenv("NOC_DEBUG", raising=False)


def event(id: str, time: int, site: str, entity: str) -> str:
    data = {"alert_type": "DISK_FULL", "severity": "HIGH", "entity": entity, "site": site}
    return json.dumps(
        {"specversion": "1.0", "id": id, "source": "desk", "type": "noc.alert.firing", "time": text(time), "data": data}
    )


class Shell:
    """Runs command lines on one database."""

    def __init__(self, folder: Path, capsys: Captured) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder / 'noc.db'}"
        self.capsys = capsys

    def run(self, *words: str, code: int = 0) -> tuple[str, str]:
        assert main([*words, "--db", self.url]) == code, self.capsys.readouterr()
        out, err = self.capsys.readouterr()
        assert "Traceback" not in err
        return out, err

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json")[0])

    def replay(self, name: str, *events: str) -> None:
        path = self.folder / name
        path.write_text("\n".join(events) + "\n")
        self.run("replay", str(path))


@pytest.fixture
def shell(tmp_path: Path, capsys: Captured) -> Shell:
    found = Shell(tmp_path, capsys)
    found.replay("a.jsonl", event("e1", T0, "S014", "host/a"), event("e2", T0 + 1, "S2", "host/b"))
    return found


def reasons(shell: Shell) -> dict[str, str | None]:
    rows = [json.loads(row) for row in shell.run("export", "assignments")[0].splitlines()]
    return {row["event_id"]: row["reason"] for row in rows}


def test_preview_tells_what_add_hides_and_changes_nothing(shell: Shell) -> None:
    seen = shell.json("silence", "preview", 'site="S014"')
    assert (seen["of"], [one["entity"] for one in seen["hides"]], seen["sites"]) == (2, ["host/a"], {"S014": 1})
    out, err = shell.run("silence", "preview", 'site="S9"')
    assert "covers 0 of 2 open alerts" in out
    assert "covers no open alert" in err
    assert shell.json("silence", "list") == []


def test_a_silence_counts_from_the_watermark_is_durable_and_mutes_what_comes(shell: Shell) -> None:
    words = ("silence", "add", 'site="S014"', "--duration", "2h", "--comment", "new disks", "--author", "mo")
    out, err = shell.run(*words)
    assert "it hides 1 open alert" in err
    (row,) = shell.json("silence", "list")
    assert row["id"] == out.strip()
    assert (row["state"], row["muting"], row["author"], row["comment"]) == ("active", 1, "mo", "new disks")
    assert (row["starts_at"], row["ends_at"]) == (text(T0 + 1), text(T0 + 1 + 2 * HOUR))
    shell.replay(
        "b.jsonl",
        event("e3", T0 + MINUTE, "S014", "host/c"),
        event("e4", T0 + MINUTE, "S2", "host/d"),
        event("e5", T0 + 3 * HOUR, "S014", "host/e"),
    )
    assert reasons(shell)["e3"] == "silence"
    assert reasons(shell)["e4"] != "silence"
    assert reasons(shell)["e5"] is None
    assert shell.json("silence", "list") == []
    assert [one["state"] for one in shell.json("silence", "list", "--expired")] == ["expired"]


def test_expire_and_edit(shell: Shell) -> None:
    id = shell.run("silence", "add", 'site="S014"', "--duration", "2h")[0].strip()
    other = shell.json("silence", "edit", id, "--matchers", 'site="S2"')
    assert other["ok"]
    assert other["id"] != id
    assert [one["matchers"] for one in shell.json("silence", "list")] == ['site="S2"']
    shell.run("silence", "expire", other["id"])
    out, err = shell.run("silence", "list")
    assert (out, "there are no silences" in err) == ("", True)
    assert "is over since" in shell.run("silence", "expire", id, code=1)[1]


@pytest.mark.parametrize(
    ("code", "words", "says"),
    [
        (2, ("silence", "add", "site", "--duration", "2h"), "one of = != =~ !~"),
        (2, ("silence", "add", 'site=~"("', "--duration", "2h"), "not closed"),
        (2, ("silence", "add", 'site="S1"'), "say how long"),
        (2, ("silence", "add", 'site="S1"', "--duration", "soon"), "not a duration"),
        (1, ("silence", "add", 'site!="S1"', "--duration", "2h"), "every alert without these labels"),
        (1, ("silence", "add", 'site="S1"', "--end", "2020-01-01"), "before it begins"),
        (1, ("silence", "expire", "S-nothing"), "no silence S-nothing"),
        (2, ("silence", "edit", "S-nothing"), "say what to change"),
        (2, ("maintenance", "add", "--duration", "2h"), "say what it covers"),
        (2, ("maintenance", "add", "--site", "S1"), "say how long"),
        (1, ("maintenance", "add", "--site", "S1", "--duration", "2h", "--timezone", "Mars/Base"), "no time zone"),
        (1, ("maintenance", "end", "nothing"), "no window nothing"),
    ],
)  # fmt: skip
def test_refusals_say_why(shell: Shell, code: int, words: tuple[str, ...], says: str) -> None:
    out, err = shell.run(*words, code=code)
    assert out == ""
    assert says in err


def test_windows_once_and_again(shell: Shell) -> None:
    once = shell.run("maintenance", "add", "--site", "S014", "--duration", "1h", "--comment", "switch")[0].strip()
    again = shell.json(
        "maintenance", "add", "--site", "S2", "--repeat", "weekly", "--day", "sun", "--start", "02:00", "--end",
        "04:00", "--timezone", "Europe/Berlin", "--name", "backup",
    )  # fmt: skip
    rows = shell.json("maintenance", "list")
    assert [(one["id"], one["state"], one["muting"]) for one in rows] == [(once, "open", 1), (again["id"], "closed", 0)]
    assert (rows[1]["opens_at"], rows[1]["closes_at"]) == ("2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z")
    shell.replay("b.jsonl", event("e3", T0 + MINUTE, "S014", "host/c"), event("e4", T0 + MINUTE, "S2", "host/d"))
    assert reasons(shell)["e3"] == "maintenance"
    assert reasons(shell)["e4"] != "maintenance"
    shell.run("maintenance", "end", once, "backup")
    assert shell.json("maintenance", "list") == []
    assert "over" in shell.run("maintenance", "list", "--over")[0]


def test_config_check_warns_of_what_the_database_does_not_know(shell: Shell) -> None:
    path = shell.folder / "noc.yaml"
    path.write_text(
        "maintenance:\n  - {name: a, site: [S014, S15], start: '02:00', lasts: 1h, repeat: daily}\n"
        "inhibit:\n  - {source: 'alertname=\"DISK_FUL\"', target: 'entity=\"host/a\"', equal: [site]}\n"
    )
    out, _ = shell.run("config", "check", "--config", str(path))
    said = [row.replace(f"{shell.folder}/", "") for row in out.splitlines()]
    assert said[0].startswith("warning: noc.yaml:2: maintenance[0].site[1]: the database knows no site 'S15'; ")
    assert said[1].startswith("warning: noc.yaml:4: inhibit[0].source[0]: the database knows no alert type 'DISK_FUL'")
    assert len(said) == 2
    assert main(["config", "check", "--config", str(path)]) == 0
    assert shell.capsys.readouterr().out == ""
