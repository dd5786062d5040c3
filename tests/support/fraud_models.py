"""How well a model of fraud, taught by verdicts, does on simulated operations that it has not seen.

    python -m tests.support.fraud_models [--teach 1,2,3] [--judge 4,5,6] [--sites 12] [--days 14] [--hardness 0.0]

Verdicts are made from what was planted: of every check-in that the rules call LOW or above, and of a twentieth of the
others, as a desk would look at them; 3 % of them are wrong. They go through the pipeline as events.
"""

import argparse
import json
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np

from data.records.fraud import FraudScore
from data.records.model import ModelVersion
from data.times import MINUTE
from data.wire import decode
from engine.models.about import as_plain
from engine.models.fit import fit
from engine.models.judge import Limits
from engine.models.scorer import Scorer
from engine.pipeline import Pipeline
from engine.score.fraud_model import KIND, SPEC, Model, fraud_rows
from engine.settings import Config
from engine.sources.simulate import Operation
from tests.support.fraud_scores import SERIOUS, World, pr_auc, world
from tests.support.priority_choices import interval
from tests.support.recordings import Script

WRONG, ASKED = 0.03, 0.05


def judged(one: World, pipeline: Pipeline, seed: int) -> list[FraudScore]:
    """The rows of a world after people have judged some of them."""
    lots, script = Random(seed), Script()
    end = max(row.time for row in one.rows.values())
    for place, (id, row) in enumerate(sorted(one.rows.items())):
        if row.level != "MINIMAL" or lots.random() < ASKED:
            fraud = (id in one.guilty) != (lots.random() < WRONG)
            told = {"target": f"fraud/{id}", "verdict": "confirmed" if fraud else "false_positive"}
            script.add("verdict.recorded", end + place * MINUTE // 60, told)
    for line in script.lines:
        for row in pipeline.run([decode(line)], 0).commit.fraud:
            one.rows[row.event_id] = row
    return list(one.rows.values())


def taught(rows: Sequence[FraudScore]) -> Model:
    """A version, also one that the gates would refuse: they are told beside the figures."""
    until = 1 << 62
    fitted = fit(fraud_rows(rows, "default", until), SPEC, until, limits=Limits(sure=0.0))
    about = as_plain(fitted.about)
    return Model(Scorer(ModelVersion(1, "default", KIND, "v", "LIVE", until, fitted.checksum, about, fitted.body)))


def measured(model: Model, worlds: Sequence[World]) -> dict[str, Any]:
    """The model beside the rules and the rule of fence and speed, on all check-ins of these worlds."""
    by: dict[str, list[tuple[float, bool]]] = {"model": [], "rules": [], "fence_and_speed": []}
    honest = high = caught = guilty = 0
    for one in worlds:
        for id, row in one.rows.items():
            told = model.estimate(row.vector, row.score)
            fraud = id in one.guilty
            by["model"].append((told.probability, fraud))
            by["rules"].append((row.probability, fraud))
            by["fence_and_speed"].append((one.trivial.get(id, 0.0), fraud))
            serious = told.level in SERIOUS
            honest, high = honest + (not fraud), high + (serious and not fraud)
            guilty, caught = guilty + fraud, caught + (serious and fraud)
    scored = np.array([p for p, _ in by["model"]])
    truth = np.array([fraud for _, fraud in by["model"]], float)
    return {
        "check_ins": len(scored), "fraud": guilty, "base_rate": guilty / len(scored),
        "pr_auc": {name: round(pr_auc(found), 4) for name, found in by.items()},
        "brier": {name: round(float(np.mean([(p - y) ** 2 for p, y in found])), 5) for name, found in by.items()},
        "honest_high_per_1000": 1000 * high / max(1, honest), "recall_at_high": caught / max(1, guilty),
        "said_and_was": (round(float(scored.mean()), 4), round(float(truth.mean()), 4)),
    }  # fmt: skip


def spread(found: Sequence[dict[str, Any]]) -> dict[str, list[float]]:
    """Mean over the worlds with its 95 % interval, of what is promised: how many times the rule's PR-AUC, and how many
    honest of 1,000 at HIGH or above; and the worst world."""
    areas = [one["pr_auc"] for one in found]
    told = {
        f"{name}_times_the_rule": [area[name] / area["fence_and_speed"] for area in areas]
        for name in ("model", "rules")
    }
    told["honest_high_per_1000"] = [one["honest_high_per_1000"] for one in found]
    worst = {"honest_high_per_1000": max}
    return {
        name: [round(figure, 2) for figure in (*interval(values), worst.get(name, min)(values))]
        for name, values in told.items()
    }


def worlds_of(seeds: str, options: argparse.Namespace) -> list[tuple[World, Pipeline, int]]:
    made = []
    for seed in map(int, seeds.split(",")):
        pipeline = Pipeline(Config())
        operation = Operation(options.sites, options.days, seed, hardness=options.hardness)
        made.append((world(operation, pipeline), pipeline, seed))
    return made


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--teach", default="1,2,3")
    asked.add_argument("--judge", default="4,5,6")
    asked.add_argument("--sites", type=int, default=12)
    asked.add_argument("--days", type=int, default=14)
    asked.add_argument("--hardness", type=float, default=0.0)
    options = asked.parse_args()
    teaching = [row for made in worlds_of(options.teach, options) for row in judged(*made)]
    model = taught(teaching)
    worlds = [one for one, _, _ in worlds_of(options.judge, options)]
    found = measured(model, worlds)
    found["by_world"] = spread([measured(model, [one]) for one in worlds])
    about = model.scorer.about
    found["taught"] = {"verdicts": about.entities, "fraud": about.positives, "judged_by": about.judged_by,
                       "gates": [gate.text for gate in about.gates], "looks_at": about.importances[:6],
                       "high_from": model.borders.high}  # fmt: skip
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
