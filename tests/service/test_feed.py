"""The feed: in order, without gaps, from any sequence, filtered; who reads slowly is cut off and loses nothing."""

import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from tests.service.served import Served, event, firing, frame, reply


def take(feed: ClientConnection, count: int) -> list[dict[str, Any]]:
    return [reply(feed) for _ in range(count)]


def tell(served: Served, *events: dict[str, Any]) -> None:
    with served.http() as http:
        answer = http.post("/events", json=list(events), headers={"content-type": "application/cloudevents-batch+json"})
        assert answer.json()["accepted"] == len(events), answer.text


def test_every_entry_in_order_from_the_beginning_and_then_live(served: Served) -> None:
    tell(served, *(firing(f"a{each}", f"T{each}", entity=f"host/h{each}", site=f"S{each}") for each in range(5)))
    with served.socket("/ws/feed?from=1") as feed:
        known = served.rows("feed")
        got = take(feed, len(known))
        assert [entry["sequence"] for entry in got] == list(range(1, len(known) + 1))
        assert got == known  # the same CloudEvents as `noc export feed`
        tell(served, firing("late", "LATER", entity="host/h9", site="S9"))
        live = reply(feed)
        assert live["sequence"] == len(known) + 1
        assert live["type"] == "noc.feed.alert_created"
        assert live["specversion"] == "1.0"
        assert live["data"]["alert_type"] == "LATER"


def test_reading_on_where_one_stopped_loses_and_doubles_nothing(served: Served) -> None:
    seen = []
    for turn in range(4):
        tell(served, *(firing(f"{turn}/{each}", f"T{turn}.{each}", entity=f"host/{turn}.{each}") for each in range(3)))
        start = seen[-1] + 1 if seen else 0
        with served.socket(f"/ws/feed?from={start}") as feed:
            seen += [entry["sequence"] for entry in take(feed, 2)]  # and leaves in the middle
    assert seen == list(range(1, len(seen) + 1))


def test_an_entry_is_told_after_the_commit_that_it_tells_of(served: Served) -> None:
    with served.socket("/ws/feed") as feed, served.socket("/ws/ingest", "noc.ingest.v1") as sender:
        sender.send(frame(1, [firing("x1", "SEEN")]).decode())
        told = reply(feed)
        assert told["data"]["alert_id"] in {row["id"] for row in served.rows("alerts")}
        assert reply(sender)["accepted"] == 1


def test_without_from_only_what_comes_is_told(served: Served) -> None:
    tell(served, firing("old", "OLD"))
    with served.socket("/ws/feed") as feed:
        tell(served, firing("new", "NEW", entity="host/n", site="S5"))
        assert reply(feed)["data"]["alert_type"] == "NEW"


def test_filters_by_type_site_and_severity(served: Served) -> None:
    tell(
        served,
        firing("f1", "LOW1", "LOW", entity="host/a", site="S1"),
        firing("f2", "HIGH1", "HIGH", entity="host/b", site="S1"),
        firing("f3", "HIGH2", "HIGH", entity="host/c", site="S2"),
    )
    known = served.rows("feed")

    def told(query: str, count: int) -> list[dict[str, Any]]:
        with served.socket(f"/ws/feed?from=1&{query}") as feed:
            found = take(feed, count)
            with pytest.raises(TimeoutError):
                feed.recv(timeout=0.3)
            return found

    created = [entry for entry in known if entry["type"] == "noc.feed.alert_created"]
    assert told("types=alert_created", 3) == created
    assert told("types=noc.feed.alert_created&site=S1", 2) == created[:2]
    assert told("types=alert_created&min_severity=high", 2) == created[1:]
    assert told("types=alert_created&site=S1,S2&min_severity=HIGH", 2) == created[1:]


@pytest.mark.parametrize(
    ("query", "word"),
    [("from=x", "whole number"), ("from=-1", "whole number"), ("types=nonsense", "alert_created"),
     ("min_severity=loud", "CRITICAL"), ("form=1", "from"), ("from=99999999999999999999999", "whole number")],
)  # fmt: skip
def test_a_wish_that_cannot_be_met_is_refused_before_the_handshake(shared: Served, query: str, word: str) -> None:
    with pytest.raises(InvalidStatus) as refused, shared.socket(f"/ws/feed?{query}"):
        pass
    assert refused.value.response.status_code == 400
    assert word in str(refused.value.response.body)


def test_partitions_have_feeds_of_their_own(served: Served) -> None:
    tell(served, firing("a", "ONE"), {**firing("b", "TWO"), "tenant": "acme"})
    for partition, kind in (("default", "ONE"), ("acme", "TWO")):
        with served.socket(f"/ws/feed?from=1&partition={partition}&types=alert_created") as feed:
            entry = reply(feed)
            assert (entry["partition"], entry["tenant"], entry["data"]["alert_type"]) == (partition, partition, kind)
            assert entry["sequence"] == 1
    with pytest.raises(InvalidStatus) as refused, served.socket("/ws/feed?partition=nobody"):
        pass
    assert refused.value.response.status_code == 404


def test_nobody_waits_for_a_reader_that_takes_nothing(tmp_path: Path) -> None:
    """It is cut off, senders go on meanwhile, and from where it stopped everything is there."""
    with Served(tmp_path, "server: {stall: 1s}\n") as served:
        small = socket.create_connection(served.base.removeprefix("http://").split(":"))  # type: ignore[arg-type]
        small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lines = ["GET /ws/feed?from=1 HTTP/1.1", "Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade",
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", "", ""]  # fmt: skip
        small.sendall("\r\n".join(lines).encode())
        with served.socket("/ws/ingest", "noc.ingest.v1") as sender:
            for seq in range(60):
                events = [
                    firing(f"{seq}/{each}", f"T{each}", entity=f"host/{seq}.{each}", message="m" * 2000)
                    for each in range(50)
                ]
                sender.send(frame(seq, events).decode())
                assert reply(sender)["accepted"] == 50
            metrics = ""
            for round in range(100):
                sender.send(frame(1000 + round, [event(f"tick{round}")]).decode())
                reply(sender)
                with served.http() as http:
                    metrics = http.get("/metrics").text
                if 'noc_feed_cut_off_total{why="stalled"} 1' in metrics:
                    break
            assert 'noc_feed_cut_off_total{why="stalled"} 1' in metrics
        small.close()
        known = len(served.rows("feed"))
        with served.socket("/ws/feed?from=1") as feed:
            assert [entry["sequence"] for entry in take(feed, known)] == list(range(1, known + 1))


def test_many_readers_see_the_same(served: Served) -> None:
    results: list[list[int]] = []

    def read() -> None:
        with served.socket("/ws/feed?from=1&types=alert_created") as feed:
            results.append([entry["sequence"] for entry in take(feed, 100)])

    readers = [threading.Thread(target=read) for _ in range(8)]
    for reader in readers:
        reader.start()
    tell(served, *(firing(f"m{each}", f"T{each}", entity=f"host/{each}", site=f"S{each}") for each in range(100)))
    for reader in readers:
        reader.join(20)
    assert len(results) == 8
    assert all(result == results[0] for result in results)


def test_readers_are_told_where_to_read_on_when_the_server_ends(tmp_path: Path) -> None:
    served = Served(tmp_path).start()
    tell(served, firing("a"))
    with served.socket("/ws/feed?from=1") as feed:
        last = take(feed, len(served.rows("feed")))[-1]["sequence"]
        assert served.stop() == 0
        with pytest.raises(ConnectionClosed) as closed:
            feed.recv(timeout=20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001
    assert f"from={last + 1}" in closed.value.rcvd.reason


def test_a_ticket_of_a_source_is_told_at_each_change_of_its_status(served: Served) -> None:
    about = {"id": "T1", "site": "site/S1", "title": "x" * 300, "priority": "HIGH", "assignee": "P1"}
    statuses = ("NEW", "ASSIGNED", "ASSIGNED", "IN_PROGRESS")
    tell(
        served,
        *(event(f"t{n}", "noc.ticket.updated", about | {"status": word}) for n, word in enumerate(statuses)),
        event("t9", "noc.ticket.closed", {"id": "T1"}),
    )
    with served.socket("/ws/feed?from=1&types=ticket_updated&site=site/S1&min_severity=high") as feed:
        told = [entry["data"] for entry in take(feed, 4)]
    assert [(one["old_status"], one["new_status"]) for one in told] == [
        (None, "NEW"), ("NEW", "ASSIGNED"), ("ASSIGNED", "IN_PROGRESS"), ("IN_PROGRESS", "CLOSED"),
    ]  # fmt: skip
    assert {(one["ticket_id"], one["assigned_to"], one["site_id"], len(one["description"])) for one in told} == {
        ("T1", "P1", "S1", 200)
    }
    assert all(one["updated_at"] == one["timestamp"] for one in told)


def test_every_entry_has_the_envelope_of_the_original(served: Served) -> None:
    tell(served, firing("e1", "ENVELOPE"))
    for entry in served.rows("feed"):
        assert (f"noc.feed.{entry['data']['type']}", entry["data"]["tenant_id"]) == (entry["type"], "default")
        assert entry["data"]["timestamp"] == entry["time"]
