"""What every handler of the server needs to hand: the engine, who may come in, and whether we are about to end."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from engine import clock
from engine.access.caller import Caller
from engine.access.keyring import Keyring
from engine.access.lockout import Lockout
from engine.runtime import Engine
from engine.server.buckets import Buckets
from engine.server.counters import Counters
from engine.server.hub import Hub
from engine.server.sight import Masks, Sight, tenant_for
from engine.settings import Config
from engine.shelf import Shelf
from engine.sources.foreign.mapped import Ordinals


class Connection(Protocol):
    """Something long-lived that has to be ended in good order."""

    def drain(self) -> None:
        """Take nothing more, answer what was taken, and say goodbye."""


class Service:
    def __init__(self, engine: Engine, config: Config, database: str, keys: Keyring) -> None:
        self.engine = engine
        self.config = config
        self.database = database
        self.keys = keys
        self.lockout = Lockout(config.server.lock_after, config.server.lock_for)
        self.counters = Counters()
        self.buckets = Buckets()
        self.ordinals = Ordinals()
        self.mappings: object = None  # see `engine.server.mapped`
        self.hub = Hub(database)
        self.masks = Masks()
        self.shelf = Shelf(database)
        self.draining = False
        self.reloaded = asyncio.Event()
        self.started = clock.monotonic()
        self.lags: dict[str, Callable[[], float]] = {}  # name -> seconds, told at /metrics
        self.connections: set[Connection] = set()
        self._ended = asyncio.Event()
        self._ended.set()

    def tenant_of(self, caller: Caller, asked: str | None) -> str:
        """The tenant that a caller means. Raises Refusal."""
        return tenant_for(caller, asked, sorted(self.engine.pipeline.partitions))

    def sight(self, caller: Caller, tenant: str) -> Sight:
        return Sight(caller, tenant, self.engine, self.masks.of(tenant))

    def joined(self, connection: Connection) -> None:
        self.connections.add(connection)
        self._ended.clear()

    def left(self, connection: Connection) -> None:
        self.connections.discard(connection)
        if not self.connections:
            self._ended.set()

    async def drain(self) -> None:
        """From now on nothing new is taken; returns when all is answered, or when the time for that is over."""
        self.draining = True
        self.engine.meters.state = "stopping"
        for connection in list(self.connections):
            connection.drain()
        try:
            async with asyncio.timeout(self.config.server.drain / 1_000_000):
                await self._ended.wait()
        except TimeoutError:
            self.counters.add("drains_cut_short_total")

    def take_up(self, config: Config) -> None:
        """Another configuration holds from now on."""
        self.config = config
        self.reloaded.set()
        self.lockout.after, self.lockout.lasts = config.server.lock_after, config.server.lock_for

    def keys_hold(self, caller: Caller) -> bool:
        """Whether what let this caller in lets it in still."""
        return not caller.token or self.keys.holds(caller.token, clock.wall())

    def ready(self) -> str:
        """Why nothing can be handed in now; empty when it can."""
        meters = self.engine.meters
        if self.draining:
            return "stopping"
        return "" if meters.state == "live" else f"{meters.state}{': ' if meters.note else ''}{meters.note}"
