"""What a score costs: one row in the NumPy form, a tick of thousands, and XGBoost beside them.

The forest is of the size and shape that `sla` and `device` have at most: depth 4, 150 trees, 64 features of which a
tenth is missing. Costs are CPU time, the least of many repeats.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from data.records.model import ModelVersion
from engine.models.about import as_plain
from engine.models.fit import fit
from engine.models.judge import Limits
from engine.models.scorer import Scorer
from engine.models.spec import ModelSpec, Rows
from tests.bench.figures import Figure, at_most, cost
from tests.bench.yardstick import loop_ns

FEATURES: Final = 64
SPEC: Final = ModelSpec("sla", "the ticket missed its deadline", depth=4, trees=150, per_entity=12)
TICK: Final = 4_096


def planted(count: int, features: int = FEATURES, seed: int = 1) -> Rows:
    """Rows of four to a thing, whose odds hang on a fifth of the features and on two of them together."""
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(count, features)).astype(np.float32)
    known = matrix[:, : features // 5] @ random.normal(0, 0.6, features // 5) + matrix[:, 0] * matrix[:, 1]
    matrix[random.random(matrix.shape) < 0.1] = np.nan
    labels = (random.random(count) < 1 / (1 + np.exp(1 - known))).astype(float)
    names = [f"feature_{place}" for place in range(features)]
    order = np.arange(count, dtype=np.int64)
    return Rows(names, matrix, labels, order * 1_000_000, order // 4, np.full(count, 0.3))


def scorer(rows: Rows, spec: ModelSpec = SPEC) -> Scorer:
    fitted = fit(rows, spec, 1 << 62, limits=Limits(max_calibration_error=1.0, sure=0.0))
    about = as_plain(fitted.about)
    return Scorer(ModelVersion(1, "default", spec.name, "v", "LIVE", 0, fitted.checksum, about, fitted.body))


def measure(folder: Path, *, quick: bool) -> Iterator[Figure]:
    yard, rows = loop_ns(), planted(6_000 if quick else 40_000)
    model = scorer(rows)
    names, some, repeats = rows.names, rows.matrix[:TICK], 5 if quick else 40
    yield Figure("scoring", "trees", model.about.trees, "")
    single = least(lambda: [model.one(names, row) for row in some[:256]], repeats) / 256
    yield at_most(cost("scoring", "one row", single, yard), 50)
    for size in (32, 256, TICK):
        each = least(lambda size=size: model.many(names, some[:size]), repeats) / size  # type: ignore[misc]
        figure = cost("scoring", f"each of {size:,} rows at once", each, yard)
        yield at_most(figure, 3) if size == TICK else figure
    yield from _xgboost(model, some, repeats, yard)


def _xgboost(model: Scorer, some: Any, repeats: int, yard: float) -> Iterator[Figure]:
    """The same trees by the library that made them, on one thread."""
    import xgboost

    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(model.body))
    rows = model.aligned(model.about.features, some)
    for size in (1, TICK):
        each = least(lambda size=size: booster.inplace_predict(rows[:size]), repeats) / size  # type: ignore[misc]
        yield cost("scoring", f"by XGBoost itself, {size:,} at once", each, yard)
    apart = np.abs(booster.inplace_predict(rows) - 1 / (1 + np.exp(-model.forest.margins(rows)))).max()
    yield at_most(Figure("scoring", "greatest difference from XGBoost, in millionths", float(apart) * 1e6, ""), 1)


def least(work: Callable[[], Any], repeats: int) -> float:
    """CPU microseconds of the quickest of so many runs."""
    found = []
    for _ in range(repeats):
        begun = time.process_time_ns()
        work()
        found.append(time.process_time_ns() - begun)
    return min(found) / 1000
