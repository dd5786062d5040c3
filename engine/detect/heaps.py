"""Timers of things that are known by a name and may be set anew at any time."""

import heapq
from collections.abc import Callable


class Deadlines:
    """At most one deadline a name that counts: the one that `stands` tells (microseconds, None: none). Entries that
    tell another time are old; they are dropped when they come to the top."""

    def __init__(self, stands: Callable[[str], int | None]) -> None:
        self._stands = stands
        self._heap: list[tuple[int, str]] = []

    def set(self, name: str) -> bool:
        """To be called whenever `stands` may tell another time. True if this deadline is the first of all now."""
        due = self._stands(name)
        if due is None:
            return False
        heapq.heappush(self._heap, (due, name))
        return self._heap[0] == (due, name)

    def due(self) -> int | None:
        """The first deadline, if there is one."""
        heap = self._heap
        while heap:
            due, name = heap[0]
            if self._stands(name) == due:
                return due
            heapq.heappop(heap)
        return None

    def take(self, now: int) -> list[str]:
        """The names due until `now`, by time, then name; each once. Their deadlines must be others afterwards."""
        found: dict[str, None] = {}
        while (due := self.due()) is not None and due <= now:
            found[heapq.heappop(self._heap)[1]] = None
        return list(found)
