"""Merges, splits and moves: what goes where, what is seen, and the way back."""

import pytest

from data.records.incident import IncidentState
from engine.settings import Config
from engine.settings.sections import IncidentSettings
from tests.engine.operation import Operation, Rows, ref
from tests.engine.standing import check, standing


@pytest.fixture
def desk() -> Operation:
    return Operation()


def cluster_ref(desk: Operation, alert: object) -> str:
    return f"cluster/{desk.clusters[alert.cluster].id}"  # type: ignore[attr-defined]


def two_items(desk: Operation, severity: str = "MEDIUM"):  # type: ignore[no-untyped-def]
    one = desk.fire(28, severity=severity)
    two = desk.fire(30, "DiskFull", severity, entity="host/z", site="S9")
    assert one.cluster != two.cluster
    return one, two


def test_clusters_are_merged_and_told_as_one(desk: Operation):
    one, two = two_items(desk)
    done = desk.act(31, "merge", cluster_ref(desk, two), into=cluster_ref(desk, one))
    assert done.ok
    assert done.text.startswith("merged: DiskFull on host/z at S9 into LinkDown")
    assert one.cluster == two.cluster
    cluster = desk.clusters[one.cluster or 0]
    assert (cluster.alert_count, cluster.members, cluster.sites) == (2, 2, ["S1", "S9"])
    assert {row.cluster_id for row in Rows(desk).firing()} == {cluster.id}
    assert desk.partition.grouping.tallies.visible == 1
    verdict = desk.audit[-1].detail["verdicts"][0]
    assert verdict["verdict"] == "same"
    assert verdict["left"]["alerts"][0]["alert_type"] == "DiskFull"
    check(desk)


@pytest.mark.parametrize("severity", ["MEDIUM", "CRITICAL"])
def test_undoing_a_merge_restores_everything(desk: Operation, severity: str):
    one, two = two_items(desk, severity)
    desk.pass_time(31)
    before = standing(desk)
    for a, b in ((one, two), (two, one)):
        done = desk.act(31, "merge", cluster_ref(desk, a), into=cluster_ref(desk, b))
        assert done.ok
        check(desk)
        assert standing(desk) != before
        assert desk.act(31, "undo", done.undo or "").ok
        check(desk)
        assert standing(desk) == before


def test_undoing_a_merge_later_gives_each_its_own_events(desk: Operation):
    one, two = two_items(desk)
    first, second = cluster_ref(desk, one), cluster_ref(desk, two)
    done = desk.act(31, "merge", second, into=first)
    for minute in (32, 33, 34):
        desk.fire(minute, "DiskFull", entity="host/z", site="S9")
    desk.fire(35)
    check(desk)
    assert desk.act(36, "undo", done.undo or "").ok
    assert cluster_ref(desk, two) == second
    assert (desk.clusters[two.cluster or 0].alert_count, desk.clusters[one.cluster or 0].alert_count) == (4, 2)
    check(desk)


def test_incidents_are_merged_and_taken_apart_again(desk: Operation):
    one, two = two_items(desk, "CRITICAL")
    kept, lost = desk.incident(one), desk.incident(two)
    assert kept is not lost
    before = standing(desk)
    done = desk.act(31, "merge", f"incident/{lost.id}", into=f"incident/{kept.id}", note="same truck")
    assert done.ok
    assert (lost.state, lost.merged_into) == (IncidentState.RESOLVED, kept.number)
    assert {row.incident_id for row in Rows(desk).firing()} == {kept.id}
    assert (kept.alert_count, kept.sites) == (2, ["S1", "S9"])
    check(desk)
    assert desk.act(31, "undo", done.undo or "").ok
    check(desk)
    assert standing(desk) == before


def test_an_alert_is_split_off_and_seen(desk: Operation):
    for number in range(4):
        alert = desk.fire(0.1 * number, f"Kind{number}", entity="host/a")
    assert len(desk.clusters) == 1
    hidden = {row.alert_id for row in Rows(desk).firing() if row.suppressed}
    assert alert.id in hidden
    before = standing(desk)
    done = desk.act(1, "split", ref(alert))
    assert done.text.startswith("split: Kind3 on host/a out of")
    assert len(desk.clusters) == 2
    row = next(row for row in Rows(desk).firing() if row.alert_id == alert.id)
    assert (row.suppressed, row.reason) == (False, None)
    assert row.cluster_id == desk.clusters[alert.cluster or 0].id
    assert desk.audit[-1].detail["verdicts"][0]["verdict"] == "different"
    check(desk)
    desk.act(1, "undo", done.undo or "")
    check(desk)
    assert standing(desk) == before


def test_what_loses_its_visible_alert_is_not_hidden(desk: Operation):
    first = desk.fire(0)
    second = desk.fire(0.1, "DiskFull")
    assert first.cluster == second.cluster
    before = standing(desk)
    done = desk.act(1, "split", ref(first))
    assert done.ok
    assert not any(row.suppressed for row in Rows(desk).firing())
    check(desk)
    desk.act(1, "undo", done.undo or "")
    check(desk)
    assert standing(desk) == before


def test_an_alert_is_moved_and_fires_again_where_it_was_put(desk: Operation):
    one, two = two_items(desk)
    extra = desk.fire(30.1, "Fan", entity="host/z", site="S9")
    assert extra.cluster == two.cluster
    before = standing(desk)
    done = desk.act(30.1, "move", ref(extra), into=cluster_ref(desk, one))
    assert done.text == "moved: Fan on host/z into LinkDown on host/a at S1"
    check(desk)
    desk.clear(31, "Fan", entity="host/z", site="S9")
    desk.fire(32, "Fan", entity="host/z", site="S9")
    assert extra.cluster == one.cluster
    check(desk)
    other = Operation()
    two_items(other)
    again = other.fire(30.1, "Fan", entity="host/z", site="S9")
    undone = other.act(30.1, "move", ref(again), into=cluster_ref(other, other.alerts[1]))
    assert other.act(30.1, "undo", undone.undo or "").ok
    check(other)
    assert standing(other) == before


def test_a_cluster_joins_an_incident_and_leaves_it(desk: Operation):
    one = desk.fire(28, severity="CRITICAL")
    two = desk.fire(30, "DiskFull", entity="host/z", site="S9")
    incident = desk.incident(one)
    target = f"incident/{incident.id}"
    before = standing(desk)
    done = desk.act(30, "merge", cluster_ref(desk, two), into=target)
    assert desk.incident(two) is incident
    check(desk)
    left = desk.act(30, "split", target, clusters=cluster_ref(desk, two))
    assert left.ok
    assert desk.clusters[two.cluster or 0].incident is None
    check(desk)
    assert desk.act(30, "undo", left.undo or "").ok
    assert desk.incident(two) is incident
    check(desk)
    assert desk.act(30, "undo", done.undo or "").ok
    check(desk)
    assert standing(desk) == before


def test_candidates_wait_for_approval_and_can_be_rejected():
    desk = Operation(Config(incidents=IncidentSettings(approve=True)))
    one, two = two_items(desk, "HIGH")
    assert desk.incident(one).candidate
    target = f"incident/{desk.incident(one).id}"
    assert desk.act(31, "approve", target).ok
    assert not desk.incident(one).candidate
    assert not desk.act(31, "approve", target).ok
    before = standing(desk)
    incident = desk.incident(two)
    done = desk.act(32, "reject", f"incident/{incident.id}", note="planned")
    assert done.ok
    assert desk.clusters[two.cluster or 0].incident is None
    check(desk)
    desk.fire(32, "DiskFull", "HIGH", entity="host/z", site="S9")
    assert desk.clusters[two.cluster or 0].incident is None, "no graver than what was refused"
    desk.fire(32, "DiskFull", "CRITICAL", entity="host/z", site="S9")
    assert desk.incident(two) is not incident
    check(desk)
    other = Operation(Config(incidents=IncidentSettings(approve=True)))
    two_items(other, "HIGH")
    other.act(31, "approve", target)
    undone = other.act(32, "reject", f"incident/{incident.id}")
    assert other.act(32, "undo", undone.undo or "").ok
    check(other)
    assert standing(other)["incidents"] == before["incidents"]
    assert standing(other)["clusters"] == before["clusters"]


@pytest.mark.parametrize(
    ("action", "params", "words"),
    [
        ("merge", {}, "say into what"),
        ("merge", {"into": "incident/I-gone"}, "is not open"),
        ("merge", {"into": "itself"}, "cannot be merged into itself"),
        ("split", {}, "say which alerts"),
        ("split", {"alerts": "alert/A-none"}, "none of these alerts fires in it"),
        ("move", {"into": "itself"}, "is no alert"),
        ("approve", {}, "does not wait for approval"),
        ("reject", {}, "is no open incident"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(desk: Operation, action: str, params: dict[str, str], words: str):
    alert = desk.fire(0)
    target = cluster_ref(desk, alert)
    before = standing(desk)
    done = desk.act(0, action, target, **{key: target if value == "itself" else value for key, value in params.items()})
    assert not done.ok
    assert words in done.text
    assert done.undo is None
    assert standing(desk) == before


def test_a_lone_alert_cannot_be_split_from_itself(desk: Operation):
    assert "nothing to split it from" in desk.act(1, "split", ref(desk.fire(0))).text


def test_regrouping_outlives_a_restart(desk: Operation):
    one, two = two_items(desk, "CRITICAL")
    before = standing(desk)
    done = desk.act(30, "merge", cluster_ref(desk, two), into=cluster_ref(desk, one))
    desk.restart()
    check(desk)
    assert desk.act(30, "undo", done.undo or "").ok
    check(desk)
    assert standing(desk) == before


def test_an_incident_whose_clusters_are_all_over_brings_its_alerts_along() -> None:
    desk = Operation()
    over = desk.fire(0, "LinkDown", "HIGH", entity="host/a")
    desk.fire(70, "DiskFull", "HIGH", entity="host/b")
    old, new = desk.incidents.values()
    assert desk.act(71, "merge", f"incident/{old.id}", into=f"incident/{new.id}").ok
    assert (new.alert_count, old.alert_count) == (2, 0)
    assert not over.firing
