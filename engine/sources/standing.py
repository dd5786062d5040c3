"""How the configured sources stand: connected or not, and when each was last heard of, by the wall."""

import asyncio

from engine import clock
from engine.views import SourceRow


class Standing:
    """One source that we listen for, or connect to."""

    def __init__(self, name: str, fresh_for: float) -> None:
        self.name = name
        self.fresh_for = fresh_for  # seconds
        self.events = 0
        self.tries = 0
        self.problem = ""
        self.tried = asyncio.Event()  # to listen or to connect, with whatever result
        self._connected = False
        self._heard = clock.monotonic()
        self._last_at = 0

    def connected(self) -> None:
        self._connected, self.problem = True, ""
        self.tried.set()
        self._heard = clock.monotonic()

    def lost(self, problem: str) -> None:
        self._connected, self.problem = False, problem
        self.tried.set()
        self.tries += 1

    def heard(self, events: int) -> None:
        self.events += events
        self._heard = clock.monotonic()
        self._last_at = clock.wall()

    @property
    def state(self) -> str:
        if not self._connected:
            return "unreachable"
        return "live" if clock.monotonic() - self._heard < self.fresh_for else "stale"

    def row(self) -> SourceRow:
        return SourceRow(self.name, self.state, self._last_at, self.events, 0.0)
