"""The whole console on a real terminal: what it sends, how it leaves, and how it bears a bad line."""

import json
import os
import random
import signal
import statistics
import time
from pathlib import Path

import pytest

from tests.pty.programs import Open, Record, needs_fake
from tests.support.hostile import color_codes, modes_left_on, violations
from tests.support.pty_session import PtySession

# Through every pane, the filter, help and the palette, and back.
KEYS = ("j", "j", "\r", "\t", "j", "\r", "\x1b", "\t", "j", "/", "a", "\x1b", "?", "\x1b", ":", "x", "\x1b")
BUDGET_BYTES_PER_SECOND = 15_000


def assert_left_as_it_was(session: PtySession) -> None:
    assert session.attributes_now() == session.attributes_before
    assert modes_left_on(session.output) == set()


@pytest.mark.parametrize("key", ["q", "\x03"])
def test_leaving_gives_the_terminal_back_as_it_was(console: Open, key: str) -> None:
    session = console()
    assert session.attributes_now() != session.attributes_before
    session.send(key)
    assert session.exit_code() == 0
    assert_left_as_it_was(session)
    assert b"\x1b[23;2t" in session.output, "the window title is taken back"


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(console: Open, number: signal.Signals) -> None:
    session = console()
    started = time.monotonic()
    session.process.send_signal(number)
    session.wait_until(lambda: b"\x1b[?1049l" in session.output)
    assert time.monotonic() - started < 1.5, "the terminal comes back first, then the engine is closed"
    assert session.exit_code(10.0) == 0
    assert_left_as_it_was(session)


@needs_fake()
def test_a_cut_line_ends_it_at_once(console: Open, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    session = console("--storm", "5", "--report", str(report))
    started = time.monotonic()
    session.hang_up()
    assert session.exit_code() == 0
    assert session.ended_at - started < 2.0
    assert json.loads(report.read_text())["ended_by"] in ("SIGHUP", "lost")


@needs_fake()
def test_nothing_but_our_own_sequences_reaches_the_terminal(console: Open) -> None:
    """Every text of the fake engine is an attack and comes uncleaned, so this tries the last gate too."""
    session = console("--hostile", "--storm", "20")
    for key in KEYS:
        session.send(key)
        time.sleep(0.1)
    time.sleep(0.4)  # a key soon after Escape would be taken for Alt and that key
    assert session.process.poll() is None, "\n".join(session.screen())
    session.send("q")
    assert session.exit_code() == 0
    assert violations(session.output, title="noc", bells=len(KEYS)) == []


def test_after_a_storm_of_resizes_the_screen_is_whole(still: PtySession) -> None:
    dice = random.Random(5)
    for _ in range(20):
        still.resize(dice.randrange(60, 200), dice.randrange(16, 60))
        time.sleep(dice.choice((0.0, 0.01, 0.05)))
    still.resize(120, 40)
    still.wait_quiet(0.5)
    before = still.screen()
    still.send("\x0c")
    still.wait_quiet(0.4)
    assert still.screen() == before
    assert still.shows("Heat map")
    assert still.process.poll() is None


@needs_fake()
def test_after_a_storm_of_events_the_screen_is_what_a_full_repaint_shows(console: Open) -> None:
    """Only differences are sent, through panes that scroll, open, close and change places: nothing may go astray."""
    session = console("--storm", "30", "--calm-after", "3")
    for key in ("j", "j", "\r", "z", "\t", "?", "\x1b", "z", "\t", "j", "z", "o", "/", "x", "\x1b", "\t"):
        session.send(key)
        time.sleep(0.2)
    session.wait_quiet(0.6)
    before = session.screen()
    session.send("\x0c")
    session.wait_quiet(0.4)
    assert session.screen() == before


def test_a_window_that_is_too_small_says_so_and_comes_back(living: PtySession) -> None:
    living.resize(40, 10)
    living.wait_for("40x10")
    living.resize(120, 40)
    living.wait_for("Feed")
    living.wait_quiet(0.2)


def test_noise_on_the_screen_goes_with_ctrl_l(still: PtySession) -> None:
    still.wait_quiet()
    clean = still.screen()
    os.write(still._slave, b"\x1b[5;5H*** broadcast message from root ***")
    still.wait_for("broadcast message")
    still.send("\x0c")
    still.wait_until(lambda: not still.shows("broadcast message"))
    still.wait_quiet()
    assert still.screen() == clean


def test_suspended_and_resumed_it_paints_everything_again(still: PtySession) -> None:
    still.wait_quiet()
    before = still.screen()
    still.process.send_signal(signal.SIGTSTP)
    still.wait_until(lambda: b"\x1b[?1049l" in still.output)
    still.wait_stopped()  # a shell brings a program back once it has stopped: sooner it would stop for good
    assert still.attributes_now() == still.attributes_before
    os.write(still._slave, b"\x1b[2J\x1b[H$ ls")
    still.wait_for("$ ls")
    still.process.send_signal(signal.SIGCONT)
    still.wait_for("Heat map")
    still.wait_quiet()
    assert still.screen() == before


@needs_fake()
@pytest.mark.parametrize(
    ("options", "environ", "kinds"),
    [
        ((), {}, {"truecolor"}),
        ((), {"COLORTERM": ""}, {"256"}),
        (("--colors", "16"), {}, {"16"}),
        ((), {"NO_COLOR": "1"}, set()),
    ],
)
def test_no_more_colours_are_sent_than_the_terminal_has(
    console: Open, options: tuple[str, ...], environ: dict[str, str], kinds: set[str]
) -> None:
    session = console(*options, environ=environ)
    session.send("?")
    session.wait_quiet(0.3)
    assert color_codes(session.output) - {"16"} == kinds - {"16"}
    assert kinds != set() or color_codes(session.output) == set()


@needs_fake()
def test_a_terminal_that_stops_reading_stops_nothing(console: Open, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    session = console("--storm", "50", "--report", str(report), columns=200, rows=60)
    session.stall()
    for _ in range(12):
        session.send("j")  # every key would paint
        time.sleep(0.2)
    memory = session.memory_bytes()
    assert session.process.poll() is None
    session.resume()
    session.send("q")
    assert session.exit_code() == 0
    assert_left_as_it_was(session)
    told = json.loads(report.read_text())
    assert told["gap"] < 0.6, "the beat went on while nobody read"
    assert memory < 250_000_000


@needs_fake()
def test_leaving_does_not_wait_for_a_terminal_that_does_not_read(console: Open) -> None:
    session = console("--storm", "50", columns=200, rows=60)
    session.stall()
    time.sleep(1.0)
    started = time.monotonic()
    session.process.send_signal(signal.SIGTERM)
    assert session.process.wait(5) == 0
    assert time.monotonic() - started < 2.5


def test_a_key_is_painted_at_once(living: PtySession, record_property: Record) -> None:
    living.wait_quiet(0.1)
    waits = []
    for key in "jk" * 20:
        at = living.send(key)
        waits.append(living.first_output_after(at) - at)
        time.sleep(0.03)
    record_property("key_to_paint_median_ms", round(statistics.median(waits) * 1000, 1))
    assert statistics.median(waits) < 0.06


def test_the_living_console_keeps_to_its_byte_budget(living: PtySession, record_property: Record) -> None:
    before = living.byte_count
    time.sleep(2.0)
    rate = (living.byte_count - before) / 2
    record_property("bytes_per_second", round(rate))
    assert rate < BUDGET_BYTES_PER_SECOND


def test_with_nothing_to_tell_it_is_silent_and_idle(still: PtySession, record_property: Record) -> None:
    still.wait_quiet(0.5)
    before, busy = still.byte_count, still.cpu_seconds()
    time.sleep(2.0)
    record_property("idle_cpu_percent", round((still.cpu_seconds() - busy) / 2 * 100, 1))
    assert still.byte_count - before < 100
    assert still.cpu_seconds() - busy < 0.1
