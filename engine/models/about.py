"""What is kept beside a model's trees: where it came from, how good it was, and what it needs to answer."""

from typing import Any

import msgspec
import numpy as np

from data.records.model import ModelVersion
from engine.models.calibrate import Calibration, Interval


class Scores(msgspec.Struct, frozen=True):
    """How good one way of scoring was on the rows that judged. NaN (told as null) where it cannot be said."""

    auc: float
    pr_auc: float
    brier: float
    calibration_error: float
    precision: float = float("nan")
    recall: float = float("nan")
    precision_at_80_recall: float = float("nan")


class Gate(msgspec.Struct, frozen=True):
    name: str
    passed: bool
    text: str


class Shape(msgspec.Struct, frozen=True):
    """How a figure was spread when the model was made: upper `edges` of its bands (the last is open), and the share of
    rows in each; `gaps` is the share without a value."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]
    gaps: float = 0.0


class About(msgspec.Struct, frozen=True):
    features: tuple[str, ...]
    since: int  # first and last time of the rows, microseconds
    until: int
    rows: int
    entities: int
    positives: int  # rows
    base_rate: float  # of the rows that judged
    judged: int  # rows that judged
    judged_by: str  # "latest fifth" or "cross-validation by time"
    trees: int
    depth: int
    model: Scores
    rules: Scores
    trivial: Scores
    trivial_rule: str
    live: Scores | None  # of the version that was live, on the same rows
    live_version: str | None
    calibration: Calibration
    interval: Interval
    curve: tuple[tuple[float, float, int], ...]
    threshold: float  # best F1
    importances: tuple[tuple[str, float], ...]  # share of the gain, greatest first
    gates: tuple[Gate, ...]
    score_shape: Shape
    shapes: dict[str, Shape]
    dropped: tuple[str, ...] = ()  # features that never changed
    seldom: float = 0.0  # probability that at most 5 of 1,000 without the outcome reach; 0: not known
    seed: int = 1
    program: str = ""


def as_plain(about: About) -> dict[str, Any]:
    """As it is kept with the version; numbers that are none are null."""
    found: dict[str, Any] = msgspec.to_builtins(about)
    return _clean(found)  # type: ignore[no-any-return]


def about_of(version: ModelVersion) -> About:
    """Raises msgspec.ValidationError for metadata of another shape."""
    return msgspec.convert(_restored(version.about), About)


def _clean(value: Any) -> Any:
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _clean(one) for name, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, (list, tuple)) else value


def _restored(plain: dict[str, Any]) -> dict[str, Any]:
    """Scores that could not be told are NaN again."""
    out = dict(plain)
    for name in ("model", "rules", "trivial", "live"):
        if isinstance(out.get(name), dict):
            out[name] = {key: float("nan") if one is None else one for key, one in out[name].items()}
    return out
