"""An incident: what people work on; one or more clusters."""

from enum import StrEnum

import msgspec


class IncidentState(StrEnum):
    NEW = "NEW"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    ASSIGNED = "ASSIGNED"
    IN_PROGRESS = "IN_PROGRESS"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"


class Cause(msgspec.Struct, frozen=True):
    """A probable root cause: which thing, by which alert type, how sure (0-1), and why in words."""

    entity: str | None
    alert_type: str
    confidence: float
    text: str


class Note(msgspec.Struct, frozen=True):
    """One line of an incident's timeline."""

    time: int
    actor: str  # a person, or `engine`
    text: str


class Incident(msgspec.Struct):
    number: int
    id: str
    tenant: str
    state: IncidentState
    severity: int
    title: str
    opened_at: int
    last_at: int
    reason: str  # which rule promoted it
    sites: list[str]
    clusters: list[int]
    alert_count: int = 0
    open_members: int = 0
    priority: int = 0
    closed_at: int | None = None
    resolved_at: int | None = None
    acknowledged_at: int | None = None
    acknowledged_by: str | None = None
    assignee: str | None = None
    causes: list[Cause] = msgspec.field(default_factory=list)  # best first
    timeline: list[Note] = msgspec.field(default_factory=list)
    change: int = 0
    settled_count: int = 0  # of `alert_count`: firing events in clusters that are over
    acknowledged_until: int | None = None  # None: until it is over
    snoozed_until: int | None = None
    snoozed_severity: int = 0  # how grave it was when it was snoozed: graver ends the snooze
    candidate: bool = False  # waits for a person to approve it
    approved_at: int | None = None
    merged_into: int | None = None  # number of the incident that took over everything
    acknowledge_by: int | None = None  # service targets, by severity; `..._late_at` is when one was missed
    resolve_by: int | None = None
    acknowledge_late_at: int | None = None
    resolve_late_at: int | None = None
    shown: int = 0  # how many of its clusters have an event that is not suppressed
    context_then: bytes = b""  # what surrounded it when it opened, and when it was resolved (`engine.context.kept`)
    context_after: bytes = b""
    context_at: int | None = None  # the resolution that `context_after` tells of
    features: tuple[int, ...] = ()  # what `priority` was given for (`engine.score.priority.Features`)
    escalated: int = 0  # steps of escalation that were taken
    unanswered_at: int | None = None  # when the last step was taken, while nobody has it
