"""What a batch decided, gathered until it is committed: changed records, feed entries, the fate of each event."""

from typing import Any

import msgspec

from data.records.alert import Alert
from data.records.audit import AuditRow
from data.records.cluster import Cluster
from data.records.correlation import Correlation
from data.records.feed import FeedEntry
from data.records.finding import Anomaly, Finding
from data.records.fraud import FraudScore
from data.records.incident import Incident
from data.records.metric import MetricBlock, MetricSeries
from data.records.model import ModelVersion
from data.records.outbox import Notification
from data.records.prediction import Prediction
from data.records.reasons import REASONS
from data.records.run import Run
from data.store import Loaded
from engine.views import Outcome

_CODES = {reason: code for code, reason in enumerate(REASONS)}


class Numbers(msgspec.Struct, array_like=True):
    """The next free number of each kind of record; one sequence over all partitions of a database."""

    alert: int = 1
    cluster: int = 1
    incident: int = 1
    finding: int = 1
    anomaly: int = 1
    fraud: int = 1
    prediction: int = 1
    correlation: int = 1
    model: int = 1
    notification: int = 1
    run: int = 1
    metric_block: int = 1

    def take(self, kind: str) -> int:
        number: int = getattr(self, kind)
        setattr(self, kind, number + 1)
        return number

    def behind(self, loaded: Loaded) -> None:
        """Goes on behind every number that was given out."""
        for kind in self.__struct_fields__:
            setattr(self, kind, max(getattr(self, kind), getattr(loaded, f"next_{kind}")))


RECORDS = (
    "alerts", "clusters", "incidents", "findings", "anomalies", "fraud", "predictions", "correlations", "models",
    "outbox", "runs", "metric_series", "metric_blocks",
)  # fmt: skip
"""Fields of a commit and of decisions that hold records."""


class Decisions:
    """Changed records by number (each once, however often it changed), in order of first change."""

    def __init__(self) -> None:
        self.alerts: dict[int, Alert] = {}
        self.clusters: dict[int, Cluster] = {}
        self.incidents: dict[int, Incident] = {}
        self.findings: dict[int, Finding] = {}
        self.anomalies: dict[int, Anomaly] = {}
        self.fraud: dict[int, FraudScore] = {}
        self.predictions: dict[int, Prediction] = {}
        self.correlations: dict[int, Correlation] = {}
        self.models: dict[int, ModelVersion] = {}
        self.outbox: dict[int, Notification] = {}
        self.runs: dict[int, Run] = {}
        self.metric_series: dict[int, MetricSeries] = {}
        self.metric_blocks: dict[int, MetricBlock] = {}
        self.retried: list[int] = []  # numbers of messages to try again
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
