"""From margins to probabilities that mean what they say, and how far off they were: Platt, isotonic, conformal.

Platt (1999): a logistic curve through held-out margins, with his smoothed targets. Isotonic: pool adjacent violators,
only where there are enough rows to bear it. Interval: split-conformal (Vovk et al. 2005), by bands of probability
(Mondrian), from held-out residuals, so that it is kept with the model and narrow only where the model was right.
"""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ENOUGH_FOR_STEPS: Final = 2_000  # rows, with 200 of the rarer class, from which on isotonic is considered
BAND: Final = 30  # residuals in a band, at least
COVERS: Final = (0.9, 0.95, 0.99)


def sigmoid(margin: Floats) -> Floats:
    out: Floats = 1.0 / (1.0 + np.exp(-np.clip(margin, -40, 40)))
    return out


class Calibration(msgspec.Struct, frozen=True):
    """`slope` and `shift` of Platt's curve; with `xs` (margins) and `ys` (probabilities) the steps between instead."""

    slope: float = 1.0
    shift: float = 0.0
    xs: tuple[float, ...] = ()
    ys: tuple[float, ...] = ()

    def __call__(self, margin: Floats) -> Floats:
        if self.xs:
            found: Floats = np.interp(margin, self.xs, self.ys)
            return found
        return sigmoid(self.slope * margin + self.shift)

    @property
    def sound(self) -> bool:
        """Does it give a probability for every margin, and never a lower one for a higher margin?"""
        steps = np.array(self.xs), np.array(self.ys)
        rising = len(self.xs) == len(self.ys) and all(bool((np.diff(each) >= 0).all()) for each in steps)
        within = all(0 <= each <= 1 for each in self.ys) and bool(np.isfinite(steps[0]).all())
        return rising and within and bool(np.isfinite([self.slope, self.shift]).all()) and self.slope >= 0

    def one(self, margin: float) -> float:
        if self.xs:
            return float(np.interp(margin, self.xs, self.ys))
        return float(1.0 / (1.0 + np.exp(-min(40.0, max(-40.0, self.slope * margin + self.shift)))))


def platt(margin: Floats, y: Floats, weight: Floats | None = None) -> Calibration:
    """Newton's method on two numbers; `weight` counts rows. A falling curve is not believed: then only the level."""
    w = np.ones(len(y)) if weight is None else weight / weight.mean()
    positive, negative = float((w * y).sum()), float((w * (1 - y)).sum())
    target = np.where(y > 0.5, (positive + 1) / (positive + 2), 1 / (negative + 2))
    slope, shift = 1.0, 0.0
    for _ in range(50):
        p = sigmoid(slope * margin + shift)
        slack, bend = w * (p - target), w * p * (1 - p) + 1e-9
        gradient = np.array([(slack * margin).sum() + 1e-3 * (slope - 1), slack.sum()])
        middle = float((bend * margin).sum())
        hessian = np.array([[(bend * margin * margin).sum() + 1e-3, middle], [middle, bend.sum()]])
        step = np.linalg.solve(hessian + 1e-9 * np.eye(2), gradient)
        step *= min(1.0, 4.0 / max(1e-12, float(np.abs(step).max())))
        slope, shift = slope - float(step[0]), shift - float(step[1])
        if float(np.abs(step).max()) < 1e-9:
            break
    if slope <= 0.05:
        rate = (positive + 1) / (positive + negative + 2)
        return Calibration(0.05, float(np.log(rate / (1 - rate))))
    return Calibration(slope, shift)


def isotonic(margin: Floats, y: Floats) -> Calibration:
    """Pool adjacent violators; between the steps straight lines, never quite 0 or 1."""
    order = np.argsort(margin, kind="stable")
    blocks: list[list[float]] = []  # sum of labels, rows, sum of margins
    for x, label in zip(margin[order].tolist(), y[order].tolist(), strict=True):
        blocks.append([label, 1.0, x])
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    xs = tuple(block[2] / block[1] for block in blocks)
    least = 0.5 / len(y)
    ys = tuple(min(1 - least, max(least, block[0] / block[1])) for block in blocks)
    if len(xs) < 2:
        return platt(margin, y)
    return Calibration(1.0, 0.0, xs, ys)


def calibrated(margin: Floats, y: Floats, groups: NDArray[np.int64], weight: Floats | None = None) -> Calibration:
    """Platt, or isotonic where rows abound and it is clearly better (log loss, by 2 %) on entities it has not seen."""
    rarer = min(y.sum(), len(y) - y.sum())
    if weight is not None and float(np.ptp(weight)) > 0:
        return platt(margin, y, weight)  # steps know no weights
    if len(y) < ENOUGH_FOR_STEPS or rarer < ENOUGH_FOR_STEPS / 10:
        return platt(margin, y)
    half = groups % 2 == 0
    losses = [0.0, 0.0]
    for seen in (half, ~half):
        for place, way in enumerate((platt, isotonic)):
            losses[place] += _loss(way(margin[seen], y[seen])(margin[~seen]), y[~seen])
    return isotonic(margin, y) if losses[1] < 0.98 * losses[0] else platt(margin, y)


def _loss(p: Floats, y: Floats) -> float:
    q = np.clip(p, 1e-6, 1 - 1e-6)
    return float(-(y * np.log(q) + (1 - y) * np.log(1 - q)).sum())


class Interval(msgspec.Struct, frozen=True):
    """Bands of probability by their upper `edges`, and in each the residual that `cover` of the rows kept within, for
    each of `COVERS`; 1 where there are too few residuals to promise it."""

    edges: tuple[float, ...] = ()
    reach: tuple[tuple[float, ...], ...] = ()
    rows: int = 0

    @property
    def sound(self) -> bool:
        """Has every band a reach for each of `COVERS`?"""
        whole = len(self.edges) == len(self.reach) and all(len(each) == len(COVERS) for each in self.reach)
        return whole and bool((np.diff(self.edges) >= 0).all())

    def of(self, p: float, cover: float = 0.9) -> tuple[float, float]:
        """(low, high) around `p`, within 0-1; everything where nothing was kept."""
        if not self.edges:
            return 0.0, 1.0
        band = min(int(np.searchsorted(self.edges, p)), len(self.edges) - 1)
        reach = self.reach[band][COVERS.index(cover)]
        return max(0.0, p - reach), min(1.0, p + reach)


def interval(p: Floats, y: Floats) -> Interval:
    """From held-out probabilities and what became of them; needs `BAND` rows."""
    if len(p) < BAND:
        return Interval()
    bands = max(1, min(10, len(p) // (2 * BAND)))
    edges = np.unique(np.quantile(p, np.linspace(0, 1, bands + 1)[1:]))
    edges[-1] = 1.0
    place = np.searchsorted(edges, p)
    reach = []
    for band in range(len(edges)):
        residuals = np.sort(np.abs(y - p)[place == band])
        reach.append(tuple(_reach(residuals, cover) for cover in COVERS))
    return Interval(tuple(edges.tolist()), tuple(reach), len(p))


def _reach(residuals: Floats, cover: float) -> float:
    """The (n+1) cover-th smallest residual; 1 where that lies beyond the last."""
    rank = int(np.ceil((len(residuals) + 1) * cover))
    return 1.0 if rank > len(residuals) else float(residuals[rank - 1])
