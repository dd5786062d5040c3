"""Activity tied to alerts: who did little while alerts of them or of their site fired; once, scored, with reasons,
until a person has looked."""

from typing import Any

import pytest

from data.records.correlation import Correlation
from data.records.severity import CRITICAL, HIGH, MEDIUM
from data.times import MINUTE
from data.wire import decode
from engine.settings import Config
from engine.settings.baselines import CorrelationSettings
from tests.support.recordings import Decided, Script
from tests.support.recordings import at as moment


def at(minute: float) -> int:
    """Counted from noon."""
    return moment(720 + minute)


class Post(Decided):
    """Guards who checked in at S1 six hours ago; minutes count from now. `busy` ones telephone every ten minutes."""

    def __init__(self, quiet: int = 1, busy: int = 0, config: Config | None = None) -> None:
        super().__init__(config=config)
        self.correlations: dict[int, Correlation] = {}
        self.audit: list[Any] = []
        self.script = Script()
        people = [*(f"Q{number}" for number in range(quiet)), *(f"B{number}" for number in range(busy))]
        for person in people:
            self.script.add("person.upserted", at(-400), {"id": person, "name": f"Guard {person}", "site": "S1"})
            self.script.add("attendance.check_in", at(-360), {"person": person, "site": "S1"})
        for minute in range(-350, 0, 10):
            for person in people:
                if person.startswith("B"):
                    self.script.add("phone.activity", at(minute), {"person": person, "site": "S1"})
        self.pass_on()

    def pass_on(self) -> None:
        for line in self.script.lines:
            commit = self.pipeline.run([decode(line, own=True)], 0).commit
            self.correlations.update((each.number, each) for each in commit.correlations)
            self.alerts.update((alert.number, alert) for alert in commit.alerts)
            self.audit += commit.audit
            self.feed += commit.feed
        self.script.lines = []

    def until(self, minute: float) -> None:
        self.script.tick(at(minute))
        self.pass_on()

    def told(self, *_: Any) -> list[Any]:
        return [entry for entry in self.feed if entry.type == "correlation_identified"]

    @property
    def only(self) -> Correlation:
        [found] = self.correlations.values()
        return found


def test_a_quiet_guard_and_an_alert_of_the_site_are_one_correlation_told_once() -> None:
    post = Post(quiet=1, busy=2)
    post.script.fire(at(0), "DoorForced", "MEDIUM", entity="device/D9", site="S1")
    post.until(20)
    found = post.only
    assert (found.person, found.site, found.severity) == ("Q0", "S1", HIGH)
    assert found.signals["phone_events_count"] == 0
    assert found.alert_ids == [alert.id for alert in post.alerts.values() if alert.alert_type == "DoorForced"]
    assert found.reasons[0] == "no phone event and no task in 120 min"
    [entry] = post.told()
    assert (
        entry.data | {"detected_at": ""}
        == {
            "incident_id": found.id,
            "person_id": "Q0",
            "person_name": "Guard Q0",
            "site_id": "S1",
            "site_name": "S1",
            "combined_severity": "HIGH",
            "correlation_score": 0.8,  # within five minutes
            "related_alerts_count": 1,
            "detected_at": "",
            "text": "; ".join(found.reasons[:2]),
        }
    )


def test_busy_people_are_left_alone_unless_the_alert_is_about_them() -> None:
    post = Post(quiet=0, busy=2)
    post.script.fire(at(0), site="S1")
    post.until(10)
    assert post.correlations == {}
    post.script.fire(at(11), "PanicButton", "CRITICAL", entity="person/B1", site="S1")
    post.until(30)
    assert (post.only.person, post.only.severity, post.only.score) == ("B1", CRITICAL, 0.8)


def test_an_alert_of_a_telephone_is_about_its_owner() -> None:
    post = Post(quiet=0, busy=2)
    post.script.add("device.upserted", at(0), {"id": "D1", "site": "S1", "kind": "mobile", "owner": "B0"})
    post.script.add("device.offline", at(1), {"device": "D1"})
    post.until(20)
    assert post.only.person == "B0"


def test_a_device_that_is_away_may_be_why_so_little_was_heard() -> None:
    post = Post()
    post.script.fire(at(0), "TrackerOffline", "LOW", entity="device/D9", site="S1")
    post.until(20)
    assert post.only.score == 1.0
    assert post.only.reasons[-1] == "TrackerOffline of device/D9 may be why so little was heard"


def test_more_alerts_grow_it_and_a_later_one_begins_another() -> None:
    post = Post()
    post.script.fire(at(0), "A", site="S1")
    post.script.fire(at(9), "B", "CRITICAL", site="S1")
    post.script.fire(at(9), "B", "CRITICAL", site="S1")
    post.until(20)
    found = post.only
    assert (len(found.alert_ids), found.severity, len(post.told())) == (2, CRITICAL, 1)
    post.until(60)
    post.script.fire(at(61), "C", site="S1")
    post.until(80)
    assert [len(each.alert_ids) for each in post.correlations.values()] == [2, 1]


def test_many_quiet_people_are_one_correlation_of_the_site() -> None:
    post = Post(quiet=6)
    post.script.fire(at(0), site="S1")
    post.until(20)
    assert (post.only.person, post.only.site) == (None, "S1")


@pytest.mark.parametrize(
    ("minute", "other"),
    [(0, {"site": "S2"}), (0, {"site": None, "entity": "host/x"})],
)
def test_alerts_elsewhere_are_not_tied(minute: float, other: dict[str, Any]) -> None:
    post = Post()
    post.script.fire(at(minute), **{"entity": "host/y", **other})
    post.until(20)
    assert post.correlations == {}


def test_somebody_who_came_just_now_or_left_is_not_quiet() -> None:
    post = Post(quiet=1)
    post.script.add("attendance.check_out", at(0), {"person": "Q0", "site": "S1"})
    post.script.add("attendance.check_in", at(0), {"person": "Q9", "site": "S1"})
    post.script.fire(at(10), site="S1")
    post.until(30)
    assert post.correlations == {}


def test_the_score_falls_with_the_distance() -> None:
    """The guard falls silent in the window only some time after the alert."""
    scores = []
    for minutes in (4, 9, 14):
        config = Config(correlation=CorrelationSettings(settle=360 * MINUTE + minutes * MINUTE - MINUTE))
        post = Post(config=config)
        post.script.fire(at(0), "Noise", site="S1", entity="host/x")
        post.until(20)
        scores.append(post.only.score)
    assert scores == [0.8, 0.7, 0.6]


def test_a_person_names_the_root_cause_and_can_take_it_back() -> None:
    post = Post()
    post.script.fire(at(0), site="S1")
    post.until(20)
    target = f"correlation/{post.only.id}"
    post.script.add("operator.acted", at(21), {"target": target, "action": "resolve", "actor": "ann", "note": "asleep"})
    post.pass_on()
    assert (post.only.investigated, post.only.root_cause) == (True, "asleep")
    assert (post.audit[-1].actor, post.audit[-1].target) == ("ann", target)
    post.script.add("operator.acted", at(22), {"target": target, "action": "reopen", "actor": "ann"})
    post.pass_on()
    assert (post.only.investigated, post.only.root_cause) == (False, None)
    post.script.add("operator.acted", at(23), {"target": "correlation/none", "action": "resolve"})
    post.script.add("operator.acted", at(23), {"target": target, "action": "snooze"})
    post.pass_on()
    assert [row.outcome.split()[-1] for row in post.audit[-2:]] == ["known", "it"]


@pytest.mark.parametrize(
    ("verdict", "note", "cause"), [("confirmed", "asleep", "asleep"), ("false_positive", None, "chance")]
)
def test_a_verdict_investigates_it_too(verdict: str, note: str | None, cause: str) -> None:
    post = Post()
    post.script.fire(at(0), site="S1")
    post.until(20)
    data = {"target": f"correlation/{post.only.id}", "verdict": verdict, "note": note}
    post.script.add("verdict.recorded", at(21), data)
    post.pass_on()
    assert (post.only.investigated, post.only.root_cause) == (True, cause)


def test_it_can_be_switched_off() -> None:
    post = Post(config=Config(correlation=CorrelationSettings(enabled=False)))
    post.script.fire(at(0), site="S1")
    post.until(20)
    assert post.correlations == {}
    assert MEDIUM in {alert.severity for alert in post.alerts.values()}
