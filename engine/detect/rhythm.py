"""How often a source is heard, and when it has been quiet for longer than it ever is.

Sources that promise a heartbeat are judged by it. Of others nothing is known but what they did: a feed of holidays that
speaks once a day is not stale after ten minutes, and a gate that spoke every minute is.
"""

from typing import Final

import msgspec

from data.times import DAY, MINUTE

LEAST: Final = 10 * MINUTE  # of quiet; and so long a source must have been heard before it has a rhythm
TIMES: Final = 3  # the longest usual pause
_SHORT: Final = MINUTE  # pauses that are not worth a look


class Heard(msgspec.Struct, array_like=True):
    """Times are those of events, in microseconds. `pause` is the longest one, counted half after each day since
    `paused_at`, so that an outage is forgotten."""

    last: int
    count: int = 1
    first: int = 0
    pause: int = 0
    paused_at: int = 0

    def hear(self, time: int) -> None:
        self.count += 1
        pause = time - self.last
        if pause > 0:
            if pause > _SHORT and pause > self.usual():
                self.pause, self.paused_at = pause, time
            self.last = time

    def usual(self) -> int:
        """The longest usual pause, when it was heard last."""
        return int(self.pause * 0.5 ** ((self.last - self.paused_at) / DAY)) if self.pause else 0

    def stale(self, now: int) -> bool:
        """Whether it has been quiet for too long, for a source without a promise."""
        if not self.first or self.last - self.first < LEAST:  # one burst has no rhythm
            return False
        return now - self.last > max(LEAST, TIMES * self.usual())
