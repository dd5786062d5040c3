"""A cluster: alerts that belong together, with the evidence of each join."""

import msgspec


class Cluster(msgspec.Struct):
    """Alerts taken as one item. `number` is its row; `incident` the number of its incident, if promoted.

    `alert_count` counts firing events of its alerts, repeats included; `members` the alerts; `open_members` those
    that still fire. `sites`, `alert_types` and `entities` are in order of first appearance, bounded by
    `LISTED` each (the counts beside them are exact).
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


LISTED = 64
