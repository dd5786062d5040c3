"""Why a check-in was scored as it was: evidence, reasons, what the scorer saw."""

from collections.abc import Iterator

import msgspec

from data.records.fraud import FraudScore
from data.store import Reader
from engine.explain.predictions import contributions, version_of
from engine.explain.telling import Explanation, history, moment, plain
from engine.score.fraud import WEIGHTS
from engine.score.fraud_features import EVIDENCE, NAMES
from engine.score.fraud_model import SPEC
from engine.score.fraud_model import plain as plain_vector


class CheckIn(msgspec.Struct, frozen=True):
    """A row under the name by which it is asked for: `fraud/EVENT_ID`."""

    id: str
    row: FraudScore


def check_ins(reader: Reader) -> Iterator[CheckIn]:
    """All rows, the newest first: of two check-ins with one id the newest is meant."""
    for row in reversed(list(reader.fraud(None, None))):
        yield CheckIn(row.event_id, row)


def explain_fraud(reader: Reader, found: CheckIn) -> Explanation:
    row = found.row
    told = Explanation(f"fraud/{row.event_id}", f"{row.level} {row.probability:.1%}: check-in of {row.person}")
    told.fact("person", row.person)
    told.fact("site", row.site)
    told.fact("time", moment(row.time))
    told.fact("status", row.status)
    told.fact("probability", f"{row.probability:.3f}, {_by(row)}")
    told.fact("score of the rules", f"{row.score:.3f}")
    told.fact("decided", moment(row.decided_at))
    told.because = list(row.reasons) or ["nothing speaks against this check-in"]
    scorer = version_of(reader, row.model_version, row.tenant)
    if scorer is not None:
        contributions(told, scorer, NAMES, plain_vector(row.vector), SPEC)
    for kind, held in row.evidence.items():
        if isinstance(held, dict):
            more = ", ".join(f"{name} {plain(value)}" for name, value in held.items() if name != "text")
            told.evidence.append((kind, f"{more}; counts {WEIGHTS.get(kind, 0.0):g} of its confidence"))
        else:
            told.evidence.append((kind.replace("_", " "), plain(held)))
    for name, value in zip(NAMES, row.vector, strict=False):
        if name not in EVIDENCE and value is not None:
            told.evidence.append((name.replace("_", " "), f"{value:g}"))
    told.timeline = history(reader, told.ref, row.tenant, row.time, None)
    return told


def _by(row: FraudScore) -> str:
    if row.model_version is None:
        return "by the rules; no model was live"
    return f"by the model {row.model_version}, {row.low:.3f} to {row.high:.3f}"
