"""`noc notify` and `noc explain notification/..` beside a running engine, with a receiver that refuses at first."""

import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import pytest

from tests.service.served import Served, event

CONFIG = """
notify:
  receivers:
    - {{name: desk, kind: webhook, url: "http://127.0.0.1:{port}/"}}
  routes:
    - {{to: [desk], group_wait: 0s}}
"""


class Receiver(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 400
        self.got: list[dict[str, Any]] = []


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.got.append(msgspec.json.decode(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def test_what_was_given_up_is_seen_explained_and_tried_again(receiver: Receiver, tmp_path: Path) -> None:
    with Served(tmp_path, CONFIG.format(port=receiver.server_port)) as noc:
        data = {"alert_type": "DEVICE_OFFLINE", "severity": "HIGH", "site": "S1"}
        with noc.http() as http:
            assert http.post("/events", json=event("e1", "noc.alert.firing", data)).json()["accepted"] == 1
        until(lambda: receiver.got)
        until(lambda: msgspec.json.decode(noc.run("notify", "log", "--status", "DEAD", "--json")))
        (row,) = noc.rows("notifications")
        assert (row["status"], row["receiver"], row["attempts"]) == ("DEAD", "desk", 1)
        told = noc.run("explain", f"notification/{row['id']}")
        assert "the receiver refused the message: HTTP 400" in told
        assert "leads there" in told
        noc.run("notify", "test", "desk", fails=1)
        receiver.status = 200
        assert "delivered" in noc.run("notify", "test", "desk")
        noc.run("notify", "replay", row["id"])
        until(lambda: noc.rows("notifications")[0]["status"] == "DELIVERED")
        noc.run("notify", "replay", row["id"], fails=1)
        noc.run("notify", "replay", "N-unknown", fails=2)
        noc.run("notify", "test", "nobody", fails=2)
        assert [entry["action"] for entry in noc.rows("audit")] == ["reopen"]
    alerts = [message["alerts"] for message in receiver.got]
    assert [len(each) for each in alerts] == [1, 0, 0, 1]
