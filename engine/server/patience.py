"""HTTP connections whose requests have to arrive in time: uvicorn alone waits for ever for the end of a head."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

LIMIT = 10.0  # seconds for the head of a request


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
