"""Tasks, tickets and orders that were promised by a time that has passed."""

import pytest

from data import times
from data.records.severity import CRITICAL, HIGH, LOW, MEDIUM
from data.times import MINUTE
from engine.settings import Config
from engine.settings.activity import WorkSettings
from tests.engine.detect.nightwatch import T0, Watch


def at(minute: float) -> str:
    return times.text(T0 + round(minute * MINUTE))


def watch(config: Config | None = None) -> Watch:
    made = Watch(config)
    made.site()
    return made


@pytest.mark.parametrize(
    ("told", "limit"),
    [
        ({"due": at(40)}, 40),
        ({"due": at(40), "sla_minutes": 5}, 40),
        ({"sla_minutes": 20}, 20),
        ({"priority": "CRITICAL"}, 15),
        ({"priority": "HIGH"}, 30),
        ({}, 120),
    ],
)
def test_a_task_is_overdue_at_its_time_its_minutes_or_those_of_its_priority(
    told: dict[str, object], limit: int
) -> None:
    site = watch()
    site.event("task.created", 0, id="K1", site="S1", person="P1", kind="task", **told)
    site.time(limit - 1)
    assert not site.of("TASK_OVERDUE")
    site.time(limit + 1)
    found = site.one("TASK_OVERDUE")
    assert (site.minutes(found), found.entity, found.person) == (limit, "task/K1", "P1")


@pytest.mark.parametrize(
    ("priority", "first", "beyond", "ratio"),
    [("CRITICAL", HIGH, CRITICAL, 1.5), ("HIGH", MEDIUM, HIGH, 2.0), ("LOW", LOW, MEDIUM, 3.0)],
)
def test_it_grows_worse_with_how_many_times_over_it_is(priority: str, first: int, beyond: int, ratio: float) -> None:
    site = watch()
    site.event("task.created", 0, id="K1", site="S1", kind="task", priority=priority, sla_minutes=60)
    site.time(60 * ratio - 1)
    assert site.one("TASK_OVERDUE").severity == first
    site.time(60 * ratio + 1)
    assert site.one("TASK_OVERDUE").severity == beyond
    site.event("task.completed", 60 * ratio + 2, id="K1", site="S1", status="COMPLETED")
    assert site.one("TASK_OVERDUE").status == "RESOLVED"


def test_a_time_that_is_moved_ends_the_finding_and_counts_anew() -> None:
    site = watch()
    site.event("task.created", 0, id="K1", site="S1", kind="task", sla_minutes=10)
    site.time(12)
    site.event("task.updated", 13, id="K1", due=at(100))
    assert site.one("TASK_OVERDUE").status == "RESOLVED"
    site.time(101)
    assert [site.minutes(each) for each in site.of("TASK_OVERDUE")] == [10, 100]


def test_a_ticket_is_in_breach_at_its_deadline_and_an_emergency_without_an_owner() -> None:
    site = watch()
    told = {"site": "S1", "priority": "CRITICAL", "title": "Fire door", "deadline": at(60)}
    site.event("ticket.created", 0, id="T1", **told)
    site.time(6)
    found = site.one("EMERGENCY_TICKET_UNASSIGNED")
    assert (site.minutes(found), found.entity, found.category) == (5, "ticket/T1", "SAFETY")
    site.event("ticket.updated", 7, id="T1", assignee="P5", status="ASSIGNED")
    assert site.one("EMERGENCY_TICKET_UNASSIGNED").status == "RESOLVED"
    site.time(61)
    assert (site.minutes(site.one("SLA_BREACH")), site.one("SLA_BREACH").severity) == (60, HIGH)
    site.event("ticket.updated", 62, id="T1", status="RESOLVED", resolved_at=at(62))
    assert site.one("SLA_BREACH").status == "RESOLVED"


def test_support_is_delayed_after_three_days_and_worse_after_five() -> None:
    site = watch()
    site.event("ticket.created", 0, id="T1", site="S1", priority="LOW")
    site.time(60 * 71)
    assert not site.findings
    site.time(60 * 73)
    assert site.one("FIELD_SUPPORT_DELAYED").severity == MEDIUM
    site.time(60 * 121)
    assert site.one("FIELD_SUPPORT_DELAYED").severity == HIGH


def test_a_work_order_is_overdue_until_it_is_closed() -> None:
    site = watch()
    site.event("work_order.created", 0, id="W1", site="S1", title="Replace door seals", due=at(30))
    site.time(31)
    assert site.one("WORK_ORDER_OVERDUE").status == "NEW"
    site.event("work_order.closed", 40, id="W1", site="S1")
    assert site.one("WORK_ORDER_OVERDUE").status == "RESOLVED"


def test_the_alert_of_a_ticket_names_it_once() -> None:
    site = watch()
    site.event("ticket.created", 0, id="T1", number="T1", site="S1", priority="HIGH", deadline=at(10))
    site.time(60)
    live = site.pipeline.partition("default").alerts.live.values()
    message = next(alert.message for alert in live if alert.alert_type == "SLA_BREACH")
    assert message.startswith("T1: high overdue")


def test_a_flood_of_overdue_tasks_shows_some_and_counts_all() -> None:
    site = watch(Config(work=WorkSettings(shown=10)))
    for number in range(60):
        site.event("task.created", number / 60, id=f"K{number}", site="S1", kind="task", sla_minutes=10)
    site.time(20)
    assert len(site.of("TASK_OVERDUE")) == 10
    assert site.pipeline.partition("default").detectors.fieldwork.overdue.late["S1"]["task"] == 60


def test_tickets_of_the_engine_open_no_others() -> None:
    site = watch()
    site.event("ticket.created", 0, id="T1", site="S1", priority="CRITICAL", deadline=at(10))
    site.time(60 * 24 * 8)
    about = {each.entity for each in site.findings.values() if str(each.entity).startswith("ticket/")}
    assert about == {"ticket/T1"}
    assert len(site.pipeline.partition("default").registry.kinds["ticket"]) > 1


@pytest.mark.parametrize("told", [{"sla_minutes": 0}, {"sla_minutes": 1e300}, {"due": "9999-12-31T23:59:59Z"}])
def test_absurd_times_do_no_harm(told: dict[str, object]) -> None:
    site = watch()
    site.event("task.created", 0, id="K1", site="S1", kind="task", **told)
    site.event("task.created", 0, id="K2", site="S1", kind="tour", **told)
    site.time(60 * 24)
    assert len(site.of("TASK_OVERDUE")) <= 1
    assert len(site.of("TOUR_")) <= 1
