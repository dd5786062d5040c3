"""Many small actors woven into one stream in time order.

An actor is a generator. It yields an integer to sleep until that time, and bytes to send an event at the time at which
it is awake. What it sees of the shared world when it wakes is therefore true at that time. Equal times go by the
number of the actor, which is given in order of creation, so the stream is the same in every run.
"""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush, heapreplace

Actor = Iterator[int | bytes]


class Loom:
    """The stage on which actors sleep and wake. Memory is one heap entry per living actor."""

    def __init__(self, now: int) -> None:
        self.now = now
        self._heap: list[tuple[int, int, Actor]] = []
        self._born = 0

    def add(self, actor: Actor, at: int | None = None) -> None:
        """Wake `actor` first at `at`, or now when that is later or not told."""
        self._born += 1
        heappush(self._heap, (self.now if at is None or at < self.now else at, self._born, actor))

    def run(self, until: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Everything sent before `until`, as (time, event); None runs for as long as an actor lives."""
        heap = self._heap
        heapify(heap)
        while heap:
            now, number, actor = heap[0]
            if until is not None and now >= until:
                self.now = until
                return
            self.now = now
            for said in actor:
                if isinstance(said, bytes):
                    yield now, said
                    continue
                if said < now:
                    raise RuntimeError(f"an actor wants to sleep until {said}, which is over")
                heapreplace(heap, (said, number, actor))
                break
            else:
                heappop(heap)
