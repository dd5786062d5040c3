"""The ten patterns, each with what makes it and what must not; audits that grow, end, pause and never flood."""

import pytest

from data.records.severity import CRITICAL, HIGH
from engine.detect.patterns import NAMES
from engine.settings import Config
from engine.settings.audits import AuditSettings
from engine.settings.muting import MaintenanceWindow
from tests.engine.detect.nightwatch import Watch


def site(config: Config | None = None, *people: str) -> Watch:
    watch = Watch(config)
    watch.site()
    for person in people or ("P1",):
        watch.shift(person)
    for person in people or ("P1",):
        watch.comes(person)
    return watch


def day_site() -> Watch:
    """The same at 07:00 local time, so that nobody is watched for inactivity."""
    watch = Watch()
    watch.site(timezone="Asia/Tokyo")
    watch.shift("P1")
    watch.comes("P1")
    return watch


def test_there_are_ten_of_them() -> None:
    assert len(set(NAMES)) == 10


def test_silent_site_is_one_finding_in_place_of_one_a_signal_and_ends_with_a_sign() -> None:
    watch = day_site()
    watch.walks("P1", 1, 60)
    watch.time(100)
    assert not watch.of("SILENT_SITE")
    watch.time(140)
    found = watch.one("SILENT_SITE")
    assert (found.severity, found.category, found.site) == (CRITICAL, "OPERATIONAL", "S1")
    assert watch.minutes(found) == 115
    assert found.evidence["site"]["on_duty"] == {"P1": "heard 63 min ago"}
    assert found.evidence["runbook"]["name"] == "SILENT_SITE"
    assert not watch.of("CRITICAL_SIGNAL")
    watch.walks("P1", 150, 160)
    watch.time(165)
    assert watch.one("SILENT_SITE").status == "RESOLVED"


def test_a_critical_signal_is_owed_only_by_those_who_send_it() -> None:
    watch = day_site()
    watch.walks("P1", 1, 30)
    for minute in range(30, 120, 10):
        watch.phone("P1", minute)
    found = watch.one("CRITICAL_SIGNAL")
    assert (found.finding_type, found.category, found.severity) == (
        "CRITICAL_SIGNAL_LOCATION_LOW", "DEVICE_HEALTH", HIGH,
    )  # fmt: skip
    assert found.evidence["runbook"]["name"] == "LOCATION_UPDATES_LOW"
    never = day_site()
    for minute in range(1, 200, 10):
        never.phone("P1", minute)
    assert not never.of("CRITICAL_SIGNAL"), "this handset never sent a position"


def test_a_finding_that_stands_is_one_row_and_told_again_by_the_hour() -> None:
    watch = day_site()
    watch.walks("P1", 1, 30)
    for minute in range(30, 360, 5):
        watch.phone("P1", minute)
    found = watch.one("CRITICAL_SIGNAL")
    assert found.window_end - found.detected_at >= 3 * 3_600_000_000
    alerts = watch.pipeline.partition("default").alerts.by_number.values()
    [alert] = [each for each in alerts if each.alert_type == found.finding_type]
    assert alert.count == 1 + (found.window_end - found.detected_at) // 3_600_000_000


def test_sla_storm_needs_two_of_three_or_twice_one_but_alerts_alone_are_none() -> None:
    watch = day_site()
    for number in range(12):
        watch.event(
            "alert.firing", 20 + number / 10, alert_type="Door", severity="LOW", site="S1", entity=f"host/d{number}"
        )
    watch.walks("P1", 21, 50)
    assert not watch.of("SLA_STORM")
    for number in range(5):
        watch.event("task.created", 51, id=f"T{number}", site="S1", person="P1", kind="task", sla_minutes=5)
    watch.walks("P1", 52, 70)
    found = watch.one("SLA_STORM")
    assert (found.severity, found.evidence["overdue_tasks"], found.evidence["alerts_last_hour"]) == (CRITICAL, 5, 12)


def test_phantom_guard_moves_but_leaves_its_work_undone() -> None:
    watch = day_site()
    watch.tour("K1", "P1", due=120, begin=30)
    for minute in range(5, 200, 5):
        watch.fix("P1", minute, step=minute % 20)
    found = watch.one("PHANTOM_GUARD")
    assert (found.person, found.evidence["left_undone"]) == ("P1", ["K1"])
    idle = day_site()
    for minute in range(5, 200, 5):
        idle.fix("P1", minute, step=minute % 20)
    assert not idle.of("PHANTOM_GUARD"), "nothing was asked of this guard"
    seen = day_site()
    seen.tour("K1", "P1", due=120, begin=30)
    for minute in range(5, 200, 5):
        seen.fix("P1", minute, step=minute % 20)
        if minute % 60 == 0:
            seen.verified("P1", minute)
    assert not seen.of("PHANTOM_GUARD"), "somebody is there: only the tour is missed"


def test_half_a_handset_is_found_and_says_which_half() -> None:
    gps = day_site()
    gps.walks("P1", 1, 20)
    for minute in range(20, 200, 10):
        gps.phone("P1", minute)
    assert gps.one("DEVICE_GPS_FAILURE").person == "P1"
    app = day_site()
    app.walks("P1", 1, 20)
    for minute in range(20, 200, 10):
        app.fix("P1", minute, step=minute % 40)
    assert app.one("DEVICE_PHONE_FAILURE").evidence["runbook"]["name"] == "DEVICE_PHONE_FAILURE"


def test_suspicious_hours_are_those_of_people_with_a_plan_far_from_any_shift_of_theirs() -> None:
    watch = site(None, "P1", "P2")
    watch.shift("P3", begin=600, end=1000, minute=1)
    watch.walks("P1", 2, 100)
    watch.verified("P3", 101)
    watch.verified("P4", 102)  # no plan is known of
    watch.walks("P1", 103, 125)
    found = watch.one("SUSPICIOUS_HOURS")
    assert (found.person, found.evidence["minutes_from_duty"]) == ("P3", 499)


def test_early_and_late_people_are_not_suspicious() -> None:
    watch = site(None, "P1")
    watch.shift("P2", begin=110, end=400, minute=1)
    watch.walks("P1", 2, 20)
    watch.verified("P2", 21)
    watch.walks("P1", 22, 50)
    assert not watch.of("SUSPICIOUS_HOURS")


@pytest.mark.parametrize("entity", ["person/P1", "device/D1"])
def test_distress_is_a_call_for_help_and_silence_after_it(entity: str) -> None:
    watch = day_site()
    watch.event("device.upserted", 1, id="D1", site="S1", owner="P1", kind="mobile")
    watch.walks("P1", 2, 60)
    watch.event("alert.firing", 61, alert_type="PANIC_BUTTON", severity="CRITICAL", entity=entity, site="S1")
    watch.time(72)
    assert not watch.of("GUARD_DISTRESS")
    watch.time(82)
    found = watch.one("GUARD_DISTRESS")
    assert (found.category, found.severity, found.person) == ("SAFETY", CRITICAL, "P1")
    assert watch.minutes(found) == 80
    calm = day_site()
    calm.walks("P1", 2, 60)
    calm.event("alert.firing", 61, alert_type="PANIC_BUTTON", severity="CRITICAL", entity="person/P1", site="S1")
    calm.walks("P1", 62, 120, every=5)
    assert not calm.of("GUARD_DISTRESS")


def test_a_gap_needs_a_plan_and_waiting_work_and_a_shortage_somebody_there() -> None:
    empty = Watch()
    empty.site()
    empty.shift("P1", begin=0)
    empty.event("task.created", 1, id="T1", site="S1", kind="task", sla_minutes=600)
    empty.time(60)
    found = empty.one("COVERAGE_GAP")
    assert (found.severity, found.evidence["planned"], empty.minutes(found)) == (HIGH, ["P1"], 30)
    empty.comes("P1", 61)
    empty.time(80)
    assert empty.one("COVERAGE_GAP").status == "RESOLVED"
    short = Watch()
    short.site()
    short.shift("P1")
    short.shift("P2")
    short.comes("P1")
    for number in range(6):
        short.event("task.created", 1, id=f"T{number}", site="S1", kind="task", sla_minutes=600)
    short.walks("P1", 2, 60)
    found = short.one("RESOURCE_SHORTAGE")
    assert (found.evidence["missing"], found.evidence["open_tasks"]) == (["P2"], 6)
    assert not short.of("COVERAGE_GAP")


def test_a_chain_that_reaches_nobody_is_one_finding_a_client_and_does_not_feed_itself() -> None:
    watch = site(None, "P1")
    for number in range(3):
        what = {"alert_type": f"Fire{number}", "severity": "CRITICAL", "site": "S1", "entity": f"host/h{number}"}
        watch.event("alert.firing", 5 + 8 * number, **what)
    watch.walks("P1", 30, 200)
    found = watch.one("ESCALATION_CHAIN_BREAK")
    assert found.entity == "client/C1"
    assert found.evidence["count"] >= 1
    assert watch.minutes(found) <= 45
    held = watch.pipeline.partition("default").grouping
    told = [incident.id for incident in held.open_incidents() if "ESCALATION" in incident.title]
    assert not set(told) & {ref.partition("/")[2] for ref in found.evidence["incidents"]}


def test_a_chain_that_reaches_somebody_is_whole() -> None:
    watch = Watch()
    watch.site(in_charge="P7")
    watch.shift("P1")
    watch.comes("P1")
    watch.event("alert.firing", 5, alert_type="Fire", severity="CRITICAL", site="S1", entity="host/h1")
    watch.walks("P1", 6, 120)
    assert not watch.of("ESCALATION_CHAIN_BREAK")


def test_patterns_and_audits_can_be_switched_off() -> None:
    off = Config(audits=AuditSettings(patterns_off=("SILENT_SITE",)))
    watch = Watch(off)
    watch.site(timezone="Asia/Tokyo")
    watch.shift("P1")
    watch.comes("P1")
    watch.walks("P1", 1, 60)
    watch.time(200)
    assert not watch.of("SILENT_SITE")
    none = Watch(Config(audits=AuditSettings(on=False)))
    none.site(timezone="Asia/Tokyo")
    none.comes("P1")
    none.walks("P1", 1, 60)
    none.time(200)
    assert not none.findings


def test_a_site_under_maintenance_is_not_audited() -> None:
    window = MaintenanceWindow(name="move", site=("S1",), start="2026-01-05T23:00", end="2026-01-06T02:00")
    watch = Watch(Config(maintenance=(window,)))
    watch.site(timezone="Asia/Tokyo")
    watch.shift("P1")
    watch.comes("P1")
    watch.walks("P1", 1, 60)
    watch.time(238)
    assert not watch.of("SILENT_SITE")
    watch.time(247)
    assert watch.minutes(watch.one("SILENT_SITE")) == 245, "the first audit after the window"


def test_a_long_gap_between_events_costs_no_audits() -> None:
    watch = site()
    watch.walks("P1", 1, 30)
    audits = watch.pipeline.partition("default").detectors.fieldwork.audits
    watch.event("attendance.check_out", 31, person="P1", site="S1")
    watch.time(60 * 24 * 3)
    assert audits.due() is None
    watch.time(60 * 24 * 365 * 40)
    watch.comes("P1", 60 * 24 * 365 * 40 + 7)
    assert audits.due() is not None
