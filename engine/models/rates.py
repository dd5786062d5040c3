"""What is known of a name from the past: how often things of it ended badly, and how long they took.

Shares fade with time (half of the weight is gone after `half`), so they follow an operation that changes, and names
seen seldom are drawn towards the whole. They grow only by outcomes that are known by then: nothing comes from the
future. Each family of names keeps its most recent ones, at most `MOST`.
"""

from collections.abc import Mapping
from math import exp, log
from typing import Final

import msgspec

MOST: Final = 20_000
PULL: Final = 6.0  # a name with this many outcomes counts half on its own
_LN2: Final = log(2.0)


class Tally(msgspec.Struct, array_like=True):
    """Faded sums at `time`: outcomes, bad ones, and log minutes with their count."""

    time: int
    outcomes: float = 0.0
    bad: float = 0.0
    timed: float = 0.0
    log_minutes: float = 0.0
    events: float = 0.0

    def fade(self, time: int, half: int) -> None:
        if time > self.time:
            keep = exp(-_LN2 * (time - self.time) / half)
            self.outcomes *= keep
            self.bad *= keep
            self.timed *= keep
            self.log_minutes *= keep
            self.events *= keep
            self.time = time


class Rates:
    """`families` are kinds of names (group, category, ...); the whole is the family `""` with the name `""`."""

    def __init__(self, half: int) -> None:
        self.half = half
        self.whole = Tally(0)
        self.families: dict[str, dict[str, Tally]] = {}

    def settle(self, names: Mapping[str, str], bad: bool, time: int, minutes: float | None = None) -> None:
        """One thing of these names ended, well or badly, after so many minutes."""
        for tally in self._touched(names, time):
            tally.outcomes += 1.0
            tally.bad += bad
            if minutes is not None:
                tally.timed += 1.0
                tally.log_minutes += log(1.0 + max(minutes, 0.0))

    def happen(self, names: Mapping[str, str], time: int) -> None:
        """One thing of these names began."""
        for tally in self._touched(names, time):
            tally.events += 1.0

    def share(self, family: str, name: str | None) -> float:
        """The share of bad ends, 0-1, drawn towards that of the whole; NaN while nothing is known at all."""
        whole = self._share_of_whole()
        tally = self.families.get(family, {}).get(name or "")
        if tally is None:
            return whole
        return (tally.bad + PULL * whole) / (tally.outcomes + PULL)

    def weight(self, family: str, name: str | None) -> float:
        """How many outcomes the share rests on."""
        tally = self.families.get(family, {}).get(name or "")
        return 0.0 if tally is None else tally.outcomes

    def log_minutes(self, family: str, name: str | None) -> float:
        """Mean of log(1 + minutes) until the end, drawn towards the whole; NaN while nothing is known."""
        whole = self.whole.log_minutes / self.whole.timed if self.whole.timed > 0 else float("nan")
        tally = self.families.get(family, {}).get(name or "")
        if tally is None or not self.whole.timed:
            return whole
        return (tally.log_minutes + PULL * whole) / (tally.timed + PULL)

    def _share_of_whole(self) -> float:
        return self.whole.bad / self.whole.outcomes if self.whole.outcomes > 0 else float("nan")

    def overall(self, time: int) -> float:
        """The share of bad ends of all that ended lately."""
        self.whole.fade(time, self.half)
        return self._share_of_whole()

    def _touched(self, names: Mapping[str, str], time: int) -> list[Tally]:
        self.whole.fade(time, self.half)
        found = [self.whole]
        for family, name in names.items():
            known = self.families.setdefault(family, {})
            tally = known.pop(name, None) or Tally(time)
            tally.fade(time, self.half)
            known[name] = tally  # behind the others: what was touched last is dropped last
            if len(known) > MOST:
                del known[next(iter(known))]
            found.append(tally)
        return found

    def dump(self) -> bytes:
        return msgspec.msgpack.encode((self.whole, self.families))

    def load(self, body: bytes) -> None:
        self.whole, self.families = msgspec.msgpack.decode(body, type=tuple[Tally, dict[str, dict[str, Tally]]])
