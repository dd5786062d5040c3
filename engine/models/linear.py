"""A running logistic regression over names: what their combination says, beside what each says on its own.

FTRL-Proximal with a learning rate of its own for each name (McMahan et al., KDD 2013). It learns from each ending when
that is told, so its answer is known at the moment and follows what changes. Names that are met seldom stay near zero.
"""

from math import exp, sqrt
from typing import Final

import msgspec

MOST: Final = 60_000  # names that have a weight; what was learned from longest ago goes first
RATE: Final = 0.12
BETA: Final = 1.0
L1: Final = 0.3
L2: Final = 1.0
ALWAYS: Final = ""  # the name that everything has


class Linear:
    def __init__(self) -> None:
        self.sums: dict[str, list[float]] = {}  # name -> [z, n] of the method

    def margin(self, names: list[str]) -> float:
        """What these names add to the log odds of a bad end, beside the level of all."""
        return float(sum(map(self._weight, names)))

    def learn(self, names: list[str], bad: bool) -> None:
        """Something of these names has ended."""
        every = [ALWAYS, *names]
        weights = [self._weight(name) for name in every]
        slope = 1.0 / (1.0 + exp(-max(-30.0, min(30.0, sum(weights))))) - bad
        for name, weight in zip(every, weights, strict=True):
            known = self.sums.pop(name, None) or [0.0, 0.0]
            before = known[1]
            known[1] = before + slope * slope
            known[0] += slope - (sqrt(known[1]) - sqrt(before)) / RATE * weight
            self.sums[name] = known
        while len(self.sums) > MOST:
            del self.sums[next(iter(self.sums))]

    def _weight(self, name: str) -> float:
        known = self.sums.get(name)
        if known is None:
            return 0.0
        z, n = known
        if abs(z) <= L1:
            return 0.0
        return -(z - (L1 if z > 0 else -L1)) / ((BETA + sqrt(n)) / RATE + L2)

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(self.sums)

    def load(self, body: bytes) -> None:
        self.sums = msgspec.msgpack.decode(body, type=dict[str, list[float]])
