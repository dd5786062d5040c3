"""The gates: what a version must show on rows it has not seen before it may go live."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.models import metrics
from engine.models.about import Gate, Scores
from engine.models.scorer import Scorer
from engine.models.spec import FEW, LARGE, ModelSpec, Rows

Floats = NDArray[np.float64]


class Limits(msgspec.Struct, frozen=True):
    """`sure` (0-1): how sure it has to be that the PR-AUC is higher than the rules' and the live version's.
    `min_precision`, `min_recall`, `min_pr_auc` count with `LARGE` labels only; 0 leaves them out. `few`: labelled
    entities below which nothing is learned."""

    max_calibration_error: float = 0.1
    sure: float = 0.9
    min_precision: float = 0.0
    min_recall: float = 0.0
    min_pr_auc: float = 0.0
    few: int = FEW


def scored(p: Floats, y: Floats) -> Scores:
    precision, recall = metrics.at_threshold(p, y, metrics.best_threshold(p, y))
    return Scores(
        metrics.auc(p, y), metrics.pr_auc(p, y), metrics.brier(p, y), metrics.calibration_error(p, y), precision,
        recall, metrics.precision_at_recall(p, y, 0.8),
    )  # fmt: skip


def gates(
    p: Floats, y: Floats, rows: Rows, older: Floats | None, live: Scorer | None, spec: ModelSpec, limits: Limits,
    entities: int,
) -> list[Gate]:  # fmt: skip
    """Each gate with its figures in words, in the order in which a person would ask."""
    found = [_beats("rules", p, rows.rules, y, rows, limits.sure, "the rules")]
    if older is not None and live is not None:
        found.append(_beats("live version", p, older, y, rows, 0.5, f"version {live.version}, which is live"))
    found.append(_calibrated(p, y, limits.max_calibration_error))
    if entities >= LARGE:
        found += _absolute(p, y, spec, limits)
    return found


def _beats(name: str, p: Floats, other: Floats, y: Floats, rows: Rows, sure: float, whom: str) -> Gate:
    how = metrics.better(p, other, y, rows.entities)
    figures = f"PR-AUC {metrics.pr_auc(p, y):.3f} against {metrics.pr_auc(other, y):.3f} of {whom}"
    return Gate(name, how >= sure, f"{figures}: {how:.0%} sure to be better, {sure:.0%} is needed")


def _calibrated(p: Floats, y: Floats, most: float) -> Gate:
    """Chance alone misses by about sqrt(p (1 - p) / n) in a bin; small data is given that."""
    error = metrics.calibration_error(p, y)
    rate = float(y.mean())
    noise = float(np.sqrt(max(rate * (1 - rate), 1e-6) * metrics.BINS / len(y)))
    return Gate(
        "calibration",
        error <= most + noise,
        f"calibration error {error:.3f}; {most:g} and {noise:.3f} for chance are allowed",
    )


def _absolute(p: Floats, y: Floats, spec: ModelSpec, limits: Limits) -> list[Gate]:
    rate, area = float(y.mean()), metrics.pr_auc(p, y)
    threshold = metrics.best_threshold(p, y)
    precision, recall = metrics.at_threshold(p, y, threshold)
    wanted = max(spec.lift * rate, limits.min_pr_auc) if rate < 0.5 else max(rate, limits.min_pr_auc)
    return [
        Gate("PR-AUC", area >= wanted, f"PR-AUC {area:.3f} at a base rate of {rate:.3f}; {wanted:.3f} is needed"),
        Gate(
            "precision", precision >= limits.min_precision,
            f"precision {precision:.3f} at its best threshold; {limits.min_precision:g} is needed",
        ),
        Gate("recall", recall >= limits.min_recall, f"recall {recall:.3f} there; {limits.min_recall:g} is needed"),
    ]  # fmt: skip
