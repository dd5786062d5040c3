"""A person's word on thresholds: set one, take the newest change back, or let verdicts set them all now."""

import msgspec

from data.payloads import OperatorAction
from data.records.audit import AuditRow
from data.wire import Event
from engine.detect.baselines.metrics import PLACES
from engine.detect.baselines.replayed import simulate
from engine.detect.baselines.room import Baselines
from engine.detect.baselines.thresholds import LEAST, MOST, Change
from engine.views import Outcome

TUNE = "tune"


class _Order(msgspec.Struct):
    op: str = "set"
    threshold: float | None = None


def carry_out(room: Baselines, event: Event, now: int) -> Outcome:
    """`baseline/SITE/METRIC` with `op` set (and `threshold`), rollback or retune. Never raises for what it holds."""
    data: OperatorAction = event.data
    by = data.actor or "operator"
    try:
        order = msgspec.convert(data.params or {}, _Order)
    except msgspec.ValidationError as error:
        return Outcome(False, str(error), data.target)
    if order.op == "retune":
        return Outcome(True, told(room.retune(now, by)), data.target)
    site, _, name = data.target.partition("/")[2].rpartition("/")
    metric = PLACES.get(name)
    if metric is None or site not in room.rings.rows:
        return Outcome(False, f"nothing is known of {name or 'this metric'} at {site or 'this site'}", data.target)
    if order.op == "rollback":
        change = room.back(site, metric, now, by)
        if change is None:
            return Outcome(False, "no change to take back", data.target)
        return Outcome(True, told([change]), data.target)
    if order.op != "set" or order.threshold is None or not LEAST <= order.threshold <= MOST:
        return Outcome(False, f"a threshold lies between {LEAST:g} and {MOST:g}", data.target)
    seen = simulate(room, site, metric, order.threshold, now)
    change = room.set(site, metric, order.threshold, now, by, data.note or "set by hand")
    simulated = f"; in {seen.days} days {seen.then.findings} findings instead of {seen.now.findings}"
    return Outcome(True, told([change]) + simulated, data.target)


def audited(room: Baselines) -> list[AuditRow]:
    """Rows of the changes that nobody has written down yet; those made by verdicts alone are the engine's own deed."""
    rows = [
        AuditRow(
            each.time, room.tenant, each.by, TUNE, f"baseline/{each.site}/{each.metric}", told([each]),
            {"old": each.old, "new": each.new, "why": each.why}, 0,
        )
        for each in room.changes
    ]  # fmt: skip
    room.changes.clear()
    return rows


def told(changes: list[Change]) -> str:
    """Changes in words."""
    if not changes:
        return "no threshold changes"
    return "; ".join(
        f"{each.metric} at {each.site}: {_value(each.old)} becomes {_value(each.new)} ({each.why})" for each in changes
    )


def _value(threshold: float | None) -> str:
    return "the configured threshold" if threshold is None else f"{threshold:g}"
