"""Senders that were made for something else: Prometheus, Alertmanager and PagerDuty's clients push as they are."""

import copy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import msgspec
import pytest

from data import times
from tests.service.served import Served
from tests.support.recordings import SHARED

PAYLOADS = SHARED / "payloads/webhooks"
of_others = pytest.mark.skipif(not PAYLOADS.exists(), reason="no samples of other tools beside the checkout")


@pytest.fixture
def http(shared: Served) -> Iterator[httpx2.Client]:
    with shared.http() as client:
        yield client


def moment(**from_now: float) -> str:
    return (datetime.now(UTC) + timedelta(**from_now)).isoformat().replace("+00:00", "Z")


def pushed(name: str, **more: Any) -> dict[str, Any]:
    """As captured from Prometheus 2.42."""
    return {
        "labels": {"alertname": name, "instance": "web-1:9100", "job": "node", "severity": "critical", "site": "S7"},
        "annotations": {"summary": f"{name} on web-1"},
        "startsAt": moment(minutes=-1), "endsAt": moment(minutes=4),
        "generatorURL": "http://prom:9090/graph?g0.expr=up", **more,
    }  # fmt: skip


def alerts(served: Served, name: str) -> list[dict[str, Any]]:
    return [row for row in served.rows("alerts") if row["alert_type"] == name]


def test_prometheus_pushes_and_resolves(shared: Served, http: httpx2.Client) -> None:
    started = pushed("NodeDown")
    assert http.post("/api/v2/alerts", json=[started]).status_code == 200
    (alert,) = alerts(shared, "NodeDown")
    assert (alert["severity"], alert["entity"], alert["site"], alert["status"]) == (
        "CRITICAL",
        "host/web-1",
        "S7",
        "NEW",
    )
    assert alert["message"] == "NodeDown on web-1"
    assert alert["labels"]["job"] == "node"
    assert http.post("/api/v2/alerts", json=[started]).json()["accepted"] == 1  # repeated while it fires
    (alert,) = alerts(shared, "NodeDown")
    assert alert["count"] == 2
    assert http.post("/api/v2/alerts", json=[{**started, "endsAt": moment(seconds=-1)}]).status_code == 200
    (alert,) = alerts(shared, "NodeDown")
    assert alert["ended_at"] is not None
    assert alert["count"] == 2


def test_the_label_set_is_the_identity(shared: Served, http: httpx2.Client) -> None:
    one, other = pushed("DiskFull"), pushed("DiskFull")
    one["labels"]["device"], other["labels"]["device"] = "sda", "sdb"
    http.post("/api/v2/alerts", json=[one, other, one])
    assert sorted(alert["count"] for alert in alerts(shared, "DiskFull")) == [1, 2]


def test_ids_come_from_way_arrival_and_ordinal(shared: Served, http: httpx2.Client) -> None:
    http.post("/api/v2/alerts", json=[pushed("Two"), pushed("Two")])
    kept = [row for row in shared.rows("events") if row["data"].get("alert_type") == "Two"]
    assert len({row["id"] for row in kept}) == 2
    for row in kept:
        way, arrival, _ = row["id"].split("/")
        assert way == "prometheus"
        assert times.text(int(arrival)) == row["time"]  # the event's time is the arrival, startsAt only starts_at
        assert row["data"]["starts_at"] < row["time"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"labels": {}}, "at least one label"),
        ({"labels": {"alertname": ""}}, "at least one label"),
        ({"labels": {"alertname": 5}}, "$.labels"),
        ({"startsAt": "yesterday"}, "$.startsAt"),
        ({"startsAt": moment(hours=1), "endsAt": moment()}, "start before the end"),
        ({"labels": None}, "$.labels"),
    ],
    ids=["no labels", "empty label", "number", "word", "backwards", "null"],
)
def test_a_bad_alert_is_told_by_its_index_and_the_good_ones_land(
    shared: Served, http: httpx2.Client, change: dict[str, Any], word: str
) -> None:
    name = f"Good {word}"
    answer = http.post("/api/v2/alerts", json=[{**pushed("Bad"), **change}, pushed(name)])
    assert answer.status_code == 200
    (refused,) = answer.json()["rejected"]
    assert refused["index"] == 0
    assert word in refused["reason"]
    assert len(alerts(shared, name)) == 1
    assert http.post("/api/v2/alerts", json=[{**pushed("Bad"), **change}]).status_code == 400
    assert alerts(shared, "Bad") == []


def test_years_before_1970_mean_no_time(shared: Served, http: httpx2.Client) -> None:
    http.post("/api/v2/alerts", json=[pushed("Zero", startsAt="0001-01-01T00:00:00Z", endsAt="0001-01-01T00:00:00Z")])
    (alert,) = alerts(shared, "Zero")
    assert alert["ended_at"] is None
    assert alert["first_seen"] > "2026"


@of_others
def test_the_webhook_of_alertmanager(shared: Served, http: httpx2.Client) -> None:
    body = msgspec.json.decode((PAYLOADS / "derived/alertmanager_v4_mixed_group.json").read_bytes())
    assert http.post("/webhooks/alertmanager", json=body).json() == {"accepted": 2, "duplicates": 0, "rejected": []}
    (alert,) = alerts(shared, "InstanceDown")  # the resolved one was never open here
    assert (alert["entity"], alert["severity"], alert["message"]) == ("host/a", "CRITICAL", "a down")
    body["alerts"][0]["status"] = "resolved"
    body["alerts"][0]["endsAt"] = moment(seconds=-1)
    http.post("/webhooks/alertmanager", json=body)
    (alert,) = alerts(shared, "InstanceDown")
    assert alert["ended_at"] is not None


def test_prometheus_and_alertmanager_speak_of_the_same_alert(shared: Served, http: httpx2.Client) -> None:
    """What comes straight and by way of Alertmanager is one alert: the fingerprint is that of the label set."""
    one = pushed("Both")
    http.post("/api/v2/alerts", json=[one])
    hooked = {**one, "status": "firing", "fingerprint": "anything"}
    body = {"version": "4", "status": "firing", "alerts": [hooked]}
    assert http.post("/webhooks/alertmanager", json=body).json()["accepted"] == 1
    (alert,) = alerts(shared, "Both")
    assert alert["count"] == 2


@of_others
def test_an_older_webhook_is_refused_in_words(http: httpx2.Client) -> None:
    body = msgspec.json.decode((PAYLOADS / "alerta/prometheus_v3_alert.json").read_bytes())
    answer = http.post("/webhooks/alertmanager", json=body)
    assert answer.status_code == 400
    assert "version" in answer.json()["error"]


def trigger(summary: str, **more: Any) -> dict[str, Any]:
    return {
        "routing_key": "0123456789abcdef0123456789abcdef", "event_action": "trigger", "client": "monit",
        "payload": {"summary": summary, "source": "db-3", "severity": "error", "component": "postgres",
                    "custom_details": {"lag": 12}},
        **more,
    }  # fmt: skip


def test_pagerduty_triggers_acknowledges_and_resolves(shared: Served, http: httpx2.Client) -> None:
    first = http.post("/v2/enqueue", json=trigger("Replication lag", dedup_key="db-3/lag"))
    assert (first.status_code, first.json()["status"], first.json()["dedup_key"]) == (202, "success", "db-3/lag")
    http.post("/v2/enqueue", json=trigger("Replication lag grows", dedup_key="db-3/lag"))
    (alert,) = alerts(shared, "postgres")
    assert (alert["severity"], alert["entity"], alert["count"]) == ("HIGH", "host/db-3", 2)
    key = {"routing_key": "0123456789abcdef0123456789abcdef", "dedup_key": "db-3/lag"}
    assert http.post("/v2/enqueue", json={**key, "event_action": "acknowledge", "client": "kim"}).status_code == 202
    (alert,) = alerts(shared, "postgres")
    assert (alert["status"], alert["acknowledged_by"]) == ("ACKNOWLEDGED", "kim")
    assert http.post("/v2/enqueue", json={**key, "event_action": "resolve"}).status_code == 202
    (alert,) = alerts(shared, "postgres")
    assert alert["ended_at"] is not None


def test_a_trigger_without_a_key_makes_a_new_one_each_time(shared: Served, http: httpx2.Client) -> None:
    body = trigger("Disk 7 of 12 failed")
    body["payload"].pop("component")
    keys = {http.post("/v2/enqueue", json=body).json()["dedup_key"] for _ in range(2)}
    assert len(keys) == 2
    assert len(alerts(shared, "Disk # of # failed")) == 2


@of_others
def test_what_pagerduty_refuses_is_refused(http: httpx2.Client) -> None:
    body = msgspec.json.decode((PAYLOADS / "derived/pagerduty_v2_invalid_missing_action.json").read_bytes())
    answer = http.post("/v2/enqueue", json=body)
    assert answer.status_code == 400
    assert answer.json()["status"] == "invalid event"
    assert any("event_action" in error for error in answer.json()["errors"])
    late = trigger("x")
    late["payload"]["severity"] = "fatal"
    assert "critical" in http.post("/v2/enqueue", json=late).json()["errors"][0]
    nameless = trigger("x")
    nameless.pop("routing_key")
    assert "routing_key" in http.post("/v2/enqueue", json=nameless).json()["errors"][0]
    acknowledge = msgspec.json.decode((PAYLOADS / "derived/pagerduty_v2_acknowledge.json").read_bytes())
    assert http.post("/v2/enqueue", json=acknowledge).status_code == 202  # of nothing: as PagerDuty


def _mutated(value: Any) -> Iterator[Any]:
    """The payload with one thing wrong, everywhere in it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            rest = {other: copy.deepcopy(one) for other, one in value.items() if other != name}
            yield rest
            for wrong in (None, 7, [], {}, "x" * 5000, "\u202e\x1b[2J", True):
                yield {**rest, name: wrong}
            for deeper in _mutated(inner):
                yield {**rest, name: deeper}
    elif isinstance(value, list):
        for index, inner in enumerate(value[:2]):
            for deeper in _mutated(inner):
                yield [*value[:index], deeper, *value[index + 1 :]]


@of_others
def test_every_sample_of_every_tool_mutated_never_breaks_a_door(shared: Served, http: httpx2.Client) -> None:
    """Each answer is a success or names what is wrong, and what is good in between lands."""
    tried = 0
    doors = ("/api/v2/alerts", "/webhooks/alertmanager", "/v2/enqueue", "/events")
    for place, path in enumerate(sorted(PAYLOADS.rglob("*.json"))):
        body = path.read_bytes()
        for door in doors:
            for wrong in (body, body[: len(body) // 2], body.replace(b'"', b"\xff", 1), b"[" + body + b"]", b"null"):
                answer = http.post(door, content=wrong, headers={"content-type": "application/json"})
                assert answer.status_code in (200, 202, 400), (path, door, answer.text)
                tried += 1
        assert http.post("/api/v2/alerts", json=[pushed(f"Between {place}")]).json()["accepted"] == 1
    for number, wrong in enumerate(_mutated([pushed("Mutant")])):
        answer = http.post("/api/v2/alerts", json=wrong)
        assert answer.status_code in (200, 400), answer.text
        tried += 1
        if number % 20 == 0:
            assert http.post("/api/v2/alerts", json=[pushed(f"Amid {number}")]).json()["accepted"] == 1
    for wrong in _mutated(trigger("Mutant")):
        assert http.post("/v2/enqueue", json=wrong).status_code in (202, 400)
        tried += 1
    kept = [row["alert_type"] for row in shared.rows("alerts")]
    assert len([name for name in kept if name.startswith(("Between", "Amid"))]) > 25
    assert tried > 500
    assert not any("\x1b" in str(row) or "\u202e" in str(row) for row in shared.rows("events"))
