"""Small nuisances that keep coming: how often one kind of minor alert has begun at a site lately.

A door that is held open fourteen times a shift is one thing to look at, not fourteen. What is minor, comes often and
coincides with nothing goes into one cluster per site and type (`clusters`), which stays open between the times.
"""

from collections import deque

import msgspec

from data.records.severity import LOW
from data.times import DAY, HOUR

OFTEN = 3  # beginnings within `SPAN` that make a habit
SPAN = DAY
QUIET = 8 * HOUR  # a shift; a habit that was silent this long is over
LONGEST = DAY  # a habit is told anew at least this often
MANY = 50_000  # places and types remembered

Key = tuple[str, str]  # site, alert type


class Habits:
    """The newest beginnings of minor alerts by site and type; times in microseconds."""

    def __init__(self) -> None:
        self._began: dict[Key, deque[int]] = {}

    def began(self, key: Key, severity: int, now: int) -> int:
        """Takes note of a beginning. How many there were within a day, this one included; 0 for what is not minor."""
        if severity > LOW:
            return 0
        times = self._began.get(key)
        if times is None:
            times = self._began[key] = deque(maxlen=OFTEN)
            if len(self._began) > MANY:
                self._shorten()
        times.append(now)
        return sum(now - time <= SPAN for time in times)

    def dump(self) -> bytes:
        return msgspec.msgpack.encode([(*key, list(times)) for key, times in self._began.items()])

    def load(self, body: bytes) -> None:
        kept = msgspec.msgpack.decode(body, type=list[tuple[str, str, list[int]]])
        self._began = {(site, kind): deque(times, maxlen=OFTEN) for site, kind, times in kept}

    def _shorten(self) -> None:
        """Forgets the half that was silent longest; ties fall by name."""
        order = sorted(self._began.items(), key=lambda item: (item[1][-1] if item[1] else 0, item[0]))
        self._began = dict(order[MANY // 2 :])
