"""Why something was foreseen: by which model or rule, from which of its figures, and what became of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.records.prediction import Prediction
from data.store import Reader
from data.times import HOUR
from engine.explain.telling import Explanation, history, moment, span
from engine.models.document import BadModel
from engine.models.scorer import Scorer
from engine.models.shapley import shapley
from engine.models.spec import ModelSpec
from engine.predict.history import KINDS, SPECS
from engine.predict.reasons import BY_RULE, sentence
from engine.predict.sheets import Kept, vectors

WORDS = {
    "sla_breach": "misses its deadline",
    "device_failure": "fails within the horizon",
    "staffing_gap": "begins with too few people",
}
TOLD = 6  # contributions that are told


def explain_prediction(reader: Reader, found: Prediction) -> Explanation:
    told = Explanation(
        f"prediction/{found.id}",
        f"{found.probability:.0%} likely that {found.entity} {WORDS.get(found.kind, found.kind)}",
    )
    told.fact("kind", found.kind)
    told.fact("site", found.site)
    told.fact("made", moment(found.made_at))
    if found.deadline is not None:
        told.fact("window ends", f"{moment(found.deadline)}, {span(max(0, found.deadline - found.made_at))} later")
    told.fact("by", f"model {found.model_version}" if found.model_version else "rules (a fallback: no model was live)")
    _warning(told, found)
    _outcome(told, found)
    kept = _vector(reader, found)
    version = version_of(reader, found.model_version, found.tenant)
    if version is not None and kept is not None:
        spec = SPECS[next(name for name, kind in KINDS.items() if kind == found.kind)]
        contributions(told, version, kept.names, kept.vector, spec)
    elif found.model_version is None:
        told.because.append(BY_RULE)
    if not told.because:
        told.because.append("the model that said so, or what it saw, is no longer kept")
    told.timeline = history(reader, told.ref, found.tenant, found.made_at, None)
    return told


def _warning(told: Explanation, found: Prediction) -> None:
    if found.held_back:
        told.fact("warning", "held back by design, so that what happens without warnings is known")
    elif found.alerted:
        told.fact("warning", "given")
        told.fact("interval", f"{found.low:.0%} to {found.high:.0%}, which nine of ten such cases keep to")
        told.fact("advice", found.advice)
    else:
        told.fact("warning", "none: the probability was too low")


def _outcome(told: Explanation, found: Prediction) -> None:
    if found.settled_at is None:
        told.fact("outcome", "open")
        return
    words = {True: "it happened", False: "it did not happen", None: "it cannot be told"}[found.outcome]
    told.fact("outcome", f"{words}, known {moment(found.settled_at)}")
    if found.alerted:
        told.fact("acted on", "yes" if found.action_taken else "no")


def _vector(reader: Reader, found: Prediction) -> Kept | None:
    """What was seen of the entity at that moment, or the newest before."""
    best = None
    for kept in vectors(reader.predictions(found.made_at - 48 * HOUR, found.made_at + 1), found.kind, found.tenant):
        if kept.entity == found.entity:
            best = kept
    return best


def version_of(reader: Reader, name: str | None, tenant: str) -> Scorer | None:
    """The version of that name; None for the rules, and where its trees are no longer kept."""
    for version in reader.models() if name is not None else ():
        if version.version == name and version.tenant == tenant and version.body:
            try:
                return Scorer(version)
            except BadModel:
                return None
    return None


def contributions(
    told: Explanation, scorer: Scorer, names: Sequence[str], vector: NDArray[np.float32], spec: ModelSpec
) -> None:
    """Shapley values of the model's log odds, in words; what raised it, then what spoke against."""
    row = scorer.aligned(names, vector[None, :])[0]
    shares, base = shapley(scorer, row)
    for place in _greatest(shares):
        sign = "raises" if shares[place] > 0 else "lowers"
        told.because.append(
            f"{sentence(scorer.forest.names[place], float(row[place]), spec)}: {sign} the odds {_times(shares[place])}"
        )
    told.evidence.append(("odds of all", f"{np.exp(base):.2f} to 1 before calibration"))
    for name, value in _named(scorer, row, shares).items():
        told.evidence.append((name, value))


def _greatest(shares: NDArray[np.float64]) -> list[int]:
    order = np.argsort(-np.abs(shares), kind="stable")[:TOLD]
    return [place for place in order.tolist() if abs(shares[place]) > 0.01]


def _times(share: float) -> str:
    return f"{np.exp(abs(share)):.1f} times"


def _named(scorer: Scorer, row: NDArray[np.float32], shares: NDArray[np.float64]) -> dict[str, Any]:
    names = scorer.forest.names
    return {
        names[place]: f"{'not known' if row[place] != row[place] else f'{row[place]:,.4g}'} (adds {shares[place]:+.2f})"
        for place in _greatest(shares)
    }
