"""A WebSocket of the server, on bare ASGI: accepted or refused with a reason, and closed with one."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from engine.server.answers import Problem
from engine.server.doors import Scope
from engine.server.refusal import Refusal

GOING_AWAY: Final = 1001
INVALID: Final = 1007
POLICY: Final = 1008
BROKEN: Final = 1011
TRY_LATER: Final = 1013
_REASON: Final = 120  # bytes of a reason; a close frame holds 123


class Gone(Exception):
    """The other side has closed, or is not there any more."""


class Socket:
    """Times are bounded: what the other side does not take in `stall` seconds ends the connection."""

    def __init__(self, scope: Scope, receive: Any, send: Any, stall: float) -> None:
        self.scope = scope
        self._receive, self._send = receive, send
        self._stall = stall
        self.closed = False

    def protocol(self, known: tuple[str, ...]) -> str:
        """The first that the client offers and we speak. Raises Refusal."""
        for offered in self.scope["subprotocols"]:
            if offered in known:
                return str(offered)
        raise Refusal(400, f"Sec-WebSocket-Protocol must be one of {', '.join(known)}")

    async def accept(self, protocol: str | None = None) -> None:
        message = await self._receive()
        if message["type"] != "websocket.connect":
            raise Gone
        await self._send({"type": "websocket.accept", "subprotocol": protocol})

    async def refuse(self, refusal: Refusal) -> None:
        """Instead of `accept`: a plain HTTP answer."""
        headers = {"content-type": "application/json", **refusal.headers}
        start = {
            "type": "websocket.http.response.start",
            "status": refusal.status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        await self._send(start)
        body = msgspec.json.encode(Problem(refusal.reason))
        await self._send({"type": "websocket.http.response.body", "body": body})

    async def receive(self) -> bytes | str:
        """The next message. Raises Gone."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self.closed = True
            raise Gone
        found: bytes | str | None = message.get("text")
        return message["bytes"] if found is None else found

    async def send(self, data: bytes, *, binary: bool = False) -> None:
        """Raises Gone, TimeoutError when nothing is taken for too long."""
        await self._send_all([{"type": "websocket.send", "bytes": data} if binary else _text(data)])

    async def send_all(self, texts: Iterable[bytes]) -> None:
        """Several messages, in order. Raises as `send` does."""
        await self._send_all(map(_text, texts))

    async def _send_all(self, messages: Iterable[dict[str, Any]]) -> None:
        try:
            async with asyncio.timeout(self._stall):
                for message in messages:
                    await self._send(message)
        except (OSError, RuntimeError) as error:  # uvicorn's ClientDisconnected is an OSError
            self.closed = True
            if isinstance(error, TimeoutError):
                raise
            raise Gone from error

    async def close(self, code: int, reason: str) -> None:
        """Says goodbye, if anybody listens still."""
        if self.closed:
            return
        self.closed = True
        text = reason.encode()[:_REASON].decode(errors="ignore")
        try:
            async with asyncio.timeout(1):
                await self._send({"type": "websocket.close", "code": code, "reason": text})
        except (OSError, RuntimeError):
            pass


def _text(data: bytes) -> dict[str, Any]:
    return {"type": "websocket.send", "text": data.decode()}
