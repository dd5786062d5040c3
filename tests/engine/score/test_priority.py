"""Priority: monotone in severity and tier, blast radius and repair count, the vector is kept and explained."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.times import DAY, HOUR, MINUTE
from engine.explain.ranks import factors_of, ranked
from engine.score.habits import NEWEST, Habits
from engine.score.priority import WEIGHTS, Factor, Features, Formula, priority, read
from tests.engine.operation import Operation

FORMULA = Formula()

several = st.integers(0, 5_000)
vectors = st.builds(
    Features, severity=st.integers(1, 5), tier=st.integers(1, 5), sites=st.integers(0, 40), impact=several,
    resolution=several, recurrence=several, workload=several, business=st.integers(0, 1), on_call=st.integers(0, 1),
    criticality=st.integers(1, 5), members=several,
)  # fmt: skip


@given(vectors, st.sampled_from(Features.__struct_fields__))
def test_more_of_any_feature_never_ranks_lower(seen: Features, name: str) -> None:
    more = msgspec.structs.replace(seen, **{name: getattr(seen, name) + 1})
    assert priority(more, FORMULA) >= priority(seen, FORMULA)


@given(vectors)
def test_it_is_0_to_100_and_the_factors_add_up_to_it(seen: Features) -> None:
    found = FORMULA.factors(seen)
    assert sum(WEIGHTS) == 100 == sum(factor.most for factor in found)
    assert 0 <= priority(seen, FORMULA) <= 100
    assert sum(factor.points for factor in found) == pytest.approx(FORMULA.score(seen))


@pytest.mark.parametrize(
    ("name", "low", "high"), [("sites", 1, 5), ("members", 1, 64), ("resolution", 10, 240), ("impact", 10, 240)]
)
def test_what_the_original_left_out_counts(name: str, low: int, high: int) -> None:
    less, more = (Features(severity=3, **{name: value}) for value in (low, high))
    assert priority(more, FORMULA) > priority(less, FORMULA)


def test_nothing_common_outweighs_two_grades_of_severity() -> None:
    nuisance = Features(severity=2, recurrence=9_999, workload=9_999, business=1, on_call=1)
    assert priority(Features(severity=4), FORMULA) > priority(nuisance, FORMULA)


def test_habits_are_means_over_their_spans() -> None:
    habits = Habits()
    for hour in range(30):
        habits.began("A", hour * HOUR)
    assert habits.known("A", 29 * HOUR) == (30, 60, 24)
    habits.ended("A", 10 * MINUTE, 0)
    for minute in range(NEWEST):
        habits.ended("A", 40 * MINUTE, DAY + minute)
    impact, resolution, _ = habits.known("A", DAY)
    assert (impact, resolution) == (40, (10 + 40 * NEWEST) // (NEWEST + 1))
    assert habits.known("A", 32 * DAY)[:2] == (30, resolution)
    assert habits.known("A", 200 * DAY) == (30, 60, 0)
    assert habits.known("B", 0) == (30, 60, 0)


@given(st.lists(st.tuples(st.sampled_from("AB"), st.booleans(), st.integers(0, 400)), max_size=60), st.integers(0, 60))
def test_half_a_dump_and_the_rest_is_the_whole(told: list[tuple[str, bool, int]], half: int) -> None:
    def tell(habits: Habits, some: list[tuple[str, bool, int]]) -> None:
        for kind, began, hours in some:
            if began:
                habits.began(kind, hours * HOUR)
            else:
                habits.ended(kind, 5 * MINUTE, hours * HOUR)
            habits.known(kind, hours * HOUR)

    whole, first, second = Habits(), Habits(), Habits()
    tell(whole, told)
    tell(first, told[:half])
    second.load(first.dump())
    tell(second, told[half:])
    assert second.dump() == whole.dump()


def vip(desk: Operation) -> None:
    desk.event("client.upserted", 0, {"id": "C1", "tier": "VIP"})
    desk.event("site.upserted", 0, {"id": "S1", "client": "C1", "criticality": 5, "in_charge": "P1"})


def test_an_alert_is_ranked_by_what_is_known_when_it_comes_and_keeps_it() -> None:
    desk = Operation()
    vip(desk)
    desk.fire(1, "Other", entity="host/z")
    alert = desk.fire(20, severity="LOW")
    seen = read(alert.features)
    assert seen == Features(
        severity=2, tier=5, workload=0, recurrence=1, business=1, on_call=1, criticality=5,
        impact=30, resolution=60,
    )  # fmt: skip
    assert alert.priority == priority(seen, FORMULA)
    before = alert.priority
    desk.fire(21, severity="HIGH")
    assert alert.priority > before
    assert read(alert.features).severity == 4  # type: ignore[union-attr]


def test_the_incident_shows_what_its_rank_is_made_of() -> None:
    desk = Operation()
    vip(desk)
    for name in "abcd":
        desk.fire(1, severity="HIGH", entity=f"host/{name}")
    incident = desk.incident(next(iter(desk.alerts.values())))
    factors = factors_of(incident)
    assert next(one.words for one in factors if one.name == "blast radius") == "4 alerts at 1 site"
    assert sum(one.points for one in factors) == pytest.approx(incident.priority, abs=1)
    assert "for severity (severity 4 of 5)" in ranked(incident)[0]


class Upside:
    """A learned model that has everything the other way round."""

    name = "upside"

    def score(self, seen: Features) -> float:
        return 100 - 30 * seen.severity

    def factors(self, seen: Features) -> list[Factor]:
        return [Factor("severity", "the less the more", self.score(seen), 100)]


def test_another_ranker_can_be_put_in_and_is_held_to_0_to_100() -> None:
    desk = Operation()
    desk.partition.grouping.ranking.ranker = Upside()
    assert desk.fire(1, severity="INFO").priority == 70
    grave = desk.fire(1, "Fire", severity="CRITICAL", entity="host/b")
    assert grave.priority == 0
    assert "by a learned model" in ranked(grave)[0]


def test_ranking_survives_a_restart() -> None:
    desk, never = Operation(), Operation()
    for each in (desk, never):
        vip(each)
        each.fire(1)
        each.clear(5)
        each.fire(8, "Other", entity="host/b")
    desk.restart()
    assert desk.fire(11, entity="host/c").features == never.fire(11, entity="host/c").features
