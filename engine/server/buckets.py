"""Limits of senders, off unless configured: so many events a second on average, some more at once."""

from engine import clock

_PLENTY = 1_000  # events that may always come at once, whatever the rate


class Bucket:
    """How much of its rate a sender has left."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._level = max(rate, _PLENTY)
        self._at = clock.monotonic()

    def take(self, events: int) -> float:
        """Takes `events` out and gives the seconds to wait until that is made up for; 0 within the rate."""
        now = clock.monotonic()
        self._level = min(max(self.rate, _PLENTY), self._level + (now - self._at) * self.rate)
        self._at = now
        self._level -= events
        return max(0.0, -self._level / self.rate)

    def spare(self) -> bool:
        return self.take(0) == 0.0


class Buckets:
    """One for each sender, by token or address; those that are full again are forgotten."""

    def __init__(self) -> None:
        self._of: dict[str, Bucket] = {}

    def of(self, sender: str, rate: float) -> Bucket | None:
        if not rate:
            return None
        found = self._of.get(sender)
        if found is None or found.rate != rate:
            if len(self._of) > 10_000:
                self._of = {name: one for name, one in self._of.items() if not one.spare()}
            found = self._of[sender] = Bucket(rate)
        return found
