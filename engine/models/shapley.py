"""How much each feature moved one answer: Shapley values of trees (Lundberg et al., 2018), as XGBoost works them out.

They sum to the margin exactly. XGBoost is loaded here, when somebody asks; a warning's own reasons do without it.
"""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.models.scorer import Scorer

if TYPE_CHECKING:
    from xgboost import Booster

Floats = NDArray[np.float64]


def shapley(scorer: Scorer, row: NDArray[np.float32]) -> tuple[Floats, float]:
    """(shares by feature, the margin of an average row) for a row in the version's own order of features."""
    import xgboost

    data = xgboost.DMatrix(row[None, :], feature_names=list(scorer.forest.names), nthread=1)
    found = _booster(scorer.body).predict(data, pred_contribs=True)[0].astype(np.float64)
    return found[:-1], float(found[-1])


@cache
def _booster(body: bytes) -> "Booster":
    import xgboost

    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(body))
    return booster
