"""Readers of the database for requests: kept open, each used by one thread at a time, a few at once."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from data.opening import open_reader
from data.store import Follower

AT_ONCE = 4  # more would only take turns, and the engine's own thread with them
Found = TypeVar("Found")


class Shelf:
    def __init__(self, database: str) -> None:
        self._database = database
        self._idle: list[Follower] = []
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def read(self, work: Callable[[Follower], Found]) -> Found:
        """Runs `work` in a thread with a reader that nobody else has. Raises StoreBroken, and what `work` raises."""
        async with self._turn:
            return await asyncio.to_thread(self._with_reader, work)

    def _with_reader(self, work: Callable[[Follower], Found]) -> Found:
        reader = self._idle.pop() if self._idle else open_reader(self._database)
        try:
            found = work(reader)
        except BaseException:
            reader.close()
            raise
        self._idle.append(reader)
        return found

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
