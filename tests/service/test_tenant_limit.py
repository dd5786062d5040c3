"""A tenant at its limit waits at the server, where everybody can see it, and the others do not notice."""

from pathlib import Path

from websockets.sync.client import ClientConnection

from engine.attach import frames
from engine.attach.frames import Asked
from tests.service.served import Served, event, frame, reply

CONFIG = """
server: {request_timeout: 5s}
overrides:
  - {match: "tenant=slow", set: {engine.tenant_rate: 100}}
"""


def send(socket: ClientConnection, seq: int, tenant: str, count: int) -> None:
    socket.send(frame(seq, [event(f"{tenant}-{seq}-{n}", tenant=tenant) for n in range(count)]).decode())


def test_one_waits_the_others_go_past_and_all_of_it_lands(tmp_path: Path) -> None:
    with Served(tmp_path, CONFIG) as served, served.http() as http:
        with served.socket("/ws/ingest", "noc.ingest.v1") as slow, served.socket("/ws/ingest", "noc.ingest.v1") as free:
            for seq in range(1, 4):
                send(slow, seq, "slow", 100)
            first = reply(slow)
            send(free, 1, "free", 1000)
            assert reply(free)["accepted"] == 1000
            assert len([row for row in served.rows("events") if row["tenant"] == "slow"]) < 300
            measured = http.get("/metrics").text
            assert 'noc_tenant_rate{tenant="slow"} 100' in measured
            assert 'tenant_waiting{tenant="free"}' not in measured
            with served.socket("/ws/console?tenant=slow", "noc.console.v1") as console:
                console.send(frames.packed(Asked("watch", 1, what="health"))[0].decode())
                told = next(page for _ in range(9) if "over the limit" in (page := str(frames.told(console.recv(10)))))
            assert "over the limit of 100 events/s" in told
            assert [first["ack"], *(reply(slow)["ack"] for _ in range(2))] == [1, 2, 3]
        after = http.get("/metrics").text
        assert 'noc_tenant_events_total{tenant="slow"} 300' in after
        assert 'noc_tenant_waiting{tenant="slow"} 0' in after
        held = next(line for line in after.splitlines() if line.startswith('noc_tenant_held_total{tenant="slow"}'))
        assert int(held.split()[-1]) >= 100
    assert len([row for row in served.rows("events") if row["tenant"] == "slow"]) == 300


def test_a_post_that_would_wait_too_long_is_told_when_to_come_again(tmp_path: Path) -> None:
    kind = {"content-type": "application/cloudevents-batch+json"}
    with Served(tmp_path, CONFIG) as served, served.http() as http:
        answer = http.post("/events", json=[event(f"s{n}", tenant="slow") for n in range(2_000)], headers=kind)
        assert answer.status_code == 429
        assert "over its limit" in answer.json()["error"]
        assert 10 <= int(answer.headers["retry-after"]) <= 20
        other = http.post("/events", json=[event(f"f{n}", tenant="free") for n in range(2_000)], headers=kind)
        assert other.json()["accepted"] == 2_000
        assert http.post("/events", json=[event("s1", tenant="slow")], headers=kind).json()["accepted"] == 1
