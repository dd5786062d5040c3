"""What is found out about a terminal, what is told to Textual, and how bytes get out."""

import base64
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from textual.app import App

from noc_tui.clipboard import MAX_BASE64, copy_sequence
from noc_tui.frames import Sifted
from noc_tui.output import NocDriver, Writer
from noc_tui.terminal import Capabilities, Terminal, Wishes, look_at, prepare

XTERM = {"TERM": "xterm-256color", "LANG": "en_GB.UTF-8"}


# What the terminal can.


@pytest.mark.parametrize(
    ("environ", "colors"),
    [
        ({}, "256"),
        ({"COLORTERM": "truecolor"}, "truecolor"),
        ({"COLORTERM": "24bit"}, "truecolor"),
        ({"COLORTERM": "yes"}, "256"),
        ({"TERM": "xterm-kitty"}, "truecolor"),
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "linux"}, "16"),
        ({"TERM": "xterm-direct"}, "truecolor"),
        ({"TERM": "screen-256color", "STY": "1.pts", "COLORTERM": "truecolor"}, "256"),
        ({"TERM": "screen", "STY": "1.pts", "COLORTERM": "truecolor"}, "16"),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/t", "COLORTERM": "truecolor"}, "truecolor"),
        ({"NO_COLOR": "1", "COLORTERM": "truecolor"}, "none"),
        ({"NO_COLOR": "", "COLORTERM": "truecolor"}, "truecolor"),
    ],
)
def test_colour_depth_is_what_the_environment_promises(environ: dict[str, str], colors: str) -> None:
    assert look_at({**XTERM, **environ}).colors == colors


def test_a_wish_for_colours_wins_over_the_environment() -> None:
    assert look_at({**XTERM, "NO_COLOR": "1"}, Wishes(colors="truecolor")).colors == "truecolor"
    assert look_at({**XTERM, "COLORTERM": "truecolor"}, Wishes(colors="16")).colors == "16"
    with pytest.raises(ValueError, match="'pink' is none of auto, none, 16, 256, truecolor"):
        look_at(XTERM, Wishes(colors="pink"))


def test_few_colours_begin_with_the_terminals_own() -> None:
    assert look_at(XTERM, Wishes(colors="16")).theme == "ansi-16"
    assert look_at(XTERM, Wishes(colors="none")).theme == "ansi-16"
    assert look_at(XTERM).theme is None


def test_a_terminal_without_a_cursor_is_told_apart() -> None:
    problem = look_at({"TERM": "dumb"}).problem
    assert problem == "TERM=dumb: this terminal cannot place a cursor"
    assert "(not set)" in (look_at({}).problem or "")
    assert look_at(XTERM).problem is None


def test_a_locale_without_unicode_gets_ascii() -> None:
    assert look_at({"TERM": "xterm", "LANG": "de_DE.ISO-8859-1"}).ascii
    assert not look_at({"TERM": "xterm", "LANG": "de_DE.UTF-8"}).ascii
    assert look_at(XTERM, Wishes(ascii=True)).ascii


def test_textual_is_told_before_it_is_imported() -> None:
    environ = {"NO_COLOR": "", "COLUMNS": "80", "LINES": "24", **XTERM}
    prepare(look_at(environ, Wishes(colors="256", plain_keys=True)), environ)
    assert environ["TEXTUAL_COLOR_SYSTEM"] == "256"
    assert environ["TEXTUAL_DISABLE_KITTY_KEY"] == "1"
    assert not {"NO_COLOR", "COLUMNS", "LINES"} & set(environ), "sizes that a shell exported would stay for ever"
    environ = dict(XTERM)
    prepare(look_at(environ, Wishes(colors="none")), environ)
    assert environ["NO_COLOR"] == "1"
    assert environ["TEXTUAL_THEME"] == "ansi-dark"
    with pytest.raises(RuntimeError, match="before the terminal was prepared"):
        prepare(look_at(XTERM), os.environ)


def test_looking_at_the_terminal_loads_no_toolkit() -> None:
    code = (
        "import sys, noc_tui.terminal, noc_tui.themes; print(sorted(m for m in sys.modules if m in ('textual','rich')))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


# Whether it keeps up.


class FakeDriver:
    clean = True
    farewell = ""
    bytes_written = 0
    backlog = 0

    def __init__(self) -> None:
        self.sent: list[str] = []

    def write(self, data: str) -> None:
        self.sent.append(data)


def terminal_with(driver: FakeDriver, clock: Callable[[], float], found: Capabilities | None = None) -> Terminal:
    terminal = Terminal(found or look_at(XTERM), clock)
    terminal._driver = driver  # type: ignore[assignment]
    return terminal


def test_the_gate_closes_while_the_terminal_is_behind_and_says_slow_after_a_second() -> None:
    now = 100.0
    driver = FakeDriver()
    terminal = terminal_with(driver, lambda: now)

    def state() -> tuple[bool, bool]:
        return terminal.gate(), terminal.slow

    assert state() == (True, False)
    driver.backlog = 1
    assert state() == (False, False)
    now = 100.9
    assert state() == (False, False)
    now = 101.0
    assert state() == (False, True)
    driver.backlog = 0
    now = 103.0
    assert state() == (True, True), "it can only be read once the link has recovered"
    now = 106.1
    assert state() == (True, False)


def test_a_terminal_that_runs_nothing_is_never_behind() -> None:
    terminal = Terminal(look_at(XTERM))
    assert terminal.gate()
    assert terminal.backlog == terminal.bytes_written == 0
    assert terminal.bytes_per_second == 0.0
    terminal.set_title("nothing happens")
    terminal.repaint()
    terminal.restore()


def test_a_title_carries_printable_characters_only() -> None:
    driver = FakeDriver()
    terminal_with(driver, lambda: 0.0).set_title("noc\x07\x1b]52;c;x\x07 \u202esite")
    assert driver.sent == ["\x1b]2;noc]52;c;x site\x07"]
    linux = terminal_with(driver, lambda: 0.0, look_at({"TERM": "linux"}))
    linux.set_title("unseen")
    assert len(driver.sent) == 1


# Copying.


def test_copying_goes_through_the_terminal() -> None:
    driver = FakeDriver()
    assert terminal_with(driver, lambda: 0.0).copy("Zürich ✓") == "copied 8 characters"
    payload = base64.b64encode("Zürich ✓".encode()).decode()
    assert driver.sent == [f"\x1b]52;c;{payload}\x07"]


def test_copying_is_wrapped_for_multiplexers() -> None:
    plain = copy_sequence("x" * 2_000, None)
    tmux = copy_sequence("x" * 2_000, "tmux")
    assert tmux.startswith(plain)
    wrapped = tmux.removeprefix(plain)
    assert wrapped.startswith("\x1bPtmux;")
    assert wrapped.removeprefix("\x1bPtmux;").removesuffix("\x1b\\").replace("\x1b\x1b", "\x1b") == plain
    screen = copy_sequence("x" * 2_000, "screen")
    chunks = screen.removeprefix("\x1bP").removesuffix("\x1b\\").split("\x1b\\\x1bP")
    assert "".join(chunks) == plain
    assert max(map(len, chunks)) <= 764


def test_too_much_to_copy_is_said_not_tried() -> None:
    copy_sequence("x" * (MAX_BASE64 // 4 * 3), None)
    with pytest.raises(ValueError, match="too long to copy through a terminal: 60,000 characters"):
        copy_sequence("x" * 60_000, None)


# The writer.


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    for fd in (read, write):
        try:
            os.close(fd)
        except OSError:
            continue


def test_the_writer_never_blocks_and_tells_when_it_has_caught_up(pipe: tuple[int, int]) -> None:
    read, write = pipe
    drained = threading.Event()
    writer = Writer(write, drained.set)
    writer.start()
    writer.put(b"x" * 1_000_000, frame=True)  # far more than a pipe holds: the thread is stuck in it
    writer.put(b"y" * 10)
    assert not writer.busy(2)
    assert writer.busy(1)
    assert not drained.is_set()
    taken = b""
    while len(taken) < 1_000_010:
        taken += os.read(read, 65_536)
    assert drained.wait(5)
    assert taken.endswith(b"x" + b"y" * 10)
    assert not writer.busy(1)
    assert writer.written == 1_000_010
    assert writer.stop()


def test_leaving_does_not_wait_for_a_terminal_that_does_not_read(pipe: tuple[int, int]) -> None:
    read, write = pipe
    writer = Writer(write, lambda: None)
    writer.start()
    writer.put(b"x" * 1_000_000)
    started = time.monotonic()
    assert not writer.stop(0.05)
    assert time.monotonic() - started < 1.0
    os.close(read)  # lets the thread go
    writer.join(5)
    assert writer.gone


def test_a_terminal_that_is_gone_swallows_everything(pipe: tuple[int, int]) -> None:
    read, write = pipe
    os.close(read)
    writer = Writer(write, lambda: None)
    writer.start()
    for _ in range(100):
        writer.put(b"x" * 10_000)
    assert writer.stop(5)
    assert writer.gone
    assert writer.pending == writer.pending_bytes == 0


def test_an_empty_frame_costs_nothing_and_a_full_one_is_one_piece() -> None:
    sent: list[str] = []
    driver = NocDriver.__new__(NocDriver)
    driver._held, driver._cursor, driver._frame_comes = None, "", False
    driver._put = sent.append  # type: ignore[method-assign, assignment]

    def frame(body: str) -> None:
        for part in ("\x1b[?2026h", body, "\x1b[?2026l"):
            driver.write(part)

    frame("\x1b[1;1Hhello\x1b[1;1H")
    frame("\x1b[1;1H")  # nothing but the move of an unmoved cursor
    frame("")
    driver.write("\x1b[1;1H")
    driver.write("\x1b]2;title\x07")
    frame("\x1b[1;1H")
    frame("\x1b[5;5H")
    assert sent == [
        "\x1b[?2026h\x1b[1;1Hhello\x1b[1;1H\x1b[?2026l",
        "\x1b]2;title\x07",
        "\x1b[?2026h\x1b[1;1H\x1b[?2026l",
        "\x1b[?2026h\x1b[5;5H\x1b[?2026l",
    ]


async def test_the_one_place_where_frames_are_taken_is_there() -> None:
    """Sifting hangs on `App._display`; should an update of Textual move it, this fails before an operator notices."""
    app: App[None] = App()
    terminal = Terminal(look_at(XTERM))
    seen: list[object] = []
    app._display = lambda screen, renderable: seen.append(renderable)  # type: ignore[method-assign]
    terminal._sift(app, FakeDriver())  # type: ignore[arg-type]
    async with app.run_test() as pilot:
        app.screen.refresh()
        await pilot.pause()
    assert any(isinstance(renderable, Sifted) for renderable in seen)


def test_in_gnu_screen_there_is_no_mouse_since_it_would_hold_esc_back() -> None:
    assert look_at({"TERM": "xterm-256color"}, Wishes()).mouse
    assert look_at({"TERM": "xterm-256color", "TMUX": "/tmp/tmux,1,0"}, Wishes()).mouse
    assert not look_at({"TERM": "screen-256color", "STY": "1.noc"}, Wishes()).mouse
