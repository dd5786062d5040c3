"""The documents of the API are true: requests made from them are answered as they say, and what goes over the
WebSockets fits their types. Requests come from schemathesis, good ones and bad ones."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from engine.attach import frames
from engine.attach.frames import Asked
from engine.server.api import asyncapi, openapi
from tests.service.served import Served, event, firing, frame

DOCUMENT = msgspec.json.decode(openapi.document())
ASYNC = msgspec.json.decode(asyncapi.document())
OPERATIONS = [(path, method) for path, found in DOCUMENT["paths"].items() for method in found]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CONFIG = "sources: [{name: any, kind: json, map: [{type: com.any, when: 'has(item.a)'}]}]"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("told"), CONFIG) as served:
        with served.http() as http:
            kind = {"content-type": "application/cloudevents-batch+json"}
            batch = [firing(f"f{n}", entity=f"device/D{n}", site=f"S{n % 3}") for n in range(9)]
            batch.append(event("m1", "noc.metric.sampled", {"name": "load", "value": 1.5, "site": "S1"}))
            assert http.post("/events", json=batch, headers=kind).json()["accepted"] == 10
        yield served


@pytest.fixture(scope="module")
def schema(told: Served) -> Any:
    found = schemathesis.openapi.from_dict(DOCUMENT)
    found.config.update(base_url=told.base)
    return found


def wrong(path: str, method: str) -> bool:
    """Whether a request can be wrong at all."""
    found = DOCUMENT["paths"][path][method]
    bodies = found.get("requestBody", {}).get("content", {}).values()
    return bool(found.get("parameters")) if method == "get" else any(body["schema"] for body in bodies)


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=[f"{method} {path}" for path, method in OPERATIONS])
def test_every_request_is_answered_as_the_document_says(schema: Any, path: str, method: str) -> None:
    modes = [GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if wrong(path, method) else [])]
    good_or_bad = st.one_of([schema[path][method].as_strategy(generation_mode=mode) for mode in modes])

    @settings(max_examples=16, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(good_or_bad)
    def ask(case: Any) -> None:
        case.call_and_validate(checks=CHECKS)

    ask()


def test_every_path_of_the_server_is_in_a_document() -> None:
    routes = {route.path for route in paths_of()}
    channels = {one["address"] for one in ASYNC["channels"].values()}
    same_as = {"/-/healthy", "/-/ready", "/api/v2/status"}  # for tools of Prometheus
    assert routes - same_as == set(DOCUMENT["paths"]) | channels


def paths_of() -> list[Any]:
    """The routes of an application that nobody asks anything."""
    from engine.server.app import application
    from engine.server.counters import Counters

    class Nothing:  # what a route keeps until it is asked
        counters = Counters()

        commander = None

    return list(application(Nothing(), Nothing()).routes)  # type: ignore[arg-type]


def fits(name: str, message: Any) -> None:
    root = {"$ref": f"#/components/schemas/{name}", "components": ASYNC["components"]}
    jsonschema_rs.Draft202012Validator(root).validate(message)


def test_what_goes_over_the_websockets_fits_their_types(told: Served) -> None:
    with told.socket("/ws/ingest", "noc.ingest.v1") as socket, told.socket("/ws/feed?from=1") as feed:
        for seq, events in enumerate(([firing("w1"), event("w2")], [event("w3", "com.any"), {"id": 4}])):
            body = frame(seq, events)
            if seq == 0:
                fits("Frame", msgspec.json.decode(body))
            socket.send(body.decode())
            fits("Ack", msgspec.json.decode(socket.recv(timeout=20)))
        for _ in range(5):
            fits("FeedEvent", msgspec.json.decode(feed.recv(timeout=20)))
    with told.socket("/ws/console", "noc.console.v1") as console:
        for id, what in enumerate(frames.PAGES, 1):
            asked = Asked("watch", id, what=what, args={"ref": "alert/none"} if what == "item" else {})
            fits("Asked", msgspec.to_builtins(asked))
            console.send(frames.packed(asked)[0].decode())
        seen: set[str] = set()
        while not seen >= {"feed", "board", "heat", "health"}:
            message = frames.told(console.recv(timeout=20))
            fits("Told", msgspec.to_builtins(message))
            if message.whole is not None:
                fits(frames.PAGES[name := list(frames.PAGES)[message.page - 1]].__name__, message.whole)
                seen.add(name)


def test_a_wrong_event_does_not_fit() -> None:
    with pytest.raises(jsonschema_rs.ValidationError):
        fits("AlertSignalEvent", firing("x") | {"data": {"alert_type": 5}})
