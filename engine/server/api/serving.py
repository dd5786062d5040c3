"""Endpoints as routes: who may, what is asked, and whether the caller has that answer already."""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
import xxhash
from starlette.requests import Request
from starlette.responses import Response

from engine.access.caller import READ
from engine.server.api import feed, fraud, incident, lists, metrics, models, relations, storage, telemetry
from engine.server.api.endpoint import Ask, Endpoint, values_of
from engine.server.doors import admit
from engine.server.service import Service

ENDPOINTS: Final[list[Endpoint]] = [
    *telemetry.endpoints(),
    *fraud.endpoints(),
    *models.endpoints(),
    *incident.endpoints(),
    *lists.endpoints(),
    *relations.endpoints(),
    *feed.endpoints(),
    *metrics.endpoints(),
    *storage.endpoints(),
]
_encode = msgspec.json.Encoder().encode


def handler(endpoint: Endpoint) -> Callable[[Service, Request], Awaitable[Response]]:
    async def handle(service: Service, request: Request) -> Response:
        caller = admit(service, request.scope, READ)
        values = values_of(endpoint.params, request.query_params)
        tenant = service.tenant_of(caller, values.pop("tenant"))
        sight = service.sight(caller, tenant)
        document = await endpoint.work(Ask(service, caller, tenant, sight, request.path_params, values))
        body = _encode(document)
        headers = {"etag": _tag(body), "cache-control": "private, no-cache", "vary": "authorization"}
        if _known(request.headers.get("if-none-match", ""), headers["etag"]):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    return handle


def _tag(body: bytes) -> str:
    return f'"{xxhash.xxh3_64_hexdigest(body)}"'


def _known(given: str, tag: str) -> bool:
    return given.strip() == "*" or tag in [part.strip().removeprefix("W/") for part in given.split(",")]
