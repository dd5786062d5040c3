"""Calibration, intervals, drift and rates against known answers."""

import numpy as np
import pytest

from data.times import DAY
from engine.models import metrics
from engine.models.calibrate import Interval, interval, isotonic, platt, sigmoid
from engine.models.drift import ks, performance, population, psi, scores, shape_of
from engine.models.rates import Rates
from engine.models.table import Table


def test_ranking_figures_are_those_of_scikit_learn() -> None:
    from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

    random = np.random.default_rng(2)
    p = np.round(random.random(500), 2)  # with ties
    y = (random.random(500) < p).astype(float)
    assert metrics.auc(p, y) == pytest.approx(roc_auc_score(y, p))
    assert metrics.pr_auc(p, y) == pytest.approx(average_precision_score(y, p))
    assert metrics.brier(p, y) == pytest.approx(brier_score_loss(y, p))


def test_precision_at_a_recall_is_the_best_there_not_the_base_rate() -> None:
    p, y = np.array([0.9, 0.8, 0.7, 0.2, 0.1]), np.array([1.0, 1.0, 0.0, 1.0, 0.0])
    assert metrics.precision_at_recall(p, y, 0.6) == 1.0
    assert metrics.precision_at_recall(p, y, 0.8) == 0.75


@pytest.mark.parametrize("way", [platt, isotonic])
def test_calibration_undoes_a_distortion(way: object) -> None:
    random = np.random.default_rng(4)
    margin = random.normal(size=8000)
    y = (random.random(8000) < sigmoid(0.4 * margin - 1.5)).astype(float)
    p = way(margin, y)(margin)  # type: ignore[operator]
    assert metrics.calibration_error(sigmoid(margin), y) > 0.15
    assert metrics.calibration_error(p, y) < 0.03
    assert (np.diff(p[np.argsort(margin)]) >= 0).all()


def test_a_falling_curve_is_not_believed() -> None:
    margin = np.linspace(-2, 2, 200)
    fitted = platt(margin, (margin < 0).astype(float))
    assert (np.diff(fitted(margin)) >= 0).all()


def test_the_interval_keeps_its_promise_and_is_narrow_only_where_the_model_was_right() -> None:
    random = np.random.default_rng(6)
    p = np.concatenate((np.full(3000, 0.01), np.full(3000, 0.5)))
    y = (random.random(6000) < p).astype(float)
    kept = interval(p, y)
    held = [kept.of(float(one), 0.95) for one in p]
    inside = np.mean([low <= was <= high for (low, high), was in zip(held, y, strict=True)])
    assert inside >= 0.95
    assert kept.of(0.01)[1] < 0.05
    assert kept.of(0.5)[1] - kept.of(0.5)[0] >= 0.5


def test_too_few_residuals_promise_nothing() -> None:
    assert interval(np.full(10, 0.2), np.zeros(10)) == Interval()
    few = interval(np.full(60, 0.2), np.zeros(60))
    assert few.of(0.2, 0.99) == (0.0, 1.0)  # the 61st smallest of 60


def test_drift_tells_another_population_from_the_same() -> None:
    random = np.random.default_rng(5)
    was, same, other = random.normal(size=4000), random.normal(size=800), random.normal(1.0, size=800)
    shape = shape_of(was)
    assert psi(shape, same) < 0.1 < 0.25 < psi(shape, other)
    gaps = same.copy()
    gaps[:400] = np.nan
    assert psi(shape, gaps) > 0.25
    found = population({"age": shape, "load": shape}, {"age": same, "load": other})
    assert [drift.what for drift in found] == ["load"]


def test_kolmogorov_smirnov_is_that_of_the_tables() -> None:
    one, other = np.arange(100.0), np.arange(100.0) + 20
    distance, p = ks(one, other)
    assert distance == pytest.approx(0.2)
    assert p == pytest.approx(0.0366, abs=0.006)  # two samples of 100 at 0.2
    assert scores(one, other).level == 3
    assert scores(one, one).level == 0
    assert scores(one[:5], other).level == 0  # too few to say


def test_a_loss_of_accuracy_has_the_levels_of_the_original() -> None:
    assert [performance(0.9, now, 200).level for now in (0.9, 0.84, 0.79, 0.69)] == [0, 3, 4, 5]
    assert performance(0.9, 0.1, 5).level == 0


def test_shares_follow_what_changes_and_lean_on_the_whole() -> None:
    rates = Rates(10 * DAY)
    for day in range(40):
        rates.settle({"group": "slow"}, bad=True, time=day * DAY)
        rates.settle({"group": "quick"}, bad=False, time=day * DAY, minutes=10)
    slow, quick, unknown = (rates.share("group", name) for name in ("slow", "quick", "new"))
    assert quick < unknown < slow
    assert unknown == pytest.approx(0.5)
    for day in range(40, 80):
        rates.settle({"group": "slow"}, bad=False, time=day * DAY)
    assert rates.share("group", "slow") < 0.25
    again = Rates(10 * DAY)
    again.load(rates.dump())
    assert again.dump() == rates.dump()
    assert again.share("group", "quick") == rates.share("group", "quick")


def test_a_table_keeps_its_rows_while_others_come_and_go() -> None:
    table = Table(("a",))
    for name in map(str, range(40)):
        table.row(table.add(name))[0] = float(name)
    table.remove("3")
    place = table.column("late:x")
    table.row(table.add("new"))[place] = 7.0
    assert np.isnan(table.row(table.slots["new"])[0])
    assert table.row(table.slots["39"])[0] == 39
    again = Table()
    again.load(table.dump())
    assert again.names == table.names
    assert list(again.slots) == list(table.slots)
    ids, slots = again.rows()
    assert np.array_equal(again.matrix[slots, :2], table.matrix[table.rows()[1], :2], equal_nan=True)
    assert ids[-1] == "new"
