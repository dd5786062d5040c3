"""Metric history: which series there are, and blocks of their buckets."""

import msgspec


class MetricSeries(msgspec.Struct):
    """What makes a series (WIRE.md §7). `number` follows from the rest, so that it is the same in every replay."""

    number: int
    tenant: str
    name: str
    entity: str | None = None
    site: str | None = None
    labels: dict[str, str] = {}
    unit: str | None = None


class MetricBlock(msgspec.Struct):
    """Buckets of all series of one name whose starts lie in [`start`, `until`) (microseconds). `tier` is the length of
    a bucket in seconds: 300, 3600, 86400. Several blocks may tell of one bucket: they add up (`data.history`). `packed`
    are its columns."""

    number: int
    tenant: str
    name: str
    tier: int
    start: int
    until: int
    packed: bytes = b""
