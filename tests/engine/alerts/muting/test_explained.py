"""What one alert explains of others: by rule with Alertmanager's meaning, and by what hangs on what."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from muting_world import T0, World, alert

from data.times import HOUR, MINUTE
from engine.alerts.muting.fields import reader
from engine.alerts.muting.matchers import parse
from engine.settings import Config
from engine.settings.muting import InhibitRule

JOB = InhibitRule(('alertname="JobDown"',), ('alertname="InstanceDown"',), ("job", "zone"), "job")


def ruled(*rules: InhibitRule) -> World:
    return World(Config(inhibit=rules))


def test_a_source_hides_targets_alike_in_the_equal_labels_and_gives_them_back() -> None:
    """The timeline of Alertmanager's acceptance test of inhibition, retold."""
    world = ruled(JOB)
    world.fire(alert(1, alert_type="InstanceDown", labels={"job": "t", "zone": "aa"}))
    world.fire(alert(2, alert_type="InstanceDown", labels={"job": "t", "zone": "ab"}))
    assert world.kind(1) is world.kind(2) is None
    world.fire(alert(3, alert_type="JobDown", labels={"job": "t", "zone": "aa"}))
    assert (world.kind(1), world.kind(2), world.kind(3)) == ("inhibited", None, None)
    assert (world.shown[1].by, world.shown[1].source_alert) == ("job", 3)
    assert "JobDown" in world.shown[1].text
    world.end(3)
    assert world.kind(1) is None


def test_a_label_missing_in_both_is_equal_and_in_one_is_not() -> None:
    world = ruled(JOB)
    world.fire(alert(1, alert_type="JobDown", labels={"job": "t"}))
    assert world.fire(alert(2, alert_type="InstanceDown", labels={"job": "t"})).kind == "inhibited"
    assert world.fire(alert(3, alert_type="InstanceDown", labels={"job": "t", "zone": ""})).kind == "inhibited"
    assert world.fire(alert(4, alert_type="InstanceDown", labels={"job": "t", "zone": "aa"})) is None


def test_what_matches_both_sides_is_not_hidden_by_another_such() -> None:
    both = InhibitRule(('severity=~"HIGH|CRITICAL"',), ('severity=~"LOW|HIGH"',), ("site",), "both")
    world = ruled(both)
    world.fire(alert(1, severity=4))
    assert world.fire(alert(2, severity=4)) is None
    assert world.fire(alert(3, severity=2)).source_alert == 1
    assert world.fire(alert(4, severity=5)) is None
    assert world.shown[1].source_alert == world.shown[2].source_alert == 4


def test_another_source_takes_over() -> None:
    world = ruled(JOB)
    for number in (1, 2):
        world.fire(alert(number, alert_type="JobDown"))
    world.fire(alert(3, alert_type="InstanceDown"))
    assert world.shown[3].source_alert == 1
    world.end(1)
    assert world.shown[3].source_alert == 2
    world.end(2)
    assert world.kind(3) is None


def test_a_severity_that_changes_changes_what_is_hidden() -> None:
    world = ruled(InhibitRule(('severity="CRITICAL"',), ('severity="LOW"',), ("site",)))
    world.fire(alert(1, severity=2))
    world.fire(alert(2, severity=4))
    world.change(2, severity=5)
    assert world.kind(1) == "inhibited"
    world.change(1, severity=3)
    assert world.kind(1) is None


def test_rules_in_a_circle_leave_one_shown() -> None:
    there = InhibitRule(('alertname="A"',), ('alertname="B"',), (), "there")
    back = InhibitRule(('alertname="B"',), ('alertname="A"',), (), "back")
    world = ruled(there, back)
    world.fire(alert(1, alert_type="A"))
    world.fire(alert(2, alert_type="B"))
    assert (world.kind(1), world.kind(2)) == (None, "inhibited")
    world.end(1)
    assert world.kind(2) is None
    world.fire(alert(3, alert_type="A"))
    assert (world.kind(2), world.kind(3)) == (None, "inhibited")


def test_a_muted_source_takes_along_what_lies_at_its_site_only() -> None:
    world = ruled(InhibitRule(('alertname="CARRIER"',), ('alertname="LINE"',), (), "carrier"))
    world.fire(alert(1, alert_type="CARRIER", site="S1"))
    world.fire(alert(2, alert_type="LINE", site="S1"))
    world.fire(alert(3, alert_type="LINE", site="S2"))
    assert world.kind(2) == world.kind(3) == "inhibited"
    world.silence('alertname="CARRIER"', duration="1h")
    assert (world.kind(1), world.kind(2), world.kind(3)) == ("silence", "silence", None)
    assert world.shown[2].source_alert == 1
    world.at(T0 + HOUR)
    assert (world.kind(1), world.kind(2), world.kind(3)) == (None, "inhibited", "inhibited")


RULES = (
    InhibitRule(('alertname="A"',), ('alertname=~"B|C"', 'severity!="CRITICAL"'), ("site",)),
    InhibitRule(('alertname=~"A|B"',), ('alertname=~"B|C"',), ("rack",)),
    InhibitRule(('severity="CRITICAL"',), ('alertname="C"',), ("site", "rack")),
)


def by_alertmanager(alerts: list[Any], one: Any) -> bool:
    """Its loop over everything, as inhibit.go has it."""
    for rule in RULES:
        source, target = parse(",".join(rule.source)), parse(",".join(rule.target))
        if not target(one):
            continue
        for other in alerts:
            alike = all(reader(name)(one) == reader(name)(other) for name in rule.equal)
            if source(other) and alike and not (source(one) and target(other)):
                return True
    return False


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ABC"),
            st.integers(3, 5),
            st.sampled_from(["S1", "S2"]),
            st.sampled_from(["r1", "r2", None]),
        ),
        max_size=12,
    ),
    st.lists(st.integers(0, 11), max_size=6),
)
def test_the_same_alerts_are_hidden_as_in_alertmanager(rows: list[Any], ended: list[int]) -> None:
    world = ruled(*RULES)
    for number, (name, severity, site, rack) in enumerate(rows, 1):
        labels = {} if rack is None else {"rack": rack}
        world.fire(alert(number, alert_type=name, severity=severity, site=site, labels=labels))
    for place in dict.fromkeys(ended):
        if place + 1 in world.alerts:
            world.end(place + 1)
    alerts = list(world.alerts.values())
    assert {one.number: world.kind(one.number) is not None for one in alerts} == {
        one.number: by_alertmanager(alerts, one) for one in alerts
    }


CHAIN = [("device/cam", "device/switch"), ("device/switch", "device/router"), ("service/video", "device/nvr")]


def test_what_hangs_on_a_thing_that_is_down_is_explained_by_it() -> None:
    world = World(links=CHAIN)
    world.fire(alert(1, alert_type="CAMERA_STREAM_LOST", entity="device/cam", severity=3))
    assert world.kind(1) is None
    world.fire(alert(2, alert_type="SWITCH_DOWN", entity="device/switch", severity=5))
    assert (world.kind(1), world.shown[1].by, world.shown[1].source_alert) == ("dependency", "device/switch", 2)
    assert world.shown[1].text.startswith("device/switch is down: SWITCH_DOWN")
    world.fire(alert(3, alert_type="UPLINK_DOWN", entity="device/router", severity=5))
    assert world.shown[2].source_alert == 3
    world.end(2)
    assert world.shown[1].source_alert == 3
    world.end(3)
    assert world.kind(1) is None


@pytest.mark.parametrize(
    ("why", "fields"),
    [
        ("it is worse than its cause", {"severity": 5}),
        ("it began long before", {"first_seen": T0 - HOUR}),
        ("a lost way does not bring it about", {"alert_type": "MOTION_AFTER_HOURS"}),
        ("it hangs on something else", {"entity": "device/other"}),
        ("it has no thing", {"entity": None}),
    ],
)
def test_other_causes_are_not_explained(why: str, fields: dict[str, Any]) -> None:
    world = World(links=CHAIN)
    world.fire(alert(1, alert_type="DEVICE_OFFLINE", entity="device/switch", severity=4))
    given = {"alert_type": "CAMERA_STREAM_LOST", "entity": "device/cam", "severity": 3} | fields
    assert world.fire(alert(2, **given)) is None, why


def test_a_link_that_comes_or_goes_counts_at_once() -> None:
    from data.records.entity import Link

    world = World()
    world.fire(alert(1, alert_type="HOST_DOWN", entity="host/a", severity=5))
    world.fire(alert(2, alert_type="SERVICE_DOWN", entity="service/b"))
    link = Link("default", "service/b", "host/a", "runs_on")
    world.topology.add(link)
    world.told(world.muting.relinked("service/b"))
    assert world.kind(2) == "dependency"
    world.topology.remove(link)
    world.told(world.muting.relinked("service/b"))
    assert world.kind(2) is None


def test_a_site_whose_network_is_down_explains_its_fixed_things() -> None:
    world = World()
    world.device("device/r1", "S1", "network")
    world.device("device/r2", "S1", "network")
    world.fire(alert(1, alert_type="DEVICE_OFFLINE", entity="device/cam", severity=3, labels={"kind": "camera"}))
    world.fire(alert(2, alert_type="DEVICE_OFFLINE", entity="device/phone", severity=3, labels={"kind": "mobile"}))
    world.fire(alert(3, alert_type="DEVICE_OFFLINE", entity="device/r1", severity=4))
    assert world.kind(1) is None, "the other router still stands"
    world.fire(alert(4, alert_type="DEVICE_OFFLINE", entity="device/r2", severity=4))
    assert (world.kind(1), world.kind(2), world.kind(3), world.kind(4)) == ("dependency", None, None, None)
    world.fire(alert(5, alert_type="DEVICE_OFFLINE", entity="device/cam2", site="S2"))
    assert world.kind(5) is None
    world.restart()
    world.end(3)
    assert world.kind(1) is None


def test_a_site_that_cannot_be_reached_explains_its_routers_too() -> None:
    world = World()
    world.device("device/r1", "S1", "network")
    world.fire(alert(1, alert_type="DEVICE_OFFLINE", entity="device/r1", severity=4))
    world.fire(alert(2, alert_type="SITE_UNREACHABLE", entity="site/S1", severity=5))
    assert (world.kind(1), world.kind(2)) == ("dependency", None)
    world.at(T0 + MINUTE)
    world.end(2)
    assert world.kind(1) is None


def test_other_rules_after_a_restart_are_applied_at_the_next_tick() -> None:
    world = ruled()
    world.fire(alert(1, alert_type="JobDown"))
    world.fire(alert(2, alert_type="InstanceDown"))
    world.config = Config(inhibit=(JOB,))
    body = world.muting.dump()
    world.muting = world.fresh()
    world.muting.restore(world.alerts.values())
    world.muting.load(body)
    assert world.kind(2) is None
    world.at(T0 + MINUTE)
    assert world.kind(2) == "inhibited"
