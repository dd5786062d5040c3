"""The paths of the server (WIRE.md §3), as one ASGI application."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from engine import clock
from engine.server import callbacks, foreign, mapped, metrics
from engine.server.answers import json_answer, refused, unknown
from engine.server.api import ask as asking
from engine.server.api import openapi, serving
from engine.server.console import ConsoleDoor, Desk
from engine.server.doors import admit_any
from engine.server.events import post_events
from engine.server.feed import FeedDoor
from engine.server.ingest import IngestDoor
from engine.server.refusal import Refusal
from engine.server.service import Service

Handler = Callable[[Service, Request], Awaitable[Response]]


def application(service: Service, desk: Desk) -> Starlette:
    routes: list[BaseRoute] = [
        WebSocketRoute("/ws/ingest", IngestDoor(service)),
        WebSocketRoute("/ws/feed", FeedDoor(service)),
        WebSocketRoute("/ws/console", ConsoleDoor(service, desk)),
        _route(service, "/events", post_events, "POST"),
        _route(service, "/api/v2/alerts", foreign.push_alerts, "POST"),
        _route(service, "/api/v2/status", foreign.status),
        _route(service, "/webhooks/alertmanager", foreign.hook_alerts, "POST"),
        _route(service, "/v2/enqueue", foreign.enqueue, "POST"),
        *callbacks.routes(service, desk.commander, _route),
        _route(service, "/sources/{name}", mapped.post_mapped, "POST"),
        _route(service, "/api/v1/ask", asking.Asking().post, "POST"),
        *(_route(service, one.path, serving.handler(one)) for one in serving.ENDPOINTS),
        _route(service, "/openapi.json", _openapi),
        _route(service, "/asyncapi.json", _asyncapi),
        _route(service, "/healthz", _healthz),
        _route(service, "/-/healthy", _healthz),
        _route(service, "/readyz", _readyz),
        _route(service, "/-/ready", _readyz),
        _route(service, "/metrics", _metrics),
    ]
    return Starlette(routes=routes, exception_handlers={Refusal: refused, HTTPException: unknown})


def _route(service: Service, path: str, handler: Handler, method: str = "GET") -> Route:
    timer = service.counters.timer("request_seconds", path=path)

    async def answer(request: Request) -> Response:
        begun = clock.monotonic()
        status = 500
        try:
            response = await handler(service, request)
            status = response.status_code
            return response
        except Refusal as refusal:
            status = refusal.status
            raise
        finally:
            timer.observe(clock.monotonic() - begun)
            service.counters.add("requests_total", path=path, status=str(status))

    return Route(path, answer, methods=[method])


async def _healthz(service: Service, request: Request) -> Response:  # noqa: ARG001
    """Alive: the loop that answers is the engine's own."""
    return json_answer({"status": "ok", "state": service.engine.meters.state})


async def _readyz(service: Service, request: Request) -> Response:  # noqa: ARG001
    why = service.ready()
    document: dict[str, Any] = {"status": why or "ready"}
    return json_answer(document, 503 if why else 200)


async def _openapi(service: Service, request: Request) -> Response:
    admit_any(service, request.scope)
    return Response(openapi.document(), headers={"content-type": "application/json"})


async def _asyncapi(service: Service, request: Request) -> Response:
    admit_any(service, request.scope)
    from engine.server.api import asyncapi  # for those who ask

    return Response(asyncapi.document(), headers={"content-type": "application/json"})


async def _metrics(service: Service, request: Request) -> Response:
    admit_any(service, request.scope)
    return Response(metrics.text(service), headers={"content-type": metrics.CONTENT})
