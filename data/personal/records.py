"""A person taken out of records as they are stored: a byte that names the fields, then their values."""

import secrets
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Table, select

from data import ids, journal, tables
from data.bodies import Bodies
from data.personal.rewriting import CONTACTS, Rewriter

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder().decode
_KEPT: Final = frozenset(("tenant", "hash", "previous"))  # never text about anybody
_PACKED: Final = frozenset(("incidents", "predictions", "models"))  # texts in them may be compressed
Row = dict[str, Any]


class Records:
    """`vector` are the places of a scored check-in's vector that tell of face and photo."""

    def __init__(self, bodies: Bodies, rewriter: Rewriter, vector: tuple[int, ...] = ()) -> None:
        self._bodies, self._rewriter, self._vector = bodies, rewriter, vector
        self._person = rewriter.needles.person

    def row(self, table: Table, row: Row) -> Row | None:
        """The columns that change; None where nothing does."""
        new: Row = {}
        for name, value in row.items():
            if isinstance(value, str) and name not in _KEPT:
                changed: Any = self._rewriter.needles.text(value)
            elif isinstance(value, bytes):
                changed = self.pack(value) if table is tables.feed else self.body(table, value)
            else:
                continue
            if changed != value:
                new[name] = changed
        return new or None

    def body(self, table: Table, raw: bytes) -> bytes:
        if table.name not in _PACKED and not self._touched(raw):
            return raw
        names, values = self._bodies.names(raw), _decode(memoryview(raw)[1:])
        changed = self.record(dict(zip(names, values, strict=False)))
        new = list(changed.values())
        return raw if new == values else raw[:1] + bytes(_encode(new))

    def pack(self, packed: bytes) -> bytes:
        """Entries of the feed."""
        raw = journal.decompress(packed)
        if not self._touched(raw):
            return packed
        names, listed = self._bodies.names(raw), _decode(memoryview(raw)[1:])
        new = [list(self.record(dict(zip(names, values, strict=False))).values()) for values in listed]
        return packed if new == listed else journal.compress(raw[:1] + bytes(_encode(new)))

    def _touched(self, raw: bytes) -> bool:
        rewriter = self._rewriter
        return rewriter.needles.maybe(raw) or any(number.to_bytes(8, "big") in raw for number in rewriter.numbers)

    def record(self, record: Row) -> Row:
        """A record by its fields, of which none is left out."""
        theirs = self._rewriter.about(record) or (
            isinstance(data := record.get("data"), dict) and self._rewriter.about(data)
        )
        reference = record.get("ref") if "attributes" in record else None
        own = reference == self._person.ref
        other = isinstance(reference, str) and reference.startswith("person/") and not own
        new = {
            name: value if name in _KEPT else self._rewriter.value(value, theirs=theirs)
            for name, value in record.items()
        }
        if other:
            self._rewriter.keep_others(record, new)
            self._rewriter.keep_others(record["attributes"], new["attributes"])
        if own:
            new["name"] = None
            new["attributes"] = {
                key: value for key, value in new["attributes"].items() if key not in (*CONTACTS, "name")
            }
        if theirs and isinstance(vector := new.get("vector"), list) and "event_id" in record and vector:
            new["vector"] = [None if at in self._vector else value for at, value in enumerate(vector)]
        return new


def numbers(connection: Connection, bodies: Bodies, rewriter: Rewriter) -> dict[int, int]:
    """Numbers that follow from texts which change: of metric series, and of alerts. Those of an alert whose source has
    a way of its own are drawn by lot where it is about the person: the old ones could be tried out."""
    person, text = rewriter.needles.person, rewriter.needles.text
    found: dict[int, int] = {}
    for (body,) in connection.execute(
        select(tables.metric_series.c.body).where(tables.metric_series.c.tenant == person.tenant)
    ):
        one = dict(zip(bodies.names(body), _decode(memoryview(body)[1:]), strict=False))
        new = rewriter.value(one)
        if new != one:
            labels = tuple(sorted(new["labels"].items()))
            found[one["number"]] = ids.of_series(one["tenant"], new["name"], new["entity"], new["site"], labels)
    wanted = select(tables.alerts.c.body).where(tables.alerts.c.tenant == person.tenant)
    for (body,) in connection.execute(wanted.execution_options(yield_per=500)):
        if not rewriter.needles.maybe(body):
            continue
        one = dict(zip(bodies.names(body), _decode(memoryview(body)[1:]), strict=False))
        kind, entity, site = one["alert_type"], one["entity"], one["site"]
        told = (text(kind), entity and text(entity), site and text(site))
        if told != (kind, entity, site):
            found[one["fingerprint"]] = _identity(one["fingerprint"], (kind, entity, site), told)
    return found


def _identity(known: int, before: tuple[Any, ...], after: tuple[Any, ...]) -> int:
    """As the engine would give it, which looks for the alert under it; the site may have become known later."""
    for old, new in ((before, after), ((*before[:2], None), (*after[:2], None))):
        if known == ids.of_alert(*old):
            return ids.of_alert(*new)
    return secrets.randbits(64)
