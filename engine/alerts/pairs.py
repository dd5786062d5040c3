"""Do two alerts have one cause? What people have said of pairs teaches a model; rules decide until there is enough.

A merge, a move and an approval say that alerts belong together, a split that they do not. Of each such verdict some
pairs are written into its audit row with their features as they were at that moment, so that training joins nothing
and sees nothing of the future; verdicts that were undone do not count. `pair_rows` gathers them, `engine.models`
trains, and a version goes live by an entry in the journal. From then on `Judge` weighs the same candidates that the
rules would have looked at: it joins where it is more likely than not that both have one cause.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, Final, Protocol

import msgspec
import numpy as np

from data import ids
from data.records.alert import Alert
from data.records.audit import AuditRow
from data.times import HOUR, MINUTE, SECOND
from engine.alerts.novelty import History
from engine.alerts.similarity import Beginner, Weights, surprise
from engine.models.scorer import Scorer
from engine.models.spec import ModelSpec, Refused, Rows
from engine.topology import Topology

KIND: Final = "pairs"
NAMES: Final = (
    "apart", "surprise", "same_entity", "links", "same_type", "same_message", "same_site", "same_source", "labels",
    "graver", "change",
)  # fmt: skip
SPEC: Final = ModelSpec(
    KIND,
    "both alerts have one cause, as people have said",
    signs={"apart": -1, "surprise": 1, "same_entity": 1, "same_type": 1, "same_message": 1, "links": -1},
    words={"apart": "began {value} apart (logarithm of seconds)", "links": "{value} links apart"},
    trivial="apart",
    trivial_sign=-1,
    per_entity=12,
    depth=3,
    trees=80,
)
OF_A_VERDICT: Final = 12  # pairs of one verdict, at most
LIKELY: Final = 0.5
REACH: Final = 4  # links
LATELY: Final = 4 * HOUR  # how long a change can have to do with an alert

Changes = Callable[[Alert, int], float]


class Pair(msgspec.Struct, frozen=True, array_like=True):
    """One pair of a verdict: 1 for one cause, 0 for different ones; what the rules said (0-1); the features."""

    label: int
    rules: float
    features: tuple[float | None, ...]


class Seen:
    """Works out the features of pairs. `changed` gives the minutes since somebody changed something there, NaN for
    never."""

    def __init__(self, history: History, topology: Topology, weights: Weights, changed: Changes) -> None:
        self.history, self.topology, self.weights, self.changed = history, topology, weights, changed

    def vector(self, one: Alert, other: Alert, now: int, change: float) -> list[float]:
        """In the order of `NAMES`; NaN for what is not known. `change` is what `changed` gives for `one`."""
        history = self.history
        apart = abs(one.first_seen - other.first_seen)
        rate = max(history.rate(one.fingerprint, now), history.rate(other.fingerprint, now))
        links = math.nan
        if one.entity is not None and other.entity is not None and one.entity != other.entity:
            found = self.topology.distance(one.entity, other.entity, REACH)
            links = float(found) if found is not None else REACH + 1.0
        shared, all_of_them = len(one.labels.items() & other.labels.items()), len(one.labels | other.labels)
        return [
            math.log1p(apart / SECOND),
            surprise(rate, apart),
            float(one.entity is not None and one.entity == other.entity),
            links,
            float(one.alert_type == other.alert_type),
            float(bool(one.template) and one.template == other.template),
            float(one.site == other.site),
            float(one.source == other.source),
            shared / all_of_them if all_of_them else math.nan,
            float(abs(one.severity - other.severity)),
            change,
        ]

    def by_rules(self, one: Alert, other: Alert) -> float:
        """0-1: how far the evidence of the rules lies above what is enough."""
        later, first = (one, other) if one.first_seen >= other.first_seen else (other, one)
        beginner = Beginner(later, later.first_seen, self.history, self.topology, self.weights)
        above = max(-60.0, min(60.0, beginner.bits(first) - self.weights.enough))
        return 1 / (1 + math.exp2(-above))

    def pairs(self, verdict: dict[str, Any], find: Callable[[str], Alert | None], now: int) -> list[Pair]:
        """What the verdict says of alerts that are still known."""
        named = _named(verdict)
        label = int(verdict["verdict"] in ("same", "incident"))
        made = []
        for left, right in named:
            one, other = find(left), find(right)
            if one is None or other is None or one is other:
                continue
            seen = self.vector(one, other, now, self.changed(one, now))
            told = tuple(None if math.isnan(value) else round(value, 4) for value in seen)
            made.append(Pair(label, round(self.by_rules(one, other), 4), told))
            if len(made) == OF_A_VERDICT:
                break
        return made


class Judge:
    """A version at work."""

    def __init__(self, scorer: Scorer, seen: Seen) -> None:
        self.scorer, self.seen = scorer, seen

    def best(self, alert: Alert, others: Sequence[Alert], now: int) -> tuple[Alert, float] | None:
        """The one that most likely has the same cause, where that is more likely than not; ties to the lower number."""
        if not others:
            return None
        change = self.seen.changed(alert, now)
        rows = np.array([self.seen.vector(alert, other, now, change) for other in others], np.float32)
        sure = self.scorer.many(NAMES, rows)
        place = min(range(len(others)), key=lambda at: (-round(float(sure[at]), 9), others[at].number))
        return (others[place], float(sure[place])) if sure[place] > LIKELY else None


class Change(Protocol):
    """A change that somebody recorded."""

    time: int
    site: str | None
    entity: str | None


def since_change(changes: Sequence[Change] | deque[Any], alert: Alert, now: int) -> float:
    """Minutes since somebody changed something at the alert's site or on its thing; NaN where that is long ago."""
    for change in reversed(changes):
        if now - change.time > LATELY:
            break
        if change.time <= now and (change.site == alert.site or change.entity == alert.entity):
            return float((now - change.time) / MINUTE)
    return math.nan


def pair_rows(rows: Iterable[AuditRow], tenant: str, until: int) -> Rows:
    """What the verdicts in the audit teach, told before `until` and not undone. Raises Refused where there are none."""
    told = [row for row in rows if row.tenant == tenant and row.time < until]
    undone = {
        str((row.detail.get("params") or {}).get("action") or row.target)
        for row in told
        if row.action == "undo" and row.outcome.startswith("undone")
    }
    found: list[tuple[int, int, Pair]] = []
    for row in told:
        if row.detail.get("pairs") and row.detail.get("id") not in undone:
            group = ids.fingerprint("verdict", str(row.detail["id"]), str(row.seq))
            pairs = msgspec.convert(row.detail["pairs"], list[Pair])
            found += [(row.time, group, pair) for pair in pairs if len(pair.features) == len(NAMES)]
    if not found:
        raise Refused("nobody has merged, split or approved anything yet")
    matrix = [[math.nan if value is None else value for value in pair.features] for _, _, pair in found]
    return Rows(
        NAMES,
        np.array(matrix, np.float32),
        np.array([pair.label for _, _, pair in found], np.float64),
        np.array([time for time, _, _ in found], np.int64),
        np.array([group for _, group, _ in found], np.uint64).view(np.int64),
        np.array([pair.rules for _, _, pair in found], np.float64),
    )


def _named(verdict: dict[str, Any]) -> list[tuple[str, str]]:
    """Pairs of references: each alert of one side with its nearest in time on the other; within one side, where only
    one is named, each with the one before."""
    left = _alerts(verdict.get("left") or {})
    if "right" not in verdict:
        return [(one[1], other[1]) for one, other in pairwise(left)]
    right = _alerts(verdict["right"])
    gone = {ref for _, ref in right}  # what was split off stood on the other side before
    left = [one for one in left if one[1] not in gone]
    if not left or not right:
        return []
    return [(min(left, key=lambda one: (abs(one[0] - time), one))[1], ref) for time, ref in right]


def _alerts(side: dict[str, Any]) -> list[tuple[int, str]]:
    """(first seen, reference) of what a side of a verdict names, in order of time."""
    if "clusters" in side:
        return sorted(pair for cluster in side["clusters"] for pair in _alerts(cluster))
    if "alerts" in side:
        return sorted((one["first_seen"], one["ref"]) for one in side["alerts"])
    return [(side["first_seen"], side["ref"])] if "first_seen" in side else []
