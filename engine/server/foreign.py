"""Ways in for senders that speak another protocol: Prometheus, Alertmanager, PagerDuty's clients."""

from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from data import ids, times
from data.clean import clean_line
from data.records import DEFAULT_TENANT
from data.records.severity import NAMES
from engine import clock
from engine.access.caller import INGEST, Caller
from engine.delivery import Answer
from engine.server.answers import json_answer, nothing_of, taken
from engine.server.bodies import body_of
from engine.server.doors import admit, admit_any
from engine.server.ingest import sender_of
from engine.server.refusal import Refusal
from engine.server.service import Service
from engine.server.taking import submit
from engine.sources.foreign import pagerduty, prometheus
from engine.sources.foreign.mapped import BadPayload, Mapped, written
from engine.sources.ingest_frames import MOST

_alerts = msgspec.json.Decoder(list[msgspec.Raw])
_alert = msgspec.json.Decoder(prometheus.Alert)
_hooked = msgspec.json.Decoder(prometheus.Hooked)
_webhook = msgspec.json.Decoder(prometheus.Webhook)
_enqueued = msgspec.json.Decoder(pagerduty.Enqueued)
Kind = TypeVar("Kind")


async def push_alerts(service: Service, request: Request) -> Response:
    """`POST /api/v2/alerts` as Prometheus does it. Answers 400 only when nothing could be taken: Prometheus throws the
    whole push away then."""
    caller = admit(service, request.scope, INGEST)
    raw = _decoded(_alerts, await body_of(service, request), "a list of alerts")
    arrival = clock.wall()
    read = [_read(_alert, one, lambda alert: prometheus.pushed(alert, arrival, service.config.foreign)) for one in raw]
    return await _take(service, request, caller, raw, read, prometheus.PUSHED, arrival)


async def hook_alerts(service: Service, request: Request) -> Response:
    """`POST /webhooks/alertmanager`."""
    caller = admit(service, request.scope, INGEST)
    body = _decoded(_webhook, await body_of(service, request), "a webhook of Alertmanager")
    if body.version != "4":
        raise Refusal(400, f"version `{body.version[:20]}` of the webhook is not taken: it is 4 - at `$.version`")
    arrival = clock.wall()
    settings = service.config.foreign
    read = [_read(_hooked, one, lambda alert: prometheus.hooked(alert, arrival, settings)) for one in body.alerts]
    return await _take(service, request, caller, body.alerts, read, prometheus.HOOKED, arrival)


def _decoded(decoder: msgspec.json.Decoder[Kind], body: bytes, what: str) -> Kind:
    try:
        found = decoder.decode(clean_line(body))
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Refusal(400, f"not {what}: {why}") from None
    alerts = found.alerts if isinstance(found, prometheus.Webhook) else found
    if isinstance(alerts, list) and len(alerts) > MOST:
        raise Refusal(413, f"{len(alerts)} alerts at once are over {MOST}")
    return found


def _read(decoder: msgspec.json.Decoder[Any], raw: msgspec.Raw, made: Any) -> Mapped | str:
    """The event to be, or why it cannot be one."""
    try:
        found: Mapped = made(decoder.decode(raw))
    except RecursionError:
        return "nested too deeply - at `$`"
    except ValueError as error:
        return str(error)
    return found


async def _take(
    service: Service,
    request: Request,
    caller: Caller,
    raw: list[msgspec.Raw],
    read: list[Mapped | str],
    way: str,
    arrival: int,
) -> Response:
    """Those that can be are handed in, the others kept as dead letters; indexes are those of the request."""
    good = [index for index, one in enumerate(read) if isinstance(one, Mapped)]
    bad = [index for index, one in enumerate(read) if isinstance(one, str)]
    mapped = [one for one in read if isinstance(one, Mapped)]
    lines = written(mapped, way, arrival, service.ordinals.take(len(mapped)), caller.home())
    broken = [(bytes(raw[index]), str(read[index])) for index in bad]
    places = [*good, *bad]
    answer = Answer()
    if places:
        answer = await submit(service, caller, lines, way, sender_of(request.scope, caller), broken)
    answer.rejected = sorted((places[index], reason) for index, reason in answer.rejected)
    return json_answer(taken(answer), 400 if nothing_of(answer) else 200)


async def enqueue(service: Service, request: Request) -> Response:
    """`POST /v2/enqueue`, answered as PagerDuty does. Its senders cannot set headers: the routing key is the token."""
    body = await body_of(service, request)
    try:
        event = _enqueued.decode(clean_line(body))
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        return _invalid([f"the body is no event: {why}"])
    caller = admit(service, _with_token(service, request, event.routing_key), INGEST)
    found = pagerduty.problems(event)
    if found:
        return _invalid(found)
    arrival, ordinal = clock.wall(), service.ordinals.take(1)
    key = event.dedup_key or pagerduty.new_key(arrival, ordinal)
    try:
        mapped = _event(service, caller, event, key, arrival)
    except BadPayload as error:
        return _invalid([str(error)])
    if mapped is not None:
        lines = written([mapped], pagerduty.WAY, arrival, ordinal, caller.home())
        answer = await submit(service, caller, lines, pagerduty.WAY, sender_of(request.scope, caller))
        if answer.rejected:
            return _invalid([reason for _, reason in answer.rejected])
    return json_answer({"status": "success", "message": "Event processed", "dedup_key": key}, 202)


def _event(service: Service, caller: Caller, event: pagerduty.Enqueued, key: str, arrival: int) -> Mapped | None:
    """None where there is nothing to acknowledge: PagerDuty takes that too."""
    if event.event_action == "trigger":
        return pagerduty.triggered(event, key, arrival, service.config.foreign)
    partition = service.engine.pipeline.partitions.get(caller.home() or DEFAULT_TENANT)
    mark = ids.fingerprint("given", pagerduty.fingerprint(event.routing_key, key))
    open_alert = partition.alerts.live.get(mark) if partition is not None else None
    if event.event_action == "acknowledge":
        return pagerduty.acknowledged(open_alert.id, event.client) if open_alert is not None else None
    known = (open_alert.alert_type, NAMES[open_alert.severity]) if open_alert is not None else None
    return pagerduty.resolved(key, event.routing_key, known)


def _with_token(service: Service, request: Request, routing_key: str) -> Any:
    if "authorization" in request.headers or not service.keys.ever():
        return request.scope
    header = (b"authorization", b"Bearer " + routing_key.encode("latin-1", "replace"))
    return {**request.scope, "headers": [*request.scope["headers"], header]}


def _invalid(errors: list[str]) -> Response:
    return json_answer({"status": "invalid event", "message": "Event object is invalid", "errors": errors}, 400)


async def status(service: Service, request: Request) -> Response:
    """`GET /api/v2/status`, for tools that look whether an Alertmanager answers."""
    admit_any(service, request.scope)
    return json_answer(
        {
            "cluster": {"status": "disabled", "peers": []},
            "versionInfo": {"version": "noc", "revision": "", "branch": "", "buildUser": "", "buildDate": "",
                            "goVersion": ""},
            "config": {"original": ""},
            "uptime": times.text(clock.wall() - int((clock.monotonic() - service.started) * times.SECOND)),
        }
    )  # fmt: skip
