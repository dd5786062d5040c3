"""Why a probability is what it is, in plain sentences with the entity's own figures.

At the moment of a warning the path of each tree tells: at every step down, what the expectation changes by belongs to
the feature that was asked (Saabas, 2014). `noc explain` asks XGBoost for Shapley values (Lundberg et al., 2018).
"""

from collections.abc import Sequence
from math import exp
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.models.scorer import Scorer
from engine.models.spec import ModelSpec

TOLD: Final = 4
BY_RULE: Final = "by rule: no model has been trained yet"

Matrix = NDArray[np.float32]


def of(scorer: Scorer | None, names: Sequence[str], row: Matrix, spec: ModelSpec) -> list[str]:
    """The weightiest reasons for a high probability, most telling first."""
    if scorer is None:
        return [BY_RULE]
    aligned = scorer.aligned(names, row[None, :])[0]
    shares = scorer.forest.contributions(aligned)
    return sentences(scorer.forest.names, aligned, shares, spec)


def sentences(
    names: Sequence[str], row: Matrix, shares: NDArray[np.float64], spec: ModelSpec, told: int = TOLD
) -> list[str]:
    """The `told` greatest contributions that raise it, in words; of features without words their name and figure."""
    order = [place for place in np.argsort(-shares, kind="stable").tolist() if shares[place] > 0.01]
    out: list[str] = []
    for place in order:
        said = sentence(names[place], float(row[place]), spec)
        if said not in out:
            out.append(said)
        if len(out) == told:
            break
    return out


def sentence(name: str, value: float, spec: ModelSpec) -> str:
    """One feature and its figure."""
    words = spec.words.get(name)
    what = name
    if words is None:
        for key, pattern in spec.words.items():
            if key[-1] == "*" and name.startswith(key[:-1]):
                words, what = pattern, name[len(key) - 1 :].replace("label:", "").replace("_", " ")
                break
            if key[0] == "*" and name.endswith(key[1:]):
                words, what = pattern, name[: len(name) - len(key) + 1].replace("_", " ")
                break
    if value != value:
        return f"its {name.replace('_', ' ').replace(':', ' of ')} is not known"
    if words is None:
        return f"its {name.replace('_', ' ').replace(':', ' of ')} is {value:,.4g}"
    return _filled(words, what, value)


def _filled(words: str, name: str, value: float) -> str:
    if "{yes:" in words:
        start, _, rest = words.partition("{yes:")
        choice, _, end = rest.partition("}")
        yes, _, no = choice.partition("|")
        words = start + (yes if value > 0.5 else no) + end
    return (
        words.replace("{name}", name)
        .replace("{value}", f"{value:,.4g}")
        .replace("{count}", f"{value:,.0f}")
        .replace("{percent}", f"{value:.0%}")
        .replace("{minutes}", minutes(value))
        .replace("{odds}", _odds(value))
        .replace("{factor}", _factor(value))
    )


def minutes(value: float) -> str:
    """`12 minutes`, `3.5 hours`, `4.0 days`; below 0 as over."""
    size = abs(value)
    told = (
        f"{size:.0f} minutes" if size < 90 else f"{size / 60:.1f} hours" if size < 2880 else f"{size / 1440:.1f} days"
    )
    return told if value >= 0 else f"minus {told}"


def _odds(value: float) -> str:
    times = exp(min(8.0, abs(value)))
    if times < 1.15:
        return "no more often"
    return f"{times:.1f} times more often" if value > 0 else f"{times:.1f} times less often"


def _factor(value: float) -> str:
    times = exp(min(8.0, abs(value)))
    if times < 1.1:
        return "about as long as"
    return f"{times:.1f} times as long as" if value > 0 else f"{1 / times:.0%} of the time of"
