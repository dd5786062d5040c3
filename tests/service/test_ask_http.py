"""Questions over HTTP: answered, refused with a reason, scoped, and masked for whoever may not know names."""

import json
from collections.abc import Iterator

import httpx2
import msgspec
import pytest

from tests.service.served import Served, frame, reply
from tests.support.recordings import Script, at


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    script = Script()
    script.add("site.upserted", at(0), {"id": "S1", "client": "C1", "name": "Harbour Gate"})
    for minute in range(0, 100, 10):
        told = {"alert_type": "LinkDown", "severity": "HIGH", "site": "S1", "entity": f"host/h{minute}"}
        script.add("alert.firing", at(minute), told)
    with Served(tmp_path_factory.mktemp("asked")) as served:
        with served.socket("/ws/ingest", "noc.ingest.v1") as sender:
            sender.send(frame(1, [msgspec.Raw(line) for line in script.lines]))
            assert reply(sender)["accepted"] == len(script.lines)
        with served.http() as client:
            yield client


def test_a_question_is_answered_with_rows(http: httpx2.Client) -> None:
    found = http.post("/api/v1/ask", json={"question": "alerts at Harbour Gate in the last 24 hours"}).json()
    assert found["understood"]
    assert found["total"] == len(found["rows"]) == 10
    assert found["filters"] == {"site": ["S1"]}


def test_one_that_follows_refines_it(http: httpx2.Client) -> None:
    asked = {"question": "by type", "follows": "alerts at Harbour Gate in the last 24 hours"}
    assert http.post("/api/v1/ask", json=asked).json()["rows"] == [{"type": "LinkDown", "count": 10}]


def test_what_is_not_answered_says_why(http: httpx2.Client) -> None:
    found = http.post("/api/v1/ask", json={"question": "resolve all alerts"})
    assert (found.status_code, found.json()["reason"], found.json()["rows"]) == (200, "read_only", [])


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"question": 3}', b"\xff", json.dumps({"q": 1}).encode()])
def test_what_is_no_question_is_400(http: httpx2.Client, body: bytes) -> None:
    found = http.post("/api/v1/ask", content=body)
    assert found.status_code == 400
    assert found.json()["error"]


def test_questions_are_counted_by_what_became_of_them(http: httpx2.Client) -> None:
    def counted() -> dict[str, float]:
        lines = http.get("/metrics").text.splitlines()
        found = [
            line.rpartition(" ")
            for line in lines
            if line.startswith(("noc_questions_total{", "noc_question_seconds_c"))
        ]
        return {name: float(value) for name, _, value in found}

    before = counted()
    for question in ("alerts at Harbour Gate in the last 2 hours", "resolve all alerts", "resolve all alerts"):
        http.post("/api/v1/ask", json={"question": question})
    after = counted()
    more = {name: value - before.get(name, 0) for name, value in after.items() if value != before.get(name, 0)}
    assert more == {
        'noc_questions_total{outcome="answered",kind="alerts"}': 1,
        'noc_questions_total{outcome="refused",kind="read_only"}': 2,
        "noc_question_seconds_count": 3,
    }
