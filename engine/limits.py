"""The limit of a tenant: so many events a second on average, off unless configured (`engine.tenant_rate`).

What is over it is neither dropped nor refused: it waits in the tenant's own line, and a delivery is answered when all
of it is durable. Events of other tenants go past, those of the same delivery too. When a line is full whoever brings
more is made to wait: a WebSocket is not read, a POST not answered. Limits go by the wall, before the journal: what is
decided does not depend on them but for the time of arrival.
"""

import asyncio
from asyncio import sleep
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

import msgspec

from data.records import DEFAULT_TENANT
from engine import clock
from engine.delivery import Delivery, Part, join, part_of
from engine.settings import Config
from engine.settings.places import Places

LINE: Final = 5_000  # events that wait for a tenant before who brings more has to
_RECENT: Final = 5.0  # seconds for which a limit that held somebody up is told

Put: TypeAlias = Callable[[Delivery], Awaitable[None]]


class _Tenant(msgspec.Struct):
    tenant: str | None = None


_tenant = msgspec.json.Decoder(_Tenant)


class Line:
    """One tenant's: what waits, and what was done so far. `rate` is in events a second."""

    def __init__(self, tenant: str, rate: float, put: Put) -> None:
        self.tenant, self.rate = tenant, rate
        self.passed = 0  # events
        self.held = 0  # of these, those that had to wait
        self.seconds = 0.0  # during which something waited
        self.waiting = 0  # events
        self._put = put
        self._level = self._most
        self._at = clock.monotonic()
        self._last = float("-inf")  # when something waited
        self._queue: deque[Delivery] = deque()
        self._room = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    @property
    def _most(self) -> float:
        """Events that may come at once: those of one second."""
        return max(self.rate, 1.0)

    async def put(self, part: Delivery) -> None:
        """Lets it through within the rate; else it waits its turn, and the caller too while the line is full."""
        if (self._work is None or self._work.done()) and self._wait() <= 0:
            self._take(part)
            await self._put(part)
            return
        while self.waiting >= LINE:
            self._room.clear()
            await self._room.wait()
        self.held += len(part.lines)
        self.waiting += len(part.lines)
        self._queue.append(part)
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._serve())

    def over(self) -> bool:
        """Whether the limit holds somebody up, or did so just now."""
        return self.waiting > 0 or clock.monotonic() - self._last < _RECENT

    def delay(self, events: int) -> float:
        """Seconds until so many more would all be through."""
        return max(0.0, self._wait() + (self.waiting + events - self._most) / self.rate)

    def close(self) -> None:
        """Nothing that waits is answered any more; who sent it sends it again."""
        if self._work is not None:
            self._work.cancel()
        for part in self._queue:
            part.answer.cancel()
        self._queue.clear()

    async def _serve(self) -> None:
        begun = clock.monotonic()
        while self._queue:
            await sleep(max(0.0, self._wait()))
            part = self._queue.popleft()
            self._take(part)
            self.waiting -= len(part.lines)
            self._room.set()
            await self._put(part)
            self._last = clock.monotonic()
            self.seconds, begun = self.seconds + self._last - begun, self._last

    def _wait(self) -> float:
        """Seconds until the next part may go: when what was taken before it is made up for."""
        now = clock.monotonic()
        self._level = min(self._most, self._level + (now - self._at) * self.rate)
        self._at = now
        return -self._level / self.rate if self._level < 0 else 0.0

    def _take(self, part: Delivery) -> None:
        self._level -= len(part.lines)
        self.passed += len(part.lines)


class Limits:
    """Between the ways in and the inbox (`put`). Without a limit anywhere deliveries pass as they are."""

    def __init__(self, config: Config, put: Put) -> None:
        self._put = put
        self.lines: dict[str, Line] = {}
        self._free: set[str] = set()  # tenants without a limit that have been met
        self.take_up(config)

    def take_up(self, config: Config) -> None:
        """Other rates hold from now on, also for what waits."""
        self._places = Places(config)
        self.on = bool(config.engine.tenant_rate) or any("engine.tenant_rate" in one.set for one in config.overrides)
        self._free.clear()
        for tenant, line in self.lines.items():
            line.rate = self._rate(tenant) or 1_000_000.0

    def _rate(self, tenant: str) -> float:
        return self._places.at(tenant).engine.tenant_rate

    def line(self, tenant: str) -> Line | None:
        """None for a tenant without a limit."""
        found = self.lines.get(tenant)
        if found is not None or tenant in self._free:
            return found
        rate = self._rate(tenant)
        if not rate:
            if len(self._free) < 10_000:
                self._free.add(tenant)
            return None
        found = self.lines[tenant] = Line(tenant, rate, self._put)
        return found

    async def put(self, delivery: Delivery) -> None:
        chosen = self._sorted(delivery)
        if len(chosen) == 1 and (limit := chosen[0][0]) is not None and len(delivery.lines) <= limit.rate:
            await limit.put(delivery)
            return
        if len(chosen) == 1 and chosen[0][0] is None:
            await self._put(delivery)
            return
        cut = [(limit, part) for limit, places in chosen for part in _cut(delivery, limit, places)]
        join(delivery, [part for _, part in cut])
        # Who is not held up goes first: for the others there may be no room.
        for limit, part in sorted(cut, key=lambda each: each[0] is not None and each[0].waiting > 0):
            await (limit.put(part.delivery) if limit is not None else self._put(part.delivery))

    def delay(self, lines: Sequence[bytes]) -> float:
        """Seconds that the limits would hold this up."""
        count: dict[str, int] = {}
        for line in lines:
            tenant = tenant_of(line)
            count[tenant] = count.get(tenant, 0) + 1
        waits = [limit.delay(events) for tenant, events in count.items() if (limit := self.line(tenant)) is not None]
        return max(waits, default=0.0)

    def words(self, tenant: str) -> str:
        """For the screen: what a tenant's limit does; empty while it holds nobody up."""
        line = self.lines.get(tenant)
        if line is None or not line.over():
            return ""
        return f"over the limit of {line.rate:g} events/s: {line.waiting:,} wait, nothing is dropped"

    def close(self) -> None:
        for line in self.lines.values():
            line.close()

    def _sorted(self, delivery: Delivery) -> list[tuple[Line | None, list[int]]]:
        """Indexes of the events by the line that they go through; None for those without a limit, and for all that
        will be refused: who may not send for a tenant cannot use up what it has."""
        by: dict[str, list[int]] = {}
        for index, raw in enumerate(delivery.lines):
            tenant = tenant_of(raw)
            may = delivery.refuse is None or delivery.refuse(_Owner(tenant)) is None
            limit = self.line(tenant) if may else None
            by.setdefault(limit.tenant if limit is not None else "", []).append(index)
        if delivery.broken or not by:
            by.setdefault("", [])
        return [(self.lines[tenant] if tenant else None, places) for tenant, places in by.items()]


def _cut(delivery: Delivery, limit: Line | None, places: list[int]) -> list[Part]:
    """What a line lets through at once is no more than one second of its rate."""
    if limit is None:
        return [part_of(delivery, places, broken=True)]
    size = max(1, int(limit.rate))
    return [part_of(delivery, places[start : start + size]) for start in range(0, len(places), size)]


class _Owner(msgspec.Struct):
    tenant: str


def tenant_of(line: bytes) -> str:
    """Whose an event is; whose it would be where it is none."""
    try:
        return _tenant.decode(line).tenant or DEFAULT_TENANT
    except (ValueError, RecursionError):
        return DEFAULT_TENANT
