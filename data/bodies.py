"""Records as bodies: their values in order, behind one byte that names the list of fields they were written with.

Names are kept once per database instead of once per row, and a record may gain, lose or reorder fields: a body is read
with the list it was written with, and fields that it lacks take their defaults.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

import msgspec
from msgspec.structs import astuple, fields

from data.records.alert import Alert
from data.records.audit import AuditRow, DeadLetter
from data.records.cluster import Cluster
from data.records.correlation import Correlation
from data.records.entity import Entity
from data.records.feed import FeedEntry
from data.records.finding import Anomaly, Finding
from data.records.fraud import FraudScore
from data.records.incident import Incident
from data.records.metric import MetricBlock, MetricSeries
from data.records.model import ModelVersion
from data.records.outbox import Notification
from data.records.prediction import Prediction
from data.records.run import Run
from data.records.token import Token
from data.store import StoreBroken

RECORDS: Final[tuple[type[msgspec.Struct], ...]] = (
    Alert,
    AuditRow,
    DeadLetter,
    Cluster,
    Entity,
    FeedEntry,
    Anomaly,
    Finding,
    Incident,
    FraudScore,
    Prediction,
    Correlation,
    ModelVersion,
    Token,
    Notification,
    Run,
    MetricSeries,
    MetricBlock,
)

Record = TypeVar("Record", bound=msgspec.Struct)
_ENCODER: Final = msgspec.msgpack.Encoder()
_RAW: Final = msgspec.msgpack.Decoder(list[msgspec.Raw])
_LARGEST: Final = 10**308


def _names(record: type[msgspec.Struct]) -> str:
    return " ".join(field.name for field in fields(record))


class _Shape:
    """One list of fields of one record: how to read a body written with it."""

    def __init__(self, record: type[msgspec.Struct], names: str) -> None:
        types = {field.name: field.type for field in fields(record)}
        listed = names.split()
        twin = msgspec.defstruct(record.__name__, [(name, types.get(name, Any)) for name in listed], array_like=True)
        self.record = record
        self.names = listed
        self.one = msgspec.msgpack.Decoder(twin)
        self.many = msgspec.msgpack.Decoder(list[twin])  # type: ignore[valid-type]
        self._kept = None if names == _names(record) else [name for name in listed if name in types]

    def build(self, twin: msgspec.Struct) -> Any:
        if self._kept is None:
            return self.record(*astuple(twin))
        return self.record(**{name: getattr(twin, name) for name in self._kept})


class Bodies:
    """Encodes and decodes. `known` are the rows of the table `shapes`; `new` those that must be written to it before
    any body is. Raises StoreBroken for a body that cannot be read."""

    def __init__(self, known: Iterable[tuple[int, str, str]]) -> None:
        rows = list(known)
        by_name = {record.__name__: record for record in RECORDS}
        self.new: list[tuple[int, str, str]] = []
        self._shapes: dict[int, _Shape] = {
            number: _Shape(by_name[name], names) for number, name, names in rows if name in by_name
        }
        numbers = {(name, names): number for number, name, names in rows}
        self._prefix: dict[type[msgspec.Struct], bytes] = {}
        following = max((number for number, _, _ in rows), default=0) + 1
        for record in RECORDS:
            names = _names(record)
            number = numbers.get((record.__name__, names))
            if number is None:
                number, following = following, following + 1
                self.new.append((number, record.__name__, names))
                self._shapes[number] = _Shape(record, names)
            self._prefix[record] = bytes((number,))

    def encode(self, record: msgspec.Struct) -> bytes:
        prefix = self._prefix[type(record)]
        try:
            return prefix + _ENCODER.encode(astuple(record))
        except OverflowError:  # a sender may write any number; no number may stop the engine
            return prefix + _ENCODER.encode(_storable(astuple(record)))

    def decode(self, kind: type[Record], body: bytes) -> Record:
        shape = self._shape(kind, body)
        try:
            record: Record = shape.build(shape.one.decode(memoryview(body)[1:]))
        except msgspec.DecodeError as error:
            raise _unreadable(kind, str(error)) from error
        return record

    def encode_all(self, kind: type[Record], records: Iterable[Record]) -> bytes:
        """Several records of one kind as one body."""
        listed = [astuple(record) for record in records]
        try:
            return self._prefix[kind] + _ENCODER.encode(listed)
        except OverflowError:  # as above
            return self._prefix[kind] + _ENCODER.encode(_storable(listed))

    def decode_all(self, kind: type[Record], body: bytes) -> list[Record]:
        shape = self._shape(kind, body)
        try:
            return [shape.build(twin) for twin in shape.many.decode(memoryview(body)[1:])]
        except msgspec.DecodeError as error:
            raise _unreadable(kind, str(error)) from error

    def decode_some(self, kind: type[Record], body: bytes, wanted: Callable[[bytes], bool]) -> list[Record]:
        """Those of several records whose own bytes are `wanted`: texts stand in them as UTF-8, each in one piece."""
        shape = self._shape(kind, body)
        try:
            found = [part for part in _RAW.decode(memoryview(body)[1:]) if wanted(bytes(part))]
            return [shape.build(shape.one.decode(part)) for part in found]
        except msgspec.DecodeError as error:
            raise _unreadable(kind, str(error)) from error

    def names(self, body: bytes) -> list[str]:
        """The fields whose values a body holds, in order; it need not be of a kind that is known."""
        shape = self._shapes.get(body[0]) if body else None
        if shape is None:
            raise StoreBroken("a record was written by a newer version, or is damaged: upgrade noc")
        return shape.names

    def _shape(self, kind: type[msgspec.Struct], body: bytes) -> _Shape:
        shape = self._shapes.get(body[0]) if body else None
        if shape is None or shape.record is not kind:
            raise _unreadable(kind, "it was written by another version, or is damaged")
        return shape


def _storable(value: Any) -> Any:
    """`value` with integers of over 64 bits as floats, the nearest there is, as JSON readers commonly take them."""
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return float(max(-_LARGEST, min(value, _LARGEST)))
    if isinstance(value, dict):
        return {key: _storable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(each) for each in value]
    return value


def _unreadable(kind: type[msgspec.Struct], why: str) -> StoreBroken:
    return StoreBroken(f"a record of kind {kind.__name__} cannot be read ({why}): upgrade noc, or restore a backup")
