"""Whom nobody answers: incidents, serious clusters and lone alerts are escalated until somebody has them."""

from typing import Any

import pytest

from data.records.alert import AlertStatus
from data.records.cluster import Cluster
from engine.settings import Config
from engine.settings.oncall import EscalationPolicy, EscalationSettings, EscalationStep
from engine.settings.sections import IncidentSettings
from tests.engine.operation import T0, Operation, ref

LONE = IncidentSettings(numbers={"severity": 5})  # a HIGH alert alone is no incident here


def desk(**more: Any) -> Operation:
    made = Operation(Config(incidents=LONE, **more))
    made.event("site.upserted", 0, {"id": "S1", "client": "C1", "in_charge": "P9"})
    return made


def told(desk: Operation, what: str = "") -> list[tuple[float, str]]:
    """(minute, what) of what the feed told of escalation."""
    return [
        ((one.time - T0) / 60e6, one.data["what"].partition(":")[0])
        for one in desk.feed
        if one.type in ("incident_updated", "cluster_updated") and "step" in one.data["what"] and what in one.ref
    ]


def home(desk: Operation, alert: Any) -> Cluster:
    return desk.clusters[alert.cluster]


def test_a_lone_serious_alert_escalates_like_an_incident() -> None:
    made = desk()
    alert = made.fire(1, severity="HIGH", ends_at="2026-01-05T20:00:00Z")
    assert home(made, alert).incident is None
    made.pass_time(200)
    assert told(made, "cluster/") == [
        (31, "escalated, step 1 of 2"), (61, "nobody answered, step 2 of 2"),
    ]  # fmt: skip
    assert alert.status is AlertStatus.ESCALATED
    assert home(made, alert).unanswered_at is not None
    assert [row.action for row in made.audit] == ["unanswered"]
    assert "first on the board until somebody takes it" in made.audit[0].outcome


@pytest.mark.parametrize("severity", ["LOW", "MEDIUM"])
def test_what_is_not_serious_bothers_nobody(severity: str) -> None:
    made = desk()
    made.fire(1, severity=severity, ends_at="2026-01-05T20:00:00Z")
    made.pass_time(600)
    assert told(made) == []


def test_the_configuration_says_from_where_on_and_by_which_policy() -> None:
    policy = EscalationPolicy("fast", (EscalationStep(("person/P7",), 5 * 60_000_000),), "kind:cluster type:LinkDown")
    made = desk(escalation=EscalationSettings(clusters="LOW", policies=(policy,)))
    made.fire(0, severity="LOW", ends_at="2026-01-05T20:00:00Z")
    made.pass_time(6)
    assert told(made) == [(5, "escalated, step 1 of 2")]
    never = desk(escalation=EscalationSettings(clusters="never"))
    never.fire(0, severity="HIGH", ends_at="2026-01-05T20:00:00Z")
    never.pass_time(600)
    assert told(never) == []


def test_whoever_takes_it_stops_it_and_is_no_longer_unanswered() -> None:
    made = desk()
    alert = made.fire(1, severity="HIGH", ends_at="2026-01-05T20:00:00Z")
    made.pass_time(100)
    assert home(made, alert).unanswered_at is not None
    made.act(101, "acknowledge", ref(alert))
    assert home(made, alert).unanswered_at is None
    made.pass_time(500)
    assert len(told(made)) == 2


def test_a_muted_alert_calls_nobody_and_one_shown_again_does() -> None:
    made = desk()
    alert = made.fire(1, severity="HIGH", ends_at="2026-01-05T20:00:00Z")
    assert made.act(2, "silence", "silence", matchers="alertname=LinkDown", duration="60m", comment="x", broad=True).ok
    made.pass_time(61)
    assert told(made) == []
    made.pass_time(93)
    assert told(made) == [(92, "escalated, step 1 of 2")]
    assert alert.status is AlertStatus.ESCALATED


@pytest.mark.parametrize("severity", ["HIGH", "CRITICAL"])
def test_when_an_acknowledgement_runs_out_everybody_is_told_anew(severity: str) -> None:
    made = desk()
    alert = made.fire(0, severity=severity, ends_at="2026-01-06T20:00:00Z")
    made.pass_time(100)
    before = len(told(made))
    assert before == 2
    target = ref(alert) if severity == "HIGH" else f"incident/{made.incident(alert).id}"
    assert made.act(110, "acknowledge", target, for_="1h").ok
    made.pass_time(170)
    assert len(told(made)) == before
    made.restart()
    made.pass_time(240)
    wait = 30 if severity == "HIGH" else 15
    assert [minute for minute, _ in told(made)][before:] == [170 + wait, 170 + 2 * wait]


def test_a_snooze_that_is_over_begins_anew() -> None:
    made = desk()
    alert = made.fire(0, severity="CRITICAL", ends_at="2026-01-06T20:00:00Z")
    made.pass_time(60)
    assert len(told(made)) == 2
    assert made.act(60, "snooze", f"incident/{made.incident(alert).id}", for_="1h").ok
    made.pass_time(119)
    assert len(told(made)) == 2
    made.pass_time(136)
    assert told(made)[2:] == [(135, "escalated, step 1 of 2")]


def test_a_cluster_that_is_promoted_goes_on_where_it_was() -> None:
    made = desk()
    alert = made.fire(0, severity="HIGH", ends_at="2026-01-06T20:00:00Z")
    made.pass_time(40)
    made.fire(41, severity="CRITICAL", ends_at="2026-01-06T20:00:00Z")
    made.pass_time(200)
    incident = made.incident(alert)
    assert told(made, "incident/") == [(56, "nobody answered, step 2 of 2")]
    assert incident.unanswered_at is not None
    made.clear(201)
    assert "nobody answered" in incident.timeline[-2].text or "nobody answered" in incident.timeline[-1].text


def test_what_is_over_is_no_longer_unanswered() -> None:
    made = desk()
    alert = made.fire(0, severity="HIGH", ends_at="2026-01-06T20:00:00Z")
    made.pass_time(100)
    cluster = home(made, alert)
    made.clear(101)
    assert cluster.unanswered_at is None
    assert made.partition.answering.escalation.standing == {}


@pytest.mark.parametrize("severity", ["HIGH", "CRITICAL"])
def test_an_acknowledgement_that_is_undone_leaves_it_unanswered_as_it_was(severity: str) -> None:
    made = desk()
    alert = made.fire(0, severity=severity, ends_at="2026-01-06T20:00:00Z")
    made.pass_time(100)
    target = ref(alert) if severity == "HIGH" else f"incident/{made.incident(alert).id}"
    record = home(made, alert) if severity == "HIGH" else made.incident(alert)
    since = record.unanswered_at
    done = made.act(110, "acknowledge", target)
    assert record.unanswered_at is None
    assert made.act(111, "undo", done.undo or "").ok
    assert record.unanswered_at == since
    made.pass_time(600)
    assert len(told(made)) == 2
