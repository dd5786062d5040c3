"""Rows with a planted truth, for tests of training."""

import numpy as np

from data.records.model import ModelVersion
from data.times import HOUR
from engine.models.about import as_plain
from engine.models.fit import Fitted
from engine.models.spec import ModelSpec, Rows

SPEC = ModelSpec("sla", "the ticket missed its deadline", signs={"load": 1}, trivial="load")
NAMES = ("load", "age", "kind:a", "flat")


def planted(entities: int, *, per: int = 2, seed: int = 3, wrong: float = 0.0, rate: float = -1.0) -> Rows:
    """The odds grow with load and shrink with age; `wrong` is the share of labels that are turned around."""
    random = np.random.default_rng(seed)
    n = entities * per
    matrix = random.normal(size=(n, len(NAMES))).astype(np.float32)
    matrix[:, 3] = 4.0
    matrix[random.random(n) < 0.2, 1] = np.nan
    entity = np.repeat(np.arange(entities), per)
    odds = 2.0 * matrix[::per, 0] - 1.5 * np.nan_to_num(matrix[::per, 1]) + rate
    truth = random.random(entities) < 1 / (1 + np.exp(-odds))
    truth ^= random.random(entities) < wrong
    matrix[:, 0] = np.repeat(matrix[::per, 0], per)
    matrix[:, 1] = np.repeat(matrix[::per, 1], per)
    times = (np.repeat(np.arange(entities), per) * HOUR + np.tile(np.arange(per), entities)).astype(np.int64)
    labels = np.repeat(truth, per).astype(np.float64)
    return Rows(NAMES, matrix, labels, times, entity, np.full(n, 0.3))


def version(fitted: Fitted, number: int = 1) -> ModelVersion:
    about = as_plain(fitted.about)
    return ModelVersion(number, "default", "sla", f"v{number}", "LIVE", 0, fitted.checksum, about, fitted.body)
