"""Verdicts teach a model of pairs; until it is live, and where nothing was said, rules decide."""

import random
from typing import Any

import numpy as np
import pytest

from data.own import MODEL_TURN, ModelTurn
from data.records.model import ModelVersion
from data.times import MINUTE
from data.wire import own_entry
from engine.alerts.pairs import KIND, NAMES, SPEC, Judge, pair_rows
from engine.models.about import as_plain
from engine.models.fit import fit
from engine.models.scorer import Scorer
from engine.models.spec import Refused
from tests.engine.operation import T0, Operation, ref

ALWAYS = T0 + 365 * 1440 * MINUTE


def teach(rounds: int = 70, seed: int = 5) -> Operation:
    """People merge what one probe told within seconds, whatever it is, and take apart what the rules put
    together: two alerts of one thing from different probes."""
    desk, dice = Operation(), random.Random(seed)
    for number in range(rounds):
        at, site = 30.0 * number, f"S{number}"
        same = dice.random() < 0.5
        one = fire(desk, at, f"Fan{number % 25}", f"host/{number}a", site, "probe")
        if same:
            other = fire(desk, at + dice.uniform(0.2, 0.9), f"Disk{number % 25}", f"host/{number}b", site, "probe")
            assert one.cluster != other.cluster, "the rules see nothing in common"
            assert desk.act(at + 2, "merge", ref(other), into=ref(one)).ok
        else:
            other = fire(desk, at + dice.uniform(0.05, 0.3), f"Disk{number % 25}", f"host/{number}a", site, "other")
            assert one.cluster == other.cluster, "the rules take one thing for one cause"
            assert desk.act(at + 2, "split", ref(other)).ok
    return desk


def fire(desk: Operation, at: float, kind: str, entity: str, site: str, probe: str) -> Any:
    return desk.fire(at, kind, entity=entity, site=site, labels={"probe": probe})


@pytest.fixture(scope="module")
def taught() -> Operation:
    return teach()


@pytest.fixture(scope="module")
def model(taught: Operation) -> ModelVersion:
    fitted = fit(pair_rows(taught.audit, "default", ALWAYS), SPEC, ALWAYS)
    return ModelVersion(
        1, "default", KIND, "pairs-1", "LIVE", ALWAYS, fitted.checksum, as_plain(fitted.about), fitted.body
    )


def test_each_verdict_leaves_its_pairs_with_what_was_seen(taught: Operation) -> None:
    rows = pair_rows(taught.audit, "default", ALWAYS)
    assert len(rows) == 70
    assert tuple(rows.names) == NAMES
    assert 20 < rows.labels.sum() < 50
    same = rows.matrix[rows.labels == 1]
    assert set(same[:, NAMES.index("same_entity")]) == {0.0}
    assert rows.rules[rows.labels == 0].min() > 0.5, "the rules had joined them"
    assert rows.rules[rows.labels == 1].max() < 0.5


def test_undone_verdicts_and_those_after_the_moment_do_not_count() -> None:
    desk = Operation()
    one, other = desk.fire(0, entity="host/a"), desk.fire(5, "Disk", entity="host/b", site="S2")
    done = desk.act(6, "merge", ref(other), into=ref(one))
    assert len(pair_rows(desk.audit, "default", ALWAYS)) == 1
    with pytest.raises(Refused, match="nobody has merged"):
        pair_rows(desk.audit, "default", T0)
    with pytest.raises(Refused):
        pair_rows(desk.audit, "elsewhere", ALWAYS)
    assert desk.act(7, "undo", done.undo or "").ok
    with pytest.raises(Refused):
        pair_rows(desk.audit, "default", ALWAYS)


def test_an_approval_confirms_what_stands_together() -> None:
    desk = Operation()
    alerts = [desk.fire(number / 10, f"T{number}") for number in range(3)]
    incident = next(iter(desk.incidents.values()), None)
    if incident is None:
        alerts.append(desk.fire(1, "Worse", "CRITICAL"))
        incident = desk.incident(alerts[0])
    incident.candidate = True
    assert desk.act(2, "approve", f"incident/{incident.id}").ok
    rows = pair_rows(desk.audit, "default", ALWAYS)
    assert len(rows) == len(alerts) - 1
    assert rows.labels.all()


def test_too_few_verdicts_leave_it_to_the_rules() -> None:
    with pytest.raises(Refused, match="too little to learn from"):
        fit(pair_rows(teach(12).audit, "default", ALWAYS), SPEC, ALWAYS)


def test_it_learns_what_the_rules_had_wrong(taught: Operation, model: ModelVersion) -> None:
    about = Scorer(model).about
    assert about.model.pr_auc > 0.9 > about.rules.pr_auc
    again = fit(pair_rows(taught.audit, "default", ALWAYS), SPEC, ALWAYS)
    assert again.checksum == model.checksum


def judged(model: ModelVersion) -> Operation:
    desk = Operation()
    scorer = Scorer(model)
    desk.partition.grouping.clusters.pairs_by = lambda: scorer
    return desk


def test_once_live_it_joins_as_people_would_and_says_that_it_did(model: ModelVersion) -> None:
    desk = judged(model)
    one = fire(desk, 0, "Fan", "host/a", "S1", "desk")
    same_source = fire(desk, 0.5, "Fan", "host/b", "S1", "desk")
    assert same_source.cluster == one.cluster
    assert "sure by the learned model pairs-1" in same_source.cluster_reason
    assert f"({one.id})" in same_source.cluster_reason


def test_of_candidates_the_order_does_not_matter(model: ModelVersion) -> None:
    desk = judged(model)
    alerts = [fire(desk, number / 100, "Fan", f"host/{number}", "S1", "desk") for number in range(8)]
    clusters = desk.partition.grouping.clusters
    judge_of = clusters.seen
    rows = [judge_of.vector(alerts[-1], other, alerts[-1].first_seen, float("nan")) for other in alerts[:-1]]
    sure = Scorer(model).many(NAMES, np.array(rows, np.float32))
    judge = Judge(Scorer(model), judge_of)
    there = judge.best(alerts[-1], alerts[:-1], alerts[-1].first_seen)
    back = judge.best(alerts[-1], alerts[-2::-1], alerts[-1].first_seen)
    assert there == back
    assert there is None or there[1] == pytest.approx(float(sure.max()))


def test_an_entry_in_the_journal_makes_it_live_and_a_restart_keeps_it(model: ModelVersion) -> None:
    desk = Operation()
    fire(desk, 0, "Door", "door/1", "S9", "desk")
    library = desk.partition.foresight.library
    library.add(model)
    desk.partition.take(own_entry(MODEL_TURN, "default", T0, ModelTurn(KIND, 1, "pairs-1", "taught")))
    desk.restart()
    desk.partition.foresight.library.add(model)
    one, other = fire(desk, 1, "Fan", "host/a", "S1", "desk"), fire(desk, 1.5, "Fan", "host/b", "S1", "desk")
    assert one.cluster == other.cluster
    assert "learned model pairs-1" in other.cluster_reason


def test_changes_at_the_site_are_seen_with_the_pair() -> None:
    desk = Operation()
    desk.event("change.recorded", 0, {"kind": "config", "summary": "x", "site": "S1"})
    one, other = desk.fire(10, entity="host/a"), desk.fire(15, "Disk", entity="host/b")
    elsewhere = desk.fire(16, "Disk", entity="host/c", site="S2")
    desk.act(17, "merge", ref(other), into=ref(one))
    desk.act(18, "merge", ref(elsewhere), into=ref(one))
    rows = pair_rows(desk.audit, "default", ALWAYS)
    assert rows.matrix[0, NAMES.index("change")] == pytest.approx(17)
    assert rows.matrix[0, NAMES.index("same_site")] == 1
