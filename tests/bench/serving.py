"""The server at work, from the outside: what a program of its own costs for each event that it takes over the network,
decides, commits and acknowledges, and how long an acknowledgement takes.

Cost is CPU time of the server's process, all threads, so that other programs on the machine and the sender beside it do
not count. Waits are by the wall and mean something on a quiet machine only.
"""

import asyncio
import http.client
import itertools
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect

from engine import clock
from engine.attach import frames
from engine.attach.frames import Asked
from tests.bench import recordings
from tests.bench.child import ask
from tests.bench.figures import Figure, at_least, at_most, cost, percentile
from tests.bench.yardstick import loop_ns

TICKS = os.sysconf("SC_CLK_TCK")
CONSOLES = 20


class Server:
    """`noc engine` on the first core, where there is more than one."""

    def __init__(self, folder: Path, name: str, *, anew: bool = True) -> None:
        for old in folder.glob(f"{name}.db*") if anew else ():
            old.unlink()
        words = [sys.executable, "-m", "noc_tui.cli", "engine", "--listen", "127.0.0.1:0"]
        words += ["--db", f"sqlite:///{folder / name}.db"]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.base = self.process.stdout.readline().split()[1].replace("http", "ws", 1)
        if len(os.sched_getaffinity(0)) > 1:
            os.sched_setaffinity(self.process.pid, {min(os.sched_getaffinity(0))})

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def cpu(self) -> float:
        """CPU seconds of the process so far, all threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident(self) -> int:
        """Bytes of memory in use."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def connect(self, path: str, protocol: str, max_queue: int = 16) -> connect:
        return connect(
            self.base + path, subprotocols=[protocol], compression=None, max_size=None, proxy=None,  # type: ignore[list-item]
            ping_interval=None, max_queue=max_queue,
        )  # fmt: skip


def measure(folder: Path, *, quick: bool) -> Iterator[Figure]:
    yard = loop_ns()
    count = 20_000 if quick else 120_000
    lines = recordings.simulated(folder / "serving.jsonl", count).read_bytes().splitlines()
    (folder / "serving.db").unlink(missing_ok=True)
    replay = ask("replay", 600, files=[str(folder / "serving.jsonl")], database=f"sqlite:///{folder / 'serving.db'}")
    replayed = replay["cpu"] * 1e6 / replay["events"]
    with Server(folder, "batched") as server:
        found = asyncio.run(_send(server, framed(lines, 100), window=8))
        rate = Figure("serving", "mixed events in frames of 100, on one core", count / found["cpu"], "/CPU s")
        yield at_least(rate, 15_000)
        yield cost("serving", "  each, all threads", found["cpu"] * 1e6 / count, yard)
        yield cost("serving", "  of that beyond a replay of the same", found["cpu"] * 1e6 / count - replayed, yard)
        yield Figure("serving", "  by the wall, sender beside it", count / found["wall"], "/s")
        wait = Figure("serving", "  acknowledged, 99th of 100, 8 frames under way", found["p99"] * 1000, "ms")
        yield at_most(wait, 100)
        yield Figure("serving", "  acknowledged, median", found["p50"] * 1000, "ms")
    with Server(folder, "calm") as server:
        found = asyncio.run(_send(server, framed(lines[: count // 4], 100), window=1))
        yield at_most(
            Figure("serving", "  acknowledged, 99th of 100, one frame under way", found["p99"] * 1000, "ms"), 100
        )
    with Server(folder, "single") as server:
        some = lines[: count // 4]
        found = asyncio.run(_send(server, framed(some, 1), window=200))
        yield at_least(
            Figure("serving", "mixed events, one a frame, on one core", len(some) / found["cpu"], "/CPU s"), 6_000
        )
        each = found["cpu"] * 1e6 / len(some)
        yield cost("serving", "  of that beyond a replay of the same", each - replayed, yard)
        yield Figure("serving", "  acknowledged, 99th of 100, 200 frames under way", found["p99"] * 1000, "ms")
    with Server(folder, "posted") as server:
        waits = _posted(server, lines[: count // 100])
        yield Figure("serving", "an event by POST /events, answered, median", percentile(waits, 0.5) * 1000, "ms")
        yield Figure("serving", "  99th of 100", percentile(waits, 0.99) * 1000, "ms")
    with Server(folder, "paced") as server:
        yield asyncio.run(_paced(server, framed(lines, 100), 10_000))
    with Server(folder, "consoles") as server:
        yield from asyncio.run(_watched(server, 40 if quick else 200))
    with Server(folder, "stalled") as server:
        yield at_most(asyncio.run(_stalled(server, 5 if quick else 60)), 200)
    with Server(folder, "idle") as server:
        yield asyncio.run(_idle(server, 100 if quick else 1000))


def framed(lines: Sequence[bytes], size: int) -> list[bytes]:
    return [
        b'{"seq":%d,"events":[%s]}' % (seq, b",".join(lines[start : start + size]))
        for seq, start in enumerate(range(0, len(lines), size))
    ]


async def _send(server: Server, bodies: list[bytes], window: int) -> dict[str, float]:
    """Sends all, at most `window` unanswered; times from a frame's sending to its answer."""
    async with server.connect("/ws/ingest", "noc.ingest.v1") as socket:
        begun, cpu = clock.monotonic(), server.cpu()
        sent: deque[float] = deque()
        waits: list[float] = []
        for body in bodies:
            if len(sent) >= window:
                await socket.recv()
                waits.append(clock.monotonic() - sent.popleft())
            sent.append(clock.monotonic())
            await socket.send(body.decode())
        while sent:
            await socket.recv()
            waits.append(clock.monotonic() - sent.popleft())
        return {
            "cpu": server.cpu() - cpu,
            "wall": clock.monotonic() - begun,
            "p50": percentile(waits, 0.5),
            "p99": percentile(waits, 0.99),
        }


def _posted(server: Server, lines: Sequence[bytes]) -> list[float]:
    """One event a request, one request after the other on a kept connection: how long each answer takes."""
    connection = http.client.HTTPConnection(server.base.removeprefix("ws://"), timeout=60)
    waits: list[float] = []
    for line in lines:
        sent = clock.monotonic()
        connection.request("POST", "/events", line, {"content-type": "application/cloudevents+json"})
        connection.getresponse().read()
        waits.append(clock.monotonic() - sent)
    connection.close()
    return waits


async def _paced(server: Server, bodies: list[bytes], rate: int) -> Figure:
    """Mixed events at `rate` a second, nobody looking on: how long until an alert among them is in the feed."""
    waits = await waits_under(server, bodies, rate)
    name = f"finding to feed at {rate:,} events/s, no viewer, 99th of 100"
    return at_most(Figure("serving", name, percentile(waits, 0.99) * 1000, "ms"), 1000)


async def waits_under(server: Server, bodies: list[bytes], rate: int) -> list[float]:
    """Seconds from handing in an alert until it is decided, durable and answered, while `rate` events a second go on.
    It is in the feed then, too."""
    found: list[float] = []
    async with (
        server.connect("/ws/ingest", "noc.ingest.v1") as load,
        server.connect("/ws/ingest", "noc.ingest.v1") as probe,
    ):
        sending = asyncio.create_task(pump(load, bodies, rate))
        for body in alerts(1_000_000):
            if sending.done():
                break
            found.append(await _answered(probe, body))
            await asyncio.sleep(0.03)
        await sending
    return found


async def _answered(socket: ClientConnection, body: bytes) -> float:
    """Seconds until one frame is answered."""
    sent = clock.monotonic()
    await socket.send(body.decode())
    await socket.recv()
    return clock.monotonic() - sent


async def pump(socket: ClientConnection, bodies: list[bytes], rate: int) -> None:
    """Sends frames of 100 at their times, and reads what is answered."""
    begun = clock.monotonic()
    reading = asyncio.create_task(_read(socket))
    for number, body in enumerate(bodies):
        await asyncio.sleep(max(0.0, begun + number * 100 / rate - clock.monotonic()))
        await socket.send(body.decode())
    reading.cancel()


async def _read(socket: ClientConnection) -> None:
    async for _ in socket:
        pass


async def _watched(server: Server, count: int) -> Iterator[Figure]:
    """Alerts one after the other, and how soon each is on all of the consoles that look on."""
    seen: dict[str, list[float]] = {}
    consoles = [asyncio.create_task(_console(server, seen)) for _ in range(CONSOLES)]
    await asyncio.sleep(2)
    traffic = [0]
    waits: list[float] = []
    async with server.connect("/ws/ingest", "noc.ingest.v1") as socket:
        begun, cpu = clock.monotonic(), server.cpu()
        for number, body in enumerate(alerts(count)):
            sent = clock.monotonic()
            await socket.send(body.decode())
            await socket.recv()
            while len(seen.get(f"N{number}", ())) < CONSOLES:  # noqa: ASYNC110 (a look costs less than signals)
                await asyncio.sleep(0.002)
            waits += [moment - sent for moment in seen[f"N{number}"]]
        spent, lasted = server.cpu() - cpu, clock.monotonic() - begun
    for task in consoles:
        task.cancel()
    traffic = [each for each in await asyncio.gather(*consoles, return_exceptions=True) if isinstance(each, int)]
    figures = [
        at_most(
            Figure("serving", f"event to {CONSOLES} consoles, 99th of 100", percentile(waits, 0.99) * 1000, "ms"), 250
        ),
        Figure("serving", "  median", percentile(waits, 0.5) * 1000, "ms"),
        Figure("serving", "  bytes to each console", sum(traffic) / CONSOLES / lasted, "B/s"),
        Figure("serving", "  CPU of the server meanwhile", spent / lasted * 100, "%"),
    ]
    return iter(figures)


async def _console(server: Server, seen: dict[str, list[float]]) -> int:
    """One console with the panes that are open at a start; its traffic in bytes."""
    size = 0
    async with server.connect("/ws/console", frames.PROTOCOL) as socket:
        try:
            for id, what in enumerate(("feed", "board", "health", "heat"), 1):
                await socket.send(msgspec.json.encode(Asked("watch", id, what=what)).decode())
            await _look(socket, seen, sizes := [0])
        except asyncio.CancelledError:
            size = sizes[0]
    return size


async def _look(socket: ClientConnection, seen: dict[str, list[float]], sizes: list[int]) -> None:
    async for frame in socket:
        sizes[0] += len(frame)
        told = frames.told(frame)
        if told.page != 1:
            continue
        page: Any = told.whole or told.delta
        rows = page.get("rows") or []
        for row in rows["rows"] if isinstance(rows, dict) else rows:
            text = row.get("row", row).get("text", "") if isinstance(row, dict) else ""
            name = text.partition(" ")[0]
            if name.startswith("N") and row.get("row", row).get("type") == "alert_created":
                seen.setdefault(name, []).append(clock.monotonic())


def alerts(count: int) -> Iterator[bytes]:
    from data import times

    for number in itertools.count():
        if number == count:
            return
        event = {
            "specversion": "1.0", "id": f"n{number}", "source": "bench", "type": "noc.alert.firing",
            "time": times.text(clock.wall()),
            "data": {"alert_type": f"N{number}", "severity": "HIGH", "entity": f"host/h{number}", "site": f"S{number}"},
        }  # fmt: skip
        yield msgspec.json.encode({"seq": number, "events": [event]})


async def _stalled(server: Server, seconds: float) -> Figure:
    """A console that stops reading while alerts go on: the longest that one of them waits for its answer."""
    waits: list[float] = []
    async with (
        server.connect("/ws/console", frames.PROTOCOL, max_queue=1) as console,
        server.connect("/ws/ingest", "noc.ingest.v1") as socket,
    ):
        for id, what in enumerate(("feed", "board", "health", "heat"), 1):
            await console.send(msgspec.json.encode(Asked("watch", id, what=what)).decode())
        end = clock.monotonic() + seconds
        for body in alerts(1_000_000):
            if clock.monotonic() > end:
                break
            waits.append(await _answered(socket, body))
            await asyncio.sleep(0.01)
        console.transport.abort()
    name = f"a console that reads nothing for {seconds:g} s: longest wait of an event"
    return Figure("serving", name, max(waits) * 1000, "ms")


async def _idle(server: Server, count: int) -> Figure:
    """Sources that are connected and say nothing."""
    before = server.resident()
    sockets = [await server.connect("/ws/ingest", "noc.ingest.v1") for _ in range(count)]
    await asyncio.sleep(1)
    each = (server.resident() - before) / count / 1024
    for socket in sockets:
        await socket.close()
    return Figure("serving", f"memory for each of {count:,} idle sources", each, "KiB")
