"""Timers of records that may be set anew at any time."""

import heapq
from collections.abc import Callable


class Timers:
    """At most one timer for each record, by its number. When it is due stands in the record: `stands` tells that time
    (microseconds), or None where nothing is due. A timer that was set anew leaves its old entry in the heap; it says
    another time than the record by then, and is dropped when it comes to the top."""

    def __init__(self, stands: Callable[[int], int | None]) -> None:
        self._stands = stands
        self._heap: list[tuple[int, int]] = []

    def set(self, number: int) -> None:
        """To be called whenever what `stands` tells may be another time."""
        due = self._stands(number)
        if due is not None:
            heapq.heappush(self._heap, (due, number))

    def due(self) -> int | None:
        """When the first runs out, if any is set."""
        while self._heap:
            due, number = self._heap[0]
            if self._stands(number) == due:
                return due
            heapq.heappop(self._heap)
        return None

    def take(self) -> int:
        """The number of the first, by time, then number; only right after `due` told that there is one."""
        return heapq.heappop(self._heap)[1]
