"""What can be read over HTTP: lists with filters and pages, the seven endpoints, and the document that says so."""

import subprocess
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from engine.query import parse
from engine.query.exports import export_schema
from tests.service.served import NOC, Served, firing, frame, reply

LISTS = ("alerts", "clusters", "incidents", "findings", "anomalies", "predictions", "correlations", "fraud", "tickets")


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that has seen a simulated day."""
    folder = tmp_path_factory.mktemp("night")
    recording = folder / "day.jsonl"
    words = ["simulate", "--sites", "3", "--days", "1", "--seed", "3", "--out", str(recording)]
    subprocess.run([*NOC, *words], check=True, capture_output=True, timeout=120)
    lines = recording.read_bytes().splitlines()
    with Served(folder) as served:
        with served.socket("/ws/ingest", "noc.ingest.v1") as sender:
            frames = [lines[start : start + 500] for start in range(0, len(lines), 500)]
            for seq, some in enumerate(frames):
                sender.send(b'{"seq":%d,"events":[%s]}' % (seq, b",".join(some)))
            answers = [reply(sender) for _ in frames]
        assert sum(answer["accepted"] for answer in answers) == len(lines)
        yield served


@pytest.fixture
def http(night: Served) -> Iterator[httpx2.Client]:
    with night.http() as client:
        yield client


def document(answer: httpx2.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def pages(http: httpx2.Client, path: str, **params: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = document(http.get(path, params={**params, **({"after": after} if after else {})}))
        rows += page["rows"]
        after = page["next"]
        assert len(rows) < 100_000
    return rows


@pytest.mark.parametrize("kind", LISTS)
def test_pages_of_any_size_hold_the_rows_of_the_export(night: Served, http: httpx2.Client, kind: str) -> None:
    wanted = night.rows(kind)
    assert pages(http, f"/api/v1/{kind}", limit=7 if len(wanted) < 500 else 97) == wanted


def test_there_is_something_to_read(night: Served) -> None:
    """Else the tests beside this one would tell nothing."""
    for kind in ("alerts", "clusters", "incidents", "findings", "anomalies", "tickets", "fraud"):
        assert night.rows(kind), kind


def test_the_filter_language_filters(night: Served, http: httpx2.Client) -> None:
    for where in (
        "severity>=high",
        "site:*1 or site:*2",
        "alert_type:DEVICE*",
        "!site:*",
        "priority>50 -message~x",
    ):
        match = parse(where).compile(export_schema("alerts"))
        wanted = [row for row in night.rows("alerts") if match(row, 0)]
        assert pages(http, "/api/v1/alerts", where=where, limit=50) == wanted


def test_the_feed_is_searched_newest_first(night: Served, http: httpx2.Client) -> None:
    entries = [(row["sequence"], row["type"].removeprefix("noc.feed."), row["data"]) for row in night.rows("feed")]
    wanted = [sequence for sequence, type, data in entries if type == "alert_created" and data["severity"] == "HIGH"]
    assert wanted
    rows: list[dict[str, Any]] = []
    before: int | None = None
    while True:
        params = {"q": "severity:high type:alert_created", "limit": 50, **({"before": before} if before else {})}
        page = document(http.get("/api/v1/feed", params=params))
        rows += page["rows"]
        before = page["next"]
        if before is None:
            break
    assert [row["sequence"] for row in rows] == wanted[::-1]
    assert all(row["text"] for row in rows)
    first = http.get("/api/v1/feed", params={"q": "uplink"})
    again = http.get("/api/v1/feed", params={"q": "uplink"}, headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)


def test_since_and_until_are_half_open(night: Served, http: httpx2.Client) -> None:
    rows = night.rows("alerts")
    since, until = rows[3]["first_seen"], rows[20]["first_seen"]
    wanted = [row for row in rows if since <= row["first_seen"] < until]
    assert wanted
    assert pages(http, "/api/v1/alerts", since=since, until=until, limit=4) == wanted


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("alerts?where=severity>", "where"), ("alerts?where=colour:red", "colour"), ("alerts?limit=0", "between 1"),
        ("alerts?limit=9999", "between 1"), ("alerts?limit=x", "whole number"), ("alerts?since=noon", "since"),
        ("alerts?after=page2", "next"), ("alerts?wher=x", "where"), ("alerts?limit=1&limit=2", "twice"),
        ("telemetry/correlations?min_severity=BAD", "CRITICAL"), ("fraud/live?min_score=2", "between 0 and 1"),
        ("feed?q=colour:red", "colour"), ("feed?before=0", "before"),
        ("fraud/live?min_score=nan", "number"), ("fraud/heatmap?hours=-1", "between"),
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_used_is_named(http: httpx2.Client, path: str, word: str) -> None:
    answer = http.get(f"/api/v1/{path}")
    assert answer.status_code == 400
    assert word in answer.json()["error"]


def test_an_answer_that_one_has_already_is_not_sent_again(night: Served, http: httpx2.Client) -> None:
    first = http.get("/api/v1/alerts", params={"limit": 5})
    again = http.get("/api/v1/alerts", params={"limit": 5}, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = http.get("/api/v1/alerts", params={"limit": 6}, headers={"if-none-match": first.headers["etag"]})
    assert other.status_code == 200


def test_signals_of_a_person_and_of_a_site(night: Served, http: httpx2.Client) -> None:
    people = {row["data"]["person"] for row in night.rows("events") if row["type"] == "noc.attendance.check_in"}
    found = document(http.get(f"/api/v1/telemetry/signals/{min(people)}", params={"window_minutes": 240}))
    assert found["status"] == "success"
    data = found["data"]
    assert data["person_id"] == min(people)
    assert data["window_minutes"] == 240
    assert set(data["signals"]) == {
        "phone_events_count", "location_updates_count", "movement_distance_meters", "tasks_completed_count",
        "tour_checkpoints_scanned",
    }  # fmt: skip
    site = document(http.get(f"/api/v1/telemetry/signals/site/{data['site_id']}"))["data"]
    assert site["site_id"] == data["site_id"]
    assert site["active_people_count"] >= 0
    assert http.get("/api/v1/telemetry/signals/nobody").status_code == 404
    assert http.get("/api/v1/telemetry/signals/site/nowhere").status_code == 404
    assert http.get(f"/api/v1/telemetry/signals/{min(people)}?window_minutes=999999").status_code == 400


def test_correlations(night: Served, http: httpx2.Client) -> None:
    found = document(http.get("/api/v1/telemetry/correlations", params={"hours": 48, "min_severity": "low"}))["data"]
    known = [row for row in night.rows("correlations") if row["severity"] != "INFO"]
    assert found["total_count"] == len(known)
    assert found["filters"]["min_severity"] == "LOW"
    assert {one["incident_id"] for one in found["incidents"]} <= {row["id"] for row in known}


def test_fraud_now_of_a_person_and_by_site(night: Served, http: httpx2.Client) -> None:
    rows = night.rows("fraud")
    live = document(http.get("/api/v1/fraud/live", params={"min_score": 0, "limit": 5}))["data"]
    assert live["total_count"] <= len(rows)
    scores = [one["fraud_probability"] for one in live["predictions"]]
    assert scores == sorted(scores, reverse=True)
    person = live["predictions"][0]["person_id"]
    history = document(http.get(f"/api/v1/fraud/history/{person}"))["data"]
    mine = [row["probability"] for row in rows if row["person"] == person]
    assert history["total_predictions"] == sum(day["prediction_count"] for day in history["history"]) == len(mine)
    assert max(day["max_fraud_score"] for day in history["history"]) == pytest.approx(max(mine), abs=1e-4)
    heat = document(http.get("/api/v1/fraud/heatmap", params={"hours": 48, "min_predictions": 1}))["data"]
    assert heat["total_sites"] == len({row["site"] for row in rows if row["site"]})
    averages = [one["avg_fraud_score"] for one in heat["sites"]]
    assert averages == sorted(averages, reverse=True)
    assert http.get("/api/v1/fraud/history/nobody").status_code == 404


def test_performance_of_models_without_one(night: Served, http: httpx2.Client) -> None:
    found = document(http.get("/api/v1/models/performance"))["data"]
    assert found["has_active_model"] is False
    judged = [row for row in night.rows("fraud") if row["status"] != "OPEN"]
    assert found["prediction_accuracy"]["total"] == len(judged)


def test_an_incident_with_its_context_while_it_is_open_and_after(night: Served, http: httpx2.Client) -> None:
    rows = night.rows("incidents")
    seen = set()
    for row in rows[:3] + rows[-3:]:
        found = document(http.get(f"/api/v1/incidents/{row['id']}/context"))
        assert found["ref"] == f"incident/{row['id']}"
        assert found["title"] == row["title"]
        assert found["timeline"]
        seen.add(found["open"])
        if found["open"]:
            assert found["why"]
            assert found["alerts"]
    assert seen
    assert http.get("/api/v1/incidents/I-nothing/context").status_code == 404


def test_an_answer_shows_what_was_acknowledged_before(served: Served) -> None:
    with served.socket("/ws/ingest", "noc.ingest.v1") as sender, served.http() as http:
        for seq in range(20):
            sender.send(frame(seq, [firing(f"{seq}", f"T{seq}", entity=f"host/{seq}")]).decode())
            reply(sender)
            assert len(http.get("/api/v1/alerts").json()["rows"]) == seq + 1


def test_tenants_are_kept_apart(served: Served) -> None:
    events = [firing("a", "ONE"), {**firing("b", "TWO"), "tenant": "acme"}]
    with served.http() as http:
        http.post("/events", json=events, headers={"content-type": "application/cloudevents-batch+json"})
        for tenant, kind in (("default", "ONE"), ("acme", "TWO")):
            rows = http.get("/api/v1/alerts", params={"tenant": tenant}).json()["rows"]
            assert [row["alert_type"] for row in rows] == [kind]
        assert http.get("/api/v1/alerts", params={"tenant": "nobody"}).status_code == 404


# The document.


KINDS: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
    "null": type(None),
}  # fmt: skip


def _fits(value: Any, schema: Any, whole: dict[str, Any], place: str = "$") -> None:
    """Whether a value is of the JSON Schema, as far as the document uses it."""
    while "$ref" in schema:
        schema = whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        assert any(_is(value, one, whole, place) for one in schema["anyOf"]), f"{place}: {value!r}"
        return
    if "type" in schema:
        assert isinstance(value, KINDS[schema["type"]]), f"{place}: {value!r} is no {schema['type']}"
    if "enum" in schema:
        assert value in schema["enum"], place
    for name in schema.get("required", ()):
        assert name in value, f"{place}.{name} is missing"
    for name, inner in schema.get("properties", {}).items():
        if name in value:
            _fits(value[name], inner, whole, f"{place}.{name}")
    for index, inner in enumerate(value[:20] if isinstance(value, list) else ()):
        _fits(inner, schema.get("items", {}), whole, f"{place}[{index}]")


def _is(value: Any, schema: Any, whole: dict[str, Any], place: str) -> bool:
    try:
        _fits(value, schema, whole, place)
    except AssertionError:
        return False
    return True


def test_every_answer_is_as_the_document_says(night: Served, http: httpx2.Client) -> None:
    whole = document(http.get("/openapi.json"))
    assert whole["openapi"] == "3.1.0"
    person = min(row["person"] for row in night.rows("fraud"))
    parts = {"person": person, "site": night.rows("fraud")[0]["site"], "id": night.rows("incidents")[-1]["id"]}
    parts["token"] = "nothing"
    tried = 0
    for path, methods in whole["paths"].items():
        if "get" not in methods:
            continue
        answer = http.get(path.format(**parts))
        described = methods["get"]["responses"].get(str(answer.status_code))
        assert described is not None, (path, answer.status_code, answer.text)
        content = described["content"]
        if "application/json" in content:
            _fits(answer.json(), content["application/json"]["schema"], whole)
        tried += 1
    assert tried > 20


def test_parameters_at_and_beyond_their_bounds_are_answered_as_described(http: httpx2.Client) -> None:
    whole = document(http.get("/openapi.json"))
    lists = [f"/api/v1/{kind}" for kind in LISTS[1:]]  # one of them stands for all
    for path, methods in whole["paths"].items():
        for param in methods.get("get", {}).get("parameters", ()):
            if param["in"] != "query" or path in lists:
                continue
            schema = param["schema"]
            values = ["", "x" * 300, "\u202e", "-1", "1e999", "%00", "0", "99999999999999999999"]
            values += [str(schema[name]) for name in ("minimum", "maximum", "default") if name in schema]
            for value in values:
                url = path.replace("{person}", "p").replace("{site}", "s").replace("{id}", "i")
                answer = http.get(url, params={param["name"]: value})
                assert str(answer.status_code) in methods["get"]["responses"], (path, param["name"], value, answer.text)


def test_the_document_names_every_path_of_the_contract(shared: Served) -> None:
    with shared.http() as http:
        paths = set(http.get("/openapi.json").json()["paths"])
    told = {"/events", "/api/v2/alerts", "/webhooks/alertmanager", "/v2/enqueue", "/metrics", "/healthz", "/readyz"}
    told |= {f"/api/v1/{name}" for name in ("alerts", "clusters", "incidents", "findings", "predictions")}
    told |= {"/api/v1/incidents/{id}/context", "/api/v1/telemetry/signals/{person}", "/api/v1/telemetry/correlations",
             "/api/v1/telemetry/signals/site/{site}", "/api/v1/fraud/live", "/api/v1/fraud/history/{person}",
             "/api/v1/fraud/heatmap", "/api/v1/models/performance"}  # fmt: skip
    assert told <= paths


def test_before_the_first_event_everything_is_empty_and_nothing_unknown(served: Served) -> None:
    with served.http() as fresh:
        for path in ("telemetry/correlations", "fraud/live", "fraud/heatmap", "models/performance"):
            answer = fresh.get(f"/api/v1/{path}")
            assert (answer.status_code, answer.json()["status"]) == (200, "success")
        asked = fresh.post("/api/v1/ask", json={"question": "open alerts"})
        assert (asked.status_code, asked.json()["total"]) == (200, 0)
        assert fresh.get("/api/v1/metrics/query", params={"name": "load"}).status_code == 404
        assert fresh.get("/api/v1/telemetry/signals/P1").json()["status"] == "error"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/api/v1/nothing", 404),
        ("POST", "/api/v1/alerts", 405),
        ("PUT", "/events", 405),
    ],
)
def test_a_path_or_method_that_there_is_not_is_told_as_json(
    http: httpx2.Client, method: str, path: str, status: int
) -> None:
    answer = http.request(method, path)
    assert answer.status_code == status
    assert path in answer.json()["error"]
    assert ("allow" in answer.headers) == (status == 405)
