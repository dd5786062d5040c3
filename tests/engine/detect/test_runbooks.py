"""Runbooks: all are there, each finding gets the best that fits, and people see it."""

from pathlib import Path

import pytest

from data.records.severity import CRITICAL, HIGH, LOW, MEDIUM
from engine.runbooks import FOLDER, Runbook, Runbooks, read, shipped

# The 21 of the original system, with the minutes after which they escalate.
ORIGINAL = {
    "TOUR_OVERDUE": 15, "TOUR_ABANDONMENT": 10, "CHECKPOINT_COVERAGE_LOW": 30, "PHANTOM_GUARD": 60, "SILENT_SITE": 5,
    "SLA_STORM": 2, "SLA_BREACH": 30, "FIELD_SUPPORT_DELAYED": 120, "PHONE_EVENTS_LOW": 10, "LOCATION_UPDATES_LOW": 15,
    "DEVICE_GPS_FAILURE": 20, "DEVICE_PHONE_FAILURE": 20, "COMPLIANCE_REPORT_MISSING": 60,
    "COMPLIANCE_REPORT_NEVER_GENERATED": 30, "DAILY_REPORT_MISSING": 120, "ANOMALY_PHONE_EVENTS_COUNT_BELOW": 30,
    "ANOMALY_TOUR_CHECKPOINTS_COUNT_BELOW": 20, "ANOMALY_TASKS_COMPLETED_COUNT_BELOW": 60,
    "EMERGENCY_ESCALATION_DELAYED": 0, "EMERGENCY_TICKET_UNASSIGNED": 0, "GENERIC": 60,
}  # fmt: skip


def test_all_of_the_original_are_there_and_say_what_to_do() -> None:
    books = {book.type: book for book in shipped().books}
    assert {type: books[type].escalate_after for type in ORIGINAL} == ORIGINAL
    for book in books.values():
        assert len(book.steps) >= 3
        assert book.evidence
        assert book.role


@pytest.mark.parametrize(
    ("asked", "chosen", "why"),
    [
        (("TOUR_OVERDUE", "SECURITY", HIGH), "TOUR_OVERDUE", "written for TOUR_OVERDUE"),
        (("TOUR_INCOMPLETE", "SECURITY", HIGH), "TOUR_OVERDUE", "written for TOUR_INCOMPLETE"),
        (
            ("ANOMALY_PHONE_EVENTS_BELOW", "DEVICE_HEALTH", LOW),
            "ANOMALY_PHONE_EVENTS_COUNT_BELOW",
            "written for ANOMALY",
        ),
        (("NEWLY_MADE", "DEVICE_HEALTH", HIGH), "DEVICE_OFFLINE", "DEVICE_HEALTH findings of severity HIGH"),
        (("NEWLY_MADE", "DEVICE_HEALTH", LOW), "DEVICE_OFFLINE", "written for DEVICE_HEALTH findings"),
        (("NEWLY_MADE", "SAFETY", CRITICAL), "GENERIC", "no other runbook fits"),
        (("NEWLY_MADE", "WEATHER", MEDIUM), "GENERIC", "no other runbook fits"),
    ],
)
def test_exact_type_then_category_and_severity_then_category_then_generic(
    asked: tuple[str, str, int], chosen: str, why: str
) -> None:
    match = shipped().match(*asked)
    assert match.runbook.type == chosen
    assert why in match.why


# What the engine reports by itself. Steps for another thing of the same category would send people the wrong way.
REPORTED = """
    METRIC_ANOMALY SENSOR_BROKEN SENSOR_UNIT_CHANGED SENSOR_CLOCK_OFF SENSOR_STUCK SENSOR_ERRATIC SENSOR_NO_VALUE
    DEVICE_BATTERY_LOW DEVICE_HEALTH_POOR SIGNALS_LOST TASK_OVERDUE WORK_ORDER_OVERDUE RESOURCE_SHORTAGE SUPERVISION_GAP
    GUARD_POST_EMPTY GUARD_POST_LATE ACKNOWLEDGEMENT_LATE ESCALATION_CHAIN_BREAK OVERWORK RECORD_INCOMPLETE
    CRITICAL_SIGNAL_TASKS_LOW SITE_LOCATION_DOUBTFUL SOURCE_SILENT MAN_DOWN ANOMALY_PHONE_EVENTS_ABOVE
    WRONG_PERSON UNAUTHORIZED_SITE IMPOSSIBLE_SHIFTS OVERTIME_VIOLATION BUDDY_PUNCHING GPS_SPOOFING GEOFENCE_VIOLATION
    BIOMETRIC_ANOMALY PHOTO_ANOMALY SCHEDULE_MISMATCH GHOST_GUARD NO_SHOW LATE_ARRIVAL
"""


@pytest.mark.parametrize("type", REPORTED.split())
def test_whatever_the_engine_reports_has_a_runbook_written_for_it(type: str) -> None:
    assert shipped().match(type, "DEVICE_HEALTH", LOW).why == f"written for {type}"


def test_a_set_without_a_generic_one_or_with_two_for_a_type_is_refused() -> None:
    books = read(FOLDER)
    with pytest.raises(ValueError, match="GENERIC is needed"):
        Runbooks(book for book in books if book.type != "GENERIC")
    with pytest.raises(ValueError, match="TOUR_OVERDUE has two"):
        Runbooks([*books, Runbook("OTHER", "t", "SAFETY", "HIGH", 1, "r", ("do",), also=("TOUR_OVERDUE",))])


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("type: A\nseverity: GRAVE\n")
    with pytest.raises(ValueError, match=r"broken\.yaml"):
        read(tmp_path)
