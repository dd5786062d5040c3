"""Settings of training."""

from typing import Annotated

import msgspec

from data.times import DAY, HOUR
from engine.settings.meta import about, length


class ModelSettings(msgspec.Struct, frozen=True):
    auto_train: Annotated[bool, about("retrain by itself in the console and engine; a replay asks for it")] = True
    every: Annotated[int, length("a live version is not older than this when it is retrained", least=HOUR)] = 7 * DAY
    cool_down: Annotated[int, length("after a try that was refused, wait so long", least=HOUR)] = DAY
    window: Annotated[int, length("how far back rows are learned from", least=DAY)] = 180 * DAY
    least_labels: Annotated[
        int, about("with fewer things whose end is known nothing is learned", least=40, most=1_000_000)
    ] = 40
    max_calibration_error: Annotated[
        float, about("a version whose probabilities are further off does not go live", least=0.01, most=1)
    ] = 0.1
    sure: Annotated[
        float, about("how sure it must be that a version is better than the rules", least=0.5, most=0.999)
    ] = 0.9
    min_precision: Annotated[
        float, about("with 500 labels and more: lowest precision at its best threshold", least=0, most=1)
    ] = 0.0
    min_recall: Annotated[float, about("the same for its recall", least=0, most=1)] = 0.0
    min_pr_auc: Annotated[float, about("the same for its PR-AUC", least=0, most=1)] = 0.0
    rollback: Annotated[
        bool, about("go back to the version before when the live one does worse in its first days than it promised")
    ] = True
    rollback_loss: Annotated[float, about("how much worse: accuracy lost", least=0.01, most=1)] = 0.05
    retrain_on_drift: Annotated[bool, about("retrain when drift is HIGH; CRITICAL asks a person")] = True
