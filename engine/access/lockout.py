"""Addresses that sent wrong tokens have to wait. Bounded: a flood of addresses forgets the oldest first."""

from collections import OrderedDict

from data.times import SECOND

ADDRESSES = 10_000


class Lockout:
    """After `after` wrong tokens in a row an address is refused for `lasts` (microseconds). Times are the wall's."""

    def __init__(self, after: int, lasts: int) -> None:
        self.after = after
        self.lasts = lasts
        self._wrong: OrderedDict[str, tuple[int, int]] = OrderedDict()  # address -> (how many, when the last)

    def wait(self, address: str, now: int) -> int:
        """Seconds that this address has to wait still, 0 if it need not."""
        count, last = self._wrong.get(address, (0, 0))
        left = last + self.lasts - now
        return max(1, -(-left // SECOND)) if count >= self.after and left > 0 else 0

    def wrong(self, address: str, now: int) -> None:
        count, last = self._wrong.pop(address, (0, 0))
        self._wrong[address] = (count + 1 if now - last < self.lasts else 1, now)
        while len(self._wrong) > ADDRESSES:
            self._wrong.popitem(last=False)

    def right(self, address: str) -> None:
        self._wrong.pop(address, None)
