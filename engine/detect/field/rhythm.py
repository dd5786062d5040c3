"""How long people usually go without being verified: what tells a dark handset from an empty post."""

import msgspec

from data.times import HOUR, MINUTE

STEP = 10 * MINUTE
LONGEST = 6 * HOUR
ENOUGH = 50  # gaps, before anything is said
_SHARE = 0.98


class Rhythm(msgspec.Struct):
    """A histogram of the times between proofs of the same person on duty."""

    gaps: list[int] = msgspec.field(default_factory=lambda: [0] * (LONGEST // STEP + 1))
    total: int = 0

    def add(self, gap: int) -> None:
        if gap < MINUTE:
            return  # the same look twice
        self.gaps[min(gap, LONGEST) // STEP] += 1
        self.total += 1
        if self.total > 20_000:  # what was long ago counts half
            self.gaps = [count // 2 for count in self.gaps]
            self.total = sum(self.gaps)

    def longest(self) -> int | None:
        """What 98 % of the gaps stay below, microseconds; None while too little is known."""
        if self.total < ENOUGH:
            return None
        seen = 0
        for place, count in enumerate(self.gaps):
            seen += count
            if seen >= _SHARE * self.total:
                return (place + 1) * STEP
        return LONGEST
