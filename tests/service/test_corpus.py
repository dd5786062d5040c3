"""The payload samples and events of every way in, damaged in every manner: each is answered by 2xx or 4xx with a
reason, and no event that was acknowledged between them is lost. Prints the figure (`pytest -s`)."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.service.served import Served, event, firing, frame
from tests.support.recordings import SHARED

WAYS = ("/events", "/api/v2/alerts", "/webhooks/alertmanager", "/v2/enqueue", "/sources/any")
CONFIG = "sources: [{name: any, kind: json, map: [{type: noc.phone.activity, data: {person: item.a}}]}]"
EACH = 5  # damaged bodies for each way and sample


def samples() -> Iterator[bytes]:
    """Bodies that are good for one of the ways."""
    yield msgspec.json.encode([firing("x1"), event("x2", subject="person/P1")])
    yield msgspec.json.encode(
        [{"labels": {"alertname": "Down", "instance": "a:1"}, "startsAt": "2026-01-01T00:00:00Z"}]
    )
    yield msgspec.json.encode({"routing_key": "k" * 32, "event_action": "trigger", "dedup_key": "d",
                               "payload": {"summary": "s", "source": "h", "severity": "error"}})  # fmt: skip
    folder: Path = SHARED / "payloads"
    found = sorted(path for path in folder.rglob("*.json") if path.stat().st_size < 50_000) if folder.exists() else []
    yield from (path.read_bytes() for path in found[:12])


def damaged(chance: random.Random, body: bytes) -> bytes:
    kind = chance.randrange(8)
    place = chance.randrange(len(body))
    if kind == 0:
        return body[:place]
    if kind == 1:
        return body[:place] + bytes([chance.randrange(256)]) + body[place + 1 :]
    if kind == 2:
        return body[:place] + b"\xff\xfe\xed\xa0\x80" + body[place:]
    if kind == 3:
        return b"[" * 5_000 + body + b"]" * 5_000
    if kind == 4:
        return body.replace(b'"', b"", chance.randrange(1, 9))
    if kind == 5:
        return chance.choice([b"null", b"1e999", b'"text"', b"[]", b"{}", b"[[]]", b"[null, 7]", b"-0", b"\x00"])
    if kind == 6:
        return body.replace(b":", b":" + chance.choice([b"9" * 400, b"null,", b"[", b'{"a":']), 1)
    return body.replace(b"2026", chance.choice([b"0000", b"99999", b"-1", b"\\u0000"])).replace(b"s", b"\\ud800", 1)


def test_bad_inputs_are_answered_and_good_events_between_them_land(tmp_path: Path) -> None:
    chance = random.Random(20260101)
    tried, refused, good, wrong = 0, 0, [], []
    with Served(tmp_path, CONFIG) as served, served.http() as http:
        for body in samples():
            for way in WAYS:
                for _ in range(EACH):
                    bad = damaged(chance, body)
                    answer = http.post(way, content=bad, headers={"content-type": "application/json"})
                    tried += 1
                    refused += answer.status_code >= 400
                    if not 200 <= answer.status_code < 500 or not answer.content:
                        wrong.append((way, answer.status_code, bad[:200]))
                good.append(f"good-{tried}")
                assert http.post("/events", json=event(good[-1])).json()["accepted"] == 1
        counted = frames_tried(served, chance, good)
        tried, refused = tried + counted[0], refused + counted[1]
    there = {row["id"] for row in served.rows("events")}
    lost = [id for id in good if id not in there]
    print(f"\nbad inputs tried: {tried}, refused: {refused}; good events accepted: {len(good)}, lost: {len(lost)}")
    assert wrong == []
    assert lost == []
    assert refused > tried / 3


def frames_tried(served: Served, chance: random.Random, good: list[str]) -> tuple[int, int]:
    """Damaged frames over WebSockets, each behind a good one that has to be acknowledged."""
    tried = refused = 0
    for number in range(40):
        body = frame(2, [firing(f"w{number}"), event(f"v{number}")])
        bad: Any = damaged(chance, body)
        with served.socket("/ws/ingest", "noc.ingest.v1") as socket:
            good.append(f"ws-{number}")
            socket.send(frame(1, [event(good[-1])]).decode())
            assert msgspec.json.decode(socket.recv(timeout=20))["accepted"] == 1
            socket.send(bad)
            tried += 1
            refused += not taken(socket)
    return tried, refused


def taken(socket: ClientConnection) -> bool:
    """Whether a frame was acknowledged with nothing rejected; a close has to come with a code and a reason."""
    try:
        return not msgspec.json.decode(socket.recv(timeout=20))["rejected"]
    except ConnectionClosed as closed:
        told = closed.rcvd
    assert told is not None
    assert told.code in (1002, 1007, 1009)
    assert told.reason
    return False
