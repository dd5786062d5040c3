"""Whatever happens in whatever order: what is muted has a reason and a home, and comes back when that ends."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from muting_world import T0, World, alert

from data.times import MINUTE
from engine.alerts.muting.matchers import parse
from engine.alerts.muting.recurrence import Recurrence
from engine.alerts.muting.verdicts import BY_PEOPLE
from engine.settings import Config
from engine.settings.muting import InhibitRule, MaintenanceWindow

SITES = ("S1", "S2", "S3")
TYPES = ("HOST_DOWN", "SERVICE_DOWN", "SITE_DOWN", "DISK_FULL", "DEVICE_OFFLINE")
LINKS = [("host/a", "device/r"), ("device/r", "site/S1"), ("host/b", "host/a"), ("host/a", "host/b")]
RULES = (
    InhibitRule(('alertname="SITE_DOWN"',), ('alertname!="SITE_DOWN"',), ("site",), "site"),
    InhibitRule(('severity="CRITICAL"',), ('severity=~"LOW|MEDIUM"',), ("entity",), "worse"),
    InhibitRule(('alertname="DISK_FULL"',), ('alertname="HOST_DOWN"',), (), "circle"),
    InhibitRule(('alertname="HOST_DOWN"',), ('alertname="DISK_FULL"',), (), "circle back"),
)
WINDOWS = (
    MaintenanceWindow("nightly", "23:00", "01:00", repeat="daily", timezone="Europe/Berlin", site=("S2",)),
    MaintenanceWindow("device", "12:30", lasts=7 * MINUTE, repeat="daily", entity=("host/a",)),
)
MATCHERS = (
    'site="S1"', 'site=~"S1|S3"', 'alertname="DISK_FULL",site!="S2"', 'entity="host/a"', 'severity=~"low|high"',
    'rack="r1"', 'rack=""', 'alertname=~".*DOWN",site="S2"',
)  # fmt: skip

ALERTS = st.fixed_dictionaries(
    {
        "alert_type": st.sampled_from(TYPES),
        "severity": st.integers(1, 5),
        "site": st.sampled_from((*SITES, None)),
        "entity": st.sampled_from(("host/a", "host/b", "device/r", "device/x", "site/S1", None)),
        "labels": st.sampled_from(({}, {"rack": "r1"}, {"rack": "r2", "kind": "network"})),
    }
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 8 * 60)),
        st.tuples(st.just("fire"), ALERTS),
        st.tuples(st.just("fire"), ALERTS),
        st.tuples(st.just("end"), st.integers(0, 30)),
        st.tuples(st.just("worse"), st.integers(0, 30)),
        st.tuples(st.just("silence"), st.tuples(st.sampled_from(MATCHERS), st.integers(0, 90), st.integers(1, 300))),
        st.tuples(st.just("expire"), st.integers(0, 10)),
        st.tuples(st.just("plan"), st.tuples(st.sampled_from(SITES), st.integers(0, 90), st.integers(1, 300))),
        st.tuples(st.just("stop"), st.integers(0, 10)),
        st.tuples(st.just("restart"), st.none()),
    ),
    max_size=40,
)


class Walk:
    """Takes steps in a world and looks at everything after each."""

    def __init__(self, *, restarts: bool = True) -> None:
        self.world = World(Config(maintenance=WINDOWS, inhibit=RULES), LINKS)
        self.restarts = restarts
        self.number = 0

    def take(self, what: str, more: Any) -> None:
        world = self.world
        open_ones = sorted(world.alerts)
        if what == "wait":
            world.at(world.now + more * MINUTE)
        elif what == "fire":
            self.number += 1
            world.fire(alert(self.number, first_seen=world.now, last_seen=world.now, **more))
        elif what == "end" and open_ones:
            world.end(open_ones[more % len(open_ones)])
        elif what == "worse" and open_ones:
            number = open_ones[more % len(open_ones)]
            world.change(number, severity=1 + world.alerts[number].severity % 5)
        elif what == "silence":
            text, ahead, length = more
            world.silence(text, starts_at=world.now + ahead * MINUTE, duration=f"{length}m", broad=True)
        elif what == "expire" and (silences := [one for one in world.muting.silences() if one.ends_at > world.now]):
            assert world.order(op="expire", id=silences[more % len(silences)].id).ok
        elif what == "plan":
            site, ahead, length = more
            world.plan(site=site, starts_at=world.now + ahead * MINUTE, duration=f"{length}m")
        elif what == "stop" and (windows := world.muting.windows()):
            world.order("maintenance/x", op="end", id=windows[more % len(windows)].window.id)
        elif what == "restart" and self.restarts:
            world.restart()


def look(walk: Walk) -> None:
    world = walk.world
    for number, mute in world.shown.items():
        assert world.muting.judge(world.alerts[number], world.now) == mute, "a verdict changed and nobody was told"
        asked = expected(world, number)
        if asked is not None:
            assert mute is not None
            assert (mute.kind, mute.source_alert) == (asked, None)
        elif mute is not None:
            has_home(world, number)


def expected(world: World, number: int) -> str | None:
    """What a person asked for, from the records alone."""
    one = world.alerts[number]
    if any(each.phase(world.now).value == "active" and parse(each.matchers)(one) for each in world.muting.silences()):
        return "silence"
    for planned in world.muting.windows():
        window = planned.window
        over = window.ended_at is not None and window.ended_at <= world.now
        span = Recurrence(window.schedule).covering(world.now)
        cut = window.cut_until is not None and span is not None and span[1] <= window.cut_until
        sites, entities = window.scope.sites, window.scope.entities
        if span and not over and not cut and (one.site in sites or one.entity in entities):
            return "maintenance"
    return None


def has_home(world: World, number: int) -> None:
    """Following what explains it ends at an alert that is shown, or that a person muted at the same site."""
    seen, here = set(), number
    while (mute := world.shown[here]) is not None and mute.source_alert is not None:
        assert mute.text
        assert here not in seen, "explained in a circle"
        seen.add(here)
        source = world.alerts[mute.source_alert]
        assert source.firing
        if mute.kind == "dependency":
            assert source.severity >= world.alerts[here].severity
        if mute.kind in BY_PEOPLE:
            assert source.site == world.alerts[here].site, "what a person asked for one site mutes another"
        here = source.number
    root = world.shown[here]
    assert (root is None) == (world.shown[number].kind not in BY_PEOPLE)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_muted_alerts_have_a_reason_and_a_home_and_come_back(steps: list[tuple[str, Any]]) -> None:
    walk = Walk()
    for what, more in steps:
        walk.take(what, more)
        look(walk)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_a_restart_at_any_point_changes_nothing(steps: list[tuple[str, Any]]) -> None:
    with_restarts, without = Walk(), Walk(restarts=False)
    for what, more in steps:
        with_restarts.take(what, more)
        without.take(what, more)
        with_restarts.world.restart()
        assert with_restarts.world.shown == without.world.shown
    assert with_restarts.world.muting.dump() == without.world.muting.dump()


@settings(max_examples=60, deadline=None)
@given(st.lists(ALERTS, max_size=8), st.sampled_from(SITES))
def test_window_of_a_site_mutes_no_other_site(alerts: list[dict[str, Any]], site: str) -> None:
    world = World(Config(inhibit=RULES), LINKS)
    for number, fields in enumerate(alerts, 1):
        world.fire(alert(number, **fields))
    world.plan(site=site, duration="1h")
    for number, mute in world.shown.items():
        if mute is not None and mute.kind == "maintenance":
            assert world.alerts[number].site == site
        else:
            assert world.alerts[number].site != site
    world.at(T0 + 60 * MINUTE)
    assert all(mute is None or mute.kind != "maintenance" for mute in world.shown.values())
