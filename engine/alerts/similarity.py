"""How much speaks for two alerts having one cause: typed evidence, counted in bits.

The original system compared raw ids and hours by cosine, so that 70-80 % of unrelated alerts looked alike. Here each
kind of agreement counts by how unlikely it is by chance:

* *time*: that the two began `apart` from each other has, by chance, the probability 1 - exp(-rate * apart), where
  `rate` is how often the busier of the two begins (`novelty`). Its -log2 is the worth of the coincidence: 12 bits for
  two alerts that begin once a day and did so within 20 s, under 2 for two hourly ones within 20 min.
* *place and kind*: the same entity, a near one in the topology, the same type, the same message template, or a type
  that is known to bring it (`relations`).

Evidence is summed; from `enough` bits on it is a join. What shares nothing but the site is joined only in a *burst*:
so many beginnings at the site within `burst_span` that chance (a Poisson tail) gives it less than 2^-`burst_bits`.
"""

import math

import msgspec

from data.records.alert import Alert
from data.times import MINUTE, SECOND
from engine.alerts.novelty import History
from engine.topology import Topology


class Weights(msgspec.Struct, frozen=True):
    """Bits of evidence, and spans (microseconds) within which beginnings can be one event."""

    enough: float = 6.0
    same_entity: float = 4.0
    same_type: float = 4.0
    same_template: float = 1.0
    linked: float = 4.0  # one link apart
    near: float = 2.0  # two links apart
    related: float = 4.0  # its type is known to bring the other's, times the confidence
    window: int = 10 * MINUTE
    reach: int = 2  # links
    burst: int = 3  # other things at the site on which something began ...
    burst_span: int = 30 * SECOND  # ... within this
    burst_bits: float = 12.0


class Evidence(msgspec.Struct, frozen=True):
    """What speaks for a join: bits, the span between the two beginnings (microseconds), and what they share."""

    bits: float
    apart: int
    shared: str

    @property
    def text(self) -> str:
        return f"{self.shared}, began {_span(self.apart)} apart"


class Beginner:
    """An alert that begins now, to be compared with others that began a short while ago."""

    def __init__(self, alert: Alert, now: int, history: History, topology: Topology, weights: Weights) -> None:
        self.alert = alert
        self.now = now
        self.history = history
        self.topology = topology
        self.weights = weights
        self.rate = history.rate(alert.fingerprint, now)
        self.causes = history.relations.causes_of(alert.alert_type, now)
        self.around = topology.around(alert.entity, weights.reach) if alert.entity is not None else {}

    def weigh(self, other: Alert) -> Evidence | None:
        """Evidence that `other` has the same cause; None when it is not enough."""
        apart = self.now - other.first_seen
        if apart > self.weights.window or apart < 0:
            return None
        bits, shared = self._kinship(other)
        if not shared:
            return None
        if bits + surprise(self.rate, apart) < self.weights.enough:
            return None  # the other one can only be busier
        bits += surprise(max(self.rate, self.history.rate(other.fingerprint, self.now)), apart)
        return Evidence(bits, apart, ", ".join(shared)) if bits >= self.weights.enough else None

    def bits(self, other: Alert) -> float:
        """All that speaks for one cause, enough or not; 0 for two that share nothing or began too far apart."""
        apart = self.now - other.first_seen
        bits, shared = self._kinship(other)
        if apart > self.weights.window or not shared:
            return 0.0
        return bits + surprise(max(self.rate, self.history.rate(other.fingerprint, self.now)), apart)

    def burst(self, others: list[Alert]) -> tuple[Evidence, Alert] | None:
        """Did more begin at the site just now than chance allows? With the newest of `others` there."""
        weights = self.weights
        recent = [one for one in others if self.now - one.first_seen <= weights.burst_span]
        count = len({one.entity for one in recent} - {self.alert.entity})
        if count < weights.burst:
            return None
        expected = self.history.site_rate(self.alert.site, self.now) * weights.burst_span / SECOND
        # The first term of the tail bounds it well while `expected` is small, which is the only case that can pass.
        bits = (expected + math.lgamma(count + 1) - count * math.log(expected)) / math.log(2)
        if expected >= 1 or bits < weights.burst_bits:
            return None
        apart = self.now - recent[0].first_seen
        return Evidence(bits, apart, f"alerts began on {count} other things at this site"), recent[0]

    def _kinship(self, other: Alert) -> tuple[float, list[str]]:
        alert, weights = self.alert, self.weights
        bits = 0.0
        shared: list[str] = []
        if alert.entity is not None and other.entity is not None:
            if alert.entity == other.entity:
                bits += weights.same_entity
                shared.append(f"same {alert.entity.partition('/')[0]}")
            elif other.entity in self.around:
                steps = self.around[other.entity]
                bits += weights.linked if steps == 1 else weights.near
                shared.append(f"{other.entity} is {steps} link{'s' if steps > 1 else ''} away")
        if alert.alert_type == other.alert_type and alert.site == other.site:
            bits += weights.same_type
            shared.append("same type")
        elif other.alert_type in self.causes and (shared or alert.site == other.site):
            sure = self.causes[other.alert_type]
            bits += weights.related * sure
            shared.append(f"{other.alert_type} often brings it ({sure:.0%} sure)")
        elif alert.template and alert.template == other.template and alert.site == other.site:
            bits += weights.same_template
            shared.append("same message")
        return bits, shared


def surprise(rate: float, apart: int) -> float:
    """Bits: -log2 of the chance that something with this rate begins within `apart`."""
    return -math.log2(-math.expm1(-rate * max(apart, SECOND) / SECOND))


def _span(micros: int) -> str:
    seconds = micros / SECOND
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
