"""What a console needs of whatever runs beneath it: an engine, or one that only looks on."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from data.records import DEFAULT_TENANT
from data.records.feed import FeedEntry
from engine.meters import Meters
from engine.pipeline import Pipeline

if TYPE_CHECKING:
    import asyncio

    from engine.delivery import Answer, Refuse


class Shown(Protocol):
    """What pages are made of."""

    pipeline: Pipeline
    meters: Meters

    def now(self, tenant: str = DEFAULT_TENANT) -> int:
        """Event time of a partition."""


class Running(Shown, Protocol):
    """`engine.runtime.Engine` and `engine.follow.Following`."""

    on_commit: Callable[[Sequence[FeedEntry]], None]

    async def recover(self) -> None:
        """Reaches the state of the last commit."""

    async def run(self) -> None:
        """Works until cancelled."""

    async def submit(self, lines: Sequence[bytes], way: str) -> "Answer":
        """Hands events in; answers when they are durable."""

    async def hand_in(
        self,
        lines: Sequence[bytes],
        way: str,
        refuse: "Refuse | None" = None,
        broken: Sequence[tuple[bytes, str]] = (),
    ) -> "asyncio.Future[Answer]":
        """As `submit`, but waits at the door only. `broken` is what could not be made events, with the reasons."""

    async def close(self) -> None:
        """Lets the database go."""
