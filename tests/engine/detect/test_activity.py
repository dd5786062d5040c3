"""Guards who give no sign of life at night, and all those who must not be taken for one."""

import pytest

from engine.settings import Config
from engine.settings.sections import AttendanceSettings, Override
from tests.engine.detect.nightwatch import Watch


def night(config: Config | None = None, zone: str = "UTC") -> Watch:
    """A site with two guards on the plan; P2 is about all night, so that signals arrive from somebody."""
    watch = Watch(config)
    watch.site(timezone=zone)
    watch.shift("P1")
    watch.shift("P2")
    watch.comes("P1")
    watch.comes("P2")
    watch.walks("P1", 1, 60)
    return watch


def test_asleep_beside_a_living_handset_is_found_after_two_hours_and_is_over_at_the_first_step() -> None:
    watch = night()
    watch.lies("P1", 60, 200)
    found = watch.one("GUARD_INACTIVITY")
    assert (found.person, found.site, found.category) == ("P1", "S1", "SECURITY")
    # Last on the phone at 52, last moved at 60.
    assert watch.minutes(found) == pytest.approx(60 + 120, abs=6)
    assert found.evidence["handset"] == "alive"
    assert found.evidence["runbook"]["name"] == "GUARD_INACTIVITY"
    watch.fix("P1", 205, step=4)
    found = watch.one("GUARD_INACTIVITY")
    assert found.status == "RESOLVED"
    assert "moved" in found.evidence["ended"]


def test_whoever_walks_is_not_inactive_even_without_a_telephone_or_with_one_only() -> None:
    watch = night()
    for minute in range(60, 400, 10):
        watch.fix("P1", minute, step=minute % 40)
        watch.phone("P2", minute)
    assert not watch.of("GUARD_INACTIVITY")


@pytest.mark.parametrize("sign", ["verified", "scan"])
def test_a_proof_of_life_clears_whatever_the_handset_does(sign: str) -> None:
    watch = night()
    watch.tour("K1", "P1", due=400, points=9, begin=50)
    for number, minute in enumerate(range(60, 440, 60)):
        watch.lies("P1", minute, minute + 60)
        if sign == "verified":
            watch.verified("P1", minute + 59)
        else:
            watch.scans("K1", "P1", minute + 59, 1, first=number)
    assert not watch.of("GUARD_INACTIVITY")


def test_a_task_that_is_ticked_off_is_only_the_word_of_its_channel() -> None:
    watch = night()
    watch.event("task.created", 61, id="K7", site="S1", person="P1", kind="task", sla_minutes=500)
    watch.lies("P1", 62, 140)
    watch.event("task.completed", 141, id="K7", site="S1", person="P1", status="COMPLETED")
    watch.lies("P1", 142, 176)
    assert not watch.of("GUARD_INACTIVITY"), "before one o'clock the task outweighs"
    watch.lies("P1", 176, 240)
    assert watch.minutes(watch.one("GUARD_INACTIVITY")) == pytest.approx(182, abs=6), "in the deep night stillness does"


def test_a_dark_handset_waits_for_the_rhythm_of_verifications() -> None:
    watch = night()
    watch.verified("P1", 59)
    watch.time(59 + 175)
    assert not watch.of("GUARD_INACTIVITY"), "a dead battery is likelier while little is known"
    watch.time(59 + 185)
    found = watch.one("GUARD_INACTIVITY")
    assert found.evidence["handset"] == "dark"
    assert found.evidence["usual_verification_min"] is None
    assert found.severity == 4


def test_positions_too_poor_to_tell_a_step_accuse_nobody() -> None:
    watch = night()
    for minute in range(60, 300, 10):
        watch.fix("P1", minute, step=0, accuracy_m=300)
        watch.phone("P1", minute + 2)
    assert not watch.of("GUARD_INACTIVITY")


def test_by_day_and_off_duty_nobody_is_watched() -> None:
    watch = night(zone="Asia/Tokyo")  # 07:00 there
    watch.lies("P1", 60, 470)
    assert not watch.of("GUARD_INACTIVITY")
    gone = night()
    gone.event("attendance.check_out", 62, person="P1", site="S1")
    gone.time(460)
    assert not gone.of("GUARD_INACTIVITY")


def test_a_forgotten_check_out_ends_with_the_shift() -> None:
    watch = Watch()
    watch.site()
    watch.shift("P1", begin=-300, end=10)
    watch.comes("P1", -300)
    watch.walks("P1", -299, 8)
    watch.time(300)
    assert not watch.of("GUARD_INACTIVITY")


def test_silence_before_the_night_does_not_count() -> None:
    watch = Watch()
    watch.site(minute=-400)
    watch.shift("P1", begin=-300, end=480, minute=-400)
    watch.comes("P1", -300)
    watch.walks("P1", -299, -250)
    watch.lies("P1", -250, 60)
    found = watch.one("GUARD_INACTIVITY")
    assert watch.minutes(found) >= 0  # 20:00 is minute -120, and two hours


def test_a_change_of_zone_counts_from_the_next_look_on() -> None:
    watch = night()
    watch.event("site.upserted", 70, id="S1", client="C1", timezone="Asia/Tokyo")
    watch.lies("P1", 71, 300)
    assert not watch.of("GUARD_INACTIVITY")


def test_somebody_without_a_shift_is_watched_from_check_in_on_but_not_for_ever() -> None:
    watch = Watch()
    watch.site()
    watch.comes("P9", 0)
    watch.walks("P9", 1, 50)
    watch.lies("P9", 50, 250)
    assert watch.one("GUARD_INACTIVITY").person == "P9"
    watch.time(60 * 13)
    assert watch.one("GUARD_INACTIVITY").status == "RESOLVED"


def test_people_of_whom_no_handset_was_ever_heard_are_not_judged() -> None:
    watch = Watch()
    watch.site()
    watch.shift("P1")
    watch.comes("P1")
    watch.time(470)
    assert not watch.of("GUARD_INACTIVITY")


def test_it_can_be_switched_off_and_set_for_a_place() -> None:
    watch = night(Config(attendance=AttendanceSettings(inactivity=False)))
    watch.lies("P1", 60, 300)
    assert not watch.of("GUARD_INACTIVITY")
    later = night(Config(overrides=(Override("site:S1", {"attendance.inactivity_window": 180 * 60_000_000}),)))
    later.lies("P1", 60, 236)
    assert not later.of("GUARD_INACTIVITY")
    later.lies("P1", 236, 260)
    assert later.of("GUARD_INACTIVITY")


def test_an_outage_of_the_source_is_one_finding_and_accuses_nobody() -> None:
    watch = Watch()
    watch.site()
    people = [f"P{number}" for number in range(12)]
    for person in people:
        watch.shift(person)
    for person in people:
        watch.comes(person)
    for minute in range(1, 120, 6):
        for number, person in enumerate(people):
            watch.fix(person, minute, step=(minute + number) % 40)
            watch.phone(person, minute)
    watch.time(400)
    lost = watch.of("SIGNALS_LOST")
    assert [each.entity for each in lost] == ["signal/phone", "signal/location"]
    assert not watch.of("GUARD_INACTIVITY")
    assert not watch.of("SILENT_SITE")
    assert not watch.of("CRITICAL_SIGNAL")
    watch.fix("P1", 401)
    watch.time(406)
    assert [each.status for each in watch.of("SIGNALS_LOST")] == ["NEW", "RESOLVED"]
