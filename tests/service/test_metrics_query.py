"""The history of metrics over HTTP: figures, groups, and clear words for what cannot be answered."""

from collections.abc import Iterator
from typing import Any

import httpx2
import msgspec
import pytest

from data import times
from tests.service.served import Served, frame, reply
from tests.support.recordings import T0, Script, at


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    script = Script()
    script.add("site.upserted", at(0), {"id": "S1", "client": "C1"})
    for minute in range(0, 600, 5):
        for site in ("S1", "S2"):
            told = {"name": "load", "site": site, "value": minute / 10, "labels": {"rack": f"r{minute % 2}"}}
            script.add("metric.sampled", at(minute), told)
    with Served(tmp_path_factory.mktemp("metrics")) as served:
        with served.socket("/ws/ingest", "noc.ingest.v1") as sender:
            sender.send(frame(1, [msgspec.Raw(line) for line in script.lines]))
            assert reply(sender)["accepted"] == len(script.lines)
        with served.http() as client:
            yield client


def asked(http: httpx2.Client, status: int = 200, **params: Any) -> Any:
    span = {"since": times.text(T0), "until": times.text(at(600))}
    answer = http.get("/api/v1/metrics/query", params={**span, **params})
    assert answer.status_code == status, answer.text
    return answer.json()


def test_figures_of_groups(http: httpx2.Client) -> None:
    found = asked(http, name="load", group_by="site,client", step="1h", aggregate="max")
    assert found["step_s"] == 3600
    assert found["tiers"] == [300]
    assert [one["group"] for one in found["series"]] == [
        {"site": "S1", "client": "C1"}, {"site": "S2", "client": None}
    ]  # fmt: skip
    assert [point["value"] for point in found["series"][0]["points"]] == [5.5 + 6 * hour for hour in range(10)]


def test_what_is_repeated_counts_as_either(http: httpx2.Client) -> None:
    def total(**params: Any) -> int:
        found = asked(http, name="load", step="range", aggregate="count", **params)
        return sum(point["count"] for one in found["series"] for point in one["points"])

    assert total() == 240
    assert total(site=["S1", "S2"]) == 240
    assert total(site="S1", **{"label.rack": "r0"}) == 60
    assert total(**{"label.rack": ["r0", "r1"]}) == 240
    assert total(site="S9") == 0


@pytest.mark.parametrize(
    ("params", "status", "words"),
    [
        ({"name": "lod"}, 404, "did you mean load"),
        ({}, 400, "`name` is needed"),
        ({"name": "load", "step": "2m"}, 400, "`step` is one of auto, 5m"),
        ({"name": "load", "aggregate": "mode"}, 400, "`aggregate` is one of avg"),
        ({"name": "load", "group_by": "colour"}, 400, "`group_by` knows site"),
        ({"name": "load", "until": "2020-01-01T00:00:00Z"}, 400, "lies after"),
    ],
)
def test_what_cannot_be_answered_is_told_in_words(
    http: httpx2.Client, params: dict[str, str], status: int, words: str
) -> None:
    assert words in asked(http, status, **params)["error"]


def test_an_unknown_name_comes_with_suggestions(http: httpx2.Client) -> None:
    assert asked(http, 404, name="lod")["suggestions"] == ["load"]


def test_what_takes_how_much_room(http: httpx2.Client) -> None:
    found = http.get("/api/v1/storage").json()
    assert 0 < found["bytes"] <= found["file_bytes"]
    assert {"table", "rows", "items", "bytes", "oldest"} == set(found["tables"][0])
    described = http.get("/openapi.json").json()["paths"]["/api/v1/storage"]["get"]
    assert "403" in described["responses"]
