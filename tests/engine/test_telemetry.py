"""Answers about activity have the fields that the original's endpoints have, and say what they cannot answer."""

from typing import Any

import msgspec
import pytest

from data.records.correlation import Correlation
from data.times import HOUR
from engine import telemetry
from tests.support.recordings import Decided, Script, at

SIGNALS = {
    "phone_events_count",
    "location_updates_count",
    "movement_distance_meters",
    "tasks_completed_count",
    "tour_checkpoints_scanned",
}


def partition() -> Any:
    script = Script()
    script.add("site.upserted", at(0), {"id": "S1", "client": "C1", "name": "Harbour"})
    script.add("site.upserted", at(0), {"id": "S2", "client": "C1"})
    script.add("person.upserted", at(0), {"id": "P1", "name": "Ann", "site": "S1"})
    script.add("person.upserted", at(0), {"id": "P9"})
    script.add("phone.activity", at(1), {"person": "P1", "site": "S1", "count": 4})
    script.add("phone.activity", at(100), {"person": "P1", "site": "S1", "count": 2})
    script.tick(at(130))
    return Decided(script).pipeline.partition("default")


def test_a_person() -> None:
    found = msgspec.to_builtins(telemetry.person_signals(partition(), "P1"))
    signals = found.pop("signals")
    assert found == {
        "person_id": "P1", "person_name": "Ann", "site_id": "S1", "site_name": "Harbour", "window_minutes": 120,
        "collected_at": "2026-01-05T02:10:00Z",
    }  # fmt: skip
    assert set(signals) == SIGNALS
    assert signals["phone_events_count"] == 2
    assert telemetry.person_signals(partition(), "P1", 130).signals["phone_events_count"] == 6


def test_a_site_and_one_where_nobody_is() -> None:
    found = telemetry.site_signals(partition(), "S1", 200)
    assert (found.active_people_count, found.site_name, found.window_minutes) == (1, "Harbour", 200)
    assert found.aggregated_signals["phone_events_count"] == 6
    empty = telemetry.site_signals(partition(), "S2")
    assert (empty.active_people_count, empty.aggregated_signals) == (0, {})


def test_what_cannot_be_answered() -> None:
    known = partition()
    with pytest.raises(telemetry.Unknown, match="nobody"):
        telemetry.person_signals(known, "nobody")
    with pytest.raises(telemetry.Unknown, match="S7"):
        telemetry.site_signals(known, "S7")
    with pytest.raises(telemetry.BadQuestion, match="no site"):
        telemetry.person_signals(known, "P9")
    for minutes in (0, -1, 361):
        with pytest.raises(telemetry.BadQuestion, match="window_minutes"):
            telemetry.site_signals(known, "S1", minutes)
    with pytest.raises(telemetry.BadQuestion, match="min_severity"):
        telemetry.correlations([], lambda _: "", at(0), min_severity="GRAVE")
    with pytest.raises(telemetry.BadQuestion, match="hours"):
        telemetry.correlations([], lambda _: "", at(0), hours=0)


def test_correlations_by_rank_of_severity_newest_first_a_hundred_at_most() -> None:
    """MEDIUM is graver than LOW, whatever the alphabet says; what is too old or elsewhere is left out."""
    one = {"phone_events_count": 1.0}
    rows = [
        Correlation(number, f"R{number}", "default", "P1", "S1", 1 + number % 5, 0.8, one, ["A1"], at(number))
        for number in range(300)
    ]
    rows.append(Correlation(900, "old", "default", "P1", "S1", 5, 1.0, {}, [], at(300) - 25 * HOUR))
    rows.append(Correlation(901, "else", "default", None, "S2", 5, 1.0, {}, [], at(299)))
    found = telemetry.correlations(rows, lambda ref: f"<{ref}>", at(300), site="S1")
    assert (found.total_count, len(found.incidents)) == (180, 100)
    assert found.filters == {"site_id": "S1", "min_severity": "MEDIUM", "hours": 24}
    assert {each.combined_severity for each in found.incidents} == {"MEDIUM", "HIGH", "CRITICAL"}
    times = [each.detected_at for each in found.incidents]
    assert times == sorted(times, reverse=True)
    first = found.incidents[0]
    assert (first.person_name, first.related_alerts_count, first.signals) == (
        "<person/P1>",
        1,
        {"phone_events_count": 1},
    )
    assert len(telemetry.correlations(rows, lambda _: "", at(300), min_severity="LOW").incidents) == 100
