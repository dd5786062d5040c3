"""How well priorities learned from operators' choices agree with planted impact, beside the formula.

    python -m tests.support.priority_choices [--steps 400] [--seeds 1,2,3,4,5,6,7,8] [--meant contract,place,severity]

A desk with ten sites: in each step two alerts begin, and the operator takes up what has most impact of what waits; one
time in ten another. Impact is planted, in one of three ways: clients with a contract count most, then how critical the
site is, then severity; the place alone counts; or severity counts most, much as the formula has it. The first four
fifths teach; Kendall's tau is over what waited in the last fifth. A line for each way: mean over the seeds with its
95 % interval (Student's t), of the model, the formula and severity alone, and of what the model gains in each world.
"""

import argparse
import json
import statistics
from itertools import combinations
from math import sqrt
from random import Random
from typing import Any, Final

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
from engine.models.spec import Refused
from engine.pipeline import Pipeline
from engine.score.choices import KIND, SPEC, Learned, choice_rows
from engine.score.priority import Factor, Features, Formula, Ranker
from engine.settings import Config
from tests.support.recordings import T0, Script

TIERS = ("VIP", "BASIC", "STANDARD", "PREMIUM", "BASIC")
SEVERITIES = ("LOW", "MEDIUM", "HIGH", "CRITICAL")


T95: Final = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20)  # Student's t by degrees of freedom
WEIGHTS: Final = {"contract": (4.0, 1.5, 0.5), "place": (0.0, 2.0, 0.0), "severity": (0.5, 0.5, 2.0)}


def impact(seen: tuple[int, ...], meant: str = "contract") -> float:
    """What it costs, in no unit; of tier, criticality and severity of the features."""
    one, (tier, place, severity) = Features(*seen), WEIGHTS[meant]
    return tier * (one.tier >= 4) + place * one.criticality + severity * one.severity


class Desk:
    """An engine, and somebody who works at it. `waited` has features of what waited at each step."""

    def __init__(self, seed: int, meant: str = "contract") -> None:
        self.lots, self.pipeline, self.meant = Random(seed), Pipeline(Config()), meant
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
        best = max(waiting, key=lambda one: (impact(one.features, self.meant), -one.number))
        chosen = self.lots.choice(waiting) if self.lots.random() < 0.1 else best
        script = Script(prefix=f"o{number}-")
        script.add(
            "operator.acted",
            now + MINUTE,
            {"target": f"{type(chosen).__name__.lower()}/{chosen.id}", "action": "acknowledge"},
        )
        self._run(script)


class Alone:
    """The rule that everybody has: by severity."""

    name = "severity"

    def score(self, seen: Features) -> float:
        return 20.0 * seen.severity

    def factors(self, seen: Features) -> list[Factor]:
        return []


def tau(ranker: Ranker, waited: list[list[tuple[int, ...]]], meant: str = "contract") -> float:
    """Kendall's tau-a between priority and planted impact, over all pairs that waited together and differ in impact."""
    agree = pairs = 0
    for kept in waited:
        for one, other in combinations(kept, 2):
            more = impact(one, meant) - impact(other, meant)
            if more:
                said = ranker.score(Features(*one)) - ranker.score(Features(*other))
                agree += ((said > 0) - (said < 0)) * (1 if more > 0 else -1)
                pairs += 1
    return agree / max(1, pairs)


def learned(audit: list[AuditRow], until: int) -> tuple[Learned, About]:
    fitted = fit(choice_rows(audit, "default", until), SPEC, until, limits=Limits(sure=0.0))
    about = as_plain(fitted.about)
    version = ModelVersion(1, "default", KIND, "v", "LIVE", until, fitted.checksum, about, fitted.body)
    return Learned(Scorer(version)), fitted.about


def world(steps: int, seed: int, meant: str) -> tuple[dict[str, float], About, bool]:
    """Tau of model, formula and severity in one world, what the model is, and whether its gates would let it live."""
    desk = Desk(seed, meant)
    for number in range(1, steps + 1):
        desk.step(number)
    border = steps * 4 // 5
    until = T0 + border * 7 * MINUTE
    model, about = learned(desk.audit, until)
    rankers: dict[str, Ranker] = {"model": model, "formula": Formula(), "severity": Alone()}
    taus = {name: tau(ranker, desk.waited[border:], meant) for name, ranker in rankers.items()}
    return taus, about, passes(desk.audit, until)


def passes(audit: list[AuditRow], until: int) -> bool:
    try:
        fit(choice_rows(audit, "default", until), SPEC, until)
    except Refused:
        return False
    return True


def interval(values: list[float]) -> tuple[float, float, float]:
    """Mean, and the ends of its 95 % interval."""
    mean, count = statistics.fmean(values), len(values)
    if count < 2:
        return mean, float("nan"), float("nan")
    reach = T95[min(count - 1, len(T95)) - 1] * statistics.stdev(values) / sqrt(count)
    return mean, mean - reach, mean + reach


def measured(steps: int, seeds: list[int], meant: str) -> dict[str, Any]:
    worlds = [world(steps, seed, meant) for seed in seeds]
    found = {name: [taus[name] for taus, _, _ in worlds] for name in ("model", "formula", "severity")}
    found["gain"] = [model - formula for model, formula in zip(found["model"], found["formula"], strict=True)]
    return {
        "meant": meant, "seeds": len(seeds),
        "choices": round(statistics.fmean(about.entities for _, about, _ in worlds)),
        "tau": {name: [round(figure, 3) for figure in interval(values)] for name, values in found.items()},
        "would_go_live": sum(live for _, _, live in worlds), "looks_at": worlds[0][1].importances[:4],
    }  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--steps", type=int, default=400)
    asked.add_argument("--seeds", default="1,2,3,4,5,6,7,8")
    asked.add_argument("--meant", default=",".join(WEIGHTS))
    options = asked.parse_args()
    for meant in options.meant.split(","):
        print(json.dumps(measured(options.steps, [int(seed) for seed in options.seeds.split(",")], meant)), flush=True)


if __name__ == "__main__":
    main()
