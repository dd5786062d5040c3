"""The OpenAPI 3.1 document, worked out from the endpoints and the types of what they take and answer."""

import re
from functools import cache
from importlib import metadata
from typing import Any, Final

import msgspec

from data.records.severity import LEVELS
from engine.server.answers import IngestAnswer, Problem
from engine.server.api.ask import Question, Understood
from engine.server.api.endpoint import TENANT, Endpoint, Param
from engine.server.api.serving import ENDPOINTS
from engine.sources.foreign.pagerduty import Enqueued
from engine.sources.foreign.prometheus import Alert, Webhook

_AT: Final = "#/components/schemas/{name}"
_PART: Final = re.compile(r"\{(\w+)\}")
_KINDS: Final[dict[str, dict[str, Any]]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "time": {"type": "string", "format": "date-time"},
    "severity": {"type": "string", "enum": list(LEVELS)},
}


class CloudEvent(msgspec.Struct):
    """An event, as CloudEvents 1.0 has it. Further attributes are kept."""

    specversion: str
    id: str
    source: str
    type: str
    time: str
    data: dict[str, Any]
    subject: str | None = None
    tenant: str | None = None


class Enqueue(msgspec.Struct):
    """PagerDuty's own answer."""

    status: str
    message: str
    dedup_key: str


class Health(msgspec.Struct):
    status: str
    state: str


class Readiness(msgspec.Struct):
    status: str


@cache
def document() -> bytes:
    """The document as JSON."""
    types = [one.answer for one in ENDPOINTS]
    types += [
        IngestAnswer,
        Problem,
        CloudEvent,
        list[CloudEvent],
        list[Alert],
        Webhook,
        Enqueued,
        Enqueue,
        Health,
        Readiness,
        Question,
        Understood,
    ]
    schemas, components = msgspec.json.schema_components(types, ref_template=_AT)
    of = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, Any] = {one.path: {"get": _read(one, of[repr(one.answer)])} for one in ENDPOINTS}
    paths |= _ways_in(of)
    paths["/api/v1/ask"] = {"post": _asked(of)}
    paths["/healthz"] = {"get": _plain("alive", of[repr(Health)], security=[])}
    paths["/readyz"] = {"get": {**_plain("ready for events", of[repr(Readiness)], security=[])}}
    paths["/readyz"]["get"]["responses"]["503"] = _answer("not ready, and why", of[repr(Readiness)])
    paths["/metrics"] = {"get": _metrics()}
    paths["/openapi.json"] = {"get": _plain("this document", {"type": "object"})}
    paths["/asyncapi.json"] = {"get": _plain("the WebSockets, as AsyncAPI 3.0 has them", {"type": "object"})}
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "noc", "version": metadata.version("noc"),
                     "description": "The operations console's engine. Its WebSockets are told by /asyncapi.json."},
            "paths": paths,
            "components": {"schemas": components,
                           "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
            "security": [{"token": []}, {}],
        }
    )  # fmt: skip


def _read(one: Endpoint, schema: dict[str, Any]) -> dict[str, Any]:
    parts = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PART.findall(one.path)
    ]
    found = _plain(one.summary, schema)
    found["parameters"] = [*parts, *map(_param, (*one.params, TENANT))]
    found["responses"] |= {"304": {"description": "as it was (If-None-Match)"}, "404": _problem("not known")}
    return found


def _param(param: Param) -> dict[str, Any]:
    schema = dict(_KINDS[param.kind])
    for name, bound in (("minimum", param.least), ("maximum", param.most)):
        if bound is not None:
            schema[name] = bound
    if param.default is not None and not param.many:
        schema["default"] = param.default
    name = f"{param.name}NAME" if param.name.endswith(".") else param.name
    if param.many:
        schema = {"type": "array", "items": schema}
    return {"name": name, "in": "query", "required": param.needed, "description": param.doc, "schema": schema}


def _plain(summary: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    answers = {"200": _answer("the answer", schema)}
    if more.get("security") != []:
        answers |= {code: _problem(why) for code, why in _REFUSED.items()}
    return {"summary": summary, "responses": answers, **more}


_REFUSED: Final = {
    "400": "a parameter that cannot be used, named",
    "401": "no token, or none that is valid",
    "403": "not for this role, tenant or origin",
    "429": "too many wrong tokens, or over the rate",
}


def _answer(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _problem(text: str) -> dict[str, Any]:
    return _answer(text, {"$ref": _AT.format(name="Problem")})


def _metrics() -> dict[str, Any]:
    found = _plain("counters, histograms and lags", {"type": "string"})
    found["responses"]["200"]["content"] = {"text/plain": {"schema": {"type": "string"}}}
    return found


def _asked(of: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A question that is not understood is answered too."""
    found = _plain("a question in plain words; nothing is changed by it", of[repr(Understood)])
    found["requestBody"] = {"required": True, "content": {"application/json": {"schema": of[repr(Question)]}}}
    found["parameters"] = [_param(TENANT)]
    found["responses"] |= {"404": _problem("nothing is known of the tenant"), "413": _problem("too much")}
    found["responses"] |= {"408": _problem("it did not arrive in time"), "415": _problem("content that is not taken")}
    return found


def _callbacks(named: dict[str, Any]) -> dict[str, Any]:
    """What receivers answer; each is signed by the other side, so no token is asked for."""
    unsigned = {"401": _problem("not signed by them, or too long ago"), "404": _problem("there is no such receiver")}
    common = {**unsigned, "400": _problem("not what they send"), "403": _problem("nobody knows this person here")}
    common |= {"408": _problem("it did not arrive in time"), "413": _problem("too much")}
    common |= {"415": _problem("content that is not taken"), "429": _problem("too many wrong signatures")}

    def post(summary: str, kind: str, answer: dict[str, Any]) -> dict[str, Any]:
        body = {"required": True, "content": {kind: {"schema": {}}}}
        responses = {"200": answer, **common}
        return {"summary": summary, "security": [], "parameters": [named], "requestBody": body, "responses": responses}

    token = {"name": "token", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    page = {"description": "a page", "content": {"text/html": {"schema": {"type": "string"}}}}
    link = {"security": [], "parameters": [token], "responses": {"200": page, **common, "410": _problem("it is over")}}
    done = _answer("what came of it", {"type": "object"})
    nothing = {"description": "taken; what came of it is told in the thread"}
    slack = post("a button was pressed in Slack", "application/x-www-form-urlencoded", nothing)
    return {
        "/callbacks/slack/{name}": {"post": slack},
        "/callbacks/pagerduty/{name}": {"post": post("PagerDuty's webhook, version 3", "application/json", done)},
        "/act/{token}": {
            "get": {"summary": "what a link in a mail would do", **link},
            "post": {"summary": "do it, once", **link},
        },
    }


def _ways_in(of: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What is posted. A 400 answers for events as a 200 does, where nothing of it could be taken."""
    taken, event = of[repr(IngestAnswer)], of[repr(CloudEvent)]
    several = of[repr(list[CloudEvent])]
    either = {"anyOf": [taken, {"$ref": _AT.format(name="Problem")}]}

    def post(summary: str, bodies: dict[str, Any], status: str, answer: dict[str, Any], bad: dict[str, Any]) -> Any:
        content = {kind: {"schema": schema} for kind, schema in bodies.items()}
        answers = {status: _answer("taken, and durable", answer), "400": _answer("nothing of it could be taken", bad)}
        answers |= {code: _problem(why) for code, why in _REFUSED.items() if code != "400"}
        answers |= {
            "408": _problem("it did not arrive in time"), "413": _problem("too much"),
            "415": _problem("content that is not taken"), "503": _problem("not durable in time, or about to end"),
        }  # fmt: skip
        return {
            "post": {"summary": summary, "requestBody": {"required": True, "content": content}, "responses": answers}
        }

    named = {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    mapped = post(
        "JSON of another system, by the mapping of a configured source", {"application/json": {}}, "200", taken, either
    )
    mapped["post"]["parameters"] = [named]
    mapped["post"]["responses"]["404"] = _problem("there is no such source")
    return {
        "/sources/{name}": mapped,
        **_callbacks(named),
        "/events": post(
            "CloudEvents, structured or batched; binary with ce-* headers",
            {"application/cloudevents+json": event, "application/cloudevents-batch+json": several,
             "application/json": {"anyOf": [event, several, {"type": "object"}]}},
            "200", taken, either,
        ),
        "/api/v2/alerts": post(
            "alerts as Prometheus pushes them", {"application/json": of[repr(list[Alert])]}, "200", taken, either
        ),
        "/webhooks/alertmanager": post(
            "Alertmanager's webhook, version 4", {"application/json": of[repr(Webhook)]}, "200", taken, either
        ),
        "/v2/enqueue": post(
            "PagerDuty's Events API v2; the routing key is the token", {"application/json": of[repr(Enqueued)]}, "202",
            of[repr(Enqueue)], {"type": "object"},
        ),
    }  # fmt: skip
