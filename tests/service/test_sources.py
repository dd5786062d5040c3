"""Sources that the engine looks after by itself: syslog that it listens for, remote sources that it connects to."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve

from engine.attach.remote import Remote
from tests.service.served import Served, event, firing


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(check: Callable[[], Any], within: float = 30) -> Any:
    end = time.monotonic() + within
    while not (found := check()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)
    return found


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[tuple[Served, int, int]]:
    udp, tcp = free_port(socket.SOCK_DGRAM), free_port()
    config = (
        f"sources:\n- {{name: desk, kind: syslog, listen: '127.0.0.1:{udp}', site: S1}}\n"
        f"- {{name: net, kind: syslog, listen: '127.0.0.1:{tcp}', transport: tcp}}\n"
    )
    with Served(tmp_path, config) as served:
        yield served, udp, tcp


def test_datagrams_become_alerts(listening: tuple[Served, int, int]) -> None:
    served, udp, _ = listening
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:

        def sent() -> list[dict[str, Any]]:
            sender.sendto(b"<163>Oct 11 22:14:15 sw-1 link: Port 7 is down", ("127.0.0.1", udp))
            sender.sendto(b"<11>1 2003-10-11T22:14:15Z db-1 raid 5 ID1 - Disk 3 failed", ("127.0.0.1", udp))
            sender.sendto(b"no syslog at all", ("127.0.0.1", udp))
            time.sleep(0.2)
            return served.rows("alerts") if len(served.rows("alerts")) == 2 else []

        rows = {row["entity"]: row for row in until(sent)}
    assert rows["host/sw-1"]["alert_type"] == "link: Port # is down"
    assert rows["host/sw-1"]["site"] == "S1"
    assert rows["host/db-1"]["severity"] == "HIGH"
    assert rows["host/db-1"]["source"] == "syslog desk"
    letters = until(lambda: served.rows("dead-letters"))
    assert letters[0]["head"] == "no syslog at all"
    assert letters[0]["way"] == "syslog desk"
    assert "priority" in letters[0]["reason"]


def connected(port: int) -> socket.socket:
    """A connection to a source, which listens a moment after the server is ready."""

    def attempt() -> socket.socket | None:
        with contextlib.suppress(ConnectionError):
            return socket.create_connection(("127.0.0.1", port))
        return None

    found: socket.socket = until(attempt)
    return found


def test_streams_by_lines_and_by_octets_whatever_the_pieces(listening: tuple[Served, int, int]) -> None:
    served, _, tcp = listening
    counted = b"<11>1 - a-1 app - - - with a\nline end"
    stream = b"<11>1 - b-1 app - - - plain\n" + b"%d %s" % (len(counted), counted) + b"<11>1 - c-1 app - - - last\n"
    with connected(tcp) as sender:
        for sign in stream:  # one byte at a time
            sender.sendall(bytes((sign,)))
    until(lambda: len(served.rows("alerts")) == 3)
    assert {row["entity"] for row in served.rows("alerts")} == {"host/a-1", "host/b-1", "host/c-1"}
    with connected(tcp) as sender:
        sender.sendall(b"".join(b"<13>1 - h-%d app - - - many\n" % number for number in range(3000)))
    until(lambda: len(served.rows("alerts")) == 3003)


def test_what_is_sent_at_once_after_ready_and_in_a_burst_is_all_there(listening: tuple[Served, int, int]) -> None:
    """No waiting for a port that opens later, no datagram lost while the engine commits."""
    served, udp, tcp = listening
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(2000):
            sender.sendto(b"<11>1 - u-%d app - - - burst" % number, ("127.0.0.1", udp))
    counted = [b"<11>1 - o-%d app - - - burst" % number for number in range(2000)]
    with socket.create_connection(("127.0.0.1", tcp)) as sender:
        sender.sendall(b"".join(b"%d %s" % (len(message), message) for message in counted))
    entities = until(lambda: len(rows := {row["entity"] for row in served.rows("alerts")}) == 4000 and rows)
    assert "host/u-1999" in entities
    assert "host/o-1999" in entities


def test_a_stream_that_is_none_is_closed_and_others_go_on(listening: tuple[Served, int, int]) -> None:
    served, _, tcp = listening
    for wrong in (b"9999999 x", b"99999 x", b"12x ", b"<11>" + b"y" * 100_000):
        with connected(tcp) as sender, contextlib.suppress(ConnectionError):
            sender.sendall(wrong)
            assert sender.recv(10) == b""
    half = connected(tcp)
    half.sendall(b"20 <11>1 -")  # and never more
    with connected(tcp) as sender:
        sender.sendall(b"<11>1 - ok app - - - still here\n")
    until(lambda: served.rows("alerts"))
    half.close()
    assert len(until(lambda: len(served.rows("dead-letters")) >= 4 and served.rows("dead-letters"))) >= 4


class Gate:
    """A remote source of our own: sends frames until each is acknowledged, whatever happens to the connection."""

    def __init__(self, frames: int, protocol: str = "noc.ingest.v1") -> None:
        self.port = free_port()
        self.frames = {
            seq: [firing(f"{seq}/{n}", f"T{seq}", entity=f"host/{seq}") for n in range(5)] for seq in range(frames)
        }
        self.acks: dict[int, dict[str, Any]] = {}
        self.tokens: list[str | None] = []
        self.connections = 0
        self.break_after: int | None = None
        self.protocol = protocol
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        async with serve(self._talk, "127.0.0.1", self.port, subprotocols=[self.protocol]):  # type: ignore[list-item]
            await self._stop.wait()

    async def _talk(self, connection: ServerConnection) -> None:
        self.connections += 1
        assert connection.request is not None
        self.tokens.append(connection.request.headers.get("Authorization"))
        for seq, events in self.frames.items():
            if seq not in self.acks:
                await connection.send(msgspec.json.encode({"seq": seq, "events": events}).decode())
        async for message in connection:
            ack = msgspec.json.decode(message)
            if self.break_after is not None and len(self.acks) >= self.break_after:
                self.break_after = None
                connection.transport.abort()  # the acknowledgement is lost with the line
                return
            self.acks[ack["ack"]] = ack


def test_a_remote_source_is_connected_to_acknowledged_and_resumed(tmp_path: Path) -> None:
    gate = Gate(30)
    gate.break_after = 10
    (tmp_path / "token").write_text("sesame\n")
    config = (
        f"sources: [{{name: gate, kind: websocket, url: 'ws://127.0.0.1:{gate.port}/ws', "
        f"token_file: '{tmp_path / 'token'}'}}]\n"
    )
    with Served(tmp_path, config) as served:
        link = Remote(served.base)
        link.start()
        health = link.watch_health()
        try:
            row = until(lambda: health.page and [one for one in health.page.sources if one.name == "gate"])[0]
            assert row.state == "unreachable"  # it is not there yet
            gate.start()
            until(lambda: len(gate.acks) == 30)
            until(lambda: next(one for one in health.page.sources if one.name == "gate").state == "live")
        finally:
            link.close()
        assert gate.connections == 2
        assert gate.tokens == ["Bearer sesame", "Bearer sesame"]
        assert sum(ack["accepted"] for ack in gate.acks.values()) < 150  # what was sent again was known
        assert sum(ack["accepted"] + ack["duplicates"] for ack in gate.acks.values()) == 150
        assert len(served.rows("events")) == 150
    gate.stop()


def test_single_events_of_a_remote_source(tmp_path: Path) -> None:
    port = free_port()
    done = threading.Event()

    async def talk(connection: ServerConnection) -> None:
        for number in range(40):
            await connection.send(msgspec.json.encode(event(f"s{number}")).decode())
        await connection.send("no event")
        await asyncio.to_thread(done.wait, 30)

    async def run() -> None:
        async with serve(talk, "127.0.0.1", port, subprotocols=["cloudevents.json"]):  # type: ignore[list-item]
            await asyncio.to_thread(done.wait, 60)

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    config = f"sources: [{{name: g, kind: websocket, url: 'ws://127.0.0.1:{port}', protocol: cloudevents.json}}]\n"
    with Served(tmp_path, config) as served:
        until(lambda: len(served.rows("events")) == 40)
        assert until(lambda: served.rows("dead-letters"))[0]["way"] == "websocket g"
        done.set()
    thread.join(10)


def test_a_port_that_is_taken_keeps_nobody_else_from_working(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        (tmp_path / "night.jsonl").write_bytes(msgspec.json.encode(event("from a file")) + b"\n")
        config = (
            f"sources:\n- {{name: a, kind: syslog, listen: '127.0.0.1:{taken}', transport: tcp}}\n"
            f"- {{name: b, kind: file, path: '{tmp_path / 'night.jsonl'}'}}\n"
        )
        with Served(tmp_path, config) as served:
            until(lambda: [row["id"] for row in served.rows("events")] == ["from a file"])
            assert "source a" in (tmp_path / "log").read_text()
