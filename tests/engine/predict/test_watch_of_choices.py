"""The watch over what people teach: a world that changes is told of, one that stays is not."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from data.records.fraud import FraudScore
from data.records.model import ModelVersion
from data.times import DAY, HOUR
from engine.models.about import as_plain
from engine.models.fit import fit
from engine.predict.watch import drifts
from engine.score.fraud_features import NAMES
from engine.score.fraud_model import SPEC, fraud_rows

T = 1_767_600_000_000_000
SCORE = NAMES.index("geofence_violations") if "geofence_violations" in NAMES else 0


class Judged:
    """A reader of 60 days of judged check-ins, six an hour; `turned` from the last days on what was fraud is honest."""

    def __init__(self, *, turned: bool = False, moved: bool = False) -> None:
        random = np.random.default_rng(5)
        self.rows = []
        for number in range(60 * 24):
            time = T + number * HOUR
            late = number >= 53 * 24
            vector = random.normal(size=len(NAMES)) + (2.0 if moved and late else 0.0)
            fraud = random.random() < 1 / (1 + np.exp(-3 * vector[SCORE] + 1))
            told = bool(fraud) != (turned and late)
            self.rows.append(row(number, time, [float(value) for value in vector], told))
        rows = fraud_rows(self.rows[: 50 * 24], "default", T + 50 * DAY)
        made = fit(rows, SPEC, T + 50 * DAY)
        about = as_plain(made.about)
        self.version = ModelVersion(1, "default", "fraud", "v1", "LIVE", T + 50 * DAY, made.checksum, about, made.body)

    def models(self) -> list[ModelVersion]:
        return [self.version]

    def fraud(self, since: int | None, until: int | None) -> Iterator[FraudScore]:
        return (one for one in self.rows if (since or 0) <= one.time < (until or 1 << 62))


def row(number: int, time: int, vector: list[float], fraud: bool) -> FraudScore:
    return FraudScore(
        number, "default", "x", f"e{number}", "P1", "S1", time, 0.5, 0.3, "LOW", [], [], time, vector=list(vector),
        judged={"": (fraud, time)},
    )  # fmt: skip


def found(**how: bool) -> dict[str, Any]:
    return {one.what: one for one in drifts(Judged(**how), "fraud", "default")}  # type: ignore[arg-type]


def test_a_world_that_stays_is_not_called_drift() -> None:
    told = found()
    assert told["score"].level == 0
    assert told["performance"].level == 0


def test_verdicts_that_turn_around_are_a_loss_of_performance_and_scores_alone_do_not_show_it() -> None:
    told = found(turned=True)
    assert told["performance"].level >= 4
    assert told["score"].level == 0


def test_check_ins_of_another_kind_are_told_by_features_and_scores() -> None:
    told = found(moved=True)
    assert told["score"].level >= 4
    assert any(name in told for name in NAMES)


@pytest.mark.parametrize("name", ["priority", "fraud"])
def test_without_a_live_version_there_is_nothing_to_watch(name: str) -> None:
    judged = Judged()
    judged.version.status = "RETIRED"
    assert drifts(judged, name, "default") == []  # type: ignore[arg-type]
