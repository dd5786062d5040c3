"""`noc --at TIME` on a real terminal, over a real database and its machine in a process of its own."""

import asyncio
import sys
from pathlib import Path

import pytest

from data import times
from data.opening import open_store
from tests.pty.programs import Open
from tests.support.pty_session import PtySession
from tests.support.recordings import Script, at, play, started

NOC = [str(Path(sys.executable).with_name("noc"))]


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Ten sites, one after the other without power, ten minutes apart."""
    url = f"sqlite:///{tmp_path}/noc.db"
    script = Script()
    for number in range(10):
        script.fire(at(10 * number), "POWER_LOST", "CRITICAL", site=f"S{number}", entity=f"host/h{number}")
        for second in range(1, 500):
            script.tick(at(10 * number, second))

    async def run() -> None:
        engine = await started(await open_store(url, "test"))
        await play(engine, script.lines)
        await engine.close()

    asyncio.run(run())
    return url


def banner(session: PtySession) -> str:
    return session.screen()[0]


def board(session: PtySession) -> set[str]:
    """Sites that are told of anywhere on the screen."""
    return {f"S{number}" for number in range(10) if f" S{number} " in "\n".join(session.screen())}


def test_the_console_opens_at_that_moment_steps_and_comes_back(start: Open, database: str) -> None:
    session = start([*NOC, "--db", database, "--at", times.text(at(35))])
    session.wait_until(lambda: "2026-01-05 00:35:00 UTC" in banner(session))
    session.wait_until(lambda: board(session) == {"S0", "S1", "S2", "S3"})
    assert "nothing can be changed here" in banner(session)
    assert "L goes back to now" in banner(session)
    session.send("[")
    session.wait_until(lambda: "00:25:00" in banner(session) and board(session) == {"S0", "S1", "S2"})
    session.send("]")
    session.wait_until(lambda: "00:35:00" in banner(session) and board(session) == {"S0", "S1", "S2", "S3"})
    session.send("L")
    session.wait_until(lambda: "PAST" not in banner(session) and len(board(session)) == 10)
    session.send("\x14")
    session.wait_for("Time travel")
    session.send("00:05\r")
    session.wait_until(lambda: "00:05:00" in banner(session) and board(session) == {"S0"})
    session.send("q")
    assert session.exit_code() == 0


def test_what_is_no_moment_is_bad_usage(start: Open, database: str) -> None:
    session = start([*NOC, "--db", database, "--at", "yesterday"])
    assert session.exit_code() == 2
    assert b"`yesterday` is no moment such as 02:30" in session.output
