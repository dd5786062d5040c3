"""How much speaks for two alerts having one cause: typed evidence, counted in bits.

The original system compared raw ids and hours by cosine, so that 70-80 % of unrelated alerts looked alike. Here each
kind of agreement counts by how unlikely it is by chance:

* *time*: that the two began `dt` apart has, by chance, the probability 1 - exp(-rate * dt), where `rate` is how often
  the busier of the two begins (`novelty`). Its -log2 is the worth of the coincidence: 12 bits for two alerts that
  begin once a day and did so within 20 s, under 2 for two hourly ones within 20 min.
* *place and kind*: the same entity, a near one in the topology, the same type, the same message template. What shares
  nothing but the site starts with a debt.

Evidence is summed; from `enough` bits on it is a join. The words are kept with the alert.
"""

import math

import msgspec

from data.records.alert import Alert
from data.times import MINUTE, SECOND
from engine.alerts.novelty import History
from engine.topology import Topology


class Weights(msgspec.Struct, frozen=True):
    """Bits of evidence, and the span (microseconds) within which beginnings can be one event."""

    enough: float = 7.0
    same_entity: float = 4.0
    same_type: float = 4.0
    same_template: float = 1.0
    linked: float = 4.0  # one link apart
    near: float = 2.0  # two links apart
    site_only: float = -4.0
    window: int = 10 * MINUTE
    reach: int = 2  # links


class Evidence(msgspec.Struct, frozen=True):
    """What speaks for a join: the other alert, the bits, the span between the two beginnings, and words."""

    bits: float
    apart: int
    shared: tuple[str, ...]

    @property
    def text(self) -> str:
        return f"{', '.join(self.shared)}; began {_span(self.apart)} apart"


def weigh(
    alert: Alert, other: Alert, now: int, rate: float, history: History, topology: Topology, weights: Weights
) -> Evidence | None:
    """Evidence that `alert`, beginning now, and `other` have one cause; None when it is not enough.

    `rate` is `history.rate` of `alert`: it is the same for all its candidates."""
    apart = now - other.first_seen
    if apart > weights.window or apart < 0:
        return None
    bits, shared = _kinship(alert, other, topology, weights)
    most = bits - math.log2(-math.expm1(-rate * max(apart, SECOND) / SECOND))
    if most < weights.enough:
        return None  # the other one can only be busier
    busier = max(rate, history.rate(other.fingerprint, now))
    bits -= math.log2(-math.expm1(-busier * max(apart, SECOND) / SECOND))
    return Evidence(bits, apart, shared) if bits >= weights.enough else None


def _kinship(alert: Alert, other: Alert, topology: Topology, weights: Weights) -> tuple[float, tuple[str, ...]]:
    bits = 0.0
    shared: list[str] = []
    if alert.entity is not None and other.entity is not None:
        if alert.entity == other.entity:
            bits += weights.same_entity
            shared.append(f"same {alert.entity.partition('/')[0]}")
        else:
            steps = topology.distance(alert.entity, other.entity, weights.reach)
            if steps is not None:
                bits += weights.linked if steps == 1 else weights.near
                shared.append(f"{other.entity} is {steps} link{'s' if steps > 1 else ''} away")
    if alert.alert_type == other.alert_type:
        bits += weights.same_type
        shared.append(f"same type {alert.alert_type}")
    elif alert.template and alert.template == other.template:
        bits += weights.same_template
        shared.append("same message")
    if not shared:
        return weights.site_only, (f"same site {alert.site}",)
    return bits, tuple(shared)


def _span(micros: int) -> str:
    seconds = micros / SECOND
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
