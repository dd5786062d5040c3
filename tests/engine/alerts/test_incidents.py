import pytest
from desk import T0, Desk

from data.records.incident import IncidentState
from data.records.severity import CRITICAL, HIGH, LOW

HOUR = 3_600_000_000
UPLINK = [
    ("site/S1", "device/core", "depends_on"),
    ("site/S2", "device/core", "depends_on"),
    ("device/r1", "site/S1", "part_of"),
]


def test_one_grave_alert_is_an_incident_and_a_lone_nuisance_is_not():
    desk = Desk()
    desk.fire(0, "NOISE", "host/a", severity=LOW)
    assert not desk.incidents.open
    desk.fire(2000, "FIRE", "host/b", severity=HIGH)
    (incident,) = desk.incidents.open.values()
    assert incident.reason == "severity HIGH"
    assert incident.severity == HIGH
    assert incident.title == "FIRE on host/b at S1"


def test_a_title_names_the_suspect_once():
    desk = Desk()
    desk.fire(0, "OFFLINE", "device/cam", severity=HIGH)
    desk.fire(5, "LENS_DIRTY", "device/cam", severity=HIGH)
    (incident,) = desk.incidents.open.values()
    assert incident.title == "device/cam: 2 alerts: OFFLINE and 1 more at S1"


def test_several_alerts_on_several_things_are_an_incident():
    desk = Desk()
    for n in range(3):
        desk.fire(n * 5, "OFFLINE", f"device/{n}")
    (incident,) = desk.incidents.open.values()
    assert incident.reason == "3 alerts on 3 things"
    assert incident.alert_count == 3
    assert "3 alerts" in incident.title


def test_severity_is_the_gravest_and_counts_follow():
    desk = Desk()
    desk.fire(0, "OFFLINE", "host/a", severity=HIGH)
    desk.fire(5, "BURNING", "host/a", severity=CRITICAL)
    desk.fire(10, "BURNING", "host/a", severity=CRITICAL)
    (incident,) = desk.incidents.open.values()
    assert (incident.severity, incident.alert_count, incident.open_members) == (CRITICAL, 3, 2)


def test_sites_behind_one_uplink_are_one_incident_whose_cause_is_the_uplink():
    desk = Desk(links=UPLINK)
    desk.topology.place("device/c1", "S1")
    desk.topology.place("device/c2", "S2")
    desk.fire(0, "OFFLINE", "device/c1", "S1", severity=HIGH)
    desk.fire(20, "OFFLINE", "device/c2", "S2", severity=HIGH)
    (incident,) = desk.incidents.open.values()
    assert incident.sites == ["S1", "S2"]
    assert len(incident.clusters) == 2
    assert any("device/core" in note.text for note in incident.timeline)
    assert incident.causes[0].entity == "device/core"


def test_sites_that_share_nothing_stay_apart():
    desk = Desk(links=UPLINK)
    desk.fire(0, "OFFLINE", "device/c1", "S1", severity=HIGH)
    desk.fire(20, "OFFLINE", "device/c9", "S9", severity=HIGH)
    assert len(desk.incidents.open) == 2


def test_it_is_resolved_when_all_is_over_and_closed_an_hour_later():
    desk = Desk()
    desk.fire(0, "FIRE", severity=HIGH)
    (incident,) = desk.incidents.open.values()
    desk.clear(60, "FIRE")
    desk.run(T0 + HOUR)
    assert incident.state is IncidentState.RESOLVED
    desk.run(T0 + 3 * HOUR)
    assert incident.state is IncidentState.CLOSED
    assert incident.closed_at is not None
    assert not desk.incidents.open


def test_an_alert_that_fires_again_goes_back_into_its_open_incident():
    desk = Desk(links=UPLINK)
    desk.topology.place("device/c1", "S1")
    desk.topology.place("device/c2", "S2")
    desk.fire(0, "OFFLINE", "device/c1", "S1", severity=HIGH)
    desk.fire(20, "OFFLINE", "device/c2", "S2", severity=HIGH)
    desk.clear(60, "OFFLINE", "device/c1", "S1")
    for at in range(600, 6000, 600):
        desk.fire(at, "OFFLINE", "device/c2", "S2", severity=HIGH)
    desk.fire(6000, "OFFLINE", "device/c1", "S1", severity=HIGH)
    assert len(desk.incidents_seen) == 1
    assert next(iter(desk.incidents.open.values())).open_members == 2


def test_a_resolved_incident_reopens_when_its_cluster_fires_anew():
    desk = Desk()
    desk.fire(0, "FIRE", severity=HIGH)
    (incident,) = desk.incidents.open.values()
    desk.incidents.change(incident, IncidentState.RESOLVED, T0 + 1, "ann", "false alarm")
    desk.fire(30, "SMOKE", severity=HIGH)
    assert incident.state is IncidentState.NEW
    assert "SMOKE fires again" in incident.timeline[-1].text


@pytest.mark.parametrize(
    ("path", "works"),
    [
        (["ACKNOWLEDGED", "ASSIGNED", "IN_PROGRESS", "RESOLVED", "CLOSED", "NEW"], True),
        (["ASSIGNED", "ASSIGNED"], True),
        (["NEW"], False),
        (["CLOSED"], False),
        (["RESOLVED", "ACKNOWLEDGED"], False),
        (["RESOLVED", "NEW"], True),
    ],
)
def test_the_state_machine(path, works):
    desk = Desk()
    desk.fire(0, "FIRE", severity=HIGH)
    (incident,) = desk.incidents.open.values()
    before = len(incident.timeline)
    steps = [desk.incidents.change(incident, IncidentState(state), T0 + n, "ann") for n, state in enumerate(path)]
    assert all(steps[:-1])
    assert steps[-1] is works
    assert len(incident.timeline) == before + sum(steps)


def test_who_acknowledged_is_kept():
    desk = Desk()
    desk.fire(0, "FIRE", severity=HIGH)
    (incident,) = desk.incidents.open.values()
    desk.incidents.change(incident, IncidentState.ACKNOWLEDGED, T0 + 5, "ann")
    assert (incident.acknowledged_by, incident.acknowledged_at) == ("ann", T0 + 5)


def test_merging_clusters_of_two_incidents_leaves_one():
    desk = Desk()
    desk.fire(0, "FIRE", "host/a", severity=HIGH)
    desk.fire(700, "FLOOD", "host/b", severity=HIGH)
    one, other = desk.clusters.open.values()
    kept, lost = desk.incidents.open.values()
    now = T0 + 800_000_000
    desk.clusters.merge(one, other, now)
    desk.incidents.merged(one, other, now)
    assert lost.state is IncidentState.RESOLVED
    assert (kept.alert_count, kept.open_members) == (2, 2)
