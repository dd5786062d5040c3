"""How fast we may paint: counts what goes to the terminal and slows the lists down before a slow line chokes."""

from collections.abc import Callable
from typing import Any, Final

BUDGET: Final = 12_000  # bytes a second that the live picture may cost; key presses are always painted
SLOWEST: Final = 4


class Meter:
    """Wraps a driver's `write`. `beat` is called ten times a second; `slow` is 1 to 4."""

    def __init__(self, budget: int = BUDGET) -> None:
        self.budget = budget
        self.total = 0
        self.writes = 0
        self.rate = 0.0  # bytes a second, smoothed over about two seconds
        self.slow = 1
        self._last = 0

    def attach(self, driver: Any) -> None:
        """Count every write of this driver from now on."""
        write: Callable[[str], None] = driver.write

        def counted(data: str) -> None:
            self.writes += 1
            self.total += len(data) if data.isascii() else len(data.encode())
            write(data)

        driver.write = counted

    def beat(self) -> None:
        sent, self._last = self.total - self._last, self.total
        self.rate += (sent * 10 - self.rate) * 0.06
        if self.rate > self.budget * self.slow and self.slow < SLOWEST:
            self.slow += 1
        elif self.slow > 1 and self.rate < self.budget * 0.6:
            self.slow -= 1
