"""`Terminal` under an app that behaves badly: crashes, and paints whatever the line bears."""

import base64
import json
from pathlib import Path

from tests.pty.programs import PROBE, Open
from tests.support.hostile import modes_left_on, violations


def test_a_crash_leaves_the_terminal_as_it_was_and_tells_why(start: Open, tmp_path: Path) -> None:
    session = start([*PROBE, str(tmp_path / "report.json")])
    session.wait_for("line 39")
    session.send("x")
    assert session.exit_code() == 1
    assert session.attributes_now() == session.attributes_before
    assert modes_left_on(session.output) == set()
    assert b"crash on purpose" in session.output


def test_copying_reaches_the_clipboard_and_nothing_else(start: Open, tmp_path: Path) -> None:
    text = "incident/I-1017 Zürich"
    session = start([*PROBE, str(tmp_path / "report.json"), "--copy", text])
    session.wait_for("line 39")
    session.send("c")
    payload = base64.b64encode(text.encode()).decode()
    session.wait_until(lambda: f"\x1b]52;c;{payload}\x07".encode() in session.output)
    session.send("q")
    assert session.exit_code() == 0
    assert violations(session.output, title="probe", copied=frozenset({payload})) == []


def test_one_changing_word_costs_a_few_bytes_a_beat(start: Open, tmp_path: Path) -> None:
    """Everything is refreshed twenty times a second, one number changes; Textual alone would send all 40 lines."""
    report = tmp_path / "report.json"
    session = start([*PROBE, str(report)])
    session.wait_until(lambda: any("beat 30" in line for line in session.screen()))
    session.send("q")
    assert session.exit_code() == 0
    told = json.loads(report.read_text())
    first_frame = 120 * 40 + 2_000
    assert (told["bytes"] - first_frame) / told["beats"] < 100


def test_when_the_line_recovers_what_was_left_out_is_painted(start: Open, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    session = start([*PROBE, str(report), "--busy"])
    session.wait_for("line 39")
    session.stall()
    session.process.poll()
    try:
        session.wait_until(lambda: False, timeout=2.5)
    except AssertionError:
        session.resume()
    beats = {line.split("beat ")[1].split(" ")[0] for line in session.screen() if "beat " in line}
    assert len(beats) <= 2
    session.wait_until(lambda: int(session.screen()[0].split("beat ")[1].split(" ")[0]) > 45)
    session.send("q")
    assert session.exit_code() == 0
    told = json.loads(report.read_text())
    assert told["slow"]
    assert told["gap"] < 0.5
    assert told["skipped"] > 20


def test_a_line_that_goes_dead_without_a_signal_is_noticed(start: Open, tmp_path: Path) -> None:
    """As after `setsid` or `nohup`: nobody sends SIGHUP, only reading and writing fail."""
    report = tmp_path / "report.json"
    session = start([*PROBE, str(report), "--busy"], controlling=False)
    session.wait_for("line 39")
    session.hang_up()
    assert session.exit_code() == 0
    assert json.loads(report.read_text())["ended_by"] == "lost"


def test_errors_sent_elsewhere_do_not_take_the_screen_along(start: Open, tmp_path: Path) -> None:
    with open(tmp_path / "errors.log", "wb") as errors:
        session = start([*PROBE, str(tmp_path / "report.json")], errors_to=errors)
        session.wait_for("line 39")
        session.send("q")
        assert session.exit_code() == 0
    assert modes_left_on(session.output) == set()
    assert (tmp_path / "errors.log").read_bytes() == b""
