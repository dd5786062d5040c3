"""`noc train`: learn from what a database holds, and put the version to work. `noc backtest`: only look.

Training reads; it needs no lock and stops no engine. What passes the gates is handed to the engine that runs on the
database, or written by one that is started for that moment; either way going live is an entry in the journal.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from data import ids, times
from data.records.fraud import FraudScore
from data.records.model import ModelVersion
from data.store import Reader
from data.times import DAY
from engine.alerts.pairs import KIND as PAIRS
from engine.models.about import About, as_plain
from engine.models.fit import Fitted, fit
from engine.models.judge import Limits
from engine.models.library import CANDIDATE, LIVE
from engine.models.scorer import Scorer
from engine.models.spec import Refused, Rows
from engine.predict.history import SPECS, rows_of
from engine.score.choices import KIND as PRIORITY
from engine.score.fraud_model import KIND as FRAUD
from engine.settings.models import ModelSettings

Progress = Callable[[int, int], None]


class Trained(msgspec.Struct):
    """A version that may go live, and what it was made of."""

    version: ModelVersion
    about: About


def train(
    reader: Reader,
    name: str,
    tenant: str,
    until: int | None,
    settings: ModelSettings,
    progress: Progress = lambda done, total: None,
) -> Trained:
    """Learns from what was seen before `until` (None: all of it). Raises Refused with the reason."""
    until = newest(reader, tenant, name) + 1 if until is None else until
    rows = _rows(reader, name, tenant, until, settings.window)
    limits = Limits(
        settings.max_calibration_error, settings.sure, settings.min_precision, settings.min_recall, settings.min_pr_auc,
        settings.least_labels,
    )  # fmt: skip
    fitted = fit(rows, SPECS[name], until, live_of(reader, name, tenant), limits, progress)
    return Trained(_version(fitted, name, tenant, until), fitted.about)


def _rows(reader: Reader, name: str, tenant: str, until: int, window: int) -> Rows:
    """What there is to learn from; where nothing of it has an outcome but older rows do, the reason tells of those. So
    it is after a clock that jumped ahead: all that was learned before lies far back."""
    try:
        rows = rows_of(reader, name, tenant, until, window)
        if np.isfinite(rows.labels).any():
            return rows
        why = "nothing that was seen has an outcome yet"
    except Refused as refused:
        rows, why = None, str(refused)
    try:
        older = rows_of(reader, name, tenant, until - window, until - window)
    except Refused:
        older = None
    known = older.times[np.isfinite(older.labels)] if older is not None else ()
    if not len(known):
        if rows is None:
            raise Refused(why)
        return rows
    raise Refused(
        f"{why}, in the {window // DAY} days before {times.text(until)}; {len(known):,} rows with an outcome are older:"
        f" if a clock jumped ahead, `--until {times.text(int(max(known)) + DAY)}` learns from them"
    )


def newest(reader: Reader, tenant: str, name: str = "") -> int:
    """Event time of the newest prediction; of the newest deed or verdict, for what people teach."""
    if name in (PAIRS, PRIORITY):
        return max((row.time for row in reader.audit(None, None) if row.tenant == tenant), default=0)
    if name == FRAUD:
        return max((_last(row) for row in reader.fraud(None, None) if row.tenant == tenant), default=0)
    last = 0
    for row in reader.predictions(None, None):
        if row.tenant == tenant:
            last = max(last, row.made_at, row.settled_at or 0)
    if not last:
        raise Refused("this database holds no predictions yet; replay a recording or let the engine run")
    return last


def _last(row: FraudScore) -> int:
    return max(row.time, row.decided_at, *(time for _, time in row.judged.values()))


def live_of(reader: Reader, name: str, tenant: str) -> Scorer | None:
    """The version that is live; None also for one that cannot be read any more."""
    from engine.models.document import BadModel

    found = None
    for version in reader.models():
        if (version.tenant, version.kind, version.status) == (tenant, name, LIVE):
            try:
                found = Scorer(version)
            except BadModel:
                found = None
    return found


def _version(fitted: Fitted, name: str, tenant: str, until: int) -> ModelVersion:
    """`number` is given when it goes live. The version's name follows from its content."""
    return ModelVersion(
        number=0, tenant=tenant, kind=name, version=ids.derive(name, fitted.checksum, str(until)), status=CANDIDATE,
        made_at=until, checksum=fitted.checksum, about=as_plain(fitted.about), body=fitted.body,
    )  # fmt: skip


def backtest(reader: Reader, name: str, tenant: str, split: int | None, settings: ModelSettings) -> dict[str, Any]:
    """Trains on what was seen before `split` and judges by what came after, as JSON; nothing is kept. Without `split`
    the latest fifth by time judges."""
    from engine.predict.backtesting import after, latest_fifth

    end = newest(reader, tenant, name) + 1
    rows = _rows(reader, name, tenant, end, settings.window)
    border = latest_fifth(rows) if split is None else split
    return after(rows_of(reader, name, tenant, border, settings.window), rows, SPECS[name], border, end)
