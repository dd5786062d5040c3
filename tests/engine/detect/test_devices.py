"""Devices that go away and come back, and sources that promised to be heard from."""

import pytest

from data.times import SECOND
from tests.support.recordings import Decided, Script, at


def test_a_device_is_offline_until_it_is_online() -> None:
    script = Script()
    script.add("device.offline", at(0), {"device": "D1"})
    script.tick(at(600))
    found = Decided(script)
    assert (found.alert.alert_type, found.alert.entity, found.alert.ended_at) == ("DEVICE_OFFLINE", "device/D1", None)
    script.add("device.online", at(601), {"device": "device/D1"})
    found.take(script)
    assert (found.alert.ended_at, found.alert.end_reason) == (at(601), "resolved")
    assert found.reasons == {}, "only alert events have assignments"


def test_a_device_that_was_taken_away_is_no_fault() -> None:
    script = Script()
    script.add("device.offline", at(0), {"device": "D1", "code": "REMOVED"})
    assert Decided(script).alerts == {}


def test_an_error_is_a_report_and_passes_by_itself() -> None:
    script = Script()
    script.add("device.error", at(0), {"device": "D1", "code": 7, "message": "lens dirty"})
    script.tick(at(16))
    alert = Decided(script).alert
    assert (alert.alert_type, alert.ended_at, alert.end_reason) == ("DEVICE_ERROR", at(15), "expired")
    assert alert.labels["code"] == "7"


@pytest.mark.parametrize(("word", "ended"), [("maintained", True), ("online", True), ("error", False)])
def test_what_ends_a_failure(word: str, *, ended: bool) -> None:
    script = Script()
    script.add("device.failed", at(0), {"device": "D1"})
    script.add(f"device.{word}", at(5), {"device": "D1"})
    found = Decided(script)
    assert (found.alerts[1].ended_at is not None) is ended


def test_silence_beyond_the_promise_is_an_alert_at_that_very_moment() -> None:
    script = Script(source="gate")
    script.add("heartbeat", at(0), {"period_s": 60})
    script.tick(at(1))
    found = Decided(script)
    assert found.alerts == {}, "a minute is within the promise"
    script.tick(at(30))
    found.take(script)
    assert (found.alert.alert_type, found.alert.entity) == ("SOURCE_SILENT", "source/gate")
    assert found.alert.first_seen == at(1) + 1


def test_any_event_is_a_sign_of_life() -> None:
    script = Script(source="gate")
    script.add("heartbeat", at(0), {"period_s": 60})
    for minute in range(1, 10):
        script.add("phone.activity", at(minute), {"person": "P1"})
    found = Decided(script)
    assert found.alerts == {}
    script.tick(at(20))
    script.add("phone.activity", at(25), {"person": "P1"})
    found.take(script)
    assert (found.alert.first_seen, found.alert.ended_at) == (at(10) + 1, at(25))


def test_the_newest_promise_counts() -> None:
    script = Script(source="gate")
    script.add("heartbeat", at(0), {"period_s": 3600})
    script.add("heartbeat", at(1), {"period_s": 10})
    script.tick(at(2))
    assert Decided(script).alert.first_seen == at(1) + 10 * SECOND + 1


def test_an_alert_of_a_silent_source_ends_the_silence_and_is_assigned_to_itself() -> None:
    script = Script(source="gate")
    script.add("heartbeat", at(0), {"period_s": 60})
    script.tick(at(5))
    name = script.fire(at(6))
    found = Decided(script)
    silence, own = found.alerts[1], found.alerts[2]
    assert (silence.alert_type, silence.ended_at) == ("SOURCE_SILENT", at(6))
    assert found.owners == {name: own.number}


def test_a_promise_for_ever_is_kept_like_any_other() -> None:
    script = Script(source="gate")
    script.add("heartbeat", at(0), {"period_s": 10**30})
    script.tick(at(60 * 24))
    assert Decided(script).alerts == {}
