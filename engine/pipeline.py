"""The pipeline: a batch of events and the working state become new state and decisions. Nothing here does I/O.

    observe -> detect -> raise alerts -> cluster -> correlate into incidents -> operators' hands

is written out in `engine.partition`; this module keeps the partitions (one per tenant), gives events their journal
positions, and dumps and recovers the whole.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import msgspec

from data.records.entity import Entity, Link
from data.records.feed import FeedEntry
from data.store import Commit, Loaded, Position, Segment, Snapshot
from data.wire import Event, decode
from engine.alerts.clusters import ClusterSettings
from engine.context.kept import keep
from engine.decisions import RECORDS, Decisions, Numbers
from engine.models.library import Library
from engine.partition import Partition
from engine.settings import Config
from engine.settings.places import Places, longest
from engine.settings.tuning import tuned
from engine.views import Outcome

SNAPSHOT_EVERY = 30_000  # events; recovery never runs a longer tail


class _Dump(msgspec.Struct):
    numbers: Numbers
    partitions: dict[str, bytes]


class Decided(msgspec.Struct):
    """A batch's outcome: what to commit, and what to answer to the operators whose commands were in it."""

    commit: Commit
    outcomes: dict[int, Outcome]


class Pipeline:
    def __init__(self, config: Config) -> None:
        self.config = config
        self._places = Places(config)
        self.numbers = Numbers()
        self.library = Library()
        self.partitions: dict[str, Partition] = {}
        self.seq = 0  # journal position of the last event taken
        self.revision = 0  # counts batches; views are as new as this
        self.notes: list[str] = []  # what a recovery could not take up
        self._snapshot_seq = 0

    @property
    def quiet_for(self) -> int:
        """How long ago (microseconds) an alert may have ended that can still matter, to one that is told late too."""
        settle = tuned(ClusterSettings(), self.config.clusters.numbers).settle
        return max(longest(self.config, "alerts.reopen_within"), settle) + self.config.engine.late_after

    def partition(self, name: str) -> Partition:
        found = self.partitions.get(name)
        if found is None:
            found = self.partitions[name] = Partition(name, self._places, self.numbers, self.library)
            found.grouping.on_incident.append(partial(keep, found))
        return found

    def shown(self, name: str) -> Partition:
        """The partition, for reading: an empty one that nobody keeps where nothing was heard of it yet."""
        return self.partitions.get(name) or Partition(name, self._places, self.numbers, self.library)

    def run(self, events: Sequence[Event], received: int) -> Decided:
        """Takes the events in order, as the journal's next ones. `received` is the wall time of their arrival."""
        first = self.seq + 1
        last_tenant, partition = "", None
        for event in events:
            self.seq = event.seq = self.seq + 1
            if event.tenant != last_tenant or partition is None:
                last_tenant, partition = event.tenant, self.partition(event.tenant)
            partition.take(event)
        self.revision += 1
        return self._decided(events, first, received)

    def snapshot(self) -> Snapshot:
        """The statistics of all partitions, as they stand now."""
        self._snapshot_seq = self.seq
        parts = {name: partition.dump() for name, partition in sorted(self.partitions.items())}
        dump = _Dump(self.numbers, parts)
        return Snapshot(self.seq, msgspec.msgpack.encode(dump))

    def snapshot_as(self, tenant: str, change: Callable[[bytes], bytes]) -> Snapshot:
        """The same, with the statistics of one partition changed."""
        dump = msgspec.msgpack.decode(self.snapshot().body, type=_Dump)
        if tenant in dump.partitions:
            dump.partitions[tenant] = change(dump.partitions[tenant])
        return Snapshot(self.seq, msgspec.msgpack.encode(dump))

    def recover(self, loaded: Loaded) -> None:
        """Back to the state of the snapshot; `rerun` then takes the tail. `notes` tells what was written by another
        version of the program and begins anew."""
        self.library.load(loaded.models)
        if loaded.snapshot is None:
            return
        dump = msgspec.msgpack.decode(loaded.snapshot.body, type=_Dump)
        self.numbers = dump.numbers
        self.seq = self._snapshot_seq = loaded.snapshot.seq
        for name, body in dump.partitions.items():
            partition = self.partition(name)
            partition.restore(loaded)
            self.notes += partition.load(body)

    def rerun(self, segment: Segment) -> Sequence[FeedEntry]:
        """A segment that was committed before: the same state follows, and the same decisions. They are stored
        already; only what they told the feed is returned, for those who look on."""
        skip = self.seq + 1 - segment.first
        return self.run([decode(line, own=True) for line in segment.lines[skip:]], 0).commit.feed

    def agrees(self, positions: Iterable[Position]) -> bool:
        """Whether every partition stands where its last commit said; after a recovery it must."""
        return all(self.partition(position.partition).position() == position for position in positions)

    def adopt(self, loaded: Loaded) -> None:
        """The tail led elsewhere than the engine that wrote it: go on from here, behind every number and sequence that
        was given out, so that nothing stored is ever overwritten or told twice."""
        self.numbers.behind(loaded)
        for position in loaded.positions:
            teller = self.partition(position.partition).teller
            teller.sequence = max(teller.sequence, position.sequence)
        self.notes.append("the journal was decided by another version of the program; state was worked out anew")

    def _decided(self, events: Sequence[Event], first: int, received: int) -> Decided:
        commit = Commit(positions=[partition.position() for partition in self.partitions.values()])
        outcomes: dict[int, Outcome] = {}
        parts = [(partition, partition.collect()) for partition in self.partitions.values()]
        if len(parts) == 1:
            self._fill(commit, parts[0][1])
            outcomes = parts[0][1].outcomes
        else:
            for _, decisions in parts:
                outcomes.update(decisions.outcomes)
            self._fill(commit, _joined([decisions for _, decisions in parts]))
        self._registries(commit)
        if events:
            commit.segment = Segment(
                first=first,
                lines=[event.line for event in events],
                identities=[event.identity for event in events],
                received=[received] * len(events),
                time_min=min(event.time for event in events),
                time_max=max(event.time for event in events),
                assignments=_offsets(parts, first),
            )
        if self.seq - self._snapshot_seq >= SNAPSHOT_EVERY:
            commit.snapshot = self.snapshot()
        return Decided(commit, outcomes)

    def _fill(self, commit: Commit, decisions: Decisions) -> None:
        for name in RECORDS:
            setattr(commit, name, list(getattr(decisions, name).values()))
        commit.feed = decisions.feed
        commit.audit = decisions.audit
        commit.retried = decisions.retried

    def _registries(self, commit: Commit) -> None:
        entities: list[Entity] = []
        added: list[Link] = []
        removed: list[Link] = []
        for partition in self.partitions.values():
            entities.extend(partition.registry.changed.values())
            partition.registry.changed.clear()
            for link, there in partition.links.items():
                (added if there else removed).append(link)
            partition.links.clear()
        commit.entities, commit.links_added, commit.links_removed = entities, added, removed


def _joined(several: list[Decisions]) -> Decisions:
    """The decisions of several partitions as one; numbers are unique over all of them."""
    out = Decisions()
    for each in several:
        for name in RECORDS:
            getattr(out, name).update(getattr(each, name))
        out.feed.extend(each.feed)
        out.audit.extend(each.audit)
        out.retried.extend(each.retried)
    return out


def _offsets(parts: list[tuple[Partition, Decisions]], first: int) -> list[tuple[int, int, int, int]]:
    rows = [
        (seq - first, alert, reason, cluster)
        for _, decisions in parts
        for seq, alert, reason, cluster in decisions.assignments
    ]
    if len(parts) > 1:
        rows.sort()
    return rows
