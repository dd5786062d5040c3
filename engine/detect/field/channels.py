"""Whether a kind of signal arrives at all: when its source is out, nobody who is silent is to blame.

A kind is out when so much of it was to be expected since it was last heard, from the people on duty and their usual
rate, that its silence has a chance of one in a million (Poisson: e^-14).
"""

import msgspec

SURE = 14.0
_SLOW = 0.02  # weight of the newest five minutes in the usual rate


class Channel(msgspec.Struct):
    """`rate` is per person on duty and tick; `dark_until` the end of the last outage, or of it so far."""

    count: int = 0
    heard_at: int = 0
    rate: float = 0.0
    ticks: int = 0
    missed: float = 0.0  # how many were to be expected since it was last heard
    down: bool = False
    dark_until: int = 0

    def tick(self, now: int, people: int, least: int) -> bool:
        """Every five minutes, with the people on duty; True if an outage began or ended."""
        was = self.down
        if self.count:
            self.missed = 0.0
        else:
            self.missed += self.rate * people
        self.down = self.missed >= SURE and now - self.heard_at >= least
        if self.down:
            self.dark_until = now
        elif people:
            self.ticks += 1
            self.rate += (self.count / people - self.rate) * max(_SLOW, 1 / self.ticks)
        self.count = 0
        return was is not self.down

    def clear(self, now: int, window: int) -> bool:
        """Whether all of the window was free of outages."""
        return not self.down and now - window >= self.dark_until
