"""The time machine: a pipeline that is run over the journal to any moment, and back to one from a checkpoint.

It decides what the engine decided, as recovery does, and keeps it to itself: the database is only read, nobody outside
is contacted. What was known at a moment is what the journal held before the first event that moved the watermark beyond
it; timers that had not run by then, because nothing had moved time on, have not run here either.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from data.own import CLOCK_HOLD, CLOCK_STEP, OWN
from data.records import DEFAULT_TENANT
from data.records.feed import FeedEntry
from data.store import Follower, Loaded, Outline, Segment
from data.wire import Event, decode
from engine import clock
from engine.meters import Meters
from engine.partition import NEVER
from engine.past.checkpoints import Checkpoint, Checkpoints, Kept
from engine.past.ledger import Ledger
from engine.pipeline import Pipeline
from engine.settings import Config

SLICE: Final = 0.04  # seconds of work between two looks at what is asked
CHUNK: Final = 200  # events of a batch
NEAR: Final = 500  # events between two checkpoints just before where one goes; further away they lie further apart
PAGE: Final = 2  # segments read at once


class Machine:
    """Stands at `at` (microseconds of event time), behind position `pipeline.seq`. Not for several threads."""

    def __init__(self, reader: Follower, config: Config, tenant: str = DEFAULT_TENANT) -> None:
        self.reader, self.config, self.tenant = reader, config, tenant
        self.meters = Meters()
        self.meters.state = "past"
        self.checkpoints = Checkpoints()
        self.pipeline = self._fresh(0)
        self.at = 0
        self.told: Callable[[Sequence[FeedEntry]], None] = lambda feed: None
        self.jumps = 0  # counts goings back: whoever watches has another pipeline before him
        self.outline = Outline()
        self.ledger = Ledger(1)
        self._first = 1
        self._stored: Loaded | None = None
        self._kept = Kept()
        self._ahead: list[Event] = []  # decoded, behind `pipeline.seq`

    def open(self) -> None:
        """Looks at what there is. The snapshot that the engine left is a place to start from, for late moments."""
        self.look()
        self._first = self.outline.first
        stored = self._stored = self.reader.load(self.pipeline.quiet_for)
        self.pipeline = self._beginning()
        self.ledger = Ledger(1 if self._first == 1 else 0)  # else what was there before is not known
        if stored.snapshot is not None:
            probe = self._fresh(0)
            probe.recover(stored)
            if not probe.notes:  # statistics of another version would begin anew
                kept = Kept()
                kept.take(stored)
                self.checkpoints.add(Checkpoint(stored.snapshot, self._mark(probe), kept))

    def look(self) -> None:
        """How far the journal goes by now."""
        self.outline = self.reader.outline(self.tenant)

    def now(self, tenant: str = DEFAULT_TENANT) -> int:
        partition = self.pipeline.partitions.get(tenant)
        mark = partition.watermark if partition is not None else NEVER
        return max(self.at, mark)

    def seek(self, time: int, *, playing: bool = False) -> Iterator[tuple[int, int]]:
        """Goes to a moment. Gives (events done, events to do) every few hundredths of a second; who stops asking leaves
        the machine on the way, in a state that was. `playing` spares the places for small steps back."""
        self._go_back(time)
        begun, goal = self.pipeline.seq, self.outline.position(time)
        slice_ends = clock.monotonic() + SLICE
        while events := self._next(time):
            self._take(events)
            self.at = max(0, self._mark(self.pipeline))
            done = self.pipeline.seq
            step = self.checkpoints.spacing if playing else min(self.checkpoints.spacing, max(NEAR, (goal - done) // 2))
            if self.checkpoints.due(done, step):
                self._remember()
            if clock.monotonic() >= slice_ends:
                yield done - begun, max(goal, done) - begun
                slice_ends = clock.monotonic() + SLICE
        self.at = time

    def _go_back(self, time: int) -> None:
        """To the nearest checkpoint, where that spares work; else the way on from here is the shortest."""
        here = self._mark(self.pipeline)
        found = self.checkpoints.before(time)
        if here <= time and (found is None or found.seq <= self.pipeline.seq):
            return
        self.jumps += 1
        self._ahead.clear()
        if found is None:
            self.pipeline, self._kept = self._beginning(), Kept()
        else:
            self.pipeline, self._kept = self._fresh(0), found.kept.copy()
            self.pipeline.recover(found.loaded())

    def _next(self, time: int) -> list[Event]:
        """The next events that were known at a moment; empty where there are none."""
        if not self._ahead:
            self._read_on()
        events = self._ahead[:CHUNK]
        held = self._held()
        for place, event in enumerate(events):
            if event.tenant != self.tenant:
                continue
            if event.type == CLOCK_HOLD:
                held = True
            elif event.type == CLOCK_STEP or not event.type.startswith(OWN):
                if event.time > time and not held:
                    events = events[:place]
                    break
                held = held and event.type == CLOCK_STEP
        del self._ahead[: len(events)]
        return events

    def _read_on(self) -> None:
        segments = self.reader.tail(self.pipeline.seq, PAGE)
        if segments and segments[0].first > self.pipeline.seq + 1:  # retention was faster
            self.pipeline.seq, self.ledger = segments[0].first - 1, Ledger(0)
        for segment in segments:
            self._ahead += decoded(segment)

    def _take(self, events: Sequence[Event]) -> None:
        before = self.pipeline.seq
        commit = self.pipeline.run(events, 0).commit
        self._kept.take(commit)
        self.ledger.take(before, self.pipeline.seq, commit)
        self.meters.events += len(events)
        self.told(commit.feed)

    def _remember(self) -> None:
        marks = {name: partition.watermark for name, partition in self.pipeline.partitions.items()}
        self._kept.forget({name: mark - self.pipeline.quiet_for for name, mark in marks.items()})
        snapshot = self.pipeline.snapshot()
        self.checkpoints.add(Checkpoint(snapshot, self._mark(self.pipeline), self._kept.copy()))

    def _beginning(self) -> Pipeline:
        """Before the oldest event that is kept. Where older ones were let go of, nothing of what they led to is known:
        records begin behind all numbers that were given out, and the feed where it stood."""
        pipeline = self._fresh(self._first - 1)
        if self._first > 1 and self._stored is not None:
            pipeline.numbers.behind(self._stored)
            later = (one for one in self.reader.feed(self.outline.begins, None) if one.partition == self.tenant)
            first = next(later, None)
            pipeline.partition(self.tenant).teller.sequence = first.sequence - 1 if first is not None else 0
        return pipeline

    def _fresh(self, seq: int) -> Pipeline:
        pipeline = Pipeline(self.config)
        pipeline.library.fetch = lambda: list(self.reader.models())
        pipeline.seq = seq
        return pipeline

    def _mark(self, pipeline: Pipeline) -> int:
        partition = pipeline.partitions.get(self.tenant)
        return partition.watermark if partition is not None else NEVER

    def _held(self) -> bool:
        partition = self.pipeline.partitions.get(self.tenant)
        return partition is not None and partition.held


def decoded(segment: Segment) -> list[Event]:
    return [decode(line, own=True) for line in segment.lines]
