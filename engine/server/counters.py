"""What the server counts, for `/metrics`: sums, and how long things took in steps."""

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from engine import clock

STEPS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds

Labels = tuple[tuple[str, str], ...]


class Histogram:
    """Counts of durations up to each step, and beyond the last."""

    __slots__ = ("counts", "sum")

    def __init__(self) -> None:
        self.counts = [0] * (len(STEPS) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(STEPS, seconds)] += 1
        self.sum += seconds


class Counters:
    """Counters and histograms by name and labels, in order of their first use."""

    def __init__(self) -> None:
        self.sums: dict[tuple[str, Labels], float] = {}
        self.times: dict[tuple[str, Labels], Histogram] = {}

    def add(self, name: str, by: float = 1, **labels: str) -> None:
        key = (name, tuple(labels.items()))
        self.sums[key] = self.sums.get(key, 0) + by

    def timer(self, name: str, **labels: str) -> Histogram:
        """The histogram, to be kept by whoever observes often."""
        key = (name, tuple(labels.items()))
        found = self.times.get(key)
        if found is None:
            found = self.times[key] = Histogram()
        return found


@contextmanager
def observed(histogram: Histogram) -> Iterator[None]:
    """How long that took which is done inside, however it ended."""
    begun = clock.monotonic()
    try:
        yield
    finally:
        histogram.observe(clock.monotonic() - begun)
