"""What a database holds, and what of it takes the room."""

from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import Column, Connection, Table, func, select

from data import tables
from data.bodies import Bodies
from data.history.packing import unpack
from data.history.totals import rows_in
from data.personal.fields import noted
from data.records.metric import MetricBlock
from data.thinning import used

_FINE: Final = {300: 1, 3600: 12, 86400: 288}  # five-minute buckets that one of a tier stands for, at most
_TIMES: Final[dict[str, Column[Any]]] = {
    "segments": tables.segments.c.time_min, "feed": tables.feed.c.time_min, "alerts": tables.alerts.c.first_seen,
    "clusters": tables.clusters.c.opened_at, "incidents": tables.incidents.c.opened_at,
    "findings": tables.findings.c.detected_at, "anomalies": tables.anomalies.c.detected_at,
    "fraud": tables.fraud.c.time, "predictions": tables.predictions.c.made_at, "outbox": tables.outbox.c.made_at,
    "correlations": tables.correlations.c.detected_at, "runs": tables.runs.c.made_at, "audit": tables.audit.c.time,
    "dead_letters": tables.dead_letters.c.received_at, "metric_blocks": tables.metric_blocks.c.start,
}  # fmt: skip


class TableUse(msgspec.Struct):
    """`bytes` of the rows' bodies; `items` counts events and feed entries, which lie many to a row."""

    table: str
    rows: int
    items: int
    bytes: int
    oldest: int | None


class TierUse(msgspec.Struct):
    """`buckets` are stored values of `samples`; `fine` is how many five-minute buckets would tell of the same time.
    `bytes` are those of the `totals` too, which are rows beside the buckets, out of which large questions are answered.
    """

    step_s: int
    series: int
    blocks: int
    buckets: int
    samples: int
    bytes: int
    fine: int
    totals: int = 0


class FieldUse(msgspec.Struct):
    """A personal field that has been blanked in what is older than `before` (event time), `times` times so far."""

    field: str
    before: int
    times: int


class Storage(msgspec.Struct):
    """`bytes` in use of `file_bytes`; `saved` is the share of five-minute values that the tiers do without, totals
    counted as kept; `fields` are the personal fields that do not stay as long as what they stand in."""

    file_bytes: int
    bytes: int
    tables: list[TableUse]
    tiers: list[TierUse]
    saved: float | None
    fields: list[FieldUse] = []


def storage(connection: Connection, bodies: Bodies, path: Path) -> Storage:
    """Reads every metric block, and of the other tables only sizes."""
    found = [_table(connection, table) for table in tables.metadata.sorted_tables]
    tiers = _tiers(connection, bodies)
    fine, kept = sum(tier.fine for tier in tiers), sum(tier.buckets + tier.totals for tier in tiers)
    size = path.stat().st_size
    ordered = sorted((one for one in found if one.rows), key=lambda one: -one.bytes)
    blanked = [FieldUse(field, *told) for field, told in sorted(noted(connection).items())]
    return Storage(size, used(connection), ordered, tiers, round(1 - kept / fine, 6) if fine else None, blanked)


def _table(connection: Connection, table: Table) -> TableUse:
    columns = table.c
    blobs = [column for column in columns if str(column.type) == "BLOB"]
    size = sum((func.coalesce(func.sum(func.length(column)), 0) for column in blobs), start=func.coalesce(0, 0))
    counted = func.coalesce(func.sum(columns["count"]), 0) if "count" in columns else func.count()
    time = _TIMES.get(table.name)
    oldest = func.min(time) if time is not None else func.min(None)
    rows, items, taken, first = connection.execute(
        select(func.count(), counted, size, oldest).select_from(table)
    ).one()  # fmt: skip
    return TableUse(str(table.name), int(rows), int(items), int(taken), None if first is None else int(first))


def _tiers(connection: Connection, bodies: Bodies) -> list[TierUse]:
    uses = {tier: TierUse(tier, 0, 0, 0, 0, 0, 0) for tier in _FINE}
    series: dict[int, set[int]] = {tier: set() for tier in _FINE}
    for (body,) in connection.execute(select(tables.metric_blocks.c.body)):
        block = bodies.decode(MetricBlock, body)
        use = uses[abs(block.tier)]
        if block.tier < 0:
            use.totals += rows_in(block.packed)
            use.bytes += len(block.packed)
            continue
        buckets = unpack(block.packed)
        use.blocks += 1
        use.buckets += len(buckets)
        use.samples += int(buckets.count.sum())
        use.bytes += len(block.packed)
        use.fine += len(buckets) * _FINE[block.tier]
        series[block.tier].update(buckets.series.tolist())
    for tier, use in uses.items():
        use.series = len(series[tier])
    return [use for use in uses.values() if use.blocks]
