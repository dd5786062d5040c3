"""What people took first teaches what matters: each choice among what was waiting, as it looked at that moment.

Whoever acknowledges, assigns or takes one of several waiting items, escalates one, or resolves one with a stated impact
has said that it mattered more than those left waiting; whoever snoozes one, that it mattered less. How long people
needed says nothing (original-system.md, C13). The choice is written into the audit row of the command with the features
of both sides, so that training joins nothing and sees nothing of the future; what was undone does not count.
"""

from collections.abc import Iterable
from operator import itemgetter
from typing import Any, Final

import numpy as np

from data import ids
from data.payloads import OperatorAction
from data.records.audit import AuditRow
from engine.alerts.grouping import Grouping
from engine.alerts.lifecycle import Lifecycle
from engine.commands.targets import Target, Targets
from engine.models.scorer import Scorer
from engine.models.spec import ModelSpec, Refused, Rows
from engine.score.priority import Factor, Features, Formula

KIND: Final = "priority"
NAMES: Final = Features.__struct_fields__
SPEC: Final = ModelSpec(
    name=KIND,
    outcome="people took it up before others that waited",
    trivial="severity",
    per_entity=16,
    depth=3,
    trees=100,
    signs={"severity": 1, "tier": 1, "sites": 1, "criticality": 1, "members": 1},
)
TAKEN: Final = ("acknowledge", "assign", "take", "escalate")
OTHERS: Final = 12  # of those left waiting, the newest
REMEMBERED: Final = 4_000  # answers kept by features

Kept = tuple[int, ...]


def choice(data: OperatorAction, targets: Targets, alerts: Lifecycle, grouping: Grouping) -> dict[str, Any] | None:
    """What a command says, asked before it is carried out: {"up": features, "down": [features, ...]}; None where it
    says nothing, as when nothing else waits."""
    with_impact = data.action == "resolve" and bool((data.params or {}).get("impact"))
    if data.action not in TAKEN and data.action != "snooze" and not with_impact:
        return None
    target = targets.find(data.target)
    mine = _of(target) if target is not None else None
    if target is None or mine is None:
        return None
    others = _waiting(target, alerts, grouping)
    if not others:
        return None
    return {"up": others, "down": [mine]} if data.action == "snooze" else {"up": [mine], "down": others}


def _of(target: Target) -> Kept | None:
    """The features that the item was ranked by, of the largest that it is part of."""
    holders = (target.incident, target.cluster, target.alerts[-1] if target.alerts else None)
    return next((one.features for one in holders if one is not None and one.features), None)


def _waiting(target: Target, alerts: Lifecycle, grouping: Grouping) -> list[Kept]:
    """Items that nobody has taken up: open incidents, and clusters in none."""
    taken = {alert.cluster for alert in target.alerts}
    taken |= {
        one.cluster for one in alerts.live.values() if one.acknowledged_at is not None or one.assignee is not None
    }
    waiting = [
        (one.opened_at, one.features) for one in grouping.open_incidents()
        if one is not target.incident and one is not target.home and one.acknowledged_at is None
        and one.assignee is None and one.features
    ]  # fmt: skip
    waiting += [
        (one.opened_at, one.features) for one in grouping.loose_clusters() if one.number not in taken and one.features
    ]
    return [features for _, features in sorted(waiting, key=itemgetter(0))[-OTHERS:]]


def choice_rows(rows: Iterable[AuditRow], tenant: str, until: int) -> Rows:
    """What the choices in the audit teach, made before `until` and not undone. Raises Refused where there are none."""
    told = [row for row in rows if row.tenant == tenant and row.time < until]
    undone = {
        str((row.detail.get("params") or {}).get("action") or row.target)
        for row in told
        if row.action == "undo" and row.outcome.startswith("undone")
    }
    seen: list[Kept] = []
    labels, times, groups = [], [], []
    for row in told:
        made = row.detail.get("choice")
        if not made or row.detail.get("id") in undone:
            continue
        group = ids.fingerprint("choice", str(row.detail.get("id")), str(row.seq))
        for side, label in (("up", 1.0), ("down", 0.0)):
            for kept in made[side]:
                if len(kept) == len(NAMES):
                    seen.append(tuple(kept))
                    labels.append(label)
                    times.append(row.time)
                    groups.append((group, label))  # both sides count as one thing each
    if not seen:
        raise Refused("nobody has taken up one of several waiting items before that time")
    entities = {side: number for number, side in enumerate(dict.fromkeys(groups))}
    return Rows(
        list(NAMES), np.array(seen, np.float32), np.array(labels), np.array(times, np.int64),
        np.array([entities[side] for side in groups], np.int64),
        np.array([Formula().score(Features(*kept)) / 100 for kept in seen]),
    )  # fmt: skip


class Learned:
    """A version at work: 50 is what is taken up as often as anything that waits, more is taken up sooner."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer
        self.name = scorer.version
        rate = min(0.999, max(0.001, scorer.about.base_rate))
        self._usual = rate / (1 - rate)
        self._known: dict[Kept, float] = {}

    def score(self, seen: Features) -> float:
        key = _tuple(seen)
        found = self._known.get(key)
        if found is None:
            p = min(1 - 1e-6, max(1e-6, self.scorer.one(NAMES, np.array(key, np.float32))))
            odds = p / (1 - p) / self._usual
            found = 100 * odds / (1 + odds)
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[key] = found
        return found

    def factors(self, seen: Features) -> list[Factor]:
        """What each feature moved the log odds by, heaviest first."""
        row = self.scorer.aligned(NAMES, np.array([_tuple(seen)], np.float32))[0]
        shares = self.scorer.forest.contributions(row)
        named = zip(self.scorer.forest.names, shares.tolist(), row.tolist(), strict=True)
        found = [Factor(name.replace("_", " "), f"{name.replace('_', ' ')} {value:g}", share, 0)
                 for name, share, value in named]  # fmt: skip
        return sorted(found, key=lambda factor: -abs(factor.points))


def _tuple(seen: Features) -> Kept:
    return tuple(getattr(seen, name) for name in NAMES)
