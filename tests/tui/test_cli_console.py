"""The console as it is started from the shell: on a terminal, and when there is no database for it."""

import asyncio
import sys
import threading
from pathlib import Path

import pytest

from data.opening import open_store
from tests.support.pty_session import PtySession

pytestmark = [pytest.mark.pty, pytest.mark.xdist_group("pty")]

NOC = str(Path(sys.executable).with_name("noc"))


def session(tmp_path: Path, *words: str) -> PtySession:
    home = {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")}
    return PtySession([NOC, *words], environ=home)


def test_a_demo_for_a_while_ends_by_itself(tmp_path: Path) -> None:
    with session(tmp_path, "demo", "--for", "1s", "--sites", "2") as seen:
        seen.wait_for("Feed", 20)
        assert seen.exit_code(20) == 0


def test_a_database_in_use_ends_the_console_and_names_who_has_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'noc.db'}"
    held, done = threading.Event(), threading.Event()

    async def hold() -> None:
        store = await open_store(url, "noc engine")
        held.set()
        await asyncio.to_thread(done.wait)
        await store.close()

    holder = threading.Thread(target=lambda: asyncio.run(hold()))
    holder.start()
    try:
        assert held.wait(10)
        with session(tmp_path, "--db", url) as seen:
            assert seen.exit_code(20) == 3
            shell = seen.output.rpartition(b"\x1b[?1049l")[2]
            assert b"in use by pid" in shell
    finally:
        done.set()
        holder.join()


def test_an_unknown_theme_is_told_before_anything_is_drawn(tmp_path: Path) -> None:
    with session(tmp_path, "demo", "--theme", "nonsense") as seen:
        assert seen.exit_code(20) == 2
        assert b"there is no theme `nonsense`; there are: dark" in seen.output
        assert b"\x1b[?1049h" not in seen.output
