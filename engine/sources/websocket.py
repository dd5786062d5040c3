"""A remote source that we connect to: a WebSocket client that takes events and acknowledges what is durable.

It connects again for as long as it takes, with growing and scattered waits. What was not acknowledged the source
sends again then, and second deliveries are known by their identity. A source is not read while the engine is behind.
"""

import asyncio
import contextlib
import random
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from engine.delivery import Answer
from engine.running import Running
from engine.settings.sources import Source
from engine.sources.ingest_frames import BATCHED, Ack, NoFrame, Rejected, lines_of
from engine.sources.standing import Standing

FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0  # seconds between two tries
BEAT = 20.0  # seconds between signs of life, and to wait for the answer
LARGEST = 4 << 20  # bytes of a frame
OWED: Final = 256  # frames that wait for their answer, at most

Read: TypeAlias = Callable[[bytes], tuple[list[bytes], list[tuple[bytes, str]]]]  # events, and what cannot be one

_encode = msgspec.json.Encoder().encode


class Subscription:
    """One websocket source of the configuration."""

    def __init__(self, engine: Running, source: Source, standing: Standing, read: Read | None = None) -> None:
        """`read` makes events of frames that are none; they are not acknowledged then."""
        self.engine = engine
        self._read = read
        self.source = source
        self.way = f"websocket {source.name}"
        self.batched = read is None and source.protocol == BATCHED
        self.standing = standing

    async def run(self) -> None:
        """Connected, or trying to be, until cancelled."""
        wait = FIRST_WAIT
        while True:
            before = self.standing.events
            try:
                async with self._connect() as socket:
                    self.standing.connected()
                    await self._converse(socket)
                self.standing.lost("it has closed the connection")
            except NoFrame as error:
                self.standing.lost(str(error))
            except InvalidStatus as error:
                self.standing.lost(f"it answered {error.response.status_code}")
            except (OSError, TimeoutError, WebSocketException) as error:
                self.standing.lost(str(error) or type(error).__name__)
            wait = FIRST_WAIT if self.standing.events > before else min(wait * 2, LONGEST_WAIT)
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 (sources should not all be asked at once)

    def _connect(self) -> connect:
        source = self.source
        token = Path(source.token_file).expanduser().read_text().strip() if source.token_file else ""
        secure = ssl.create_default_context(cafile=source.ca or None) if source.url.startswith("wss:") else None
        return connect(
            source.url,
            subprotocols=None if self._read is not None else [source.protocol],  # type: ignore[list-item]
            additional_headers={"Authorization": f"Bearer {token}"} if token else {},
            ssl=secure,
            compression=None,  # frames are large, and a bomb is never unpacked
            max_size=LARGEST,
            max_queue=4,
            ping_interval=BEAT,
            ping_timeout=BEAT,
            open_timeout=10,
            proxy=None,
        )

    async def _converse(self, socket: ClientConnection) -> None:
        owed: asyncio.Queue[tuple[int, asyncio.Future[Answer]]] = asyncio.Queue(OWED)
        answering = asyncio.create_task(self._answer(socket, owed))
        try:
            async for message in socket:
                raw = message.encode() if isinstance(message, str) else message
                if self._read is not None:
                    lines, broken = self._read(raw)
                    self.standing.heard(len(lines))
                    await owed.put((0, await self.engine.hand_in(lines, self.way, broken=broken)))
                    continue
                try:
                    seq, lines = lines_of(raw) if self.batched else (0, [raw])
                except NoFrame as error:
                    await self.engine.hand_in([], self.way, broken=[(raw, str(error))])
                    await socket.close(1007, str(error)[:100])
                    raise
                self.standing.heard(len(lines))
                await owed.put((seq, await self.engine.hand_in(lines, self.way)))
            await owed.join()
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)

    async def _answer(self, socket: ClientConnection, owed: "asyncio.Queue[Any]") -> None:
        """In the order of the frames."""
        while True:
            seq, answer = await owed.get()
            found: Answer = await answer
            if self.batched:
                rejected = [Rejected(*each) for each in found.rejected]
                ack = Ack(seq, found.accepted, found.duplicates, rejected)
                with contextlib.suppress(WebSocketException):
                    await socket.send(_encode(ack).decode())
            owed.task_done()
