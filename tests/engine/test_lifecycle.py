"""The life of an alert, told as timelines: what a user sees of it when such events come (WIRE.md §1 and §5)."""

from typing import Any

import pytest

from data import times
from data.records.severity import HIGH, LOW
from data.times import MINUTE
from tests.support.recordings import Decided, Script, at


def until(minute: float) -> str:
    return times.text(at(minute))


@pytest.mark.parametrize(
    "other",
    [{"alert": "DiskFull"}, {"entity": "host/web-2"}, {"site": "S2"}, {"fingerprint": "f1"}],
    ids=lambda other: next(iter(other)),
)
def test_type_entity_and_site_or_the_fingerprint_make_an_alert(other: dict[str, Any]) -> None:
    script = Script()
    script.fire(at(0))
    script.fire(at(1), **other)
    assert len(Decided(script).alerts) == 2


def test_one_fingerprint_is_one_alert_whatever_else_it_says() -> None:
    script = Script()
    script.fire(at(0), fingerprint="f1")
    script.fire(at(1), alert="Other", entity="host/web-2", site="S2", fingerprint="f1")
    assert Decided(script).alert.count == 2


def test_a_repeat_counts_and_is_suppressed_as_duplicate() -> None:
    script = Script()
    names = [script.fire(at(minute), message=f"port {minute} down") for minute in (0, 5, 19)]
    found = Decided(script)
    alert = found.alert
    assert (alert.count, alert.first_seen, alert.last_seen) == (3, at(0), at(19))
    assert alert.message == "port 19 down"
    assert [found.reasons[name] for name in names] == [None, "duplicate", "duplicate"]


def test_a_repeat_told_late_does_not_turn_time_back() -> None:
    script = Script()
    script.fire(at(0), message="first")
    script.fire(at(9), message="newest")
    script.fire(at(4), message="between")
    alert = Decided(script).alert
    assert (alert.count, alert.last_seen, alert.message) == (3, at(9), "newest")


def test_a_worse_repeat_is_shown_and_a_milder_one_corrects() -> None:
    script = Script()
    script.fire(at(0), severity="MEDIUM")
    worse = script.fire(at(1), severity="HIGH")
    found = Decided(script)
    assert found.alert.severity == HIGH
    assert found.reasons[worse] is None
    milder = script.fire(at(2), severity="LOW")
    found.take(script)
    assert found.alert.severity == LOW
    assert found.reasons[milder] == "duplicate"
    assert [what for what, _ in found.told(found.alert)].count("severity") == 2


def test_its_source_resolves_it() -> None:
    script = Script()
    script.fire(at(0))
    cleared = script.clear(at(3))
    found = Decided(script)
    alert = found.alert
    assert (alert.ended_at, alert.end_reason, alert.status) == (at(3), "resolved", "RESOLVED")
    assert found.owners[cleared] == alert.number


def test_resolved_without_an_open_alert_is_accepted_and_belongs_to_none() -> None:
    script = Script()
    name = script.clear(at(0))
    found = Decided(script)
    assert found.alerts == {}
    assert (found.owners[name], found.reasons[name]) == (-1, None)


def test_without_a_repeat_it_ends_after_a_quarter_of_an_hour_to_the_moment() -> None:
    script = Script()
    script.fire(at(0))
    script.fire(at(10))
    script.tick(at(25) - 1)
    found = Decided(script)
    assert found.alert.ended_at is None
    script.tick(at(40))  # nobody said anything between
    found.take(script)
    assert (found.alert.ended_at, found.alert.end_reason) == (at(25), "expired")
    assert found.told(found.alert)[-1] == ("expired", at(25))


def test_a_firing_at_the_moment_of_expiry_finds_it_over_and_raises_it_again() -> None:
    """Timers due at a moment run before the events of that moment."""
    script = Script()
    script.fire(at(0))
    script.fire(at(15))
    found = Decided(script)
    assert [what for what, _ in found.told(found.alert)][-2:] == ["expired", "raised again"]


def test_ends_at_is_its_lease_and_the_later_of_two_counts() -> None:
    """Alertmanager's rule for reports of one alert whose activity overlaps."""
    script = Script()
    script.fire(at(0), ends_at=until(60))
    script.tick(at(59))
    found = Decided(script)
    assert found.alert.ended_at is None, "longer than the usual quarter of an hour"
    script.fire(at(59), ends_at=until(59.5))  # shorter than promised
    script.fire(at(59.6), ends_at=until(61))
    script.tick(at(70))
    found.take(script)
    assert (found.alert.ended_at, found.alert.end_reason) == (at(61), "expired")


@pytest.mark.parametrize("end", [0, -5])
def test_an_alert_that_ended_when_it_began_has_no_duration(end: float) -> None:
    script = Script()
    name = script.fire(at(0), ends_at=until(end))
    found = Decided(script)
    assert found.alert.ended_at == found.alert.first_seen == at(0)
    assert found.reasons[name] is None, "it is shown all the same"


@pytest.mark.parametrize(("gap", "alerts"), [(5 * MINUTE, 1), (5 * MINUTE + 1, 2)])
def test_within_five_minutes_of_its_end_it_is_the_same_alert(gap: int, alerts: int) -> None:
    script = Script()
    first = script.fire(at(0), severity="HIGH")
    script.clear(at(3))
    again = script.fire(at(3) + gap, severity="MEDIUM")
    found = Decided(script)
    assert len(found.alerts) == alerts
    assert (found.owners[first] == found.owners[again]) is (alerts == 1)
    newest = found.alerts[max(found.alerts)]
    assert newest.ended_at is None
    assert newest.count == (2 if alerts == 1 else 1)
    assert len({alert.id for alert in found.alerts.values()}) == alerts


def test_the_window_slides_with_each_end() -> None:
    script = Script()
    for minute in (0, 4, 8, 12):
        script.fire(at(minute))
        script.clear(at(minute + 1))
    assert Decided(script).alert.count == 4


@pytest.mark.parametrize("kind", ["fire", "clear"])
def test_too_late_is_recorded_and_changes_nothing(kind: str) -> None:
    script = Script()
    script.fire(at(20))
    late = getattr(script, kind)(at(10) - 1)
    found = Decided(script)
    assert (found.reasons[late], found.owners[late]) == ("late", -1)
    assert (found.alert.count, found.alert.ended_at) == (1, None)
    in_time = getattr(script, kind)(at(10))
    found.take(script)
    assert found.reasons[in_time] != "late"
    assert found.owners[in_time] == found.alert.number


def test_a_late_clearing_never_ends_before_the_beginning() -> None:
    script = Script()
    script.fire(at(20))
    script.clear(at(15))
    assert Decided(script).alert.ended_at == at(20)


def test_site_comes_from_the_entity_where_the_alert_names_none() -> None:
    script = Script()
    script.add("device.upserted", at(0), {"id": "D1", "site": "S7"})
    script.fire(at(1), entity="device/D1", site=None)
    assert Decided(script).alert.site == "S7"


def test_tenants_share_nothing() -> None:
    one, other = Script(tenant="a"), Script(tenant="b", prefix="o")
    one.fire(at(0))
    other.fire(at(0))
    found = Decided(one)
    found.take(other)
    assert [alert.tenant for alert in found.alerts.values()] == ["a", "b"]
    assert len({alert.id for alert in found.alerts.values()}) == 2
    other.tick(at(30))
    found.take(other)
    ended = {alert.tenant: alert.ended_at for alert in found.alerts.values()}
    assert ended == {"a": None, "b": at(15)}, "each has a clock of its own"
    assert [entry.sequence for entry in found.feed if entry.partition == "a"] == [1]
