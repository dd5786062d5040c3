"""Personal fields that are blanked when they are old enough: in events, in what the feed told, in evidence.

Rows stay, as with the erasure of a person: what was counted and decided does not change. What is known of a person now
stays too, as long as they are known. Only what lies before the last snapshot is touched, so recovery needs none of it.
Each step is a transaction of its own; how far each field has come is noted in `meta`, and told by the storage report.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Table, func, select

from data import journal, rows, tables
from data.bodies import Bodies
from data.personal.keys import KEYS
from data.personal.who import UPSERTED
from data.records.entity import Entity
from data.references import bare
from data.thinning import Keep, Step
from data.times import DAY

NOTE: Final = "blanked"  # in `meta`: field -> [up to which event time, how often]
_BODILY: Final = frozenset(("confidence", "liveness", "verified"))
_PLACED: Final = {"lat": 0, "lon": 1}
_AGAIN: Final = 90 * DAY  # a row may have been written anew by an engine that still had it in mind
_AT_ONCE: Final = 200
_object: Final = msgspec.json.Decoder(dict[str, Any])
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder().decode
_EVIDENCE: Final[tuple[tuple[Table, str], ...]] = (
    (tables.findings, "detected_at"), (tables.anomalies, "detected_at"), (tables.fraud, "time"),
)  # fmt: skip
Done = dict[str, list[int]]


def noted(connection: Connection) -> Done:
    """By field: up to which event time it has been blanked, and how often."""
    held = tables.meta.c
    value = connection.execute(select(held.value).where(held.name == NOTE)).scalar_one_or_none()
    return json.loads(value) if value else {}


def blank(value: Any, fields: frozenset[str], count: Done) -> Any:
    """A value without these fields, at any depth; the same object where it had none."""
    if isinstance(value, dict):
        kept: dict[Any, Any] = {}
        for key, inner in value.items():
            field = next((one for one in fields if key in KEYS[one]), None)
            if field is None:
                kept[key] = blank(inner, fields, count)
            else:
                count[field][1] += 1
        same = len(kept) == len(value) and all(kept[key] is value[key] for key in kept)
        return value if same else kept
    if isinstance(value, list):
        new = [blank(inner, fields, count) for inner in value]
        return value if all(one is other for one, other in zip(new, value, strict=True)) else new
    return value


def line(raw: bytes, fields: frozenset[str], places: Mapping[str, tuple[float, float]], count: Done) -> bytes:
    """An event without these fields, if they are a person's: a site stays where it is. A fix must have a position, and
    gets that of its site, else whole degrees."""
    event = _object.decode(raw)
    data, kind = event.get("data"), event.get("type")
    if not isinstance(data, dict) or kind == "noc.site.upserted":
        return raw
    new = blank(data, fields, count)
    if kind == UPSERTED and "name" in fields and "name" in new:
        new = {key: inner for key, inner in new.items() if key != "name"}
        count["name"][1] += 1
    if kind == "noc.biometric.verified" and "face" in fields and _BODILY & new.keys():
        new = {key: inner for key, inner in new.items() if key not in _BODILY}
        count["face"][1] += 1
    if kind == "noc.location.fix" and new is not data:
        place = places.get(bare(str(data.get("site"))) or "")
        for field, at in _PLACED.items():
            if field in fields:
                new[field] = place[at] if place else float(round(data[field]))
        if new == data:  # blanked already
            for field in _PLACED:
                count[field][1] -= field in fields
            return raw
    return raw if new is data else msgspec.json.encode({**event, "data": new})


class Blanking:
    """One look. `keep.fields` are ages by field; those that are not told of stay for ever."""

    def __init__(self, keep: Keep, bodies: Bodies, places: Mapping[str, tuple[float, float]], done: Done) -> None:
        self._keep, self._bodies, self._places = keep, bodies, places
        self._then = done
        self.count: Done = {field: [0, *done.get(field, [0, 0])[1:]] for field in keep.fields}

    def steps(self) -> Iterator[Step]:
        """Each is called again until it gives None."""
        yield self._journal()
        for tenant, now in sorted(self._keep.now.items()):
            yield self._feed(tenant, now)
            for table, time in _EVIDENCE:
                yield self._table(table, time, tenant, now)
        yield self._note()

    def _due(self, newest: int, now: int, since: int = 0) -> frozenset[str]:
        """Fields that are old in what ends at `newest`, and were not when it was looked at last."""
        return frozenset(
            field
            for field, age in self._keep.fields.items()
            if newest < now - age and newest >= self._then.get(field, [-(1 << 62)])[0] - since
        )

    def _border(self, now: int) -> int:
        return now - min(self._keep.fields.values())

    def _journal(self) -> Step:
        columns, now, at = tables.segments.c, self._keep.least, [0]

        def work(connection: Connection) -> list[rows.Write] | None:
            safe = connection.execute(select(func.coalesce(func.max(tables.snapshots.c.seq), 0))).scalar_one()
            wanted = select(columns.first, columns.time_max).where(
                columns.first > at[0], columns.first + columns.count - 1 <= safe, columns.time_max < self._border(now)
            )
            for first, newest in connection.execute(wanted.order_by(columns.first)).all():
                at[0] = first
                fields = self._due(newest, now)
                if not fields:
                    continue
                row = connection.execute(select(*columns).where(columns.first == first)).one()
                segment = journal.unpack(journal.Packed(*row))
                lines = [line(one, fields, self._places, self.count) for one in segment.lines]
                if any(new is not old for new, old in zip(lines, segment.lines, strict=True)):
                    segment.lines = lines
                    return [(rows.UPSERT["segments"], [rows.segment(segment)])]
            return None

        return work

    def _feed(self, tenant: str, now: int) -> Step:
        columns, at = tables.feed.c, [0]

        def work(connection: Connection) -> list[rows.Write] | None:
            wanted = select(*columns).where(
                columns.partition == tenant, columns.first > at[0], columns.time_max < self._border(now)
            )
            for row in connection.execute(wanted.order_by(columns.first)):
                at[0] = row.first
                fields = self._due(row.time_max, now)
                raw = journal.decompress(row.body) if fields else b""
                listed = _decode(memoryview(raw)[1:]) if raw else []
                new = blank(listed, fields, self.count)
                if new is not listed:
                    body = journal.compress(raw[:1] + bytes(_encode(new)))
                    return [(rows.UPSERT["feed"], [(*tuple(row)[:-1], body)])]
            return None

        return work

    def _table(self, table: Table, time: str, tenant: str, now: int) -> Step:
        columns, at = table.c, [0]

        def work(connection: Connection) -> list[rows.Write] | None:
            wanted = select(*columns).where(columns.tenant == tenant, columns[time] < self._border(now))
            found, writes = connection.execute(wanted.where(columns.number > at[0]).order_by(columns.number)), []
            for row in found:
                at[0] = row.number
                fields = self._due(getattr(row, time), now, _AGAIN)
                values = _decode(memoryview(row.body)[1:]) if fields else []
                new = blank(values, fields, self.count)
                if new is not values:
                    writes.append((*tuple(row)[:-1], row.body[:1] + bytes(_encode(new))))
                if len(writes) >= _AT_ONCE:
                    break
            return [(rows.UPSERT[table.name], writes)] if writes else None

        return work

    def _note(self) -> Step:
        told: list[bool] = []

        def work(_: Connection) -> list[rows.Write] | None:
            if told:
                return None
            told.append(True)
            now = self._keep.least
            done = {
                **self._then,
                **{field: [now - age, self.count[field][1]] for field, age in self._keep.fields.items()},
            }
            return [(rows.UPSERT["meta"], [(NOTE, json.dumps(done))])]

        return work


def steps(keep: Keep, bodies: Bodies) -> Iterator[Step]:
    """Those of a look that knows what has been done; none where no field has an age."""
    if not keep.fields:
        return
    made: list[Blanking] = []

    def begin(connection: Connection) -> list[rows.Write] | None:
        made.append(Blanking(keep, bodies, places_of(connection, bodies), noted(connection)))
        return None

    yield begin
    yield from made[0].steps()


def places_of(connection: Connection, bodies: Bodies, tenant: str | None = None) -> dict[str, tuple[float, float]]:
    """Where sites lie."""
    columns, found = tables.entities.c, {}
    wanted = select(columns.body).where(columns.ref.startswith("site/"))
    if tenant is not None:
        wanted = wanted.where(columns.tenant == tenant)
    for (body,) in connection.execute(wanted):
        site = bodies.decode(Entity, body)
        lat, lon = site.attributes.get("lat"), site.attributes.get("lon")
        if isinstance(lat, int | float) and isinstance(lon, int | float):
            found[site.id] = (float(lat), float(lon))
    return found
