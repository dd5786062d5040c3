"""Storms: begin and end with hysteresis, hide nothing grave, mix no sites, tell what they hold."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.times import HOUR, MINUTE, SECOND
from engine.alerts.storm import Storm
from engine.settings.sections import StormSettings

T0 = 1_700_000_000 * SECOND
SMALL = StormSettings(per_site=10, per_partition=40)


class Begun(msgspec.Struct):
    site: str | None = "S1"
    severity: int = 3
    alert_type: str = "LinkDown"
    entity: str | None = "host/a"


def rain(storm: Storm, count: int, at: int = T0, every: int = 0, **alert: object) -> list[object]:
    """`count` alerts; what becomes of each. The item is opened when the storm asks for one."""
    folds = []
    for number in range(count):
        fold = storm.raised(Begun(**alert), at + number * every)  # type: ignore[arg-type]
        if fold is not None and fold.cluster is None:
            storm.settle(fold.site, 77)
        folds.append(fold)
    return folds


def run(storm: Storm, until: int) -> list[object]:
    over: list[object] = []
    while (due := storm.due()) is not None and due <= until:
        over += storm.tick(due)
    return over


def test_up_to_the_budget_everything_goes_its_usual_way():
    storm = Storm(SMALL)
    assert rain(storm, 10) == [None] * 10
    assert storm.due() is None


def test_beyond_it_the_first_is_shown_and_the_rest_is_folded_beside_it():
    storm = Storm(SMALL)
    folds = rain(storm, 15)[10:]
    assert [(fold.began, fold.shown, fold.cluster) for fold in folds] == [
        (True, True, None), (False, False, 77), (False, False, 77), (False, False, 77), (False, False, 77),
    ]  # fmt: skip
    assert folds[1].reason == "burst"


def test_another_site_has_no_part_in_it():
    storm = Storm(SMALL)
    rain(storm, 20)
    assert rain(storm, 5, site="S2") == [None] * 5
    assert rain(storm, 5, site=None) == [None] * 5


def test_nothing_graver_is_folded_until_that_is_a_storm_too():
    storm = Storm(SMALL)
    rain(storm, 20, severity=3)
    assert rain(storm, 10, severity=5) == [None] * 10
    eleventh, next_one = rain(storm, 2, severity=5)
    assert (eleventh.shown, eleventh.cluster) == (True, 77)
    assert not next_one.shown
    assert not rain(storm, 1, severity=4)[0].shown, "the item shows something graver by now"


def test_when_everything_is_over_budget_each_site_has_a_tenth():
    storm = Storm(SMALL)
    for number in range(8):
        assert rain(storm, 5, site=f"S{number}") == [None] * 5
    assert rain(storm, 1, site="S0")[0].began
    assert rain(storm, 1, site="quiet") == [None]


def test_a_storm_ends_a_minute_after_it_has_calmed_down():
    storm = Storm(SMALL)
    rain(storm, 30)
    assert run(storm, T0 + 110 * SECOND) == []
    assert rain(storm, 1, T0 + 110 * SECOND)[0].shown is False, "it still goes on"
    over = run(storm, T0 + 5 * MINUTE)
    assert len(over) == 1
    assert (over[0].site, over[0].cluster, over[0].alerts) == ("S1", 77, 21)
    assert T0 + 2 * MINUTE <= over[0].ended_at <= T0 + 130 * SECOND
    assert storm.due() is None
    assert rain(storm, 10, T0 + 6 * MINUTE) == [None] * 10


def test_between_the_thresholds_it_goes_on():
    storm = Storm(SMALL)
    rain(storm, 12)
    for minute in range(1, 20):  # seven a minute: under the budget, over half of it
        rain(storm, 7, T0 + minute * MINUTE, every=8 * SECOND)
        assert run(storm, T0 + minute * MINUTE + 56 * SECOND) == []


def test_the_digest_tells_what_and_on_what():
    storm = Storm(SMALL)
    rain(storm, 12)
    rain(storm, 3, alert_type="DiskFull", entity="service/x", severity=2)
    rain(storm, 1, alert_type="Odd", entity=None)
    assert storm.digest("S1").text == (
        "storm at S1: 6 new alerts since 2023-11-14T22:13:20Z, the gravest MEDIUM: "
        "3 DiskFull, 2 LinkDown, 1 Odd; on 3 service, 2 host, 1 nothing named"
    )
    assert storm.digest("S2") is None


def test_a_digest_is_bounded():
    storm = Storm(SMALL)
    for number in range(5000):
        rain(storm, 1, alert_type=f"T{number}", entity=f"k{number}/x")
    assert storm.digest("S1").text.count("T") < 20
    assert len(storm.dump()) < 5000


def test_an_item_that_was_closed_is_opened_again_visibly():
    storm = Storm(SMALL)
    rain(storm, 20)
    storm.settle("S1", None)
    fold = rain(storm, 1)[0]
    assert (fold.shown, fold.cluster, fold.began) == (True, None, False)


def test_a_hundred_thousand_alerts_leave_one_line():
    storm = Storm(StormSettings(per_site=100, per_partition=1000))
    folds = rain(storm, 100_000, every=100)
    assert sum(fold is None or fold.shown for fold in folds) == 101
    assert storm.digest("S1").alerts == 99_900


alerts = st.lists(
    st.tuples(
        st.sampled_from([None, "S1", "S2"]), st.integers(1, 5), st.sampled_from([0, 0, 0, SECOND, 9 * SECOND, HOUR])
    ),
    max_size=120,
)


@given(alerts)
def test_what_is_hidden_lies_beside_something_as_grave_of_its_site(course: list[tuple[str | None, int, int]]):
    storm = Storm(StormSettings(per_site=4, per_partition=9))
    shown: dict[int, tuple[str, int]] = {}
    now = T0
    for number, (site, severity, step) in enumerate(course):
        now += step
        run(storm, now)
        fold = storm.raised(Begun(site, severity), now)
        if fold is None:
            continue
        assert fold.site == (site or "")
        if fold.cluster is None:
            assert fold.shown
            storm.settle(fold.site, number + 1)
            shown[number + 1] = (fold.site, severity)
            continue
        home, gravest = shown[fold.cluster]
        assert home == fold.site
        if fold.shown:
            shown[fold.cluster] = (home, max(gravest, severity))
        else:
            assert severity <= gravest


@given(alerts, st.integers(0, 120))
def test_a_restart_changes_nothing(course: list[tuple[str | None, int, int]], stop: int):
    settings = StormSettings(per_site=4, per_partition=9)
    whole, parts = Storm(settings), Storm(settings)
    now = T0
    for number, (site, severity, step) in enumerate(course):
        now += step
        if number == stop:
            body, parts = parts.dump(), Storm(settings)
            parts.load(body)
        assert run(whole, now) == run(parts, now)
        folds = [storm.raised(Begun(site, severity), now) for storm in (whole, parts)]
        assert folds[0] == folds[1]
        if folds[0] is not None and folds[0].cluster is None:
            for storm in (whole, parts):
                storm.settle(folds[0].site, number)


@pytest.mark.parametrize("back", [SECOND, MINUTE, HOUR])
def test_what_comes_late_counts_as_now(back: int):
    storm = Storm(SMALL)
    rain(storm, 10)
    assert rain(storm, 1, T0 - back)[0].began
