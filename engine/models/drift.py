"""Whether what a model sees, says, or is right about is still what it was made with.

Population stability index (PSI): below 0.1 nothing, from 0.25 on another population (the usual bands of credit
scoring). Kolmogorov-Smirnov: two samples, asymptotic p-value. Performance: accuracy lost since the model was made.
Levels are the original system's: CRITICAL, HIGH, MEDIUM.
"""

from collections.abc import Sequence
from math import exp, sqrt
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.records.severity import CRITICAL, HIGH, MEDIUM
from engine.models.about import Shape

Floats = NDArray[np.float64]
BANDS: Final = 10
ENOUGH: Final = 30  # rows on either side
KS_LEVELS: Final = ((0.001, CRITICAL), (0.01, HIGH), (0.05, MEDIUM))
PSI_LEVELS: Final = ((0.5, CRITICAL), (0.25, HIGH), (0.1, MEDIUM))
LOSS_LEVELS: Final = ((0.20, CRITICAL), (0.10, HIGH), (0.05, MEDIUM))


class Drift(msgspec.Struct, frozen=True):
    """One kind of drift of one figure; `level` 0 for none, else a severity."""

    what: str
    measure: str  # psi ks accuracy precision recall
    value: float
    level: int
    text: str


def shape_of(values: Floats) -> Shape:
    """Bands of equal rows; a figure with few values gets a band each."""
    known = values[np.isfinite(values)]
    gaps = 1.0 - len(known) / len(values) if len(values) else 0.0
    if not len(known):
        return Shape((), (), gaps)
    inner = np.unique(np.quantile(known, np.linspace(0, 1, BANDS + 1)[1:-1]))
    return Shape(tuple(inner.tolist()), tuple(_shares(inner, known).tolist()), gaps)


def _shares(inner: Floats, known: Floats) -> Floats:
    """Share of rows in each band, from one below the first edge to one above the last."""
    counts = np.bincount(np.searchsorted(inner, known, side="left"), minlength=len(inner) + 1)
    out: Floats = counts / max(1, len(known))
    return out


def psi(was: Shape, values: Floats) -> float:
    """Of `values` against how they were spread; gaps are a band of their own. 0 where nothing can be compared."""
    if not len(values):
        return 0.0
    known = values[np.isfinite(values)]
    gaps = 1.0 - len(known) / len(values)
    then = np.array([*(share * (1 - was.gaps) for share in was.shares), was.gaps])
    here = _shares(np.array(was.edges), known) * (1 - gaps) if was.shares else np.zeros(0)
    now = np.array([*here.tolist(), gaps])
    floor = 1e-4
    then, now = np.maximum(then, floor), np.maximum(now, floor)
    return float(((now - then) * np.log(now / then)).sum())


def ks(one: Floats, other: Floats) -> tuple[float, float]:
    """(greatest distance of the two distributions, p-value). Asymptotic series of Kolmogorov."""
    if not len(one) or not len(other):
        return 0.0, 1.0
    every = np.sort(np.concatenate((one, other)))
    distance = float(
        np.abs(
            np.searchsorted(np.sort(one), every, side="right") / len(one)
            - np.searchsorted(np.sort(other), every, side="right") / len(other)
        ).max()
    )
    size = sqrt(len(one) * len(other) / (len(one) + len(other)))
    x = (size + 0.12 + 0.11 / size) * distance
    if x < 0.2:
        return distance, 1.0
    p = 2 * sum((-1) ** (k - 1) * exp(-2 * k * k * x * x) for k in range(1, 101))
    return distance, min(1.0, max(0.0, p))


def level_of(value: float, levels: Sequence[tuple[float, int]], *, falling: bool = False) -> int:
    """The first level that is reached: from above (a p-value) where `falling`, else from below."""
    for limit, level in levels:
        if (value < limit) if falling else (value >= limit):
            return level
    return 0


def population(was: dict[str, Shape], now: dict[str, Floats]) -> list[Drift]:
    """Features that are spread otherwise than they were, worst first."""
    found = []
    for name, shape in was.items():
        values = now.get(name)
        if values is None or len(values) < ENOUGH:
            continue
        value = psi(shape, values)
        level = min(MEDIUM, level_of(value, PSI_LEVELS))  # one figure alone asks nobody to act
        if level:
            found.append(
                Drift(name, "psi", value, level, f"{name} is spread otherwise than in training: PSI {value:.2f}")
            )
    return sorted(found, key=lambda drift: -drift.value)


def scores(earlier: Floats, lately: Floats) -> Drift:
    """Of what the model says: the last days against the days it was made on."""
    if min(len(earlier), len(lately)) < ENOUGH:
        return Drift("score", "ks", 1.0, 0, f"too few scores to compare: {len(earlier)} and {len(lately)}")
    distance, p = ks(earlier, lately)
    level = level_of(p, KS_LEVELS, falling=True) if distance >= 0.1 else 0  # of many rows every trifle is significant
    return Drift("score", "ks", p, level, f"scores lately against before: KS distance {distance:.2f}, p {p:.2g}")


def performance(was: float, now: float, rows: int, measure: str = "accuracy") -> Drift:
    """`was` and `now` are shares; a loss counts from `ENOUGH` settled predictions on."""
    lost = was - now
    level = level_of(lost, LOSS_LEVELS) if rows >= ENOUGH and np.isfinite(lost) else 0
    here = f"{measure} {now:.0%} of {rows} settled" if rows else "nothing that it foretold has been settled yet"
    return Drift("performance", measure, lost, level, f"{here}, {was:.0%} when it was made")
