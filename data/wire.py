"""CloudEvents in: one JSON line becomes one typed event, or a reason that names the field.

The line is cleaned first (`data.clean`), so nothing that a terminal could interpret is ever kept. Decoding is
typed by msgspec: an envelope whose `data` stays raw, then the payload by the event's type.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw

from data import ids, times
from data.clean import clean_line
from data.payloads import CLOCK_HOLD, CLOCK_STEP, OWN, TYPES, ClockStep, Payload

MAX_EVENT = 256 * 1024
DEFAULT_TENANT = "default"


class BadEvent(ValueError):
    """An event that cannot be taken; the text names the field."""


class Event(msgspec.Struct):
    """One event, decoded. `time` in microseconds; `line` its cleaned JSON; `seq` its place in the journal
    (0 until it has one). `data` is a plain object (dict) for types outside `noc.`."""

    type: str
    time: int
    source: str
    id: str
    tenant: str
    subject: str | None
    data: Any
    line: bytes
    identity: int
    seq: int = 0


_Name = Annotated[str, Meta(min_length=1, max_length=512)]


class _Envelope(msgspec.Struct, gc=False):
    specversion: Literal["1.0"]
    id: _Name
    source: _Name
    type: Annotated[str, Meta(min_length=1, max_length=256)]
    time: Annotated[datetime, Meta(tz=True)]
    subject: str | None = None
    tenant: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    partitionkey: str | None = None
    data: Raw = Raw()


_envelope = msgspec.json.Decoder(_Envelope)
_decoders: dict[str, msgspec.json.Decoder[Any]] = {name: msgspec.json.Decoder(kind) for name, kind in TYPES.items()}
_decoders[CLOCK_STEP] = _decoders[CLOCK_HOLD] = msgspec.json.Decoder(ClockStep)
_object = msgspec.json.Decoder(dict[str, Any])
_anything = msgspec.json.Decoder()


def identity(tenant: str, source: str, id: str) -> int:
    """The 64 bits that stand for an event's identity (source, id) within its tenant."""
    return ids.fingerprint(tenant, source, id)


def decode(line: bytes, *, own: bool = False) -> Event:
    """One event from one line of JSON. `own` admits the engine's entries. Raises BadEvent."""
    if len(line) > MAX_EVENT:
        raise BadEvent(f"event of {len(line)} bytes is over {MAX_EVENT // 1024} KiB")
    try:
        line = clean_line(line)
        envelope = _envelope.decode(line)
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        raise BadEvent(_reason(error, "$")) from None
    decoder = _decoders.get(envelope.type)
    if decoder is None:
        data = _foreign(envelope)
    elif not own and envelope.type.startswith(OWN):
        raise BadEvent(f"`{envelope.type}` is one of the engine's own types - at `$.type`")
    else:
        data = _payload(decoder, envelope.data)
    tenant = envelope.tenant or DEFAULT_TENANT
    return Event(
        envelope.type,
        times.from_datetime(envelope.time),
        envelope.source,
        envelope.id,
        tenant,
        envelope.subject,
        data,
        line,
        ids.fingerprint(tenant, envelope.source, envelope.id),
    )


def own_entry(type: str, tenant: str, time: int) -> Event:
    """An entry of the engine's own for the journal (`data.payloads.CLOCK_STEP`, `CLOCK_HOLD`)."""
    moment = times.text(time)
    fields = {
        "specversion": "1.0",
        "id": f"{type}/{moment}",
        "source": "noc/engine",
        "type": type,
        "time": moment,
        "tenant": tenant,
        "data": {},
    }
    return decode(msgspec.json.encode(fields), own=True)


def patch_of(event: Event) -> dict[str, Any]:
    """The payload of a patch as it came: only the fields that were sent, null where they are to be cleared."""
    data: dict[str, Any] = _object.decode(_envelope.decode(event.line).data)
    return data


def document(line: bytes) -> dict[str, Any]:
    """The whole event as a plain object, for exports and details."""
    found: dict[str, Any] = _object.decode(line)
    return found


def _payload(decoder: msgspec.json.Decoder[Payload], raw: Raw) -> Payload:
    if not raw:
        raise BadEvent("Object missing required field `data` - at `$`")
    try:
        return decoder.decode(raw)
    except (ValueError, RecursionError) as error:
        raise BadEvent(_reason(error, "$.data")) from None


def _foreign(envelope: _Envelope) -> Any:
    if envelope.type.startswith("noc."):
        raise BadEvent(f"unknown type `{envelope.type}` - at `$.type`")
    return _anything.decode(envelope.data) if envelope.data else {}


def _reason(error: Exception, root: str) -> str:
    """msgspec names the place from `$`; say it from the root of the event."""
    if isinstance(error, RecursionError):
        return f"nested too deeply - at `{root}`"
    text = str(error).removesuffix(" - at `$`")  # of a check of our own, which named its field already
    head, mark, place = text.rpartition(" - at `$")
    if mark:
        return f"{head} - at `{root}{place}"
    return text if root == "$" else f"{text} - at `{root}`"
