"""The command line as scripts and people meet it: exit codes, what goes where, what is loaded."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from data.store import StoreBusy
from noc_tui import cli
from noc_tui.cli import COMMANDS, main
from tests.engine.shelf import Shelf, alert, cluster, line

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.delenv("NOC_DEBUG", raising=False)


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """What reading commands find, whatever database is named."""
    found = Shelf().put(alert(1, cluster=1), alert(2, message="=1+1"), cluster(1))
    found.assign(line("e1"), 1, None)
    monkeypatch.setattr("data.opening.open_reader", lambda url: found)
    return found


def fails(code: int, *words: str, capsys: Captured) -> str:
    """The command line ends so, with nothing on standard output; gives what it said."""
    assert main(words) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    return err


def test_help_names_every_command(capsys: Captured) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"\n  {word} " in out for word in COMMANDS)


@pytest.mark.parametrize("word", [*COMMANDS, "db check", "config show"])
def test_every_command_has_help_and_the_common_options(word: str, capsys: Captured) -> None:
    assert main([*word.split(), "--help"]) == 0
    out = capsys.readouterr().out
    if "COMMAND [ARGS]" not in out:  # a group only leads to its commands
        assert "--db URL" in out
        assert "--config FILE" in out


def loaded_by(*words: str) -> set[str]:
    program = "import sys\nfrom noc_tui.cli import main\nmain(sys.argv[1:])\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines())


def test_help_loads_next_to_nothing() -> None:
    assert not loaded_by("--help") & {"textual", "rich", "numpy", "sqlalchemy", "yaml", "engine", "data.store"}


def test_export_loads_no_screen(tmp_path: Path) -> None:
    loaded = loaded_by("export", "events", "--db", f"sqlite:///{tmp_path / 'none.db'}")
    assert "engine.exports" in loaded
    assert not loaded & {"textual", "rich", "sklearn", "xgboost", "alembic"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["exprot"], "Did you mean `export`?"),
        (["zzz"], "There are: demo"),
        (["--db", "sqlite:////x.db", "export", "events"], "Options stand after the command word: noc export ... --db"),
        (["export", "evnts"], "Did you mean `events`?"),
        (["export", "metrcs"], "Did you mean `metrics`?"),
        (["export", "events", "--since", "yesterday"], "not a time with zone"),
        (["export", "events", "--since", "2026-01-02", "--until", "2026-01-01"], "--since lies after --until"),
        (["export", "events", "--format", "xml"], "xml"),
        (["export", "events", "--format", "csv", "--json"], "exclude each other"),
        (["export", "events", "--db", "/tmp/noc.db"], "a file is written sqlite:////"),
        (["export", "events", "--db", "mysql://x"], "sqlite or postgresql"),
        (["replay", "nowhere.jsonl"], "there is no file nowhere.jsonl"),
        (["replay"], "FILE"),
        (["replay", "-", "-"], "once only"),
        (["replay", "-", "--speed", "0"], "not a speed"),
        (["demo", "--for", "soon"], "not a duration"),
        (["explain", "event", "desk"], "noc explain event SOURCE ID"),
        (["explain", "a", "b"], "one REF at a time"),
        (["explain"], "REF"),
        (["simulate", "--out", "a", "--truth", "a"], "a file of its own"),
        (["db", "restore", "nowhere.db"], "there is no file"),
        (["config", "check", "--config", "nowhere.yaml"], "nowhere.yaml"),
        ([], "needs a terminal"),
    ],
)
def test_bad_usage_ends_with_2_and_says_what_to_do(words: list[str], said: str, capsys: Captured) -> None:
    assert said in fails(2, *words, capsys=capsys)


def test_a_database_that_is_not_there_is_a_needed_thing(tmp_path: Path, capsys: Captured) -> None:
    assert "none.db" in fails(3, "export", "events", "--db", f"sqlite:///{tmp_path / 'none.db'}", capsys=capsys)


def test_export_prints_lines_csv_or_one_document(shelf: Shelf, capsys: Captured) -> None:
    assert main(["export", "alerts"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(text)["id"] for text in lines] == ["A-0000000001", "A-0000000002"]
    assert main(["export", "alerts", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
    assert main(["export", "alerts", "--format", "csv"]) == 0
    table = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["message"] for row in table] == ["port 4 down", "'=1+1"]
    assert shelf.closed


def test_export_into_a_file_is_private_and_whole(shelf: Shelf, tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "rows.jsonl"
    assert main(["export", "assignments", "--out", str(path)]) == 0
    assert json.loads(path.read_text())["cluster_id"] == "C-0000000001"
    assert path.stat().st_mode & 0o777 == 0o600
    assert capsys.readouterr() == ("", "")


def test_a_failed_export_leaves_the_old_file_and_no_other(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("old")

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shelf, "alerts", broken)
    assert main(["export", "alerts", "--out", str(path)]) == 130
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir() if found.is_file()] == ["rows.jsonl"]


def test_a_folder_for_the_output_that_is_not_there(shelf: Shelf, tmp_path: Path, capsys: Captured) -> None:
    assert "No such file" in fails(2, "export", "alerts", "--out", str(tmp_path / "no" / "rows"), capsys=capsys)


def test_a_reader_that_has_enough_is_no_fault(shelf: Shelf, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    def gone(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(shelf, "alerts", gone)
    fails(0, "export", "alerts", capsys=capsys)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (StoreBusy("pid 7 holds it"), 3, "noc: pid 7 holds it"),
        (KeyboardInterrupt(), 130, ""),
        (OSError(28, "No space left on device"), 3, "No space left"),
    ],
)
def test_foreseen_errors(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, capsys: Captured, error: BaseException, code: int, said: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(shelf, "alerts", fail)
    assert said in fails(code, "export", "alerts", capsys=capsys)


def test_an_unforeseen_error_is_one_line_and_a_log(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr(shelf, "alerts", lambda *_: 1 / 0)
    said = fails(3, "export", "alerts", capsys=capsys)
    assert said.startswith("noc: ZeroDivisionError: division by zero (details in ")
    assert said.count("\n") == 1
    log = Path(said.rstrip(")\n").rpartition(" in ")[2])
    assert "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("NOC_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["export", "alerts"])


def test_explain(shelf: Shelf, capsys: Captured) -> None:
    assert main(["explain", "alert/A-0000000001"]) == 0
    assert "because" in capsys.readouterr().out
    assert main(["explain", "A-0000000001", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ref"] == "alert/A-0000000001"
    assert main(["explain", "event", "desk", "e1"]) == 0
    assert "belongs to alert/A-0000000001" in capsys.readouterr().out
    assert "nearest: alert/A-000000000" in fails(1, "explain", "alert/A-0000000007", capsys=capsys)
    assert "is not explained" in fails(2, "explain", "ticket/T1", capsys=capsys)


def test_the_version(capsys: Captured) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("noc ")


def test_the_installed_program_is_this_one() -> None:
    assert cli.program.name == "program"
    done = subprocess.run([Path(sys.executable).with_name("noc"), "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
