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
from data.own import (
    CLOCK_HOLD,
    CLOCK_STEP,
    CONTACTS,
    DOCUMENT,
    METERS,
    MODEL_DRIFT,
    MODEL_TURN,
    MODES,
    OWN,
    STEP_OUTCOME,
    ClockStep,
    DocumentHanded,
    MetersRead,
    ModelDrift,
    ModelTurn,
    StepOutcome,
)
from data.payloads import TYPES, Payload, TaskPatch
from data.records import DEFAULT_TENANT
from data.spelling import spelled_plainly

MAX_EVENT = 256 * 1024


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


class _Attributes(msgspec.Struct, gc=False):
    specversion: Literal["1.0"]
    id: _Name
    source: _Name
    type: Annotated[str, Meta(min_length=1, max_length=256)]
    time: Annotated[datetime, Meta(tz=True)]
    subject: str | None = None
    tenant: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    partitionkey: str | None = None


class _Envelope(_Attributes, gc=False):
    data: Raw = Raw()


_envelope = msgspec.json.Decoder(_Envelope)
_object = msgspec.json.Decoder(dict[str, Any])
_anything = msgspec.json.Decoder()


def _whole(kind: type[Payload]) -> msgspec.json.Decoder[Any]:
    """Decodes envelope and payload in one pass."""
    fields = [("data", kind)]
    return msgspec.json.Decoder(msgspec.defstruct(f"_{kind.__name__}Event", fields, bases=(_Attributes,), kw_only=True))


_decoders: dict[str, msgspec.json.Decoder[Any]] = {name: _whole(kind) for name, kind in TYPES.items()}
_decoders[CLOCK_STEP] = _decoders[CLOCK_HOLD] = _whole(ClockStep)
_decoders[MODEL_TURN] = _whole(ModelTurn)
_decoders[MODEL_DRIFT] = _whole(ModelDrift)
_decoders[STEP_OUTCOME] = _whole(StepOutcome)
_decoders[METERS] = _whole(MetersRead)
_decoders[DOCUMENT] = _whole(DocumentHanded)
_decoders.update((CONTACTS + mode, _decoders[CLOCK_STEP]) for mode in MODES)
_by_bytes = {name.encode(): decoder for name, decoder in _decoders.items() if not name.startswith(OWN)}


def identity(tenant: str, source: str, id: str) -> int:
    """The 64 bits that stand for an event's identity (source, id) within its tenant."""
    return ids.fingerprint(tenant, source, id)


def decode(line: bytes, *, own: bool = False) -> Event:
    """One event from one line of JSON. `own` admits the engine's entries. Raises BadEvent."""
    if len(line) > MAX_EVENT:
        raise BadEvent(f"event of {len(line)} bytes is over {MAX_EVENT // 1024} KiB")
    try:
        line = clean_line(line)
        try:
            found = _guess(line) or _by_type(line, own)
        except msgspec.ValidationError:  # rarely: so what is usual is not slowed down by looking for it
            plain = spelled_plainly(line)
            if plain is line:
                raise
            line, found = plain, _by_type(plain, own)
        if type(found.data) is TaskPatch and found.data.site is None and not own:
            raise ValueError("Object missing required field `site` - at `$.data`")
        if b"\n" in line:  # between two values, from a sender that indents: the journal wants one line
            line = msgspec.json.format(line, indent=-1)
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        raise BadEvent(_reason(error)) from None
    tenant = found.tenant or DEFAULT_TENANT
    return Event(
        found.type,
        times.from_datetime(found.time),
        found.source,
        found.id,
        tenant,
        found.subject,
        found.data,
        line,
        ids.fingerprint(tenant, found.source, found.id),
    )


def _guess(line: bytes) -> Any:
    """The event in one pass, by the first thing in the line that looks like its type; None if that was something
    else. Nearly every sender writes the type before the data."""
    at = line.find(b'"type":"') + 8
    decoder = _by_bytes.get(line[at : line.find(b'"', at)])
    if decoder is None:
        return None
    found = decoder.decode(line)
    return found if _decoders.get(found.type) is decoder else None


def _by_type(line: bytes, own: bool) -> Any:
    """The event in two passes: its attributes, then all of it by its type."""
    envelope = _envelope.decode(line)
    decoder = _decoders.get(envelope.type)
    if decoder is not None and (own or not envelope.type.startswith(OWN)):
        return decoder.decode(line)
    if envelope.type.startswith(OWN):
        raise ValueError(f"`{envelope.type}` is one of the engine's own types - at `$.type`")
    if envelope.type.startswith("noc."):
        raise ValueError(f"unknown type `{envelope.type}` - at `$.type`")
    return msgspec.structs.replace(envelope, data=_anything.decode(envelope.data) if envelope.data else {})


def own_entry(type: str, tenant: str, time: int, data: Payload | None = None, which: str = "") -> Event:
    """An entry of the engine's own for the journal (`data.own.CLOCK_STEP`, `CLOCK_HOLD`, `MODEL_TURN`)."""
    moment = times.text(time)
    fields: dict[str, Any] = {
        "specversion": "1.0",
        "id": f"{type}/{moment}{which}",
        "source": "noc/engine",
        "type": type,
        "time": moment,
        "tenant": tenant,
        "data": {} if data is None else data,
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


def _reason(error: Exception) -> str:
    """The reason in words, with the place of the field from `$`, the event."""
    if isinstance(error, RecursionError):
        return "nested too deeply - at `$`"
    text = str(error)
    first, mark, outer = text.partition(" - at `$")
    inner, again, place = outer.rpartition(" - at `$")
    # A check of our own names its field within the payload; msgspec adds where the payload lies.
    return f"{first}{mark}{place[:-1]}{inner}" if again else text
