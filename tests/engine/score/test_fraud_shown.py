"""What people get of a row: `noc export fraud` and `noc explain fraud/EVENT_ID`."""

import asyncio
from pathlib import Path

import pytest

from data.opening import open_reader
from engine.explain import Explanation, UnknownRefError, explain
from tests.engine.detect.test_attendance import check_in, scripted
from tests.engine.score.test_fraud import BAD_PHOTO, OUTSIDE
from tests.support.recordings import at, replayed, rows


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    script = scripted()
    script.add("attendance.check_in", at(0), {"person": "P1", "site": "S1"}, id="bad", source="other")
    script.add("attendance.check_in", at(1), {"person": "P1", "site": "S1", "photo": BAD_PHOTO, **OUTSIDE}, id="bad")
    check_in(script, 2, "P8", "S8")
    folder: Path = tmp_path_factory.mktemp("fraud")
    made = f"sqlite:///{folder}/noc.db"
    asyncio.run(replayed(made, script.lines))
    return made


def told(url: str, ref: str) -> Explanation:
    reader = open_reader(url)
    try:
        return explain(reader, ref)
    finally:
        reader.close()


def test_every_check_in_is_exported_once_in_order_of_time(url: str) -> None:
    found = rows(url, "fraud")
    assert [(row["event_source"], row["event_id"]) for row in found][:2] == [("other", "bad"), ("desk", "bad")]
    assert len(found) == 3
    assert found[1]["anomalies"] == ["GEOFENCE_VIOLATION", "PHOTO_ANOMALY"]
    assert found[1]["probability"] > 0.9 > found[1]["score"] - 0.1
    assert (found[1]["model_version"], found[1]["status"]) == (None, "OPEN")


def test_why_tells_the_evidence_of_the_newest_with_that_id(url: str) -> None:
    why = told(url, "fraud/bad")
    assert why.title.startswith("CRITICAL")
    assert any("5,000 m from the site" in line for line in why.because)
    shown = dict(why.evidence)
    assert "distance m 5000" in shown["GEOFENCE_VIOLATION"].replace("_", " ")
    assert shown["gps drift meters"] == "5000"
    assert dict(why.lines)["probability"].endswith("by the rules; no model was live")


def test_what_was_never_sent_is_not_explained(url: str) -> None:
    with pytest.raises(UnknownRefError):
        told(url, "fraud/never")
