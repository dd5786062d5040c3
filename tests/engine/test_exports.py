"""Exports are a contract: fields, order, words and bounds as WIRE.md §5 has them."""

import csv
import io
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import times
from data.records.audit import AuditRow, DeadLetter
from data.records.correlation import Correlation
from data.records.entity import Entity
from data.records.feed import FeedEntry
from data.records.fraud import FraudScore
from data.records.outbox import Notification
from data.records.prediction import Prediction
from data.records.run import Run
from engine.exports import KINDS, Selection, UnknownKindError, export, kind_named
from engine.exports.formats import cell
from tests.engine.shelf import T0, Shelf, alert, anomaly, cluster, finding, incident, line

# WIRE.md §5, as it stands there.
WIRE = {
    "events": "source id type time tenant subject data received_at",
    "feed": "specversion id source type time sequence partition",
    "dead-letters": "received_at way source reason head",
    "notifications": "id receiver status made_at kind severity title group firing resolved attempts reason tenant",
    "playbook-runs": "id playbook version target state made_at requested_by approved_by plan steps tenant",
    "assignments": "event_source event_id alert_id cluster_id incident_id suppressed reason",
    "findings": "id finding_type category severity status site person entity detected_at window_start window_end title "
    "evidence",
    "anomalies": "id anomaly_type severity status person site event_source event_id detected_at confidence",
    "alerts": "id alert_type severity status entity site client first_seen last_seen count priority cluster_id "
    "incident_id message",
    "clusters": "id opened_at last_at alert_count suppressed_count severity sites alert_types priority reason",
    "incidents": "id state severity title opened_at closed_at sites alert_count cluster_ids priority root_cause "
    "candidates",
    "correlations": "id person site severity score signals alert_ids detected_at investigated root_cause",
    "predictions": "id kind entity made_at deadline probability alerted model_version outcome settled_at action_taken",
    "fraud": "event_source event_id person site time probability score level anomalies model_version decided_at",
    "tickets": "id number title site client priority status category assignee group opened_at deadline resolved_at "
    "source",
}


def rows(shelf: Shelf, kind: str, **bounds: Any) -> list[dict[str, Any]]:
    body = b"".join(chunk.body for chunk in export(shelf, kind, Selection(**bounds)))
    return [msgspec.json.decode(text) for text in body.splitlines()]


def full() -> Shelf:
    """One or two of everything; cluster 1 was merged into 2, which is part of the incident."""
    shelf = Shelf().put(
        alert(1, cluster=1), alert(2, cluster=2), alert(3, tenant="other"),
        cluster(1, merged_into=2), cluster(2, incident=1), incident(1, [1, 2]), finding(1), anomaly(1),
        FraudScore(1, "default", "hr", "e9", "P1", "S1", T0, 0.9, 0.8, "HIGH", ["GHOST_GUARD"], ["silent"], T0),
        Notification(1, "N-1", "default", "desk", "DELIVERED", T0, "change", "g", "t", 4),
        Run(1, "R-1", "default", "try", 1, "alert/A-0000000001", "t", "S1", 4, "PROPOSED", T0, "h", []),
        Prediction(1, "P1", "default", "sla_breach", "ticket/T1", T0, T0 + 9, 0.7, True),
        Correlation(1, "R1", "default", "P1", "S1", 4, 0.8, {"phone_events_count": 0.0}, ["A1"], T0),
        FeedEntry("default", 1, T0, "alert_created", "alert/A-0000000001", "S1", 4, {"alert_id": "A-0000000001"}),
        AuditRow(T0, "default", "ann", "acknowledge", "alert/A-0000000001", "done", {}, 9),
        DeadLetter(T0, "file", "desk", "no `time`", '{"id":', 7),
        Entity("ticket/T1", "default", T0, 4, site="S1", attributes={
            "opened_at": "2026-01-05T05:30:00+05:30", "title": "Door", "priority": "HIGH", "status": "OPEN"}),
    )  # fmt: skip
    shelf.assign(line("e1"), 1, None)
    shelf.assign(line("e2", time=T0 + 1), 1, "duplicate")
    shelf.assign(line("e3", time=T0 + 2), 2, None)
    shelf.assign(line("e4", "noc.alert.resolved", time=T0 + 3), -1, None)
    return shelf


@pytest.mark.parametrize("kind", WIRE)
def test_rows_have_the_fields_of_the_wire(kind: str) -> None:
    found = rows(full(), kind)
    assert found
    assert not set(WIRE[kind].split()) - set(found[0])
    assert "tenant" in found[0]


def test_every_kind_has_its_fields_fixed() -> None:
    assert set(WIRE) | {"audit", "relations"} == set(KINDS)


def test_merged_clusters_are_told_by_their_survivor() -> None:
    first, repeat, second, stray = rows(full(), "assignments")
    assert (first["alert_id"], first["cluster_id"], first["incident_id"]) == (
        "A-0000000001", "C-0000000002", "I-0000000001",
    )  # fmt: skip
    assert (first["suppressed"], first["reason"]) == (False, None)
    assert (repeat["suppressed"], repeat["reason"]) == (True, "duplicate")
    assert second["cluster_id"] == "C-0000000002"
    assert (stray["alert_id"], stray["cluster_id"], stray["suppressed"]) == (None, None, False)
    assert [row["id"] for row in rows(full(), "clusters")] == ["C-0000000002"]
    assert rows(full(), "incidents")[0]["cluster_ids"] == ["C-0000000002"]


def test_words_for_severity_and_utc_for_times() -> None:
    row = rows(full(), "alerts")[0]
    assert (row["severity"], row["status"], row["site"]) == ("HIGH", "NEW", "S1")
    assert row["first_seen"] == "2026-01-05T00:00:00.000001Z"
    assert rows(full(), "tickets")[0]["opened_at"] == "2026-01-05T00:00:00Z"
    cause = {"entity": "host/web-1", "alert_type": "LinkDown", "confidence": 0.8, "text": "it was first"}
    assert rows(full(), "incidents")[0]["root_cause"] == cause


def test_bounds_are_half_open() -> None:
    ids = [row["event_id"] for row in rows(full(), "assignments", since=T0 + 1, until=T0 + 3)]
    assert ids == ["e2", "e3"]


def test_tenants_are_kept_apart() -> None:
    shelf = full()
    shelf.take(line("x", tenant="other"))
    assert {row["tenant"] for row in rows(shelf, "alerts")} == {"default", "other"}
    assert [row["id"] for row in rows(shelf, "alerts", tenant="other")] == ["A-0000000003"]
    assert [row["id"] for row in rows(shelf, "events", tenant="other")] == ["x"]
    assert rows(shelf, "dead-letters", tenant="other") == []


def test_tickets_in_order_of_opening() -> None:
    shelf = Shelf()
    for number, hour in ((1, "09"), (2, "07"), (3, None)):
        told = {} if hour is None else {"opened_at": f"2026-01-05T{hour}:00:00Z"}
        shelf.put(Entity(f"ticket/T{number}", "default", T0 + 8 * times.HOUR, 1, attributes=told))
    assert [row["id"] for row in rows(shelf, "tickets")] == ["T2", "T3", "T1"]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"zone": "2026-01-05T05:30:00+05:30"},
        {"tenant": None},
        {"tenant": "acme", "subject": "site/S1"},
        {"subject": None},
        {"received_at": "hm"},
        {"note": '"tenant"', "data": {"received_at": 3}},
    ],
)
def test_an_event_row_is_the_event(more: dict[str, Any]) -> None:
    shelf, more = Shelf(), dict(more)
    zoned = {"time": more.pop("zone")} if "zone" in more else {}
    shelf.take(msgspec.json.encode(msgspec.json.decode(line("e1", **more)) | zoned))
    body = b"".join(chunk.body for chunk in export(shelf, "events"))
    assert body.count(b"\n") == 1
    row = msgspec.json.decode(body)
    assert row["time"] == "2026-01-05T00:00:00Z"
    assert (row["tenant"], row["subject"]) == (more.get("tenant") or "default", more.get("subject"))
    assert row["received_at"] == "2026-01-05T00:00:00Z"
    assert row["data"] == more.get("data", {})
    assert row["specversion"] == "1.0"
    text = body.decode()
    assert text.count('"tenant":') == 1 + text.count('\\"tenant\\":')


def test_pretty_printed_events_take_one_line() -> None:
    shelf = Shelf()
    shelf.take(msgspec.json.format(line("e1"), indent=2))
    assert [row["id"] for row in rows(shelf, "events")] == ["e1"]


def test_the_engines_own_entries_are_no_events() -> None:
    shelf = Shelf()
    shelf.take(line("s1", "noc.engine.clock"))
    assert rows(shelf, "events") == []


def test_csv_has_a_head_and_harmless_cells() -> None:
    shelf = Shelf().put(alert(1, message='=cmd|"x"', labels={"a": "b"}))
    body = b"".join(chunk.body for chunk in export(shelf, "alerts", form="csv")).decode()
    head, row = csv.reader(io.StringIO(body))
    found = dict(zip(head, row, strict=True))
    assert found["message"] == '\'=cmd|"x"'
    assert found["labels"] == '{"a":"b"}'
    assert (found["count"], found["cluster_id"]) == ("3", "")


@pytest.mark.parametrize(("value", "shown"), [("-1", "'-1"), ("@a", "'@a"), ("a=b", "a=b"), (-1, -1), (True, "true")])
def test_cells(value: object, shown: object) -> None:
    assert cell(value) == shown


@given(st.text())
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    shown = cell(text)
    assert isinstance(shown, str)
    assert shown[:1] not in ("=", "+", "-", "@")
    assert shown in (text, "'" + text)


@pytest.mark.parametrize("count", [0, 1, 512, 513])
def test_json_is_one_document_and_csv_has_every_row(count: int) -> None:
    shelf = Shelf().put(*(alert(number) for number in range(1, count + 1)))
    document = msgspec.json.decode(b"".join(chunk.body for chunk in export(shelf, "alerts", form="json")))
    assert len(document) == count
    assert sum(chunk.rows for chunk in export(shelf, "alerts", form="csv")) == count


def test_other_kinds_are_refused_with_what_there_is() -> None:
    with pytest.raises(UnknownKindError, match="not a kind of row; there are: events"):
        kind_named("metric")
    with pytest.raises(UnknownKindError, match="not a kind"):
        export(Shelf(), "evnts")
