"""A minor alert that keeps coming is one row a day; what is worse, new or coincides with others is not hidden in it."""

from typing import Any

from engine.alerts.habits import LONGEST, OFTEN, QUIET
from tests.engine.operation import Operation


def comes(desk: Operation, minute: float, **given: Any) -> None:
    """Fires and is over two minutes later."""
    data = {"alert_type": "DOOR_HELD_OPEN", "severity": "LOW", "entity": "device/D1", "site": "S1"} | given
    desk.event("alert.firing", minute, data)
    desk.event("alert.resolved", minute + 2, data)


def test_what_keeps_coming_is_one_row_that_is_seen_once() -> None:
    desk = Operation()
    for number in range(10):
        comes(desk, 30 * number, entity=f"device/D{number % 4}")
    habits = [cluster for cluster in desk.clusters.values() if cluster.kind == "habit"]
    assert len(habits) == 1
    assert len(desk.clusters) == OFTEN
    assert habits[0].alert_count == 10 - OFTEN + 1
    assert habits[0].alert_count - habits[0].suppressed_count == 1
    assert "again and again" in habits[0].reason


def test_a_habit_is_told_anew_after_a_quiet_shift_and_after_a_day() -> None:
    desk = Operation()
    for number in range(60):
        comes(desk, 60 * number)
    habits = [cluster for cluster in desk.clusters.values() if cluster.kind == "habit"]
    assert len(habits) == 3
    assert all(one.last_at - one.opened_at <= LONGEST for one in habits)
    comes(desk, 60 * 60 + QUIET // 60_000_000 + 1)
    assert desk.clusters[max(desk.clusters)].opened_at - habits[-1].last_at > QUIET


def test_a_restart_between_two_times_changes_nothing() -> None:
    whole, cut = Operation(), Operation()
    for number in range(8):
        comes(whole, 30 * number)
        comes(cut, 30 * number)
        if number in (1, 5):
            cut.restart()
    assert [(one.kind, one.alert_count) for one in cut.clusters.values()] == [
        (one.kind, one.alert_count) for one in whole.clusters.values()
    ]


def test_a_worse_alert_of_the_same_type_is_a_row_of_its_own() -> None:
    desk = Operation()
    for number in range(5):
        comes(desk, 30 * number)
    comes(desk, 200, severity="HIGH", entity="device/D7")
    newest = desk.clusters[max(desk.clusters)]
    assert newest.kind == ""
    assert newest.alert_count > newest.suppressed_count


def test_what_begins_beside_a_habit_does_not_lie_in_it() -> None:
    desk = Operation()
    for number in range(6):
        comes(desk, 30 * number)
    comes(desk, 150.2, alert_type="GLASS_BROKEN", severity="MEDIUM")
    newest = desk.clusters[max(desk.clusters)]
    assert newest.alert_types == ["GLASS_BROKEN"]
