"""How sure evidence is: small functions from measurements to confidences."""

from collections.abc import Iterable
from math import exp


def beyond(value: float, border: float, width: float) -> float:
    """0-1 that `value` is really above `border`, 0.5 at it; the logistic curve, `width` from the border 0.73. Where the
    original has a step, a measurement just short of it is now suspicious and not innocent."""
    return 1.0 / (1.0 + exp(min(50.0, max(-50.0, (border - value) / width))))


def several(sures: Iterable[float]) -> float:
    """Independent pieces of evidence together (noisy or)."""
    none = 1.0
    for sure in sures:
        none *= 1.0 - sure
    return 1.0 - none


def grown(count: float, scale: float) -> float:
    """0-1, rising with the amount of evidence: 0.63 at `scale`."""
    return 1.0 - exp(-count / scale)
