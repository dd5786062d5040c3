"""Clocks that are off by hours: a series whose stamps lie far from those of all others, again and again."""

import msgspec

ENOUGH = 3  # stamps of one series, each with a good one of another in between; or series that agree on a new time
ALONE = 20  # stamps far off in a row, with no good one in between: time has really gone on


class _Doubt(msgspec.Struct):
    count: int = 0
    good: int = 0  # how many good stamps there were when it was counted last


class _State(msgspec.Struct):
    now: int
    good: int
    run: int
    doubts: dict[int, _Doubt]
    wrong: dict[int, int]


class Clocks:
    """Times at which events of series (by row) come, against each other."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.now = 0  # the newest stamp that can be believed; 0: none yet
        self.good = 0
        self.run = 0
        self.doubts: dict[int, _Doubt] = {}
        self.wrong: dict[int, int] = {}  # row -> how far off, microseconds

    def look(self, row: int, time: int) -> int | None:
        """A stamp of a series: how far off its clock is when that has just become clear, 0 when it is right again."""
        off = time - self.now
        if -self.limit <= off <= self.limit:
            self.now, self.run = time, 0
            self.good += 1
            if not self.doubts and not self.wrong:
                return None
            self.doubts.pop(row, None)
            return None if self.wrong.pop(row, None) is None else 0
        self.run += 1
        if not self.now or self.run >= ALONE or not self._doubt(row):
            self.now, self.run = time, 0
            self.doubts.clear()
            return None
        if self.doubts[row].count < ENOUGH or row in self.wrong:
            return None
        self.wrong[row] = off
        return off

    def _doubt(self, row: int) -> bool:
        """Counts a doubt; False when so many series say the same that it is no doubt."""
        doubt = self.doubts.setdefault(row, _Doubt())
        if doubt.good != self.good or not doubt.count:
            doubt.count += 1
            doubt.good = self.good
        fresh = sum(each.good == self.good for other, each in self.doubts.items() if other not in self.wrong)
        return fresh < ENOUGH

    def forget(self, row: int) -> None:
        self.doubts.pop(row, None)
        self.wrong.pop(row, None)

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(_State(self.now, self.good, self.run, self.doubts, self.wrong))

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.now, self.good, self.run = state.now, state.good, state.run
        self.doubts, self.wrong = state.doubts, state.wrong
