"""How well priorities learned from operators' choices agree with planted impact, beside the formula.

    python -m tests.support.priority_choices [--steps 400] [--seed 1]

A desk with ten sites: in each step two alerts begin, and the operator takes up what has most impact of what waits; one
time in ten another. Impact is planted: clients with a contract count most, then how critical the site is, then
severity, and severity alone hardly. The first four fifths teach; Kendall's tau is over what waited in the last fifth.
"""

import argparse
import json
from itertools import combinations
from random import Random
from typing import Any

from data.records.audit import AuditRow
from data.records.cluster import Cluster
from data.records.incident import Incident
from data.records.model import ModelVersion
from data.times import MINUTE
from data.wire import decode
from engine.models.about import About, as_plain
from engine.models.fit import fit
from engine.models.judge import Limits
from engine.models.scorer import Scorer
from engine.pipeline import Pipeline
from engine.score.choices import KIND, SPEC, Learned, choice_rows
from engine.score.priority import Features, Formula, Ranker
from engine.settings import Config
from tests.support.recordings import T0, Script

TIERS = ("VIP", "BASIC", "STANDARD", "PREMIUM", "BASIC")
SEVERITIES = ("LOW", "MEDIUM", "HIGH", "CRITICAL")


def impact(seen: tuple[int, ...]) -> float:
    """What it costs, in no unit; of tier, criticality and severity of the features."""
    one = Features(*seen)
    return 4.0 * (one.tier >= 4) + 1.5 * one.criticality + 0.5 * one.severity


class Desk:
    """An engine, and somebody who works at it. `waited` has features of what waited at each step."""

    def __init__(self, seed: int) -> None:
        self.lots, self.pipeline = Random(seed), Pipeline(Config())
        self.audit: list[AuditRow] = []
        self.waited: list[list[tuple[int, ...]]] = []
        script = Script()
        for number, tier in enumerate(TIERS):
            script.add("client.upserted", T0, {"id": f"C{number}", "tier": tier})
        for number in range(10):
            data = {"id": f"S{number}", "client": f"C{number % 5}", "criticality": self.lots.randint(1, 5)}
            script.add("site.upserted", T0, data)
        self._run(script)

    def _run(self, script: Script) -> None:
        self.audit += self.pipeline.run([decode(line) for line in script.lines], 0).commit.audit

    def step(self, number: int) -> None:
        now, grouping = T0 + number * 7 * MINUTE, self.pipeline.partition("default").grouping
        script = Script(prefix=f"a{number}-")
        for place in range(2):
            site = f"S{self.lots.randrange(10)}"
            script.fire(now + place, f"Type{self.lots.randrange(6)}", self.lots.choice(SEVERITIES), site=site,
                        entity=f"host/{site}-{self.lots.randrange(4)}")  # fmt: skip
        self._run(script)
        live = self.pipeline.partition("default").alerts.live.values()
        taken = {one.cluster for one in live if one.acknowledged_at is not None}
        waiting: list[Cluster | Incident] = [
            one for one in grouping.loose_clusters() if one.number not in taken and one.features
        ]
        waiting += [one for one in grouping.open_incidents() if one.acknowledged_at is None and one.features]
        self.waited.append([one.features for one in waiting])
        if len(waiting) < 2:
            return
        best = max(waiting, key=lambda one: (impact(one.features), -one.number))
        chosen = self.lots.choice(waiting) if self.lots.random() < 0.1 else best
        script = Script(prefix=f"o{number}-")
        script.add(
            "operator.acted",
            now + MINUTE,
            {"target": f"{type(chosen).__name__.lower()}/{chosen.id}", "action": "acknowledge"},
        )
        self._run(script)


def tau(ranker: Ranker, waited: list[list[tuple[int, ...]]]) -> float:
    """Kendall's tau-a between priority and planted impact, over all pairs that waited together and differ in impact."""
    agree = pairs = 0
    for kept in waited:
        for one, other in combinations(kept, 2):
            meant = impact(one) - impact(other)
            if meant:
                said = ranker.score(Features(*one)) - ranker.score(Features(*other))
                agree += ((said > 0) - (said < 0)) * (1 if meant > 0 else -1)
                pairs += 1
    return agree / max(1, pairs)


def learned(audit: list[AuditRow], until: int) -> tuple[Learned, About]:
    fitted = fit(choice_rows(audit, "default", until), SPEC, until, limits=Limits(sure=0.0))
    about = as_plain(fitted.about)
    version = ModelVersion(1, "default", KIND, "v", "LIVE", until, fitted.checksum, about, fitted.body)
    return Learned(Scorer(version)), fitted.about


def measured(steps: int, seed: int) -> dict[str, Any]:
    desk = Desk(seed)
    for number in range(1, steps + 1):
        desk.step(number)
    border = steps * 4 // 5
    model, about = learned(desk.audit, T0 + border * 7 * MINUTE)
    held = desk.waited[border:]
    return {
        "choices": about.entities, "rows": about.rows, "judged_by": about.judged_by,
        "tau": {"model": round(tau(model, held), 3), "formula": round(tau(Formula(), held), 3)},
        "gates": [gate.text for gate in about.gates], "looks_at": about.importances[:5],
    }  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--steps", type=int, default=400)
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    print(json.dumps(measured(options.steps, options.seed), indent=1))


if __name__ == "__main__":
    main()
