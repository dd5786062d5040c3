"""Why: of an alert, a cluster, an incident, an anomaly, a finding, or one event.

    told = explain(reader, "alert/A-4t9x02kd7q")

Everything told is read from records, where each decision left its reason when it was made.
"""

from collections.abc import Callable
from typing import Any

from data.store import Reader
from engine.explain.alerts import explain_alert
from engine.explain.events import explain_event
from engine.explain.fraud import explain_fraud
from engine.explain.groups import explain_cluster, explain_incident
from engine.explain.lookup import UnknownRefError, find
from engine.explain.mutes import KINDS as MUTES
from engine.explain.mutes import explain_mute
from engine.explain.notifications import explain_notification
from engine.explain.predictions import explain_prediction
from engine.explain.runs import explain_run
from engine.explain.signs import explain_anomaly, explain_finding
from engine.explain.telling import Explanation
from engine.settings import Config

__all__ = ["Explanation", "UnknownRefError", "explain"]

_HOW: dict[str, Callable[[Reader, Any], Explanation]] = {
    "finding": explain_finding,
    "anomaly": explain_anomaly,
    "prediction": explain_prediction,
    "fraud": explain_fraud,
    "notification": explain_notification,
    "run": explain_run,
}


def explain(reader: Reader, ref: str, config: Config | None = None) -> Explanation:
    """`ref` is `alert/ID`, `cluster/ID`, `incident/ID`, `anomaly/ID`, `finding/ID`, `prediction/ID`, `fraud/EVENT_ID`,
    `notification/ID`, `silence/ID`, `maintenance/ID`, a bare ID of a record, or `event SOURCE ID`. `config` tells the
    rules that something was held against; without one they are the defaults. Raises UnknownRefError, which knows the
    nearest there are; ValueError for a kind of thing that is not explained."""
    words = ref.split(None, 2)
    if len(words) == 3 and words[0] == "event":
        return explain_event(reader, words[1], words[2])
    if ref.strip().startswith(tuple(f"{kind}/" for kind in MUTES)):
        return explain_mute(reader, ref.strip())
    kind, record = find(reader, ref.strip())
    if kind == "alert":
        return explain_alert(reader, record, config)
    if kind in ("cluster", "incident"):
        return (explain_cluster if kind == "cluster" else explain_incident)(reader, record, config)
    return _HOW[kind](reader, record)
