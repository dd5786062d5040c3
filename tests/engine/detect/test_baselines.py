"""What is usual: learned from weeks of hours, told when an hour is not, corrected by people, and followed when it
changes for good."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from data.payloads import TYPES, CalendarDay
from data.times import DAY, HOUR, text
from data.wire import Event
from engine.detect.baselines import orders
from engine.detect.baselines.metrics import PLACES
from engine.detect.baselines.replayed import searched, simulate
from engine.detect.baselines.thresholds import Judged, proposed
from engine.detect.detectors import Detectors
from engine.detect.report import Found, Over
from engine.registry import Registry
from engine.settings import Config
from engine.settings.baselines import BaselineSettings
from engine.settings.places import Places
from tests.support.recordings import T0  # a Monday

PHONE = PLACES["phone_events"]
Amount = Callable[[int], int]  # hours since Monday 00:00 -> events in that hour


class Watch:
    """Sites whose people telephone so often an hour, and what is found; hours count from a Monday 00:00."""

    def __init__(self, config: Config | None = None) -> None:
        self.registry = Registry("default")
        self.detectors = Detectors("default", Places(config or Config()), self.registry)
        self.hour = 0
        self.found: list[Found] = []
        self.over: list[Over] = []
        self.number = 0

    @property
    def room(self) -> Any:
        return self.detectors.baselines

    def event(self, kind: str, time: int, data: dict[str, Any]) -> None:
        self.run_timers(time)
        self.number += 1
        names = TYPES[f"noc.{kind}"](**data)
        event = Event(f"noc.{kind}", time, "x", f"e{self.number}", "default", None, names, b"{}", self.number)
        self.take(self.detectors.see(event))

    def take(self, reports: list[Any]) -> None:
        self.found += [each for each in reports if isinstance(each, Found) and each.key.startswith("usual/")]
        self.over += [each for each in reports if isinstance(each, Over) and each.key.startswith("usual/")]

    def run_timers(self, time: int) -> None:
        while (due := self.detectors.due()) is not None and due <= time:
            self.take(self.detectors.tick(due))

    def hours(self, count: int, sites: dict[str, Amount]) -> "Watch":
        """Goes on for so many hours. A second source says that the operation is heard."""
        for _ in range(count):
            start = T0 + self.hour * HOUR
            self.event("heartbeat", start, {"period_s": 100_000})
            for site, amount in sites.items():
                if (many := amount(self.hour)) > 0:
                    self.event(
                        "phone.activity", start + HOUR // 2, {"person": f"P-{site}", "site": site, "count": many}
                    )
            self.hour += 1
        return self

    def weeks(self, count: int, sites: dict[str, Amount]) -> "Watch":
        return self.hours(count * 168, sites)

    def settle(self) -> "Watch":
        """Lets what is still open be closed."""
        self.run_timers(T0 + self.hour * HOUR + 30 * 60 * 1_000_000)
        return self

    def kinds(self) -> list[tuple[str, int]]:
        """(type, first hour) of what was found, once each."""
        seen: dict[tuple[str, int], None] = {}
        for each in self.found:
            seen[(each.finding_type, (each.window_start - T0) // HOUR)] = None
        return list(seen)

    def judge(self, verdict: str) -> None:
        """A person judges the newest finding."""
        episode = next(reversed([*self.room.episodes.over.values(), *self.room.episodes.open.values()]))
        data = {"target": f"finding/{episode.id}", "verdict": verdict, "actor": "ann"}
        self.event("verdict.recorded", T0 + self.hour * HOUR, data)


def none(_: int) -> int:
    return 0


def few(_: int) -> int:
    return 17


def noisy(level: float, seed: int = 1) -> Amount:
    """Calls that come by chance: 40 on working days from 8 to 18, half as many else, at `level` 1."""
    dice = random.Random(seed)

    def amount(hour: int) -> int:
        busy = 8 <= hour % 24 < 18 and hour // 24 % 7 < 5
        mean = level * (40 if busy else 20)
        return max(0, round(dice.gauss(mean, mean**0.5)))

    return amount


def test_a_quiet_hour_is_found_once_grows_and_ends() -> None:
    watch = Watch().weeks(3, {"S1": noisy(1)})
    assert watch.kinds() == [], "nothing unusual has happened"
    watch.hours(10, {"S1": noisy(1)}).hours(4, {"S1": lambda _: 0}).hours(3, {"S1": noisy(1)}).settle()
    silent = 3 * 168 + 10
    assert watch.kinds() == [("ANOMALY_PHONE_EVENTS_BELOW", silent)]
    last = watch.found[-1]
    assert (last.site, last.severity, last.evidence["hours"]) == ("S1", 5, 4)
    assert last.evidence["observed"] == 0
    assert 30 < last.evidence["usual"] < 50, "Monday morning"
    assert len({each.key for each in watch.found}) == 1
    [over] = watch.over
    assert over.key == last.key


def test_busy_hours_are_judged_as_busy_hours_and_quiet_ones_as_quiet() -> None:
    """20 calls are usual at night and far too few on a working day; 40 the other way round."""
    watch = Watch().weeks(3, {"S1": noisy(1)})
    watch.hours(2, {"S1": lambda _: 20}).hours(2, {"S1": lambda _: 44}).hours(6, {"S1": noisy(1)})
    watch.hours(2, {"S1": lambda _: 15}).settle()
    assert [kind for kind, _ in watch.kinds()] == ["ANOMALY_PHONE_EVENTS_ABOVE", "ANOMALY_PHONE_EVENTS_BELOW"]


def test_a_series_that_never_varies_and_one_that_is_nearly_always_zero() -> None:
    """A constant has a spread too; one event where there are nearly none is no news, ten are."""
    sites: dict[str, Amount] = {"S1": lambda _: 12, "S2": lambda hour: hour % 50 == 0}
    watch = Watch().weeks(2, sites)
    watch.hours(1, {"S1": lambda _: 13, "S2": lambda _: 1}).hours(3, sites).settle()
    assert watch.found == []
    watch.hours(1, {"S1": lambda _: 0, "S2": lambda _: 15}).hours(2, sites).settle()
    assert sorted((each.site, each.finding_type) for each in watch.found) == [
        ("S1", "ANOMALY_PHONE_EVENTS_BELOW"),
        ("S2", "ANOMALY_PHONE_EVENTS_ABOVE"),
    ]


def test_a_new_level_is_taken_over_after_the_days_that_are_set_and_the_old_one_is_then_unusual() -> None:
    watch = Watch().weeks(3, {"S1": noisy(1)})
    watch.hours(24 * 9, {"S1": noisy(0.25, 2)}).settle()
    stopped = [each.time for each in watch.over]
    assert watch.kinds()[0][0] == "ANOMALY_PHONE_EVENTS_BELOW"
    assert max(stopped) <= T0 + 3 * 7 * DAY + 4 * DAY, "three days and the night they end in"
    before = len(watch.found)
    watch.hours(3, {"S1": noisy(2)}).settle()
    assert watch.found[before].finding_type == "ANOMALY_PHONE_EVENTS_ABOVE"


def test_a_slow_drift_is_followed_without_a_word() -> None:
    """A tenth of the first week more each week, for ten weeks."""
    watch = Watch()
    for week in range(10):
        watch.weeks(1, {"S1": noisy(1 + week / 10, week)})
    assert len(watch.settle().kinds()) <= 2, "chance, in 1,680 hours"


def test_what_was_confirmed_is_never_learned_and_what_was_false_is() -> None:
    """The same silence every Monday at 3: confirmed, it stays a finding; judged false, it is soon usual."""
    told = {}
    for verdict in ("confirmed", "false_positive"):
        usual = noisy(1)
        watch = Watch().weeks(2, {"S1": usual})
        for _ in range(6):
            watch.hours(3, {"S1": usual}).hours(1, {"S1": lambda _: 0}).hours(2, {"S1": usual})
            if watch.room.episodes.over:
                watch.judge(verdict)
            watch.hours(162, {"S1": usual})
        told[verdict] = sum(at % 168 == 3 for _, at in watch.settle().kinds())
    assert told["confirmed"] == 6
    assert told["false_positive"] < 6


def test_verdicts_change_next_weeks_findings() -> None:
    """Small deviations that a person calls false each time are not told any more; without a verdict they are."""

    def too_few(hour: int) -> int:
        return 20 if hour // 24 % 7 < 5 else 8

    kinds = {}
    for judged in (True, False):
        usual = noisy(1)
        watch = Watch().weeks(2, {"S1": usual})
        for day in range(14):
            before = len(watch.kinds())
            at = 9 if day < 7 else 14
            watch.hours(at, {"S1": usual}).hours(2, {"S1": too_few}).hours(2, {"S1": usual})
            if judged and day < 7 and len(watch.kinds()) > before:
                watch.judge("false_positive")
            watch.hours(20 - at, {"S1": usual})
        first_week, second = 3 * 168, 4 * 168
        assert sum(at < first_week for _, at in watch.kinds()) >= 4
        kinds[judged] = sum(first_week <= at < second for _, at in watch.settle().kinds())
        if judged:
            [change] = [each for each in watch.room.thresholds.history if each.metric == "phone_events"]
            assert (change.old, change.by) == (None, "noc/engine")
            assert 3.0 < change.new <= 4.0
            assert "false" in change.why
            rows = [row for row in orders.audited(watch.room) if row.target == "baseline/S1/phone_events"]
            assert [(row.actor, row.action, row.detail["new"]) for row in rows] == [("noc/engine", "tune", change.new)]
            assert orders.audited(watch.room) == [], "each change is written down once"
    assert kinds[True] < kinds[False]


def test_the_simulator_answers_before_a_change_and_a_rollback_restores() -> None:
    usual = noisy(1)
    watch = Watch().weeks(3, {"S1": usual})
    for _ in range(6):
        watch.hours(9, {"S1": usual}).hours(2, {"S1": lambda _: 18}).hours(13, {"S1": usual})
    watch.settle()
    now = T0 + watch.hour * HOUR
    body = watch.room.dump()
    low, high = (simulate(watch.room, "S1", PHONE, threshold, now) for threshold in (1.5, 5.0))
    assert watch.room.dump() == body, "asking changes nothing"
    assert low.now == high.now
    assert low.then.findings > low.now.findings >= high.then.findings
    assert low.observations > 20 * 24
    found = len(watch.kinds())

    watch.room.set("S1", PHONE, 5.0, now, "ann", "too many")
    for _ in range(3):
        watch.hours(9, {"S1": usual}).hours(2, {"S1": lambda _: 22}).hours(13, {"S1": usual})
    assert len(watch.settle().kinds()) == found
    change = watch.room.back("S1", PHONE, now, "ann")
    assert change is not None
    assert (change.old, change.new) == (5.0, None)
    assert watch.room.threshold("S1", PHONE) == 3.0
    assert watch.room.back("S1", PHONE, now, "ann") is None, "it is taken back once"
    assert [each.by for each in watch.room.changes] == ["ann", "ann"]


def test_the_search_finds_the_lowest_threshold_that_keeps_the_false_ones_out() -> None:
    usual = noisy(1)
    watch = Watch().weeks(2, {"S1": usual})
    for verdict, calls in (("false_positive", few), ("confirmed", none)) * 2:
        watch.hours(9, {"S1": usual}).hours(2, {"S1": calls}).hours(2, {"S1": usual})
        watch.judge(verdict)
        watch.hours(11, {"S1": usual})
    now = T0 + watch.hour * HOUR
    found = searched(watch.room, "S1", PHONE, 0.1, now)
    assert simulate(watch.room, "S1", PHONE, found, now).then.false_kept == 0
    assert simulate(watch.room, "S1", PHONE, found, now).then.confirmed_kept == 2
    assert simulate(watch.room, "S1", PHONE, found - 0.25, now).then.false_kept > 0


@pytest.mark.parametrize(
    ("false", "confirmed", "new"),
    [
        ((), (), 3.0),  # nothing said
        ((3.2, 3.3), (6.0,), 3.0),  # too little said
        ((3.2, 3.3), (6.0, 7.0), 3.5),  # the false ones go
        ((9.0,) * 5, (), 4.0),  # one step at once
        ((), (3.2, 4.0, 5.0, 6.0), 2.75),  # all true: look closer
        ((3.1,), (4.0,) * 8, 3.0),  # about right
    ],
)
def test_what_verdicts_ask_for(false: tuple[float, ...], confirmed: tuple[float, ...], new: float) -> None:
    assert proposed(3.0, Judged(false, confirmed), BaselineSettings())[0] == new


@pytest.mark.parametrize("start", [1.5, 3.0, 5.0])
def test_thresholds_stay_within_bounds_whatever_is_said(start: float) -> None:
    for said in (Judged((50.0,) * 9, ()), Judged((), (50.0,) * 9)):
        now = start
        for _ in range(30):
            now = proposed(now, said, BaselineSettings())[0]
            assert 1.5 <= now <= 5.0


def test_a_source_that_fails_is_one_finding_and_not_one_a_site() -> None:
    sites = {f"S{number}": noisy(1, number) for number in range(8)}
    watch = Watch().weeks(2, sites)
    watch.hours(4, {}).hours(2, sites).settle()
    found = [each for each in watch.found if each.window_start >= T0 + 14 * DAY]
    assert {each.key for each in found} == {"usual//phone_events/BELOW"}
    assert found[-1].evidence["sites"] == 8
    assert [each.key for each in watch.over if each.time > T0 + 14 * DAY] == ["usual//phone_events/BELOW"]


def test_a_gap_in_the_recording_is_no_silence() -> None:
    watch = Watch().weeks(2, {"S1": noisy(1)})
    watch.hour += 60
    watch.weeks(1, {"S1": noisy(1)}).settle()
    assert watch.found == []


def test_a_holiday_is_judged_as_a_sunday_too_and_not_learned() -> None:
    """A Wednesday with the calls of a Sunday: a finding, unless the calendar knows why."""
    for holiday in (False, True):
        watch = Watch().weeks(3, {"S1": noisy(1)})
        watch.hours(48, {"S1": noisy(1)})
        if holiday:
            date = text(T0 + watch.hour * HOUR)[:10]
            watch.detectors.calendar[f"{date}//holiday"] = CalendarDay(date=date, kind="holiday")
        watch.hours(24, {"S1": lambda _: 20}).hours(10, {"S1": noisy(1)}).settle()
        assert bool(watch.found) is not holiday


def test_a_new_site_is_judged_by_others_like_it_until_it_has_a_past() -> None:
    old = {f"S{number}": noisy(1, number) for number in range(5)}
    watch = Watch().weeks(2, old)
    new = old | {"S9": noisy(1, 9)}
    watch.hours(50, new).hours(3, old).hours(1, new).settle()
    first = watch.found[0]
    assert (first.site, first.evidence["rests_on"]) == ("S9", "similar sites")


def test_a_dump_goes_on_exactly() -> None:
    sites = {"S1": noisy(1, 1), "S2": noisy(0.5, 2)}
    whole, half = Watch().weeks(2, sites), Watch()
    sites = {"S1": noisy(1, 1), "S2": noisy(0.5, 2)}
    half.weeks(2, sites)
    fresh = Watch()
    fresh.detectors.load(half.detectors.dump())
    fresh.hour, fresh.number = half.hour, half.number
    for watch in (whole, fresh):
        watch.found.clear()
        silent: dict[str, Amount] = {"S1": lambda _: 0, "S2": lambda hour: 10 + hour % 3}
        watch.hours(30, silent).settle()
    assert whole.found == fresh.found != []
    assert whole.detectors.dump() == fresh.detectors.dump()


def test_nothing_is_told_where_it_is_switched_off() -> None:
    config = Config(baselines=BaselineSettings(enabled=False))
    watch = Watch(config).weeks(2, {"S1": noisy(1)}).hours(3, {"S1": lambda _: 0}).settle()
    assert watch.found == []
