"""Settings of alerts that differ from site to site, and what two reports of one alert come to."""

from typing import Any

import pytest

from data import times
from data.times import MINUTE
from engine.settings import Config
from engine.settings.places import Places, changed, longest
from engine.settings.sections import AlertSettings, Override
from tests.engine.operation import T0, Operation


def desk(match: str = "site:S2", **values: Any) -> Operation:
    config = Config(
        overrides=(Override(match, {f"alerts.{name.replace('__', '.')}": one for name, one in values.items()}),)
    )
    made = Operation(config)
    made.event("site.upserted", 0, {"id": "S2", "client": "C2"})
    return made


def at(minute: float) -> str:
    return times.text(T0 + round(minute * MINUTE))


@pytest.mark.parametrize("match", ["site:S2", "client:C2"])
def test_leases_and_reopening_are_those_of_the_place(match: str) -> None:
    made = desk(match, expire_after=2 * MINUTE, reopen_within=60 * MINUTE)
    here, there = made.fire(1, site="S1"), made.fire(1, entity="host/b", site="S2")
    made.pass_time(10)
    assert here.firing
    assert (there.end_reason, there.ended_at) == ("expired", T0 + 3 * MINUTE)
    made.pass_time(30)
    made.restart()
    assert made.fire(50, entity="host/b", site="S2").number == there.number, "within the hour of this place"
    assert made.fire(50, site="S1").number != here.number


def test_a_nested_setting_differs_too_and_a_site_may_flap_sooner() -> None:
    assert changed(Config(), {"alerts.flapping.high": 10.0}).alerts.flapping.high == 10.0
    made = desk(flapping__high=5.0, flapping__low=2.0)
    for minute in range(0, 4, 2):
        for site in ("S1", "S2"):
            made.fire(minute, entity=f"host/{site}", site=site)
            made.clear(minute + 1, entity=f"host/{site}", site=site)
    flaps = {site: made.fire(5, entity=f"host/{site}", site=site).flapping for site in ("S1", "S2")}
    assert flaps == {"S1": False, "S2": True}
    made.restart()
    assert made.partition.damping.due() is not None


def test_a_storm_begins_at_the_budget_of_its_site() -> None:
    made = desk(storm__per_site=10)
    for index in range(30):
        for site in ("S1", "S2"):
            made.fire(index / 60, f"T{index}", "LOW", entity=f"host/{site}{index}", site=site)
    assert list(made.partition.damping.storm.going) == ["S2"]


def test_recovery_keeps_ended_alerts_for_the_longest_reopening_anywhere() -> None:
    config = Config(overrides=(Override("site:S2", {"alerts.reopen_within": 60 * MINUTE}),))
    assert longest(config, "alerts.reopen_within") == 60 * MINUTE
    assert longest(Config(), "alerts.reopen_within") == AlertSettings().reopen_within
    assert Places(Config()).plain
    assert not Places(config).plain


def test_the_earliest_start_of_overlapping_reports_counts() -> None:
    made = Operation()
    alert = made.fire(10, starts_at=at(5))
    made.fire(11, starts_at=at(2))
    made.fire(12, starts_at=at(8))
    assert alert.started_at == T0 + 2 * MINUTE


def test_an_end_that_was_named_outlasts_a_time_out_that_is_earlier() -> None:
    made = Operation()
    alert = made.fire(0, ends_at=at(60))
    made.fire(5)
    made.pass_time(40)
    assert alert.firing
    made.pass_time(61)
    assert alert.ended_at == T0 + 60 * MINUTE


def test_of_two_named_ends_the_later_one_counts_whichever_was_told_last() -> None:
    made = Operation()
    alert = made.fire(0, ends_at=at(60))
    made.fire(5, ends_at=at(9))
    made.fire(6, ends_at=at(70))
    made.pass_time(90)
    assert alert.ended_at == T0 + 70 * MINUTE


def test_news_of_an_earlier_occurrence_does_not_end_this_one() -> None:
    made = Operation()
    alert = made.fire(20, starts_at=at(20), ends_at=at(60))
    made.fire(21, starts_at=at(2), ends_at=at(4))
    assert alert.firing
    assert (alert.started_at, alert.expires_at, alert.count) == (T0 + 20 * MINUTE, T0 + 60 * MINUTE, 2)


def test_a_report_that_it_is_over_ends_it() -> None:
    made = Operation()
    alert = made.fire(0)
    made.fire(5, starts_at=at(0), ends_at=at(4))
    assert (alert.end_reason, alert.ended_at) == ("resolved", T0 + 5 * MINUTE)
