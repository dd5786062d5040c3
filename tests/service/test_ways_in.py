"""CloudEvents come in over HTTP in three modes and over WebSockets in two protocols, and are answered once durable."""

import contextlib

import msgspec
import pytest
from websockets.exceptions import ConnectionClosed

from tests.service.served import Served, event, firing, frame, now, reply


def test_structured_batched_and_binary_mode(shared: Served) -> None:
    with shared.http() as http:
        one = http.post(
            "/events", json=event("s1"), headers={"content-type": "application/cloudevents+json; charset=utf-8"}
        )
        assert (one.status_code, one.json()["accepted"]) == (200, 1)
        kind = {"content-type": "application/cloudevents-batch+json"}
        several = http.post("/events", json=[event("s2"), event("s1"), {"id": 5}], headers=kind)
        assert several.status_code == 200
        answer = several.json()
        assert (answer["accepted"], answer["duplicates"]) == (1, 1)
        assert answer["rejected"][0]["index"] == 2
        headers = {
            "content-type": "application/json", "ce-specversion": "1.0", "ce-id": "s3", "ce-source": "wire/%C3%BC",
            "ce-type": "noc.phone.activity", "ce-time": now(), "ce-tenant": "t1",
        }  # fmt: skip
        binary = http.post("/events", json={"person": "P1", "count": 4}, headers=headers)
        assert (binary.status_code, binary.json()["accepted"]) == (200, 1)
    kept = {row["id"]: row for row in shared.rows("events")}
    assert kept["s3"]["source"] == "wire/ü"
    assert kept["s3"]["tenant"] == "t1"
    assert kept["s3"]["data"] == {"person": "P1", "count": 4}


def test_an_empty_batch_and_one_of_duplicates_are_fine(shared: Served) -> None:
    kind = {"content-type": "application/cloudevents-batch+json"}
    with shared.http() as http:
        assert http.post("/events", content=b"[]", headers=kind).status_code == 200
        http.post("/events", json=[event("d1")], headers=kind)
        again = http.post("/events", json=[event("d1"), event("d1")], headers=kind)
        assert (again.status_code, again.json()) == (200, {"accepted": 0, "duplicates": 2, "rejected": []})


@pytest.mark.parametrize(
    ("body", "kind", "status", "word"),
    [
        (b"{", "application/cloudevents+json", 400, "truncated"),
        (b"[{]", "application/cloudevents-batch+json", 400, "malformed"),
        (b"\xff\xfe\x00", "application/json", 400, "not UTF-8"),
        (b'{"a":' * 50_000, "application/json", 400, "nested too deeply"),
        (b"[" * 200_000, "application/cloudevents-batch+json", 400, "nested too deeply"),
        (b'{"specversion":"1.0"}', "application/cloudevents+json", 400, "`id`"),
        (b"<event/>", "application/xml", 415, "application/xml"),
        (b"", "application/cloudevents+json", 400, "truncated"),
        (b"[" + b" " * (4 << 20) + b"]", "application/cloudevents-batch+json", 413, "over"),
    ],
)  # fmt: skip
def test_a_body_that_is_none_is_refused_in_words(
    shared: Served, body: bytes, kind: str, status: int, word: str
) -> None:
    with shared.http() as http:
        answer = http.post("/events", content=body, headers={"content-type": kind})
        assert answer.status_code == status
        assert word in answer.text
        assert http.post("/events", json=event(f"after {kind} {len(body)}")).json()["accepted"] == 1


@pytest.mark.parametrize(
    ("headers", "word"),
    [
        ({"ce-id": "b1"}, "specversion"),
        (
            {"ce-specversion": "1.0", "ce-id": "b1", "ce-source": "s", "ce-type": "x.y", "ce-time": "yesterday"},
            "$.time",
        ),
        ({"ce-specversion": "0.3", "ce-id": "b1", "ce-source": "s", "ce-type": "x.y"}, "$.specversion"),
        ({"ce-data": "b1"}, "no attribute"),
    ],
)
def test_binary_mode_names_the_attribute_that_is_wrong(shared: Served, headers: dict[str, str], word: str) -> None:
    with shared.http() as http:
        answer = http.post("/events", json={}, headers={"content-type": "application/json", **headers})
        assert answer.status_code == 400
        assert word in answer.text


def test_what_was_refused_is_kept_with_its_reason(shared: Served) -> None:
    with shared.http() as http:
        http.post("/events", json={**event("r1"), "time": "noon"})
    letters = [row for row in shared.rows("dead-letters") if "noon" in row["head"]]
    assert letters[0]["way"] == "http"
    assert letters[0]["source"] == "test/desk"
    assert "$.time" in letters[0]["reason"]


def test_a_frame_is_acknowledged_after_it_is_durable(shared: Served) -> None:
    with shared.socket("/ws/ingest", "noc.ingest.v1") as sender:
        assert sender.subprotocol == "noc.ingest.v1"
        sender.send(frame(7, [firing("w1"), {"id": "bad"}, firing("w2")]).decode())
        ack = reply(sender)
        there = {row["id"] for row in shared.rows("events")}
    assert (ack["ack"], ack["accepted"], ack["duplicates"]) == (7, 2, 0)
    assert [each["index"] for each in ack["rejected"]] == [1]
    assert {"w1", "w2"} <= there


def test_frames_may_follow_each_other_and_are_acknowledged_in_order(shared: Served) -> None:
    with shared.socket("/ws/ingest", "noc.ingest.v1") as sender:
        for seq in range(300):
            sender.send(frame(seq, [event(f"p{seq}")]).decode())
        assert [reply(sender)["ack"] for _ in range(300)] == list(range(300))


def test_a_frame_sent_again_after_a_reconnect_changes_nothing(shared: Served) -> None:
    events = [event(f"again{each}") for each in range(10)]
    for accepted, duplicates in ((10, 0), (0, 10)):
        with shared.socket("/ws/ingest", "noc.ingest.v1") as sender:
            sender.send(frame(1, events).decode())
            assert reply(sender) == {"ack": 1, "accepted": accepted, "duplicates": duplicates, "rejected": []}


def test_binary_frames_and_empty_ones_are_taken(shared: Served) -> None:
    with shared.socket("/ws/ingest", "noc.ingest.v1") as sender:
        sender.send(frame(1, [event("bin")]))
        assert reply(sender)["accepted"] == 1
        sender.send(frame(2, []))
        assert reply(sender) == {"ack": 2, "accepted": 0, "duplicates": 0, "rejected": []}


def test_single_events_without_acknowledgements(shared: Served) -> None:
    with shared.socket("/ws/ingest", "cloudevents.json") as sender:
        for each in range(50):
            sender.send(msgspec.json.encode(event(f"single{each}")).decode())
        sender.send("no event")
        sender.send(msgspec.json.encode(event("single last")).decode())
    _seen(shared, "single last")
    there = {row["id"] for row in shared.rows("events")}
    assert {f"single{each}" for each in range(50)} <= there


@pytest.mark.parametrize(
    ("message", "code", "word"),
    [
        ("no frame", 1007, "seq"),
        ('{"seq": 1}', 1007, "events"),
        ('{"seq": "one", "events": []}', 1007, "$.seq"),
        ('{"seq": -1, "events": []}', 1007, "$.seq"),
        ('{"seq": 1, "events": [{]}', 1007, "malformed"),
        ("[" * 100_000, 1007, "seq"),
        (b"\xff\xff\xff", 1007, "seq"),
    ],
    ids=["text", "no events", "word", "negative", "broken", "deep", "binary"],
)
def test_what_is_no_frame_closes_the_connection_with_a_reason(
    shared: Served, message: str | bytes, code: int, word: str
) -> None:
    id = f"before {code} {word} {len(message)}"
    with shared.socket("/ws/ingest", "noc.ingest.v1") as sender:
        sender.send(frame(1, [event(id)]).decode())
        sender.send(message)
        assert reply(sender)["ack"] == 1  # what was good is answered first
        with pytest.raises(ConnectionClosed) as closed:
            sender.recv(timeout=20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code
    assert word in closed.value.rcvd.reason


def test_a_frame_over_4_mib_is_too_large_and_one_below_is_not(shared: Served) -> None:
    filler = "x" * 200_000
    events = [event(f"large{each}", "test.large", {"text": filler}) for each in range(20)]
    with shared.socket("/ws/ingest", "noc.ingest.v1") as sender:
        sender.send(frame(1, events).decode())
        assert reply(sender)["accepted"] == 20
        with contextlib.suppress(ConnectionClosed):  # while it is still being sent, or after
            sender.send(frame(2, [*events, *events[:2]]).decode())
        with pytest.raises(ConnectionClosed) as closed:
            sender.recv(timeout=20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


def test_an_event_over_256_kib_is_refused_alone(shared: Served) -> None:
    huge = event("huge", "test.large", {"text": "x" * (256 << 10)})
    with shared.socket("/ws/ingest", "noc.ingest.v1") as sender:
        sender.send(frame(1, [event("small1"), huge, event("small2")]).decode())
        ack = reply(sender)
    assert ack["accepted"] == 2
    assert "256 KiB" in ack["rejected"][0]["reason"]


def _seen(served: Served, id: str) -> None:
    """A sender that is not answered: wait until the engine has it (it is told a second time then)."""
    with served.http() as http:
        assert http.post("/events", json=event(id)).status_code == 200


def test_an_event_of_a_foreign_type_without_data_has_the_field_in_the_export(shared: Served) -> None:
    bare = event("no-data", "com.example.thing")
    bare.pop("data")
    with shared.http() as http:
        assert http.post("/events", json=bare).json()["accepted"] == 1
    (row,) = [row for row in shared.rows("events") if row["id"] == "no-data"]
    assert row["data"] is None


def test_an_alert_has_the_client_of_its_site_whichever_was_told_first(shared: Served) -> None:
    told = [
        firing("before", "BEFORE", site="S77"),
        event("site", "noc.site.upserted", {"id": "S77", "client": "client/C77"}),
        firing("behind", "BEHIND", site="S77"),
    ]
    with shared.http() as http:
        for one in told:
            assert http.post("/events", json=one).json()["accepted"] == 1
    rows = {row["alert_type"]: row["client"] for row in shared.rows("alerts") if row["site"] == "S77"}
    assert rows == {"BEFORE": "C77", "BEHIND": "C77"}
