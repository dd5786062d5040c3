"""The console inside a real tmux: colours, keys, another size, copying, and a session that is killed."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.pty.programs import CONSOLES, ROOT

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Tmux:
    """A server of its own with one window, in which the console runs."""

    def __init__(self, home: Path) -> None:
        self.socket = str(home / "tmux")
        dropped = ("TMUX", "NO_COLOR", "TERM_PROGRAM")
        self.environ = {key: value for key, value in os.environ.items() if key not in dropped}
        self.environ |= {f"XDG_{kind}_HOME": str(home) for kind in ("DATA", "STATE", "CONFIG")}
        self.environ |= {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        command = f"cd {ROOT} && exec {' '.join(CONSOLES['fake'])}"
        self("-f", "/dev/null", "new-session", "-d", "-s", "noc", "-x", "100", "-y", "30", command)
        self("set-option", "-g", "set-clipboard", "on")

    def __call__(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", self.socket, *words], env=self.environ, capture_output=True, text=True, timeout=20
        )
        return done.stdout

    def screen(self, *options: str) -> str:
        return self("capture-pane", "-p", "-t", "noc", *options)

    def press(self, *keys: str) -> None:
        self("send-keys", "-t", "noc", *keys)

    def wait_until(self, holds: Callable[[], bool], told: str) -> None:
        for _ in range(200):
            if holds():
                return
            time.sleep(0.1)
        pytest.fail(f"{told}\n{self.screen()}")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    made = Tmux(tmp_path)
    try:
        made.wait_until(lambda: "Board" in made.screen() and "acknowledge" in made.screen(), "the console did not come")
        yield made
    finally:
        made("kill-server")


def test_it_is_in_colours_and_takes_keys(tmux: Tmux) -> None:
    coloured = tmux.screen("-e")
    assert "\x1b[38;" in coloured or "\x1b[48;" in coloured or "38;5" in coloured
    tmux.press("f")
    tmux.wait_until(lambda: "go to what shows the letter" in tmux.screen(), "f shows no letters")
    tmux.press("Escape")
    tmux.wait_until(lambda: "go to what shows the letter" not in tmux.screen(), "Esc does not end it")
    tmux.press("?")
    tmux.wait_until(lambda: "Jump" in tmux.screen() or "Move" in tmux.screen(), "no help")


def test_another_size_is_taken_at_once(tmux: Tmux) -> None:
    tmux("resize-window", "-t", "noc", "-x", "80", "-y", "24")
    tmux.wait_until(lambda: "[Board" in tmux.screen(), "below 100x30 there are no tabs")
    tmux("resize-window", "-t", "noc", "-x", "50", "-y", "12")
    tmux.wait_until(lambda: "noc needs" in tmux.screen(), "too small, and it does not say so")
    tmux("resize-window", "-t", "noc", "-x", "120", "-y", "40")
    tmux.wait_until(lambda: "Heat map" in tmux.screen(), "the panes did not come back")


def test_what_is_copied_is_in_the_buffer_of_tmux(tmux: Tmux) -> None:
    tmux.press("Tab")
    tmux.wait_until(
        lambda: "y copy" in tmux.screen() and "nobody has taken it" in tmux.screen(), "Tab does not go to the item"
    )
    tmux.press("y")
    tmux.wait_until(lambda: "copied" in tmux.screen(), "y says nothing")
    tmux.wait_until(lambda: len(tmux("show-buffer").strip()) > 3, "nothing came to the buffer")


def test_it_dies_with_its_session(tmux: Tmux) -> None:
    pid = int(tmux("display-message", "-p", "-t", "noc", "#{pane_pid}"))
    tmux("kill-session", "-t", "noc")
    tmux.wait_until(lambda: not Path(f"/proc/{pid}").exists(), "it lives on without a terminal")
