"""What a batch decided, gathered until it is committed: changed records, feed entries, the fate of each event."""

from typing import Any

from data.records.alert import Alert
from data.records.audit import AuditRow
from data.records.cluster import Cluster
from data.records.feed import FeedEntry
from data.records.finding import Anomaly, Finding
from data.records.incident import Incident
from data.records.reasons import REASONS
from engine.views import Outcome

_CODES = {reason: code for code, reason in enumerate(REASONS)}


class Numbers:
    """The next free number of each kind of record; one sequence over all partitions of a database."""

    __slots__ = ("alert", "anomaly", "cluster", "finding", "incident")

    def __init__(self, alert: int = 1, cluster: int = 1, incident: int = 1, finding: int = 1, anomaly: int = 1) -> None:
        self.alert, self.cluster, self.incident = alert, cluster, incident
        self.finding, self.anomaly = finding, anomaly

    def take(self, kind: str) -> int:
        number: int = getattr(self, kind)
        setattr(self, kind, number + 1)
        return number


class Decisions:
    """Changed records by number (each once, however often it changed), in order of first change."""

    def __init__(self) -> None:
        self.alerts: dict[int, Alert] = {}
        self.clusters: dict[int, Cluster] = {}
        self.incidents: dict[int, Incident] = {}
        self.findings: dict[int, Finding] = {}
        self.anomalies: dict[int, Anomaly] = {}
        self.feed: list[FeedEntry] = []
        self.audit: list[AuditRow] = []
        self.assignments: list[tuple[int, int, int, int]] = []  # as in `Segment`, but with the journal position
        self.outcomes: dict[int, Outcome] = {}  # by journal position of the command

    def assign(self, seq: int, alert: int, reason: str | None, cluster: int = 0) -> None:
        self.assignments.append((seq, alert, _CODES[reason], cluster))


class Teller:
    """Writes the feed of one partition: numbers entries without gaps and gives them to the batch's decisions."""

    def __init__(self, partition: str, sequence: int = 0) -> None:
        self.partition = partition
        self.sequence = sequence
        self.out = Decisions()

    def tell(self, type: str, time: int, ref: str, site: str | None, severity: int, data: dict[str, Any]) -> None:
        self.sequence += 1
        self.out.feed.append(FeedEntry(self.partition, self.sequence, time, type, ref, site, severity, data))
