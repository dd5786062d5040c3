"""A sum over time that can be asked for any window without adding anything up again.

Kept are the moments in order and, beside each, the total up to it; a window is the difference of two totals, found by
bisection. What comes in order is appended; what comes late is put where it belongs and lifts the totals behind it,
which are few, since nothing comes later than the allowance.
"""

from array import array
from bisect import bisect_right


class Totals:
    """Whole numbers at moments (microseconds). `before` is what was forgotten, so that totals never change by that."""

    __slots__ = ("at", "before", "upto")

    def __init__(self, at: bytes = b"", upto: bytes = b"", before: int = 0) -> None:
        self.at, self.upto, self.before = array("q"), array("q"), before
        self.at.frombytes(at)
        self.upto.frombytes(upto)

    def add(self, time: int, amount: int) -> None:
        at, upto = self.at, self.upto
        if not at or time >= at[-1]:
            at.append(time)
            upto.append((upto[-1] if upto else self.before) + amount)
            return
        place = bisect_right(at, time)
        at.insert(place, time)
        upto.insert(place, upto[place - 1] if place else self.before)
        for later in range(place, len(upto)):
            upto[later] += amount

    def within(self, after: int, until: int) -> int:
        """The sum over (after, until]."""
        at = self.at
        if not at or at[-1] <= after:
            return 0
        return self._upto(bisect_right(at, until)) - self._upto(bisect_right(at, after))

    def forget(self, until: int) -> None:
        """Drops moments up to and including `until`."""
        gone = bisect_right(self.at, until)
        if gone:
            self.before = self.upto[gone - 1]
            del self.at[:gone], self.upto[:gone]

    def dump(self) -> tuple[bytes, bytes, int]:
        return self.at.tobytes(), self.upto.tobytes(), self.before

    def _upto(self, place: int) -> int:
        return self.upto[place - 1] if place else self.before
