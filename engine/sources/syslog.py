"""Syslog as a source: messages over UDP, TCP or TLS, by RFC 5424 and 3164, framed by RFC 6587 where there is a stream.

A stream is not read while the engine is behind. Datagrams cannot be held back: what does not fit is counted and told
as a dead letter, never dropped unsaid.
"""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from typing import Any, Final

from engine import clock
from engine.running import Running
from engine.settings.sources import Source
from engine.sources.foreign import syslog
from engine.sources.foreign.mapped import BadPayload, Ordinals, written
from engine.sources.standing import Standing

LARGEST: Final = 64 * 1024  # bytes of a message
WAITING: Final = 20_000  # datagrams that wait for the engine, at most
BURST: Final = 4 << 20  # bytes of datagrams that the kernel keeps while the engine works, if it allows so many
IDLE: Final = 600.0  # seconds after which a stream that says nothing is closed
_DIGITS: Final = 6


class Listener:
    """One syslog source of the configuration."""

    def __init__(self, engine: Running, source: Source, standing: Standing) -> None:
        self.engine = engine
        self.source = source
        self.way = f"syslog {source.name}"
        self.standing = standing
        self._ordinals = Ordinals()
        self._datagrams: list[tuple[bytes, str]] = []
        self._lost = 0
        self._came = asyncio.Event()

    async def run(self) -> None:
        """Listens until cancelled. Raises OSError where it cannot."""
        name, _, port = self.source.listen.rpartition(":")
        name = name.strip("[]")
        if self.source.transport == "udp":
            await self._datagram(name, int(port))
            return
        context = None
        if self.source.transport == "tls":
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self.source.certificate, self.source.key or None)
        server = await asyncio.start_server(self._stream, name, int(port), limit=LARGEST + 16, ssl=context)
        self.standing.connected()
        async with server:
            await server.serve_forever()

    async def take(self, messages: Sequence[tuple[bytes, str]]) -> None:
        """Hands in messages with the addresses they came from; back when they are durable."""
        arrival, settings = clock.wall(), self.engine.pipeline.config.foreign
        mapped, broken = [], []
        for raw, peer in messages:
            try:
                mapped.append(syslog.mapped(syslog.parse(raw), peer, settings, source=self.way, site=self.source.site))
            except BadPayload as error:
                broken.append((raw, str(error)))
        if self._lost:
            broken.append((b"", f"{self._lost} datagrams came faster than they could be taken"))
            self._lost = 0
        lines = written(mapped, self.way, arrival, self._ordinals.take(len(mapped)), self.source.tenant)
        await (await self.engine.hand_in(lines, self.way, broken=broken))
        self.standing.heard(len(lines))

    # UDP

    async def _datagram(self, name: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), local_addr=(name, port))
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BURST)
        self.standing.connected()
        try:
            while True:
                await self._came.wait()
                self._came.clear()
                waiting, self._datagrams = self._datagrams, []
                await self.take(waiting)
        finally:
            transport.close()

    def datagram(self, raw: bytes, peer: str) -> None:
        if len(self._datagrams) < WAITING:
            self._datagrams.append((raw, peer))
        else:
            self._lost += 1
        self._came.set()

    # TCP and TLS

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = str((writer.get_extra_info("peername") or ("",))[0])
        try:
            while True:
                async with asyncio.timeout(IDLE):
                    first = await _message(reader)
                if first is None:
                    return
                messages = [(first, peer)]
                while len(messages) < 500 and (more := _buffered(reader)) is not None:
                    messages.append((more, peer))
                await self.take(messages)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
            if isinstance(error, ValueError):
                await self._broken(error)
        finally:
            writer.close()

    async def _broken(self, error: Exception) -> None:
        """A frame without an end: the rest of the stream cannot be read."""
        await self.engine.hand_in([], self.way, broken=[(b"", f"a frame that is none: {error}")])


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._listener.datagram(data, str(addr[0]))


async def _message(reader: asyncio.StreamReader) -> bytes | None:
    """The next message of a stream: by octet counting where it begins with a length, else up to a line end. None at
    the end of the stream. Raises ValueError for a frame that is none."""
    while True:
        first = await reader.read(1)
        if not first:
            return None
        if first in b"\r\n\x00":
            continue
        if first in b"123456789":
            return await _counted(reader, first)
        try:
            rest = await reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as cut:
            return first + cut.partial
        except asyncio.LimitOverrunError:
            raise ValueError(f"a line over {LARGEST} bytes") from None
        return (first + rest).rstrip(b"\r\n\x00")


async def _counted(reader: asyncio.StreamReader, digits: bytes) -> bytes:
    while len(digits) <= _DIGITS:
        sign = await reader.readexactly(1)
        if sign == b" ":
            length = int(digits)
            if length > LARGEST:
                raise ValueError(f"a message of {length} bytes is over {LARGEST}")
            return await reader.readexactly(length)
        if not sign.isdigit():
            break
        digits += sign
    raise ValueError(f"`{digits[:10].decode('ascii', 'replace')}` is no length of a message")


def _buffered(reader: asyncio.StreamReader) -> bytes | None:
    """A further message that has arrived whole already; None where there is none, or what comes has to be looked at
    more closely."""
    buffer: bytearray = reader._buffer  # type: ignore[attr-defined]
    if buffer.startswith(b"<"):
        start, end = 0, buffer.find(b"\n")
        behind = end + 1
    else:
        start = buffer.find(b" ", 0, _DIGITS + 1) + 1
        digits = bytes(buffer[: max(start - 1, 0)])
        if not digits.isdigit() or digits.startswith(b"0") or int(digits) > LARGEST:
            return None
        end = behind = start + int(digits)
    if end < 0 or end > len(buffer):
        return None
    message = bytes(buffer[start:end])
    del buffer[:behind]
    reader._maybe_resume_transport()  # type: ignore[attr-defined]
    return message if start else message.rstrip(b"\r\x00")
