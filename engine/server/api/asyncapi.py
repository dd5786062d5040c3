"""The AsyncAPI 3.0 document of the three WebSockets, worked out from the types of what goes over them."""

from functools import cache
from importlib import metadata
from typing import Any, Final, Literal

import msgspec

from data.payloads import TYPES, Payload
from engine.attach import frames
from engine.exports.signs import FeedEvent
from engine.server.api.openapi import CloudEvent
from engine.server.feed import PARAMS
from engine.server.feed import TYPES as FEED
from engine.sources.ingest_frames import BATCHED, SINGLE, Ack

_AT: Final = "#/components/schemas/{name}"


@cache
def document() -> bytes:
    """The document as JSON."""
    events = _events()
    frame = msgspec.defstruct(
        "Frame",
        [("seq", int), ("events", list[Any])],
        namespace={"__doc__": "Events with the number that they are acknowledged by."},
    )
    types = [CloudEvent, *events, frame, Ack, FeedEvent, frames.Asked, frames.Told, *frames.PAGES.values()]
    schemas, components = msgspec.json.schema_components(types, ref_template=_AT)
    of = dict(zip(types, schemas, strict=True))
    event = {"anyOf": [of[one] for one in (*events, CloudEvent)]}
    components["Event"] = event
    components["Frame"]["properties"]["events"]["items"] = {"$ref": _AT.format(name="Event")}
    components["Page"] = {"anyOf": [of[page] for page in frames.PAGES.values()]}
    channels = {
        "ingest": _channel("/ws/ingest", "events in", {
            "frame": _message(of[frame], f"subprotocol {BATCHED}: events, up to 4 MiB a frame"),
            "event": _message({"$ref": _AT.format(name="Event")}, f"subprotocol {SINGLE}: one event, not acknowledged"),
            "ack": _message(of[Ack], f"subprotocol {BATCHED}: sent once the events of the frame are durable"),
        }, [BATCHED, SINGLE]),
        "feed": _channel("/ws/feed", "everything the engine decides, in order", {
            "entry": _message(of[FeedEvent], f"one entry; types: {', '.join(FEED)}"),
        }, [], PARAMS),
        "console": _channel("/ws/console", "an operator's console", {
            "asked": _message(of[frames.Asked], "watch, close or act"),
            "told": _message(of[frames.Told], "pages, whole or as deltas, and outcomes; over "
                             f"{frames.PLAIN} bytes as a binary frame, compressed with zstd"),
        }, [frames.PROTOCOL], {"tenant": "the tenant; needed where the token is for several",
                                    "as": "who looks, where no token says it"}),
    }  # fmt: skip
    return msgspec.json.encode(
        {
            "asyncapi": "3.0.0",
            "info": {"title": "noc", "version": metadata.version("noc"),
                     "description": "The WebSockets of the engine; what goes over HTTP is told by /openapi.json."},
            "defaultContentType": "application/json",
            "channels": channels,
            "operations": {
                "send_frame": _operation("receive", "ingest", ["frame", "event"], reply="ack"),
                "read_feed": _operation("send", "feed", ["entry"]),
                "ask": _operation("receive", "console", ["asked"]),
                "tell": _operation("send", "console", ["told"]),
            },
            "components": {
                "schemas": components,
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            },
        }
    )  # fmt: skip


def _events() -> list[type[msgspec.Struct]]:
    """One type for each payload: attributes as CloudEvents 1.0 has them, and the types that carry it."""
    names: dict[type[Payload], list[str]] = {}
    for name, kind in TYPES.items():
        names.setdefault(kind, []).append(name)
    return [
        msgspec.defstruct(
            f"{kind.__name__}Event",
            [
                ("specversion", Literal["1.0"]),
                ("id", str),
                ("source", str),
                ("type", Literal[tuple(sorted(each))]),
                ("time", str),
                ("data", kind),
                ("subject", str | None, None),
                ("tenant", str | None, None),
            ],
        )
        for kind, each in names.items()
    ]


def _channel(
    address: str, summary: str, messages: dict[str, Any], protocols: list[str], query: dict[str, str] | None = None
) -> dict[str, Any]:
    headers: dict[str, Any] = {"Authorization": {"type": "string", "description": "Bearer TOKEN"}}
    if protocols:
        headers["Sec-WebSocket-Protocol"] = {"type": "string", "enum": protocols}
    binding: dict[str, Any] = {"method": "GET", "headers": {"type": "object", "properties": headers}}
    if query:
        fields = {name: {"type": "string", "description": doc} for name, doc in query.items()}
        binding["query"] = {"type": "object", "properties": fields}
    return {"address": address, "summary": summary, "messages": messages, "bindings": {"ws": binding}}


def _message(schema: dict[str, Any], summary: str) -> dict[str, Any]:
    return {"summary": summary, "payload": schema}


def _operation(action: str, channel: str, messages: list[str], reply: str | None = None) -> dict[str, Any]:
    at = f"#/channels/{channel}"
    found: dict[str, Any] = {
        "action": action,
        "channel": {"$ref": at},
        "messages": [{"$ref": f"{at}/messages/{name}"} for name in messages],
        "security": [{"$ref": "#/components/securitySchemes/token"}],
    }
    if reply is not None:
        found["reply"] = {"channel": {"$ref": at}, "messages": [{"$ref": f"{at}/messages/{reply}"}]}
    return found
