"""What a store must do. SQLite lies in `data.sqlite`; PostgreSQL comes behind the same methods and the same suite.

One batch is one transaction: `commit` writes everything that was decided from a batch or nothing of it.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from data.records.alert import Alert
from data.records.audit import AuditRow, DeadLetter, Verdict
from data.records.cluster import Cluster
from data.records.correlation import Correlation
from data.records.entity import Entity, Link
from data.records.feed import FeedEntry
from data.records.finding import Anomaly, Finding
from data.records.fraud import FraudScore
from data.records.incident import Incident
from data.records.metric import MetricBlock, MetricSeries
from data.records.model import ModelVersion
from data.records.outbox import Notification
from data.records.prediction import Prediction
from data.records.run import Run
from data.records.token import Token

Kind = TypeVar("Kind", bound=msgspec.Struct)

if TYPE_CHECKING:
    from data.personal.erasing import Erased, Erasure
    from data.personal.who import Person
    from data.storage import Storage
    from data.thinning import Keep, Thinned


class StoreBusy(Exception):
    """Another engine holds the database; the message says who, since when, and how to look on."""


class StoreFull(Exception):
    """No room on the disk. The same commit may be tried again when there is."""


class StoreBroken(Exception):
    """The database cannot be used: damaged, foreign, or newer than this program. Says what to do."""


class Segment(msgspec.Struct):
    """A run of journalled events, in order of acceptance.

    `lines[i]` is the cleaned JSON of the event with journal position `first + i`; `identities[i]` its 64-bit
    identity (`data.wire.identity`), `received[i]` the wall time of its arrival in microseconds. `assignments` tells
    of each alert event in it: (offset in the segment, alert number or -1, code in `data.records.reasons.REASONS`,
    number of the cluster that this event was put into, 0 for none: events of one alert may lie in several).
    Entries written by the engine itself (steps of the clock) are lines too; their type is `noc.engine.*`.
    """

    first: int
    lines: list[bytes]
    identities: list[int]
    received: list[int]
    time_min: int
    time_max: int
    assignments: list[tuple[int, int, int, int]] = msgspec.field(default_factory=list)


class Outline(msgspec.Struct):
    """What the journal reaches over: of each segment, in order, first position, events, earliest and latest event
    time; `ends` is the watermark of the partition that was asked for, 0 before its first event."""

    segments: Sequence[tuple[int, int, int, int]] = ()
    ends: int = 0

    @property
    def first(self) -> int:
        """The oldest position that is kept."""
        return self.segments[0][0] if self.segments else 1

    @property
    def last(self) -> int:
        return self.segments[-1][0] + self.segments[-1][1] - 1 if self.segments else 0

    @property
    def begins(self) -> int:
        """The earliest event time of the oldest segment."""
        return self.segments[0][2] if self.segments else 0

    def position(self, time: int) -> int:
        """About how far the journal had come at a moment: the end of the last segment that had begun."""
        begun = [first + count - 1 for first, count, earliest, _ in self.segments if earliest <= time]
        return max(begun, default=self.first - 1)


class Position(msgspec.Struct):
    """How far a partition has come: its watermark (microseconds) and the last feed sequence given out."""

    partition: str
    watermark: int
    sequence: int


class Snapshot(msgspec.Struct):
    """The statistics of all partitions as they stood after journal position `seq`; opaque to the store."""

    seq: int
    body: bytes


class Commit(msgspec.Struct):
    """Everything decided from one batch. Upserts are whole records, keyed by `number` (entities by tenant and ref)."""

    segment: Segment | None = None
    entities: Sequence[Entity] = ()
    links_added: Sequence[Link] = ()
    links_removed: Sequence[Link] = ()
    alerts: Sequence[Alert] = ()
    clusters: Sequence[Cluster] = ()
    incidents: Sequence[Incident] = ()
    findings: Sequence[Finding] = ()
    anomalies: Sequence[Anomaly] = ()
    fraud: Sequence[FraudScore] = ()
    predictions: Sequence[Prediction] = ()
    correlations: Sequence[Correlation] = ()
    models: Sequence[ModelVersion] = ()
    outbox: Sequence[Notification] = ()
    retried: Sequence[int] = ()  # numbers of messages that were given up and are to be tried again
    runs: Sequence[Run] = ()
    metric_series: Sequence[MetricSeries] = ()
    metric_blocks: Sequence[MetricBlock] = ()
    feed: Sequence[FeedEntry] = ()
    audit: Sequence[AuditRow] = ()
    dead_letters: Sequence[DeadLetter] = ()
    tokens: Sequence[Token] = ()
    positions: Sequence[Position] = ()
    snapshot: Snapshot | None = None


class Loaded(msgspec.Struct):
    """The working state as of the last snapshot: open alerts, clusters and incidents, all entities and links.

    Changes made after it are in the tail of the journal, which is run again. `seq` is the last journal position (0:
    none), `positions` and `next_*` (the first free numbers) are as of the last commit: what the tail must lead to.
    "Open" is everything not yet ended then, and what ended less than the request's `quiet_for` before.
    """

    seq: int
    snapshot: Snapshot | None
    positions: list[Position]
    entities: list[Entity]
    links: list[Link]
    alerts: list[Alert]
    clusters: list[Cluster]
    incidents: list[Incident]
    next_alert: int
    next_cluster: int
    next_incident: int
    next_finding: int
    next_anomaly: int
    next_fraud: int
    next_prediction: int
    next_correlation: int
    next_model: int
    models: list[ModelVersion]  # all that are kept, as of the last commit, in order of number
    next_notification: int = 1
    next_run: int = 1
    next_metric_block: int = 1


class Store(Protocol):
    """One database, one writer. All methods may raise StoreBroken; `commit` also StoreFull."""

    async def load(self, quiet_for: int) -> Loaded:
        """The working state; alerts, clusters and incidents that ended less than `quiet_for` microseconds before
        the newest watermark count as open."""

    async def commit(self, commit: Commit) -> None: ...

    def segments(self, after: int) -> AsyncIterator[Segment]:
        """The journal from position `after + 1` on, in order."""

    async def known(self, candidates: Sequence[tuple[int, str, str, str]]) -> list[bool]:
        """For (identity, tenant, source, id) of events whose hash was met before: is it really the same event?
        Confirmed against the journal, so a collision of hashes never drops an event."""

    def seen(self, identities: Sequence[int]) -> list[bool]:
        """For each identity hash: may it be in the journal? Never a false no; cheap (memory only)."""

    async def notifications(self, numbers: Sequence[int] | None = None) -> list[Notification]:
        """Messages that wait to be delivered, or those with these numbers; in order of number."""

    async def thin(self, keep: "Keep") -> "Thinned":
        """Makes old metrics coarser, removes what is over, beside commits. Raises StoreFull, StoreBusy, StoreBroken."""

    async def person(self, tenant: str, id: str, words: tuple[str, ...] = ()) -> "Person":
        """Who that is, by everything stored that tells of them; `words` are further names."""

    async def erase(self, erasure: "Erasure") -> "Erased":
        """Takes a person out of everything stored, all or nothing; the caller's working state must be loaded anew.
        Raises StoreFull, StoreBusy, StoreBroken."""

    async def close(self) -> None: ...


class Reader(Protocol):
    """Read-only access for exports, `explain` and `check`; never waits for the writer. Iterators yield in the order
    that WIRE.md §5 fixes. `since` and `until` are half-open microseconds, None for no bound."""

    def events(self, since: int | None, until: int | None) -> Iterator[tuple[int, bytes, int]]:
        """(journal position, cleaned JSON line, received_at), in order of event time."""

    def assignments(self, since: int | None, until: int | None) -> Iterator[tuple[bytes, int, int, int]]:
        """(cleaned JSON line, alert number or -1, reason code, cluster number or 0) of every alert event, by time."""

    def alerts(self, since: int | None, until: int | None) -> Iterator[Alert]: ...
    def clusters(self, since: int | None, until: int | None) -> Iterator[Cluster]: ...
    def incidents(self, since: int | None, until: int | None) -> Iterator[Incident]: ...
    def findings(self, since: int | None, until: int | None) -> Iterator[Finding]: ...
    def anomalies(self, since: int | None, until: int | None) -> Iterator[Anomaly]: ...

    def fraud(self, since: int | None, until: int | None) -> Iterator[FraudScore]: ...

    def predictions(self, since: int | None, until: int | None) -> Iterator[Prediction]: ...

    def correlations(self, since: int | None, until: int | None) -> Iterator[Correlation]: ...

    def models(self) -> Iterator[ModelVersion]: ...

    def notifications(self, since: int | None, until: int | None) -> Iterator[Notification]: ...

    def runs(self, since: int | None, until: int | None) -> Iterator[Run]: ...
    def metric_series(self, tenant: str | None = None, name: str | None = None) -> Iterator[MetricSeries]:
        """All that were ever sampled, in order of number."""

    def metric_blocks(
        self, tenant: str, name: str, tier: int, since: int | None, until: int | None
    ) -> Iterator[MetricBlock]:
        """Those of one name that may hold buckets which begin in the span, in the order in which they were made."""

    def metric_places(self, tenant: str, name: str, since: int, until: int) -> list[tuple[int, int, int, int]]:
        """(number, tier, start, until) of the blocks that may hold buckets which begin in the span, and of their
        totals, whose tier is negative (`data.history.rollup`)."""

    def metric_block(self, number: int) -> MetricBlock:
        """Raises StoreBroken where there is none."""

    def metric_blocks_of(self, numbers: Sequence[int]) -> Iterator[MetricBlock]:
        """Those of these that are there, in no order that counts."""

    def still(self) -> AbstractContextManager[None]:
        """One view of the database for everything that is read meanwhile."""

    def entities(self, kind: str | None = None) -> Iterator[Entity]: ...
    def links(self) -> Iterator[Link]: ...
    def feed(self, since: int | None, until: int | None) -> Iterator[FeedEntry]: ...
    def feed_after(self, partition: str, sequence: int, limit: int = 1000) -> list[FeedEntry]:
        """At most `limit` entries behind `sequence`, in order."""

    def feed_back(
        self,
        since: int,
        until: int,
        *,
        partition: str,
        before: int | None = None,
        wanted: Callable[[bytes], bool] | None = None,
    ) -> Iterator[tuple[int, int, list[FeedEntry]]]:
        """The feed of a partition backwards, in runs: sequence of the first entry of the run, how many it holds, and
        those of them within the time that are before sequence `before` and whose stored bytes are `wanted`, newest
        first. `wanted` is asked of a whole run before it is asked of its entries."""

    def audit(self, since: int | None, until: int | None) -> Iterator[AuditRow]: ...
    def audit_verdicts(self) -> list[Verdict]:
        """Whether the chain of every tenant's audit is whole, of one moment."""

    def dead_letters(self, since: int | None, until: int | None) -> Iterator[DeadLetter]: ...
    def tokens(self) -> Iterator[Token]:
        """All that were ever given out, in order of id."""

    def event(self, source: str, id: str) -> tuple[int, bytes, int] | None: ...
    def storage(self) -> "Storage":
        """What takes how much room."""

    def close(self) -> None: ...


class Follower(Reader, Protocol):
    """A reader that can also look on while an engine writes, and look things up."""

    def load(self, quiet_for: int) -> Loaded:
        """As `Store.load`, of one moment."""

    def tail(self, after_seq: int, limit: int = 64) -> list[Segment]:
        """At most `limit` segments from journal position `after_seq + 1` on; empty when there is nothing new."""

    def outline(self, tenant: str) -> Outline:
        """What the journal reaches over by now."""

    def feed_after(self, partition: str, sequence: int, limit: int = 1000) -> list[FeedEntry]:
        """At most `limit` entries of a partition's feed that follow `sequence`, in order."""

    def alerts_in(self, cluster: int) -> Iterator[Alert]:
        """The members of a cluster (its number), in order of creation."""

    def find(self, kind: type[Kind], id: str) -> Kind | None:
        """The Alert, Cluster, Incident, Finding or Anomaly with this id."""

    def tenants(self) -> list[str]: ...
    def person(self, tenant: str, id: str, words: tuple[str, ...] = ()) -> "Person":
        """As `Store.person`."""

    def would_erase(self, erasure: "Erasure") -> "Erased":
        """What `Store.erase` would change."""
