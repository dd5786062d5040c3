"""Rows that come from the journal: the events themselves, and what became of each alert event."""

from collections.abc import Iterator
from typing import Any

import msgspec

from data import times
from data.records import DEFAULT_TENANT
from data.records.reasons import REASONS
from data.store import Reader
from engine.exports.homes import Homes
from engine.exports.selection import Selection

_COMPANY = frozenset(
    ("cluster", "burst", "duplicate", "flapping", "inhibited", "dependency")
)  # not shown since something alike was
_OWN = "noc.engine."  # entries the engine makes for itself, such as steps of the clock


class EventRow(msgspec.Struct, gc=False):
    """An accepted event. JSON rows also keep every further attribute, so that they can be replayed."""

    source: str
    id: str
    type: str
    time: str
    tenant: str
    subject: str | None
    data: msgspec.Raw
    received_at: str


class AssignmentRow(msgspec.Struct, gc=False):
    """What became of one accepted alert event."""

    event_source: str
    event_id: str
    alert_id: str | None
    cluster_id: str | None
    incident_id: str | None
    suppressed: bool
    reason: str | None
    time: str
    tenant: str


class _Head(msgspec.Struct, gc=False):
    """What has to be known of an event to print it."""

    source: str
    id: str
    type: str
    time: str
    tenant: str | None = None
    subject: str | msgspec.UnsetType | None = msgspec.UNSET


class _Whole(_Head, gc=False):
    data: msgspec.Raw = msgspec.Raw(b"null")


_head = msgspec.json.Decoder(_Head)
_whole = msgspec.json.Decoder(_Whole)
_object: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])
_encode = msgspec.json.Encoder().encode


def utc(text: str) -> str:
    """The same moment in UTC; most events already say it so."""
    return text if text[-1] == "Z" and text[10] == "T" else times.text(times.parse(text))


class _Stamps:
    """Wall times as text; a whole batch shares one, so the last is remembered."""

    def __init__(self) -> None:
        self._last, self._text = -1, ""

    def __call__(self, micros: int) -> str:
        if micros != self._last:
            self._last, self._text = micros, times.text(micros)
        return self._text


def events(reader: Reader, selection: Selection) -> Iterator[EventRow]:
    stamp, tenant_wanted = _Stamps(), selection.tenant
    for _, line, received in reader.events(selection.since, selection.until):
        event = _whole.decode(line)
        tenant = event.tenant or DEFAULT_TENANT
        if event.type.startswith(_OWN) or tenant_wanted not in (None, tenant):
            continue
        subject = event.subject or None
        yield EventRow(
            event.source, event.id, event.type, utc(event.time), tenant, subject, event.data, stamp(received)
        )


def event_lines(reader: Reader, selection: Selection) -> Iterator[bytes]:
    """Events as JSON: the journal's line, completed. Spliced rather than coded again wherever that gives the same."""
    stamp, tenant_wanted, decode = _Stamps(), selection.tenant, _head.decode
    for _, line, received in reader.events(selection.since, selection.until):
        event = decode(line)
        tenant = event.tenant
        if event.type.startswith(_OWN) or tenant_wanted not in (None, tenant or DEFAULT_TENANT):
            continue
        received_at = stamp(received)
        if _as_it_is(line, event):
            missing = "" if tenant else f',"tenant":"{DEFAULT_TENANT}"'
            if event.subject is msgspec.UNSET:
                missing += ',"subject":null'
            yield line[:-1] + f'{missing},"received_at":"{received_at}"}}'.encode()
        else:
            yield _coded_again(line, event, received_at)


def _as_it_is(line: bytes, event: _Head) -> bool:
    """Whether the line only lacks fields at its end: one line, in UTC, no name twice."""
    return (
        event.time[-1] == "Z"
        and event.time[10] == "T"
        and line[-1] == 0x7D
        and b"\n" not in line
        and b"received_at" not in line
        and (event.tenant is not None or b'"tenant"' not in line)
        and b'"data"' in line
    )


def _coded_again(line: bytes, event: _Head, received_at: str) -> bytes:
    document = _object.decode(line)
    document |= {"time": utc(event.time), "tenant": event.tenant or DEFAULT_TENANT, "received_at": received_at}
    document.setdefault("subject", None)
    document.setdefault("data", None)
    return _encode(document)


def assignments(reader: Reader, selection: Selection) -> Iterator[AssignmentRow]:
    homes = Homes(reader)
    decode, tenant_wanted, find = _head.decode, selection.tenant, homes.of_alerts(selection.tenant).get
    for line, number, code, place in reader.assignments(selection.since, selection.until):
        event = decode(line)
        tenant = event.tenant or DEFAULT_TENANT
        if tenant_wanted not in (None, tenant):
            continue
        alert = find(number)
        cluster, incident = homes.of_event(number, place)
        reason = REASONS[code]
        if reason in _COMPANY and number in homes.parted and homes.bare(number, place):
            reason = None
        yield AssignmentRow(
            event.source, event.id, alert, cluster, incident, reason is not None, reason, utc(event.time), tenant
        )
