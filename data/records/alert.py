"""An alert: one condition of one thing, from its first firing until it ends."""

from enum import StrEnum

import msgspec


class AlertStatus(StrEnum):
    NEW = "NEW"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    ASSIGNED = "ASSIGNED"
    ESCALATED = "ESCALATED"
    SNOOZED = "SNOOZED"
    SUPPRESSED = "SUPPRESSED"
    RESOLVED = "RESOLVED"


class Alert(msgspec.Struct):
    """One occurrence of an alert identity. Times are microseconds; `severity` is 1-5 (`severity.NAMES`).

    `number` is its row in the store and grows with creation. `fingerprint` is the 64-bit identity. `count` counts
    firing events, repeats included. `expires_at` is the lease: without a repeat the alert ends then. `ended_at`
    is when it ended (None while it fires). `change` numbers the changes that the feed told.
    """

    number: int
    id: str
    tenant: str
    fingerprint: int
    alert_type: str
    severity: int
    status: AlertStatus
    entity: str | None
    site: str | None
    client: str | None
    message: str
    template: str
    labels: dict[str, str]
    annotations: dict[str, str]
    source: str
    started_at: int
    first_seen: int
    last_seen: int
    expires_at: int
    count: int = 1
    ended_at: int | None = None
    end_reason: str | None = None  # resolved, expired, operator
    priority: int = 0
    cluster: int | None = None  # number of its cluster
    cluster_reason: str = ""  # why it joined, in words
    muted: str | None = None  # silence, maintenance, inhibited, dependency: while set it is not shown as open work
    muted_by: str | None = None
    flapping: bool = False  # it comes and goes all the time
    unseen: bool = False  # no event of it has been shown since it was muted
    assignee: str | None = None
    acknowledged_by: str | None = None
    acknowledged_at: int | None = None
    snoozed_until: int | None = None
    change: int = 0
    generator_url: str | None = None
    acknowledged_until: int | None = None  # None: until it ends
    sticky: bool = False  # the acknowledgement outlasts a worsening and a short end
    here: int = 0  # firing events that lie in its present cluster, and ...
    shown: int = 0  # ... how many of them are not suppressed
    parted: int | None = None  # cluster in which its first event is shown, since a person took it from its company
    moved: dict[int, int] = msgspec.field(default_factory=dict)  # clusters that a person took it from -> put it into
    named_end: bool = False  # its source named the end of the lease; else it follows from a time-out
    features: tuple[int, ...] = ()  # what `priority` was given for (`engine.score.priority.Features`)

    @property
    def firing(self) -> bool:
        return self.ended_at is None
