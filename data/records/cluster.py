"""A cluster: alerts that belong together, with the evidence of each join."""

import msgspec


class Trace(msgspec.Struct, frozen=True, array_like=True):
    """The first firing of a kind of alert on a thing, in a cluster; `rarity` in bits, as it was then."""

    entity: str | None
    alert_type: str
    time: int
    rarity: float


class Cluster(msgspec.Struct):
    """Alerts taken as one item. `number` is its row; `incident` the number of its incident, if promoted.

    `alert_count` counts firing events of its alerts, repeats included; `members` the alerts; `open_members` those
    that still fire. `sites`, `alert_types` and `entities` are in order of first appearance, bounded by
    `LISTED` each (the counts beside them are exact).

    The rest is what clustering needs to go on after a restart. `identities` are the fingerprints of its alerts, by
    which one that fires again finds back; `seen` the variants (type, entity, labels) that fired in it and `strain`
    the times of the newest ones that had fired before, which announce another cause; each bounded by `REMEMBERED`.
    `idle_since` is when its last alert ended; `traces`, bounded by `TRACED`, is what a cause is found from.
    """

    number: int
    id: str
    tenant: str
    opened_at: int
    last_at: int
    severity: int
    title: str
    reason: str
    sites: list[str]
    alert_types: list[str]
    entities: list[str]
    members: int = 0
    open_members: int = 0
    alert_count: int = 0
    suppressed_count: int = 0
    priority: int = 0
    closed_at: int | None = None
    incident: int | None = None
    merged_into: int | None = None
    lead: int = 0  # number of the alert that opened it
    change: int = 0
    found_at: str = ""  # the site under which it is looked for: that of the alert that opened it
    kind: str = ""  # `background`: a lasting nuisance, `habit`: a recurring one; kept apart from what is beside
    identities: list[int] = msgspec.field(default_factory=list)
    seen: list[int] = msgspec.field(default_factory=list)
    strain: list[int] = msgspec.field(default_factory=list)
    idle_since: int | None = None
    promotions: int = 0  # incidents that were opened for it
    declined: int = 0  # severity at which a person refused it as an incident; only something graver promotes it
    traces: list[Trace] = msgspec.field(default_factory=list)
    features: tuple[int, ...] = ()  # what `priority` was given for (`engine.score.priority.Features`)
    escalated: int = 0  # steps of escalation that were taken
    unanswered_at: int | None = None  # when the last step was taken, while nobody has it
    digest: str = ""  # of a storm that is over: what it was


REMEMBERED = 1024
TRACED = 256
LISTED = 64
