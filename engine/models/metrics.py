"""How good probabilities are: ranking, calibration, and how sure one can be of a difference. NumPy only.

Weights are taken everywhere; ties share. Average precision is the step-wise sum (no interpolation), calibration error
the mean distance of ten equally wide bins weighted by rows (Naeini et al., AAAI 2015).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BINS: Final = 10


def auc(p: Floats, y: Floats) -> float:
    """Area under the ROC curve; NaN where one class is missing."""
    positive = float(y.sum())
    negative = len(y) - positive
    if not positive or not negative:
        return float("nan")
    _, inverse, counts = np.unique(p, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    return (float(ranks[y > 0.5].sum()) - positive * (positive + 1) / 2) / (positive * negative)


def pr_auc(p: Floats, y: Floats) -> float:
    """Average precision; NaN without a positive."""
    positive = float(y.sum())
    if not positive:
        return float("nan")
    order = np.argsort(-p, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(p[order])), len(p) - 1)
    hits = np.cumsum(y[order])[ends]
    gained = np.diff(hits, prepend=0.0)
    return float((gained * hits / (ends + 1)).sum() / positive)


def brier(p: Floats, y: Floats) -> float:
    return float(np.mean((p - y) ** 2)) if len(y) else float("nan")


def calibration_error(p: Floats, y: Floats) -> float:
    """Expected calibration error over ten bins; NaN without rows."""
    if not len(y):
        return float("nan")
    return float(sum(share * abs(said - was) for share, said, was in _bins(p, y)))


def curve(p: Floats, y: Floats) -> list[tuple[float, float, int]]:
    """(mean probability said, share that came true, rows) of each bin that has rows."""
    return [(round(said, 4), round(was, 4), round(share * len(y))) for share, said, was in _bins(p, y)]


def _bins(p: Floats, y: Floats) -> list[tuple[float, float, float]]:
    place = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    counts = np.bincount(place, minlength=BINS)
    said, was = np.bincount(place, p, BINS), np.bincount(place, y, BINS)
    filled = np.flatnonzero(counts)
    return [(float(counts[b] / len(y)), float(said[b] / counts[b]), float(was[b] / counts[b])) for b in filled]


def at_threshold(p: Floats, y: Floats, threshold: float) -> tuple[float, float]:
    """(precision, recall) of saying yes from `threshold` on; NaN where nothing is said or nothing was true."""
    said = p >= threshold
    hits = float(y[said].sum())
    positive = float(y.sum())
    precision = hits / float(said.sum()) if said.any() else float("nan")
    return precision, hits / positive if positive else float("nan")


def precision_at_recall(p: Floats, y: Floats, recall: float) -> float:
    """The highest precision among thresholds that reach this recall."""
    positive = float(y.sum())
    if not positive:
        return float("nan")
    order = np.argsort(-p, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(p[order])), len(p) - 1)
    hits = np.cumsum(y[order])[ends]
    enough = hits / positive >= recall
    return float((hits / (ends + 1))[enough].max())


def best_threshold(p: Floats, y: Floats) -> float:
    """Where F1 is highest; 0.5 where nothing can be told."""
    positive = float(y.sum())
    if not positive or positive == len(y):
        return 0.5
    order = np.argsort(-p, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(p[order])), len(p) - 1)
    hits = np.cumsum(y[order])[ends]
    f1 = 2 * hits / (ends + 1 + positive)
    return float(p[order][ends[int(np.argmax(f1))]])


def better(p: Floats, q: Floats, y: Floats, groups: NDArray[np.int64], rounds: int = 200, seed: int = 7) -> float:
    """How sure it is (0-1) that `p` has the higher average precision than `q` on the same rows: the share of bootstrap
    samples, drawn by whole groups (the rows of one entity stand together), in which it has."""
    random = np.random.default_rng(seed)
    names, place = np.unique(groups, return_inverse=True)
    wins, told = 0.0, 0
    for _ in range(rounds):
        times = np.bincount(random.integers(0, len(names), len(names)), minlength=len(names))
        rows = np.repeat(np.arange(len(y)), times[place])
        one, other = pr_auc(p[rows], y[rows]), pr_auc(q[rows], y[rows])
        if np.isfinite(one) and np.isfinite(other):
            told += 1
            wins += 1.0 if one > other else 0.5 if one == other else 0.0
    return wins / told if told else 0.5
