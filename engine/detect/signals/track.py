"""What one person did lately: four sums over time, and where they were."""

import msgspec

from data.times import HOUR, MINUTE
from engine.detect.signals.counts import Counts
from engine.detect.signals.path import Path
from engine.detect.signals.stays import Mark, Stays
from engine.detect.signals.totals import Totals

LONGEST_TURN = 16 * HOUR  # who has not checked out by then has forgotten to
OVERTIME = 30 * MINUTE  # and so has who has not by so long after the end of the shift
MOST = 50_000  # moments of one kind; a sender that floods makes the window shorter, not the memory larger


class Kept(msgspec.Struct, array_like=True):
    """A track as it is dumped."""

    phone: tuple[bytes, bytes, int]
    path: tuple[bytes, bytes, bytes, bytes]
    tasks: tuple[bytes, bytes, int]
    checkpoints: tuple[bytes, bytes, int]
    done: dict[str, tuple[int, bool]]
    home: str
    marks: list[Mark]
    sure_m: float
    turn: tuple[int, bool, int]
    last: int
    short: int


class Track:
    """`sure_m` is how accurate a fix must be to be a point of the way; `turn` is the newest check-in or -out with its
    time, True for a check-in, and when it ends at the latest; `last` the newest event of the person; `short` the moment
    up to which a flood cost memory (0: never). Times in microseconds."""

    __slots__ = ("checkpoints", "done", "last", "path", "phone", "short", "stays", "sure_m", "tasks", "turn")

    def __init__(self, home: str, sure_m: float) -> None:
        self.phone, self.path, self.tasks, self.checkpoints = Totals(), Path(), Totals(), Totals()
        self.done: dict[str, tuple[int, bool]] = {}  # item -> (when it was completed, whether it is a checkpoint)
        self.stays = Stays(home)
        self.sure_m = sure_m
        self.turn = (0, False, 0)
        self.last = 0
        self.short = 0

    def complete(self, item: str, time: int, *, checkpoint: bool) -> None:
        """An item is done once, at the earliest moment that anybody tells."""
        known = self.done.get(item)
        if known is not None:
            if known[0] <= time:
                return
            (self.checkpoints if known[1] else self.tasks).add(known[0], -1)
        self.done[item] = (time, checkpoint)
        (self.checkpoints if checkpoint else self.tasks).add(time, 1)

    def turned(self, time: int, *, on_duty: bool, end: int | None = None) -> None:
        """A check-in, to a shift that ends at `end` if that is known, or a check-out; of two at one moment the check-in
        counts."""
        last = time + LONGEST_TURN
        self.turn = max(self.turn, (time, on_duty, last if end is None else min(last, max(time, end) + OVERTIME)))

    def on_duty(self, now: int) -> bool:
        began, on, end = self.turn
        return on and began <= now < end

    def counts(self, after: int, until: int) -> Counts:
        """The five signals over (after, until]."""
        fixes, moved = self.path.within(after, until)
        return Counts(
            self.phone.within(after, until),
            fixes,
            moved,
            self.tasks.within(after, until),
            self.checkpoints.within(after, until),
        )

    def forget(self, until: int, settled: int) -> None:
        """Drops what happened up to `until`; nothing at or before `settled` can still come."""
        for kept in (self.phone, self.path, self.tasks, self.checkpoints):
            kept.forget(until)
        self.stays.forget(until, settled)
        if self.turn[1] and self.turn[2] < settled:
            self.turn = (self.turn[0], False, self.turn[2])
        if self.done:
            self.done = {item: known for item, known in self.done.items() if known[0] > until}

    def curb(self) -> None:
        """Halves what a flood has made too long."""
        for kept in (self.phone, self.path, self.tasks, self.checkpoints):
            if len(kept.at) > MOST:
                self.short = max(self.short, kept.at[MOST // 2])
                kept.forget(kept.at[MOST // 2])
        if len(self.stays.marks) > MOST:
            cut = self.stays.marks[MOST // 2][0]
            self.stays.forget(cut, cut)
        if len(self.done) > MOST:
            self.done = dict(list(self.done.items())[MOST // 2 :])

    @property
    def empty(self) -> bool:
        """Whether nothing is left in it."""
        return not (self.turn[1] or self.stays.marks or self.phone.at or self.path.at or self.done)

    def dump(self) -> Kept:
        sums = self.phone.dump(), self.path.dump(), self.tasks.dump(), self.checkpoints.dump()
        stays = self.stays
        return Kept(*sums, self.done, stays.home, stays.marks, self.sure_m, self.turn, self.last, self.short)


def restored(kept: Kept) -> Track:
    """The track that was dumped."""
    track = Track(kept.home, kept.sure_m)
    track.phone, track.path = Totals(*kept.phone), Path(*kept.path)
    track.tasks, track.checkpoints = Totals(*kept.tasks), Totals(*kept.checkpoints)
    track.done, track.stays = kept.done, Stays(kept.home, kept.marks)
    track.turn, track.last, track.short = kept.turn, kept.last, kept.short
    return track
