"""Which alert type brings which: directed relations, learned from time and topology, exported and shown.

For each firing of a cause on a thing it is noted whether the effect followed within `WINDOW` on the same thing or on
a direct neighbour. The number of times it did is held against what chance would give, if both fired at their own rates:

    expected = sum over pairs of things of  n(cause) * (1 - exp(-rate(effect) * WINDOW))

The score is the excess in standard deviations. Of the two directions only the one with the larger excess is a
relation (a cause precedes; firings at the same instant count half for both). This is pairwise precedence with a model
of chance, not a causal proof: two effects of a hidden cause can look like a relation. A firing of one type on one thing
counts at most once in `APART`. Memory: about 300 bytes a thing and type, 250 a pair.
"""

import math
from collections.abc import Iterator

import msgspec

from data.times import HOUR, MINUTE, SECOND
from engine.topology import Topology

WINDOW = 15 * MINUTE
APART = 30 * SECOND
KEPT = 16  # newest firings kept of each
THINGS = 20_000  # remembered; then the ones longest silent go
PAIRS = 100_000
NEIGHBOURS = 16
SURE = 3.0  # standard deviations
SEEN = 5  # times, at least
REFRESH = 6 * HOUR  # how old what `causes_of` tells may be
NOTHING: dict[str, float] = {}


class Relation(msgspec.Struct, frozen=True):
    """`cause` brings `effect`, on average `lag_s` later; `support` counts; `confidence` (0-1) grows with the score."""

    cause: str
    effect: str
    lag_s: float
    support: int
    confidence: float
    learned_at: int


class Heard(msgspec.Struct, array_like=True):
    """Of one type on one thing: how many firings were counted, and the newest of them, oldest first."""

    times: int
    recent: list[int]


class Pair(msgspec.Struct, array_like=True):
    """How often one type came before another, or with it, the sum of the lags (microseconds), and when last."""

    before: int = 0
    along: int = 0
    lag: int = 0
    last: int = 0


class Relations:
    """The pairs of one partition. `observe` every firing, in order; `learned` tells what stands now."""

    def __init__(self, topology: Topology | None = None) -> None:
        self.topology = topology or Topology()
        self.since: int | None = None
        self.until = 0
        self.things: dict[str, dict[str, Heard]] = {}
        self.pairs: dict[str, dict[str, Pair]] = {}  # cause -> effect -> counts
        self._count = 0
        self._known: dict[str, dict[str, float]] = {}  # effect -> cause -> confidence
        self._known_at = 0

    def observe(self, alert_type: str, thing: str, time: int) -> None:
        here = self.things.get(thing)
        if here is None:
            here = self.things[thing] = {}
            if len(self.things) > THINGS:
                self._shorten()
        mine = here.get(alert_type)
        if mine is None:
            mine = here[alert_type] = Heard(0, [])
        before = mine.recent[-1] if mine.recent else 0
        if mine.recent and time - before < APART:
            return
        if self.since is None:
            self.since = time
        self.until = max(self.until, time)
        for there in self._scope(thing):
            for cause, heard in there.items():
                if cause != alert_type and heard.recent and heard.recent[-1] >= before:
                    self._follow(cause, alert_type, heard.recent, before, time)
        mine.times += 1
        mine.recent.append(time)
        if len(mine.recent) > KEPT:
            del mine.recent[0]

    def causes_of(self, effect: str, now: int) -> dict[str, float]:
        """What brings it, surest first, with the confidence (0-1): as it was worked out last, every `REFRESH` anew."""
        if now - self._known_at >= REFRESH:
            self._known_at, self._known = now, {}
            for one in self.learned():
                self._known.setdefault(one.effect, {})[one.cause] = one.confidence
        return self._known.get(effect, NOTHING)

    def learned(self) -> list[Relation]:
        """Relations that chance does not explain, surest first, then by name."""
        expected = self._expected()
        found = []
        for cause, effects in self.pairs.items():
            for effect, pair in effects.items():
                excess = _excess(pair, expected.get((cause, effect), 0.0))
                other = self.pairs.get(effect, {}).get(cause, Pair())
                back = _excess(other, expected.get((effect, cause), 0.0))
                score = (excess + pair.along / 2) / math.sqrt(expected.get((cause, effect), 0.0) + 1)
                if score < SURE or pair.before < SEEN or (excess, effect) <= (back, cause):
                    continue
                lag = round(pair.lag / pair.before / SECOND, 1)
                sure = round(score / (score + 10), 4)
                found.append(Relation(cause, effect, lag, pair.before, sure, pair.last))
        return sorted(found, key=lambda one: (-one.confidence, one.cause, one.effect))

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(
            _State(self.since, self.until, self._count, self.things, self.pairs, self._known_at, self._known)
        )

    def load(self, body: bytes) -> None:
        """Raises msgspec.DecodeError when `body` was not written by `dump`."""
        state = msgspec.msgpack.decode(body, type=_State)
        self.since, self.until, self._count = state.since, state.until, state.count
        self.things, self.pairs = state.things, state.pairs
        self._known_at, self._known = state.known_at, state.known

    def _scope(self, thing: str) -> Iterator[dict[str, Heard]]:
        yield self.things[thing]
        for left, ref in enumerate(self.topology.around(thing, 1)):
            if left >= NEIGHBOURS:
                return
            there = self.things.get(ref)
            if there is not None:
                yield there

    def _follow(self, cause: str, effect: str, began: list[int], before: int, time: int) -> None:
        """Counts the firings of the cause that the effect, heard `before`, now follows for the first time."""
        for start in reversed(began):
            if start < before or time - start > WINDOW:
                return
            if start > time:
                continue
            pair = self._pair(cause, effect)
            if pair is None:
                return
            pair.last = time
            if start == time:
                pair.along += 1
                other = self._pair(effect, cause)
                if other is not None:
                    other.along += 1
            else:
                pair.before += 1
                pair.lag += time - start

    def _pair(self, cause: str, effect: str) -> Pair | None:
        effects = self.pairs.setdefault(cause, {})
        pair = effects.get(effect)
        if pair is None and self._count < PAIRS:
            self._count += 1
            pair = effects[effect] = Pair()
        return pair

    def _expected(self) -> dict[tuple[str, str], float]:
        span = max(self.until - (self.since or 0), WINDOW)
        found: dict[tuple[str, str], float] = {}
        for thing, here in self.things.items():
            near: dict[str, int] = {}
            for there in self._scope(thing):
                for cause, heard in there.items():
                    near[cause] = near.get(cause, 0) + heard.times
            for effect, heard in here.items():
                chance = -math.expm1(-heard.times * WINDOW / span)
                for cause, times in near.items():
                    if cause != effect:
                        found[cause, effect] = found.get((cause, effect), 0.0) + times * chance
        return found

    def _shorten(self) -> None:
        def silent(item: tuple[str, dict[str, Heard]]) -> tuple[int, str]:
            return max((heard.recent[-1] for heard in item[1].values() if heard.recent), default=1 << 62), item[0]

        self.things = dict(sorted(self.things.items(), key=silent)[THINGS // 2 :])


class _State(msgspec.Struct):
    since: int | None
    until: int
    count: int
    things: dict[str, dict[str, Heard]]
    pairs: dict[str, dict[str, Pair]]
    known_at: int = 0
    known: dict[str, dict[str, float]] = {}


def _excess(pair: Pair, expected: float) -> float:
    return pair.before - expected
