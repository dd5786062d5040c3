"""What every detector of a partition is: handlers of event types, timers, and statistics that are dumped."""

from collections.abc import Callable, Mapping
from typing import Protocol

from data.wire import Event
from engine.detect.report import Report

Handler = Callable[[Event], list[Report]]


class Room(Protocol):
    """`handlers` names the event types it looks at; at one event rooms look in their fixed order. No I/O, no wall."""

    def handlers(self) -> Mapping[str, Handler]: ...

    def due(self) -> int | None:
        """Event time of its first timer, in microseconds; None without one. Asked often: keep it an attribute read."""
        ...

    def tick(self, now: int) -> list[Report]:
        """Runs what is due at `now`; afterwards `due()` is later than `now`."""
        ...

    def dump(self) -> bytes: ...

    def load(self, body: bytes) -> None: ...


class Untimed:
    """For rooms without timers."""

    def due(self) -> int | None:
        return None

    def tick(self, now: int) -> list[Report]:
        raise AssertionError(f"no timer was set, but one ran at {now}")
