from desk import Desk
from hypothesis import given, settings
from hypothesis import strategies as st

from data.records.severity import CRITICAL
from engine.alerts.clusters import LOOK

HOUR = 3600
SHOP = [(f"pod/{n}", "service/shop", "part_of") for n in range(40)]


def outbreak(desk: Desk, at: float, things: range = range(20)) -> list[int]:
    """Each pod breaks once, a second after the other; the clusters its events went to."""
    for n in things:
        desk.fire(at + n, "SLOW", f"pod/{n}")
    return [row[0] for row in desk.rows[-len(things) :]]


def learned() -> Desk:
    """A shop whose monitor has shown that it tells each onset once."""
    desk = Desk(links=SHOP)
    for at in (0, 2 * HOUR, 5 * HOUR):
        outbreak(desk, at)
    return desk


def test_an_outbreak_is_one_cluster():
    assert len(set(outbreak(learned(), 9 * HOUR))) == 1


def test_things_that_break_again_in_an_outbreak_are_a_second_one():
    desk = learned()
    first = outbreak(desk, 9 * HOUR)
    second = outbreak(desk, 9 * HOUR + 60)
    assert len(set(first)) == 1
    assert set(second[3:]) == {second[-1]}
    assert second[-1] != first[0]
    assert "another cause" in desk.all[second[-1]].reason


def test_a_poller_that_reports_again_and_again_is_one_cluster():
    desk = Desk(links=SHOP)
    for poll in range(30):
        outbreak(desk, poll * 240)
    assert len({row[0] for row in desk.rows}) == 1


def test_a_graver_alert_is_shown_though_it_joins():
    desk = Desk()
    desk.fire(0, "CPU_HIGH", "host/a", severity=2)
    placement = desk.fire(10, "DISK_FAILED", "host/a", severity=CRITICAL)
    assert placement is not None
    assert not placement.opened
    assert placement.suppressed is None
    assert placement.cluster.severity == CRITICAL


def test_an_alert_that_fires_again_goes_back_while_its_cluster_is_open():
    desk = Desk()
    desk.fire(0, "CPU_HIGH", "host/a")
    for minute in range(0, 120, 10):
        desk.fire(minute * 60 + 5, "LATENCY", "host/a")
    placement = desk.fire(2 * HOUR, "CPU_HIGH", "host/a")
    assert placement is not None
    assert placement.cluster.number == desk.rows[0][0]
    assert "before" in placement.reason


def test_a_cluster_closes_when_all_is_over_and_what_comes_later_is_new():
    desk = Desk()
    desk.fire(0)
    desk.clear(60)
    desk.run(desk.all[1].opened_at + 2 * HOUR * 1_000_000)
    assert desk.all[1].closed_at is not None
    assert desk.fire(3 * HOUR).opened


def test_a_condition_that_goes_on_for_hours_leaves_the_item_it_began_in():
    desk = Desk()
    desk.fire(0, "CHATTER", "host/a")
    desk.fire(5, "NEWS", "host/a")
    for minute in range(1, 8 * 60):
        desk.fire(minute * 60, "CHATTER", "host/a")
    assert desk.rows[-1][0] != desk.rows[0][0]
    assert desk.all[desk.rows[-1][0]].kind == "background"
    assert desk.all[desk.rows[0][0]].closed_at is not None


def test_merge_moves_all_and_split_takes_out_again():
    desk = Desk()
    desk.fire(0, "A", "host/a")
    desk.fire(100, "B", "host/b")
    one, other = desk.clusters.open.values()
    now = one.last_at + 1_000_000_000
    desk.clusters.merge(one, other, now)
    assert (one.members, one.open_members, one.alert_count) == (2, 2, 2)
    assert other.merged_into == one.number
    assert [alert.cluster for alert in desk.live.values()] == [one.number] * 2
    split = desk.clusters.split(one, [2], now)
    assert split is not None
    assert (one.members, one.alert_count, split.members, split.alert_count) == (1, 1, 1, 1)
    assert desk.clusters.split(one, [99], now) is None


def test_a_storm_is_compared_with_few():
    desk = Desk()
    for n in range(600):
        desk.fire(n / 1000, f"T{n % 7}", f"host/{n}")
    newest = list(desk.live.values())[-1]
    circles = desk.clusters._recent.candidates(newest, newest.first_seen, desk.topology, LOOK)
    assert all(len(circle) <= LOOK for circle in circles)


alerts = st.tuples(
    st.floats(0.1, 900),
    st.sampled_from(["SLOW", "DOWN", "NOISE"]),
    st.sampled_from([f"pod/{n}" for n in range(6)] + ["host/a", "host/b", None]),
    st.sampled_from(["S1", "S2"]),
    st.integers(1, 5),
    st.booleans(),
)


def play(desk: Desk, timeline, restarts: frozenset[int] = frozenset()) -> Desk:
    at = 0.0
    for step, (gap, alert_type, entity, site, severity, clear) in enumerate(timeline):
        at += gap
        if step in restarts:
            desk.restart()
        if clear:
            desk.clear(at, alert_type, entity, site)
        else:
            desk.fire(at, alert_type, entity, site, severity, f"{alert_type} on {entity}", attempt=str(step % 3))
    return desk


@settings(max_examples=60, deadline=None)
@given(st.lists(alerts, max_size=60), st.frozensets(st.integers(0, 60), max_size=3))
def test_a_restart_changes_nothing(timeline, restarts):
    whole = play(Desk(links=SHOP), timeline)
    broken = play(Desk(links=SHOP), timeline, restarts)
    assert broken.rows == whole.rows
    assert broken.clusters.open == whole.clusters.open
    assert broken.incidents.open == whole.incidents.open


@settings(max_examples=40, deadline=None)
@given(st.lists(alerts, min_size=10, max_size=60), st.integers(0, 60))
def test_a_restart_amid_outbreaks_changes_nothing(timeline, restart):
    fast = [(gap / 60, *rest, clear and severity == 5) for gap, *rest, severity, clear in _spread(timeline)]
    whole, broken = play(learned(), fast), play(learned(), fast, frozenset([restart]))
    assert broken.rows == whole.rows
    assert broken.clusters.open == whole.clusters.open


def _spread(timeline):
    return [
        (gap, kind, entity or "pod/0", site, severity, severity, clear)
        for gap, kind, entity, site, severity, clear in timeline
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(alerts, max_size=80))
def test_counts_add_up_and_nothing_is_hidden(timeline):
    desk = play(Desk(links=SHOP), timeline)
    assert sum(cluster.alert_count for cluster in desk.all.values()) == len(desk.rows)
    shown = {desk.item(row) for row in desk.rows if row[1] is None}
    assert {desk.item(row) for row in desk.rows} == shown
    for cluster in desk.clusters.open.values():
        firing = [a for a in desk.live.values() if a.firing and a.cluster == cluster.number]
        assert cluster.open_members == len(firing)
    for incident in desk.incidents.open.values():
        mine = [cluster for cluster in desk.all.values() if cluster.incident == incident.number]
        assert incident.alert_count == sum(cluster.alert_count for cluster in mine)
