"""`POST /events`: CloudEvents over HTTP in structured, batched and binary mode."""

import re
from typing import Any, Final
from urllib.parse import unquote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from engine.access.caller import INGEST
from engine.server.answers import json_answer, nothing_of, taken
from engine.server.bodies import body_of
from engine.server.doors import admit
from engine.server.ingest import sender_of
from engine.server.refusal import Refusal
from engine.server.service import Service
from engine.server.taking import submit
from engine.sources.ingest_frames import MOST

WAY: Final = "http"
_batch = msgspec.json.Decoder(list[msgspec.Raw])
_ATTRIBUTE: Final = re.compile(r"[a-z0-9]{1,64}\Z")


async def post_events(service: Service, request: Request) -> Response:
    """Raises Refusal."""
    caller = admit(service, request.scope, INGEST)
    body = await body_of(service, request)
    lines, broken = lines_of(request, body)
    sender = sender_of(request.scope, caller)
    answer = await submit(service, caller, lines, WAY, sender, [(body, broken)] if broken else ())
    return json_answer(taken(answer), 400 if nothing_of(answer) else 200)


def lines_of(request: Request, body: bytes) -> tuple[list[bytes], str]:
    """The events of a request, each as JSON, and why the body is no batch, if it should be. A body that is no JSON
    is one event that will be refused, and kept as such. Raises Refusal for content that cannot be events."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if any(name.startswith("ce-") for name in request.headers) and not kind.startswith("application/cloudevents"):
        return [_binary(request, kind, body)], ""
    if kind in ("application/cloudevents+json", "application/cloudevents"):
        return [body], ""
    if kind in ("application/cloudevents-batch+json", "application/json", ""):
        if kind != "application/cloudevents-batch+json" and body.lstrip()[:1] != b"[":
            return [body], ""
        return _several(body)
    raise Refusal(
        415,
        f"`{kind[:80]}` is not taken: send application/cloudevents+json, application/cloudevents-batch+json, or "
        "ce-* headers with JSON",
    )


def _several(body: bytes) -> tuple[list[bytes], str]:
    try:
        events = _batch.decode(body)
    except RecursionError:
        return [], "nested too deeply - at `$`"
    except ValueError as error:
        return [], str(error)
    if len(events) > MOST:
        raise Refusal(413, f"{len(events)} events at once are over {MOST}")
    return [bytes(event) for event in events], ""


def _binary(request: Request, kind: str, body: bytes) -> bytes:
    """Attributes from `ce-` headers, which are percent-encoded UTF-8, and the data from the body."""
    event: dict[str, Any] = {}
    for name, value in request.headers.items():
        if name.startswith("ce-"):
            attribute = name[3:]
            if not _ATTRIBUTE.match(attribute) or attribute in ("data", "datacontenttype"):
                raise Refusal(400, f"`{name[:80]}` is no attribute of a CloudEvent")
            event[attribute] = unquote(value.encode("latin-1").decode("utf-8", "replace"))
    if kind in ("", "application/json", "text/json") or kind.endswith("+json"):
        event["data"] = msgspec.Raw(_whole(body))
    elif kind.startswith("text/"):
        event["data"] = body.decode("utf-8", "replace")
    else:
        raise Refusal(415, f"data of type `{kind[:80]}` is not taken: send JSON")
    return msgspec.json.encode(event)


def _whole(body: bytes) -> bytes:
    """The body, if it is one JSON value: it is put into the event as it is. Raises Refusal."""
    if not body.strip():
        return b"{}"
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
        msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"the body is no JSON: {error or 'nested too deeply'} - at `$.data`") from None
    return body
