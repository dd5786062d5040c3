"""The console inside a real GNU screen: as many colours as it has, keys, another size, copying, a session that ends."""

import base64
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pty.inside import ends, words_of
from tests.support.pty_session import PtySession

SCREEN = shutil.which("screen")
pytestmark = pytest.mark.skipif(SCREEN is None, reason="GNU screen is not installed")
STRING = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07")


class Inside:
    """A screen of its own, in a terminal of ours, with the console as its only window."""

    def __init__(self, folder: Path) -> None:
        self.noted, told = folder / "pid", folder / "screenrc"
        told.write_text("startup_message off\nterm screen-256color\naltscreen on\ndefutf8 on\n")
        self.environ = {f"XDG_{kind}_HOME": str(folder) for kind in ("DATA", "STATE", "CONFIG")}
        self.environ |= {"HOME": str(folder), "SCREENDIR": str(folder)}
        command = [str(SCREEN), "-U", "-c", str(told), "-S", "noc", "/bin/sh", "-c", words_of(self.noted)]
        self.session = PtySession(command, 100, 30, environ=self.environ)

    def tell(self, *words: str) -> None:
        environ = {**os.environ, **self.environ}
        subprocess.run([str(SCREEN), "-S", "noc", "-X", *words], env=environ, capture_output=True, timeout=20)


@pytest.fixture
def inside() -> Iterator[Inside]:
    with tempfile.TemporaryDirectory(prefix="scr") as made:  # a socket's path is short; mkdtemp lets only us in
        found = Inside(Path(made))
        with found.session as session:
            try:
                session.wait_for("acknowledge", 30)
                yield found
            finally:
                found.tell("quit")


def test_screen_is_in_256_colours_and_takes_keys(inside: Inside) -> None:
    session = inside.session
    assert b"38;5;" in session.output
    assert b"38;2;" not in session.output  # screen 4 would not understand it
    session.send("?")
    session.wait_for("Signs")
    session.send("\x1b")
    session.wait_until(lambda: not session.shows("Signs"))
    session.send("j")
    session.send("a")
    session.wait_for("takes it back")


def test_screen_passes_another_size_on(inside: Inside) -> None:
    session = inside.session
    session.resize(80, 24)
    session.wait_for("[Board")
    session.resize(120, 40)
    session.wait_for("Heat map")


def test_screen_passes_on_what_is_copied(inside: Inside) -> None:
    session = inside.session
    session.send("\t")
    session.wait_for("y copy")
    session.wait_for("nobody has taken it")
    session.send("y")
    session.wait_for("copied")
    session.wait_until(lambda: STRING.search(session.output) is not None)
    found = STRING.search(session.output)
    assert found is not None
    copied = base64.b64decode(found[1]).decode()
    assert any(copied[:12] in line for line in session.screen())


def test_it_ends_with_the_screen_that_it_runs_in(inside: Inside) -> None:
    inside.tell("quit")
    assert ends(inside.noted), "it lives on without a terminal"
