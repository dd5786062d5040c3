"""`/ws/feed`: everything the engine decides, in order and without gaps, from any sequence that is kept, then live.

A reader is a place in the feed, not a queue: who is slow falls behind without anybody waiting, reads the database
meanwhile, and is cut off when it takes nothing for too long, or was live and fell too far behind.
"""

import asyncio
import contextlib
from typing import Final

import msgspec
from starlette.datastructures import QueryParams

from data.records.feed import FeedEntry
from data.records.severity import LEVELS
from data.references import bare
from engine.access.caller import READ, Caller
from engine.exports.signs import feed_event
from engine.server.doors import Scope, admit
from engine.server.hub import PAGE, Told
from engine.server.refusal import Refusal
from engine.server.service import Service
from engine.server.sight import Sight
from engine.server.socket import GOING_AWAY, POLICY, TRY_LATER, Gone, Socket

TYPES: Final = (
    "alert_created", "alert_updated", "finding_created", "anomaly_detected", "ticket_updated", "incident_updated",
    "correlation_identified", "cluster_updated", "prediction_made", "prediction_settled", "playbook_updated",
    "maintenance_updated", "model_drifted", "source_changed", "scorecard_updated",
)  # fmt: skip
PARAMS: Final = {
    "from": "first sequence wanted; left out: what comes from now on",
    "types": f"of {', '.join(TYPES)}; several with commas",
    "site": "only of these sites; several with commas",
    "min_severity": f"one of {', '.join(LEVELS)}",
    "partition": "the tenant; needed where the token is for several",
}
_PREFIX: Final = "noc.feed."
_encode = msgspec.json.Encoder().encode


class Wish(msgspec.Struct):
    """What a reader asks for. `start` is the first sequence wanted, None for what comes from now on."""

    partition: str
    start: int | None = None
    types: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    severity: int = 0

    def matches(self, entry: FeedEntry) -> bool:
        return (
            (not self.types or entry.type in self.types)
            and (not self.sites or entry.site in self.sites)
            and entry.severity >= self.severity
        )


def wish_of(service: Service, caller: Caller, query: QueryParams) -> Wish:
    """Raises Refusal, with what is wrong and what there is."""
    unknown = [name for name in query if name not in PARAMS]
    if unknown:
        raise Refusal(400, f"there is no `{unknown[0][:40]}`; there are {', '.join(PARAMS)}")
    start = query.get("from")
    if start is not None and not (start.isascii() and start.isdigit() and len(start) < 19):
        raise Refusal(400, "`from` is a sequence: a whole number")
    types = frozenset(name.removeprefix(_PREFIX) for name in _listed(query, "types"))
    wrong = sorted(types - frozenset(TYPES))
    if wrong:
        raise Refusal(400, f"there is no type `{wrong[0][:40]}`; there are {', '.join(TYPES)}")
    severity = query.get("min_severity", "INFO").upper()
    if severity not in LEVELS:
        raise Refusal(400, f"`min_severity` is one of {', '.join(LEVELS)}")
    return Wish(
        service.tenant_of(caller, query.get("partition")),
        None if start is None else int(start),
        types,
        frozenset(str(bare(site)) for site in _listed(query, "site")),
        LEVELS[severity],
    )


def _listed(query: QueryParams, name: str) -> list[str]:
    return [part for text in query.getlist(name) for part in text.split(",") if part]


class Feed:
    """One reader."""

    def __init__(self, service: Service, socket: Socket, sight: Sight, wish: Wish) -> None:
        self.service = service
        self.socket = socket
        self.sight = sight
        self.wish = wish
        self.ring = service.hub.ring(wish.partition)
        self._done = self.ring.last if wish.start is None else max(wish.start - 1, 0)
        self._live = False
        self._sending: asyncio.Task[tuple[int, str]] | None = None

    def drain(self) -> None:
        if self._sending is not None:
            self._sending.cancel()

    async def run(self) -> None:
        self.service.joined(self)
        listening = asyncio.create_task(self._listen())
        self._sending = asyncio.create_task(self._send())
        try:
            code, reason = await self._end(listening)
            await self.socket.close(code, reason)
        finally:
            listening.cancel()
            self._sending.cancel()
            await asyncio.gather(listening, self._sending, return_exceptions=True)
            self.service.left(self)

    async def _end(self, listening: "asyncio.Task[None]") -> tuple[int, str]:
        assert self._sending is not None
        await asyncio.wait((listening, self._sending), return_when=asyncio.FIRST_COMPLETED)
        if not self._sending.done():
            return 1000, ""
        try:
            return self._sending.result()
        except asyncio.CancelledError:
            return GOING_AWAY, f"the server is about to end; read on from={self._done + 1}"
        except TimeoutError:
            self.service.counters.add("feed_cut_off_total", why="stalled")
            return TRY_LATER, f"nothing was taken for too long; read on from={self._done + 1}"
        except Gone:
            return 1000, ""

    async def _listen(self) -> None:
        """Readers have nothing to say; what they say is not kept. Ends when they go."""
        with contextlib.suppress(Gone):
            while True:
                await self.socket.receive()

    async def _send(self) -> tuple[int, str]:
        most = self.service.config.server.behind
        while True:
            news = self.ring.news
            told = await self.service.hub.after(self.wish.partition, self._done, PAGE)
            if not self.service.keys_hold(self.sight.caller):
                return POLICY, "the token has ended"
            if not told:
                self._live = True
                await news.wait()
                continue
            for one in told:
                if self.wish.matches(one.entry) and self.sight.entry(one.entry):
                    await self.socket.send(self._body(one))
                self._done = one.entry.sequence
            if self._live and self.ring.last - self._done > most:
                self.service.counters.add("feed_cut_off_total", why="behind")
                return TRY_LATER, f"more than {most} entries behind; read on from={self._done + 1}"
            await asyncio.sleep(0)

    def _body(self, told: Told) -> bytes:
        if self.sight.caller.pii:
            return told.body
        return _encode(self.sight.masked(msgspec.to_builtins(feed_event(told.entry))))


class FeedDoor:
    """The ASGI application behind `/ws/feed`."""

    def __init__(self, service: Service) -> None:
        self.service = service

    async def __call__(self, scope: Scope, receive: object, send: object) -> None:
        service = self.service
        socket = Socket(scope, receive, send, service.config.server.stall / 1_000_000)
        try:
            if service.draining:
                raise Refusal(503, "the server is about to end")
            caller = admit(service, scope, READ)
            wish = wish_of(service, caller, QueryParams(scope["query_string"]))
        except Refusal as refusal:
            service.counters.add("refused_total", status=str(refusal.status))
            await socket.refuse(refusal)
            return
        with contextlib.suppress(Gone):
            await socket.accept()
            await Feed(service, socket, service.sight(caller, wish.partition), wish).run()
