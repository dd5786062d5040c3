"""An explanation tells what the records know, and helps where it knows nothing."""

import pytest

from data import times
from data.records.alert import AlertStatus
from data.records.audit import AuditRow
from data.records.feed import FeedEntry
from engine.explain import Explanation, UnknownRefError, explain
from engine.explain.telling import span
from tests.engine.shelf import T0, Shelf, alert, anomaly, cluster, finding, incident, line


def full() -> Shelf:
    shelf = Shelf().put(
        alert(1, cluster=1), alert(2, cluster=2, status=AlertStatus.RESOLVED, ended_at=T0 + times.HOUR,
                                  end_reason="expired", muted="silence", muted_by="S-1"),
        alert(3, entity=None), cluster(1, merged_into=2), cluster(2, incident=1), incident(1, [1, 2]),
        finding(1), anomaly(1),
        FeedEntry("default", 1, T0 + 1, "alert_created", "alert/A-0000000001", "S1", 4, {"severity": "HIGH"}),
        AuditRow(T0 + 2, "default", "ann", "acknowledge", "alert/A-0000000001", "done", {}, 9),
    )  # fmt: skip
    shelf.assign(line("e1", time=T0 + 1), 1, None)
    shelf.assign(line("e2", time=T0 + times.SECOND), 1, "duplicate")
    shelf.assign(line("e3", time=T0 + 2 * times.SECOND), 1, "duplicate")
    shelf.assign(line("e4", "noc.alert.resolved", time=T0 + 3), -1, None)
    shelf.take(line("c1", "noc.attendance.check_in", data={"person": "P1", "site": "S1"}, lane="left"))
    return shelf


def said(told: Explanation) -> str:
    return " | ".join(told.because)


def test_an_alert_tells_its_identity_home_and_mutes() -> None:
    told = explain(full(), "alert/A-0000000001")
    facts = dict(told.lines)
    assert (facts["cluster"], facts["incident"]) == ("C-0000000002", "I-0000000001")
    assert facts["ended"].startswith("not yet; ends at 2026-01-05T01:00:00Z")
    assert facts["priority"] == "61 of 100"
    assert facts["firing events"] == "3"
    assert "type LinkDown, entity host/web-1, site S1, fingerprint 0000000000000007" in said(told)
    assert "In cluster/C-0000000002: it opened the cluster; same site, 40 s apart" in said(told)
    assert "2 of its events suppressed as duplicate: it repeats an alert" in said(told)
    assert told.timeline == [
        ("2026-01-05T00:00:00.000001Z", "engine", "alert created, HIGH"),
        ("2026-01-05T00:00:00.000002Z", "ann", "acknowledge: done"),
    ]


def test_an_ended_and_muted_alert() -> None:
    told = explain(full(), "A-0000000002")
    assert "it was not repeated within its lease" in dict(told.lines)["ended"]
    assert "Muted now by silence/S-1: a silence covers it" in said(told)


def test_a_lone_alert() -> None:
    told = explain(full(), "A-0000000003")
    assert "In no cluster" in said(told)
    assert "Not suppressed" in said(told)


def test_a_cluster_tells_who_joined_and_why() -> None:
    told = explain(full(), "cluster/C-0000000002")
    assert "Opened: LinkDown at S1" in said(told)
    assert "it is part of incident/I-0000000001" in said(told)
    assert "1 joined for a likeness of their own" in said(told)
    assert told.evidence[0][0] == "alert/A-0000000002"
    assert "Merged into cluster/C-0000000002" in said(explain(full(), "C-0000000001"))


def test_an_incident_tells_its_cause() -> None:
    told = explain(full(), "I-0000000001")
    assert "Raised: CRITICAL alert" in said(told)
    assert "Probable cause: LinkDown of host/web-1, 80% sure: it was first" in said(told)
    assert [label for label, _ in told.evidence] == ["cluster/C-0000000002"]
    assert told.timeline == [("2026-01-05T00:00:00Z", "engine", "opened")]


def test_findings_and_anomalies_tell_their_evidence() -> None:
    assert ("completed", "3") in explain(full(), "finding/F-0000000001").evidence
    told = explain(full(), "anomaly/N-0000000001")
    assert "faster than any vehicle" in told.because
    assert ("speed kmh", "812.0") in told.evidence


def test_an_event_tells_what_became_of_it() -> None:
    told = explain(full(), "event desk e2")
    assert dict(told.lines)["incident"] == "I-0000000001"
    assert "Suppressed as duplicate" in said(told)
    assert "belongs to no alert" in said(explain(full(), "event desk e4"))
    check_in = explain(full(), "event desk c1")
    assert ("person", "P1") in check_in.evidence
    assert ("lane", "left") in check_in.evidence
    assert "nothing was raised" in said(check_in)


def test_an_event_that_raised_an_anomaly() -> None:
    shelf = full().put(anomaly(2, event_id="c1", id="N-2"))
    assert "anomaly/N-2 was raised: HIGH GPS_SPOOFING" in said(explain(shelf, "event desk c1"))


def test_unknown_references_name_the_nearest() -> None:
    with pytest.raises(UnknownRefError) as caught:
        explain(full(), "alert/A-0000000009")
    assert caught.value.nearest[0].startswith("alert/A-000000000")
    with pytest.raises(UnknownRefError):
        explain(full(), "event desk nothing")
    with pytest.raises(ValueError, match="`widget` is not explained"):
        explain(full(), "widget/W1")


def test_as_text() -> None:
    text = explain(full(), "A-0000000001").text()
    head, first, *_ = text.splitlines()
    assert head == "alert/A-0000000001  HIGH LinkDown: port 4 down"
    assert first.startswith("  entity")
    assert "\nbecause\n  * One alert" in text


@pytest.mark.parametrize(
    ("length", "text"),
    [(0, "0 ms"), (5_000, "5 ms"), (45, "45 s"), (720, "12 min"), (12_000, "3 h 20 min"), (187_200, "2 d 4 h")],
)
def test_spans(length: int, text: str) -> None:
    assert span(length if length in (0, 5_000) else length * times.SECOND) == text
