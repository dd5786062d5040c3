"""Tours: none, part, and all of their checkpoints; late, cancelled, told late, left."""

import pytest

from data.times import MINUTE
from engine.settings import Config
from engine.settings.activity import WorkSettings
from tests.engine.detect.nightwatch import Watch


def watch(config: Config | None = None) -> Watch:
    made = Watch(config)
    made.site()
    made.shift("P1")
    made.comes("P1")
    return made


@pytest.mark.parametrize(
    ("scanned", "found"),
    [(0, ["TOUR_OVERDUE"]), (3, ["TOUR_INCOMPLETE"]), (4, []), (5, [])],
)
def test_a_tour_is_missed_with_fewer_than_four_of_five_half_an_hour_after_it_was_due(
    scanned: int, found: list[str]
) -> None:
    site = watch()
    site.tour("K1", "P1", due=100)
    site.scans("K1", "P1", 80, scanned)
    site.walks("P1", 81, 140)
    assert [each.finding_type for each in site.of("TOUR_")] == found
    for each in site.of("TOUR_"):
        assert (each.entity, each.person, each.site) == ("task/K1", "P1", "S1")
        assert site.minutes(each) == 130
        assert (each.evidence["checkpoints_done"], each.evidence["checkpoints"]) == (scanned, 5)
        assert each.evidence["runbook"]["name"] == "TOUR_OVERDUE"


def test_what_is_scanned_within_the_grace_is_in_time_and_after_it_ends_the_finding() -> None:
    site = watch()
    site.tour("K1", "P1", due=100)
    site.tour("K2", "P1", due=100)
    site.walks("P1", 61, 128)
    site.scans("K1", "P1", 129, 4)
    site.scans("K2", "P1", 131, 4)
    found = site.one("TOUR_")
    assert (found.entity, found.status) == ("task/K2", "RESOLVED")
    assert "late" in found.evidence["ended"]


def test_a_scan_in_time_that_is_told_late_takes_the_finding_back() -> None:
    site = watch()
    site.tour("K1", "P1", due=100)
    site.walks("P1", 61, 133)
    assert site.one("TOUR_").status == "NEW"
    site.scans("K1", "P1", 126, 5)
    found = site.one("TOUR_")
    assert found.status == "RESOLVED"
    assert found.evidence["ended"] == "scanned, in time"


def test_cancelled_tours_and_points_are_not_missed() -> None:
    site = watch()
    site.tour("K1", "P1", due=100)
    site.event("task.updated", 90, id="K1", site="S1", status="CANCELLED")
    site.tour("K2", "P1", due=100)
    site.scans("K2", "P1", 90, 2)
    for number in (2, 3, 4):
        site.event("task.updated", 91, id=f"K2.{number}", site="S1", status="CANCELLED")
    site.time(200)
    assert not site.of("TOUR_")


def test_a_later_due_time_counts_and_one_without_is_never_missed() -> None:
    site = watch()
    site.tour("K1", "P1", due=100)
    site.event("task.updated", 95, id="K1", due="2026-01-06T02:00:00Z")
    site.event("task.created", 96, id="K3", site="S1", person="P1", kind="tour")
    site.time(239)
    site.walks("P1", 240, 265)
    assert not site.of("TOUR_")
    site.walks("P1", 265, 280)
    assert site.minutes(site.one("TOUR_")) == 270


def test_points_that_come_before_their_tour_and_minutes_in_place_of_a_time() -> None:
    site = watch()
    for number in range(2):
        site.event("task.created", 10, id=f"K1.{number}", site="S1", person="P1", kind="checkpoint", parent="K1")
    site.event("task.created", 11, id="task/K1", site="site/S1", person="person/P1", kind="tour", sla_minutes=30)
    site.scans("K1", "P1", 20, 1)
    site.walks("P1", 21, 75)
    found = site.one("TOUR_")
    assert (found.entity, site.minutes(found)) == ("task/K1", 71)


def test_a_guard_who_has_left_abandons_the_tour_and_it_stays_one_finding() -> None:
    site = watch()
    site.tour("K1", "P1", due=100)
    site.scans("K1", "P1", 70, 2)
    for minute in range(75, 200, 5):
        site.fix("P1", minute, step=50)  # 1,500 m away
        site.phone("P1", minute)
    found = site.one("TOUR_")
    assert found.finding_type == "TOUR_ABANDONMENT"
    assert "outside the fence" in found.title
    assert site.minutes(found) == 105, "told at the first audit after it was due"


def test_poor_fixes_and_a_site_without_coordinates_say_nothing_of_leaving() -> None:
    site = Watch()
    site.site(lat=None, lon=None)
    site.shift("P1")
    site.comes("P1")
    site.tour("K1", "P1", due=100)
    for minute in range(75, 200, 5):
        site.fix("P1", minute, step=50)
        site.phone("P1", minute)
    assert site.one("TOUR_").finding_type == "TOUR_OVERDUE"


def test_a_check_out_in_the_middle_is_leaving() -> None:
    site = watch()
    site.tour("K1", "P1", due=100)
    site.scans("K1", "P1", 60, 2)
    site.event("attendance.check_out", 65, person="P1", site="S1")
    site.time(140)
    found = site.one("TOUR_")
    assert found.finding_type == "TOUR_ABANDONMENT"
    assert "no longer on duty" in found.title


def test_coverage_of_a_day_is_a_finding_of_the_site() -> None:
    site = watch()
    for number in range(5):
        site.tour(f"K{number}", "P1", due=60 + 10 * number, begin=10)
    for number in range(5):
        site.scans(f"K{number}", "P1", 55, 3)
    site.walks("P1", 56, 190)
    found = site.one("CHECKPOINT_COVERAGE_LOW")
    assert (found.evidence["done"], found.evidence["of"], found.entity) == (15, 25, None)
    assert found.evidence["site"]["on_duty"].keys() == {"P1"}


def test_the_limits_are_settings() -> None:
    site = watch(Config(work=WorkSettings(tour_grace=10 * MINUTE, tour_coverage=0.5, missed_severity="LOW")))
    site.tour("K1", "P1", due=100)
    site.tour("K2", "P1", due=100, mandatory=False)
    site.scans("K1", "P1", 80, 2)
    site.scans("K2", "P1", 80, 3)
    site.walks("P1", 81, 120)
    found = site.one("TOUR_")
    assert (found.entity, site.minutes(found), found.severity) == ("task/K1", 110, 2)


def test_what_nobody_closes_is_over_one_day_and_forgotten() -> None:
    site = watch()
    site.tour("K1", "P1", due=100)
    site.time(60 * 24)
    assert site.one("TOUR_").status == "RESOLVED"
    assert not site.pipeline.partition("default").detectors.fieldwork.tours.tours
