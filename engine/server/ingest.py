"""`/ws/ingest`: senders push events over a WebSocket.

`noc.ingest.v1` answers each frame once its events are durable; frames may follow each other without waiting for
that. Who sends faster than the engine commits is not read from meanwhile. `cloudevents.json` takes one event a frame
and answers nothing.
"""

import asyncio
import contextlib
from collections import deque
from typing import Final, NamedTuple

import msgspec

from engine import clock
from engine.access.caller import INGEST, Caller
from engine.delivery import Answer
from engine.server.buckets import Bucket
from engine.server.counters import Histogram
from engine.server.doors import Scope, admit
from engine.server.refusal import Refusal
from engine.server.service import Service
from engine.server.socket import BROKEN, GOING_AWAY, INVALID, POLICY, Gone, Socket
from engine.server.taking import gate
from engine.sources.ingest_frames import BATCHED, SINGLE, Ack, NoFrame, Rejected, lines_of

WAY: Final = "websocket"


_encode = msgspec.json.Encoder().encode


class Owed(NamedTuple):
    """A frame that has been handed in and not been answered yet."""

    seq: int
    answer: "asyncio.Future[Answer]"
    since: float


class Ingest:
    """One sender."""

    def __init__(self, service: Service, socket: Socket, caller: Caller, protocol: str) -> None:
        self.service = service
        self.socket = socket
        self.batched = protocol == BATCHED
        self._caller = caller
        self._refuse = gate(caller)
        self._owed: deque[Owed | None] = deque()
        self._news = asyncio.Event()
        self._reading: asyncio.Task[tuple[int, str]] | None = None
        self._bucket: Bucket | None = service.buckets.of(sender_of(socket.scope, caller), service.config.server.rate)
        self._timer: Histogram = service.counters.timer("ack_seconds", way=WAY)

    def drain(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    async def run(self) -> None:
        """Until the sender goes, breaks the protocol, or the server ends. What was read is answered in any case."""
        self.service.joined(self)
        try:
            self._reading = asyncio.create_task(self._read())
            answering = asyncio.create_task(self._answer())
            code, reason = await self._end()
            self._owe(None)
            await answering
            await self.socket.close(code, reason)
        finally:
            self.service.left(self)

    async def _end(self) -> tuple[int, str]:
        assert self._reading is not None
        try:
            return await self._reading
        except Gone:
            return 1000, ""
        except asyncio.CancelledError:
            return GOING_AWAY, "the server is about to end; send again what was not acknowledged"
        except NoFrame as error:
            return INVALID, str(error)

    async def _read(self) -> tuple[int, str]:
        while True:
            message = await self.socket.receive()
            if not self.service.keys_hold(self._caller):
                return POLICY, "the token has ended"
            raw = message.encode() if isinstance(message, str) else message
            if self.batched:
                seq, lines = await self._lines(raw)
            else:
                seq, lines = 0, [raw]
            if self._bucket is not None:
                await asyncio.sleep(self._bucket.take(len(lines)))
            self._owe(Owed(seq, await self._hand_in(lines), clock.monotonic()))

    async def _hand_in(self, lines: list[bytes]) -> "asyncio.Future[Answer]":
        if lines:
            return await self.service.engine.hand_in(lines, WAY, self._refuse)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        answer.set_result(Answer())
        return answer

    async def _lines(self, raw: bytes) -> tuple[int, list[bytes]]:
        try:
            return lines_of(raw)
        except NoFrame as error:
            await self.service.engine.hand_in([], WAY, broken=[(raw, str(error))])
            raise

    def _owe(self, owed: Owed | None) -> None:
        """None: nothing will follow."""
        self._owed.append(owed)
        self._news.set()

    async def _answer(self) -> None:
        """Acknowledges in the order of the frames, those that were committed together in one piece; what cannot be
        told any more still lands."""
        while True:
            while not self._owed:
                self._news.clear()
                await self._news.wait()
            first = self._owed[0]
            if first is None:
                return
            await asyncio.wait((first.answer,))
            acks: list[bytes] = []
            broken = False
            while not broken and self._owed and (owed := self._owed[0]) is not None and owed.answer.done():
                self._owed.popleft()
                broken = owed.answer.cancelled() or owed.answer.exception() is not None
                if not broken:
                    acks.append(self._ack(owed, owed.answer.result()))
            if self.batched and acks and not self.socket.closed:
                with contextlib.suppress(Gone, TimeoutError):
                    await self.socket.send_all(acks)
            if broken:
                await self.socket.close(BROKEN, "the engine has stopped; send again what was not acknowledged")
                return

    def _ack(self, owed: Owed, answer: Answer) -> bytes:
        self._timer.observe(clock.monotonic() - owed.since)
        rejected = [Rejected(*each) for each in answer.rejected]
        return _encode(Ack(owed.seq, answer.accepted, answer.duplicates, rejected))


def sender_of(scope: Scope, caller: Caller) -> str:
    """By what the rate of a sender is counted."""
    client = scope.get("client")
    return caller.token or (client[0] if client else "")


class IngestDoor:
    """The ASGI application behind `/ws/ingest`."""

    def __init__(self, service: Service) -> None:
        self.service = service

    async def __call__(self, scope: Scope, receive: object, send: object) -> None:
        service = self.service
        socket = Socket(scope, receive, send, service.config.server.stall / 1_000_000)
        try:
            if service.draining:
                raise Refusal(503, "the server is about to end")
            caller = admit(service, scope, INGEST)
            protocol = socket.protocol((BATCHED, SINGLE))
        except Refusal as refusal:
            service.counters.add("refused_total", status=str(refusal.status))
            await socket.refuse(refusal)
            return
        with contextlib.suppress(Gone):
            await socket.accept(protocol)
            await Ingest(service, socket, caller, protocol).run()
