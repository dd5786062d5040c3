"""Connections with the patience that uvicorn alone does not have, or has without end.

The head of a request has to arrive in time. A WebSocket that broke the protocol, by a frame that is too large above
all, is read on for a moment after it was told so: to cut it at once would throw away the close frame that says why.
"""

import asyncio
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from engine.server.corked import Corked

LIMIT = 10.0  # seconds for the head of a request
LINGER = 5.0  # seconds that what follows a broken frame is read and thrown away
DISCARDED = 32 << 20  # bytes of it, at most


class PatientProtocol(H11Protocol):
    """Closes a connection on which the head of a request is begun, or nothing ever comes."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline = self.loop.call_later(LIMIT, self._give_up)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_request() or self.transport.get_protocol() is not self:
            self._calm()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(LIMIT, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._calm()
        super().connection_lost(exc)

    def _in_request(self) -> bool:
        """Whether a whole head has come, or nothing of the next one."""
        partial: Any = self.conn.trailing_data[0]
        return self.conn.their_state is not h11.IDLE or not partial

    def _calm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if not self.transport.is_closing() and self.conn.their_state is h11.IDLE:
            self.transport.write(b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            self.transport.close()


class PatientSocket(WebSocketsSansIOProtocol):
    """Lets the other side read why it was closed."""

    _discarded: int | None = None  # bytes read since the protocol was broken

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(cast("asyncio.Transport", Corked(transport, self.loop)))

    def data_received(self, data: bytes) -> None:
        if self._discarded is None:
            super().data_received(data)
            return
        self._discarded += len(data)
        if self._discarded > DISCARDED:
            self.transport.close()

    def handle_parser_exception(self) -> None:
        closed = self.conn.close_sent
        assert closed is not None
        self.queue.put_nowait({"type": "websocket.disconnect", "code": closed.code, "reason": closed.reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self._discarded = 0
        self.close_timer = self.loop.call_later(LINGER, self.transport.close)
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
