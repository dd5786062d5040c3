"""Sources over TLS: whom we connect to has to be who it says, and who sends syslog is not overheard."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
from websockets.asyncio.server import ServerConnection, serve

from engine.attach.remote import Remote
from tests.service.served import Served, event
from tests.service.test_sources import free_port, until


class Distant:
    """A remote source behind TLS, which serves whoever brings its token."""

    def __init__(self, authority: Path) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(authority / "server.pem", authority / "server.key")
        self.port = free_port()
        self.acks: list[dict[str, Any]] = []

    @contextmanager
    def up(self) -> Iterator[None]:
        loop, stop = asyncio.new_event_loop(), asyncio.Event()

        async def run() -> None:
            async with serve(
                self._talk, "127.0.0.1", self.port, ssl=self.context, subprotocols=["noc.ingest.v1"],  # type: ignore[list-item]
            ):  # fmt: skip
                await stop.wait()

        thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
        thread.start()
        yield
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()

    async def _talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        if connection.request.headers.get("Authorization") != "Bearer sesame":
            await connection.close(1008, "who are you?")
            return
        await connection.send(msgspec.json.encode({"seq": 1, "events": [event("far")]}).decode())
        async for message in connection:
            self.acks.append(msgspec.json.decode(message))


def test_a_remote_source_over_tls_is_taken_from_when_its_certificate_holds(tmp_path: Path, authority: Path) -> None:
    distant = Distant(authority)
    (tmp_path / "token").write_text("sesame\n")
    common = f"kind: websocket, url: 'wss://127.0.0.1:{distant.port}', token_file: '{tmp_path / 'token'}'"
    config = (
        f"sources:\n- {{name: known, {common}, ca: '{authority / 'ca.pem'}'}}\n"
        f"- {{name: stranger, {common}}}\n"
    )  # fmt: skip
    with distant.up(), Served(tmp_path, config) as served:
        until(lambda: distant.acks)
        assert distant.acks[0]["accepted"] == 1
        assert [row["id"] for row in served.rows("events")] == ["far"]
        link = Remote(served.base)
        link.start()
        try:
            health = link.watch_health()
            states = until(lambda: health.page and {one.name: one.state for one in health.page.sources})
        finally:
            link.close()
        assert states["known"] == "live"
        assert states["stranger"] == "unreachable"  # nobody we trust has signed for it


def test_syslog_over_tls_is_taken_and_without_it_is_not(tmp_path: Path, authority: Path) -> None:
    port = free_port()
    config = (
        f"sources: [{{name: vault, kind: syslog, listen: '127.0.0.1:{port}', transport: tls, "
        f"certificate: '{authority / 'server.pem'}', key: '{authority / 'server.key'}'}}]\n"
    )
    trusted = ssl.create_default_context(cafile=str(authority / "ca.pem"))

    def connected() -> socket.socket | None:
        with suppress(ConnectionError):
            return socket.create_connection(("127.0.0.1", port), timeout=20)
        return None

    with Served(tmp_path, config) as served:
        with until(connected) as plain, suppress(ConnectionError):
            plain.sendall(b"<11>1 - open-1 app - - - read by everybody\n")
            assert b"<11>" not in plain.recv(100)
        with trusted.wrap_socket(until(connected), server_hostname="127.0.0.1") as sender:
            sender.sendall(b"<11>1 - vault-1 app - - - door is open\n")
            until(lambda: served.rows("alerts"))
        assert [row["entity"] for row in served.rows("alerts")] == ["host/vault-1"]
