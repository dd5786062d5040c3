"""Priorities learned from what people took first: what counts as a choice, what is learned, and how it ranks."""

from typing import Any

import pytest

from data.records.audit import AuditRow
from data.times import MINUTE
from data.wire import decode
from engine.models.spec import Refused
from engine.pipeline import Pipeline
from engine.score.choices import Learned, choice_rows
from engine.score.priority import Features, Formula, priority
from engine.settings import Config
from tests.support.priority_choices import Desk, learned, tau
from tests.support.recordings import T0, Script, at

STEPS = 240
STEP = 7 * MINUTE


@pytest.fixture(scope="module")
def desk() -> Desk:
    made = Desk(seed=4)
    for number in range(1, STEPS + 1):
        made.step(number)
    return made


@pytest.fixture(scope="module")
def model(desk: Desk) -> Learned:
    return learned(desk.audit, T0 + STEPS * 4 // 5 * STEP)[0]


def played(action: str, **more: Any) -> list[AuditRow]:
    """Two alerts wait, far from each other; one of them is acted on."""
    pipeline, script = Pipeline(Config()), Script()
    script.fire(at(0), "Fire", site="S1", entity="host/a")
    script.fire(at(8), "Flood", site="S2", entity="host/b")
    pipeline.run([decode(line) for line in script.lines], 0)
    first = next(iter(pipeline.partition("default").grouping.loose_clusters()))
    acts = Script(prefix="o")
    id = acts.add("operator.acted", at(10), {"target": f"cluster/{first.id}", "action": action, **more})
    audit = list(pipeline.run([decode(line) for line in acts.lines], 0).commit.audit)
    undo = Script(prefix="u")
    undo.add("operator.acted", at(11), {"target": id, "action": "undo"})
    return audit + list(pipeline.run([decode(line) for line in undo.lines], 0).commit.audit)


def test_taking_one_up_is_a_choice_against_what_waits() -> None:
    row = played("acknowledge")[0]
    rows = choice_rows([row], "default", at(60))
    assert rows.labels.tolist() == [1.0, 0.0]
    assert rows.times.tolist() == [at(10), at(10)]


def test_snoozing_says_the_opposite_and_a_comment_nothing() -> None:
    rows = choice_rows(played("snooze", params={"for": "1h"})[:1], "default", at(60))
    assert rows.labels.tolist() == [1.0, 0.0]
    assert "choice" not in played("comment", note="hm")[0].detail


def test_resolving_counts_with_a_stated_impact_only() -> None:
    assert "choice" not in played("resolve")[0].detail
    assert played("resolve", params={"impact": "the gate stood open"})[0].detail["choice"]["down"]


def test_what_was_undone_or_comes_later_teaches_nothing() -> None:
    both = played("acknowledge")
    assert both[1].outcome.startswith("undone")
    with pytest.raises(Refused, match="nobody has taken up"):
        choice_rows(both, "default", at(60))
    with pytest.raises(Refused):
        choice_rows(both[:1], "default", at(10))


def test_it_agrees_with_planted_impact_more_than_the_formula(desk: Desk, model: Learned) -> None:
    held = desk.waited[STEPS * 4 // 5 :]
    assert tau(model, held) > tau(Formula(), held) + 0.15


def test_it_never_falls_with_severity_or_tier(model: Learned) -> None:
    for tier in range(1, 5):
        for severity in range(1, 5):
            seen = Features(severity, tier, recurrence=3, workload=2, business=1)
            graver = model.score(Features(severity + 1, tier, recurrence=3, workload=2, business=1))
            closer = model.score(Features(severity, tier + 1, recurrence=3, workload=2, business=1))
            assert graver >= model.score(seen)
            assert closer >= model.score(seen)
            assert 0 <= priority(seen, model) <= 100


def test_once_live_it_ranks_and_says_what_each_feature_did(model: Learned) -> None:
    pipeline = Pipeline(Config())
    pipeline.partition("default").grouping.ranking.equip(model)
    script = Script()
    script.fire(at(0), "Fire", "HIGH")
    alert = pipeline.run([decode(line) for line in script.lines], 0).commit.alerts[-1]
    seen = Features(*alert.features)
    assert alert.priority == priority(seen, model)
    factors = model.factors(seen)
    assert {"tier", "severity"} <= {factor.name for factor in factors}
    assert abs(factors[0].points) >= abs(factors[-1].points)
