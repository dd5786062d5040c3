"""Receiver outages around an alert that fires and ends inside them, with the engine killed in between: exactly what is
owed arrives, in order, and no kill makes it more. The engine is the real program, the receiver a real server."""

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from data import times
from engine import clock
from tests.support.fakes.http import Answer, Request, Server

pytestmark = pytest.mark.crash

CONFIG = """
notify:
  receivers:
    - {{name: desk, kind: webhook, url: "{url}", timeout: 1s}}
  routes:
    - {{to: [desk], group_wait: 0s, group_interval: 1s}}
"""


class Program:
    """`noc engine` on one database, started and killed at will."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        (folder / "noc.yaml").write_text(CONFIG.format(url=url))
        self._process: asyncio.subprocess.Process | None = None
        self.url = ""
        self._made = 0

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "noc_tui.cli", "engine", "--listen", "127.0.0.1:0", "--db",
            f"sqlite:///{self.folder}/noc.db", "--config", str(self.folder / "noc.yaml"),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdout is not None
        async with asyncio.timeout(30):
            line = (await self._process.stdout.readline()).decode()
        assert line.startswith("ready "), line
        self.url = line.split()[1]

    async def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(how)
            await self._process.wait()

    async def alert(self, kind: str, alert: str) -> None:
        """Returns when it is durable."""
        self._made += 1
        event = {
            "specversion": "1.0", "id": f"{alert}{self._made}", "source": "test", "type": f"noc.alert.{kind}",
            "time": times.text(clock.wall()), "data": {"alert_type": alert, "severity": "HIGH", "site": "S1"},
        }  # fmt: skip
        async with httpx2.AsyncClient(trust_env=False) as client:
            reply = await client.post(f"{self.url}/events", json=event, headers=HEADERS)
        assert reply.json()["accepted"] == 1, reply.text


HEADERS = {"content-type": "application/cloudevents+json"}


def told(server: Server, good: Callable[[Request], bool]) -> list[tuple[str, str]]:
    return [
        (alert["labels"]["alertname"], alert["status"])
        for request in server.got
        if good(request)
        for alert in request.json["alerts"]
    ]


@pytest.mark.parametrize("outage", ["500", "hang", "down"])
@pytest.mark.parametrize("killed", [(), ("fired",), ("fired", "ended"), ("fired", "ended", "again")])
async def test_exactly_the_owed_messages(outage: str, killed: tuple[str, ...], tmp_path: Path) -> None:
    bad = {"500": Answer(500), "hang": Answer(hang=True), "down": Answer(500)}[outage]
    good: set[int] = set()

    def behave(request: Request) -> Answer:
        if not well:
            return bad
        good.add(id(request))
        return Answer()

    well = False
    async with Server(behave) as server:
        program = Program(tmp_path, server.url)
        if outage == "down":
            await server.down()
        try:
            await program.start()
            for moment, deed in (("fired", "firing"), ("ended", "resolved"), ("again", None)):
                if deed is not None:
                    await program.alert(deed, "OUTAGE")
                if outage != "down" and moment == "fired":
                    await server.until(1)
                if moment in killed:
                    await program.stop()
                    await program.start()
            well = True
            if outage == "down":
                await server.up()
            await _until(lambda: len(told(server, lambda request: id(request) in good)) >= 2)
            await program.alert("firing", "LATER")
            await _until(lambda: len(told(server, lambda request: id(request) in good)) >= 3)
        finally:
            await program.stop(signal.SIGTERM)
        arrived = told(server, lambda request: id(request) in good)
        assert arrived == [("OUTAGE", "firing"), ("OUTAGE", "resolved"), ("LATER", "firing")]
        attempts = len(server.got)
        assert attempts <= 20, "a receiver that fails is tried more and more seldom"
        keys = [request.headers["idempotency-key"] for request in server.got]
        assert len(set(keys)) == 3, "every attempt of one message bears the same key"


async def _until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(40):
        while not holds():  # noqa: ASYNC110  another process makes it true
            await asyncio.sleep(0.02)
