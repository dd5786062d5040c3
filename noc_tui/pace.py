"""How fast we may paint: counts what goes to the terminal and slows the lists down before a slow line chokes."""

from collections import deque
from collections.abc import Callable
from typing import Any, Final

BUDGET: Final = 12_000  # bytes a second that the live picture may cost; key presses are always painted
SLOWEST: Final = 5
WINDOW: Final = 20  # beats


class Meter:
    """Knows `total`, the bytes written so far: told by the caller, or counted at a driver's `write`.

    `beat` is called ten times a second. `rate` is bytes a second over the last two seconds; `slow`, 1 to 5, is how
    many times rarer lists should be brought up to date to stay within the budget.
    """

    def __init__(self, budget: int = BUDGET) -> None:
        self.budget = budget
        self.total = 0
        self.slow = 1
        self.rate = 0.0
        self._totals: deque[int] = deque(maxlen=WINDOW + 1)
        self._rest = WINDOW

    def attach(self, driver: Any) -> None:
        """Count every write of this driver from now on."""
        write: Callable[[str], None] = driver.write

        def counted(data: str) -> None:
            self.total += len(data) if data.isascii() else len(data.encode())
            write(data)

        driver.write = counted

    def beat(self) -> None:
        self._totals.append(self.total)
        self.rate = (self._totals[-1] - self._totals[0]) * 10 / max(1, len(self._totals) - 1)
        self._rest -= 1
        if self._rest > 0:
            return
        if self.rate > self.budget and self.slow < SLOWEST:
            self.slow += 1
            self._rest = WINDOW // 2
        elif self.slow > 1 and self.rate < self.budget * 0.5:
            self.slow -= 1
            self._rest = WINDOW
