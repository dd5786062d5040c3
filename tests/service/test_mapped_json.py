"""JSON of another system comes in by POST and over a WebSocket that we connect to, by one mapping."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from websockets.sync.server import Server, ServerConnection, serve

from tests.service.served import Served, event

CONFIG = """
sources:
  - name: scada
    kind: json
    {url}
    map:
      - type: noc.alert.firing
        when: has(item.code)
        id: item.id
        data: {{alert_type: item.code, severity: item.prio, entity: "'device/' + item.tag"}}
foreign:
  types:
    - {{match: com.acme.*, type: noc.alert.firing, data: {{alert_type: data.what, severity: "'LOW'"}}}}
"""


@pytest.fixture
def gate() -> Iterator[tuple[Server, list[ServerConnection]]]:
    """A source that anybody may connect to, and who has."""
    connected: list[ServerConnection] = []

    def stay(socket: ServerConnection) -> None:
        connected.append(socket)
        for _ in socket:
            pass

    with serve(stay, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server, connected
        server.shutdown()
        thread.join()


def test_both_ways_lead_to_the_same_events(tmp_path: Path, gate: tuple[Server, list[ServerConnection]]) -> None:
    server, connected = gate
    port = server.socket.getsockname()[1]
    items = [{"id": "a", "code": "HOT", "prio": "fatal", "tag": "P1"}, {"beat": 1}, {"id": "b", "code": "COLD"}]
    with Served(tmp_path, CONFIG.format(url=f"url: ws://127.0.0.1:{port}/")) as served:
        with served.http() as http:
            answer = http.post("/sources/scada", json=items)
            assert answer.status_code == 200
            assert answer.json()["accepted"] == 1
            ((rejected),) = answer.json()["rejected"]
            assert (rejected["index"], rejected["reason"]) == (2, 'map[0].data.severity: there is no "prio"')
            assert http.post("/sources/scada", json=items).json()["duplicates"] == 1, "an id of its own is an identity"
            nobody = http.post("/sources/nobody", json=items)
            assert (nobody.status_code, nobody.json()["error"]) == (404, "there is no source `nobody` of kind json")
            assert http.post("/sources/scada", content=b"{").status_code == 400
            typed = event("t1", "com.acme.fault", {"what": "BROKEN"})
            assert http.post("/events", json=typed).json()["accepted"] == 1
        end = time.monotonic() + 20
        while not connected:
            assert time.monotonic() < end
            time.sleep(0.02)
        connected[0].send(msgspec.json.encode({"id": "c", "code": "WET", "prio": "HIGH", "tag": "P2"}).decode())
        connected[0].send("no JSON")
        while len(served.rows("alerts")) < 3 or len(served.rows("dead-letters")) < 4:
            assert time.monotonic() < end
            time.sleep(0.02)
    rows = {row["alert_type"]: row for row in served.rows("alerts")}
    assert (rows["HOT"]["severity"], rows["HOT"]["entity"], rows["HOT"]["source"]) == ("CRITICAL", "device/P1", "scada")
    assert rows["WET"]["entity"] == "device/P2"
    assert rows["BROKEN"]["severity"] == "LOW"
    ways = [letter["way"] for letter in served.rows("dead-letters")]
    assert sorted(ways) == ["json scada", "json scada", "json scada", "websocket scada"]
    kept = next(row for row in served.rows("events") if row["id"] == "t1")
    assert kept["data"]["original"] == {"type": "com.acme.fault", "data": {"what": "BROKEN"}}
