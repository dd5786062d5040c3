"""Why something is not shown: what a silence or window is, who asked for it, and what it hides now."""

from typing import Any

from data import times
from data.records.alert import Alert
from data.records.audit import AuditRow
from data.store import Reader
from engine.explain.lookup import UnknownRefError
from engine.explain.telling import Explanation, history, moment, plain, severity

KINDS = ("silence", "maintenance")
MEANS = {
    "silence": "a silence covers it",
    "maintenance": "a maintenance window covers it, which may stand in the configuration",
}
TOLD = 20  # alerts that are told one by one
ASKED = ("matchers", "site", "client", "entity", "duration", "starts_at", "ends_at", "comment", "author", "replaces")


def explain_mute(reader: Reader, ref: str) -> Explanation:
    """`silence/ID` or `maintenance/ID`. Raises UnknownRefError for one that nobody asked for and that hides nothing."""
    kind, _, id = ref.partition("/")
    deeds = _deeds(reader, ref)
    hidden = [alert for alert in reader.alerts(None, None) if alert.muted_by == id]
    tenant = deeds[0].tenant if deeds else hidden[0].tenant if hidden else ""
    told = Explanation(ref, f"{kind} {id}")
    told.timeline = history(reader, ref, tenant, 0, None) if tenant else []
    if not deeds and not hidden and not told.timeline:
        raise UnknownRefError(ref, _near(reader, kind))
    for row in deeds:
        _asked(told, row)
    if not deeds:
        told.because.append(f"Nobody asked for it by command that is still known: {MEANS[kind]}")
    told.fact("hides now", f"{len(hidden)} alerts")
    if not hidden:
        told.because.append("It hides nothing that fires now")
    for alert in hidden[:TOLD]:
        what = f"{severity(alert.severity)} {alert.alert_type} at {alert.site or alert.entity or '-'}"
        told.evidence.append((f"alert/{alert.id}", f"{what}, since {moment(alert.first_seen)}"))
    if len(hidden) > TOLD:
        told.evidence.append(("and", f"{len(hidden) - TOLD} more"))
    return told


def muted_because(reader: Reader, alert: Alert) -> list[str]:
    """Who or what mutes the alert, as far as the records tell; empty where nothing does."""
    if alert.muted is None:
        return []
    if alert.muted not in KINDS:
        return [f"Muted now as {alert.muted}, by {alert.muted_by or 'a rule'}: it comes back when that is over"]
    ref = f"{alert.muted}/{alert.muted_by}"
    deeds = _deeds(reader, ref)
    if not deeds:
        return [f"Muted now by {ref}: {MEANS[alert.muted]}"]
    last = deeds[-1]
    why = (last.detail.get("params") or {}).get("comment") or last.detail.get("note")
    return [f"Muted now by {ref}, asked for by {last.actor}{f' ({why})' if why else ''}: {last.outcome}"]


def _deeds(reader: Reader, ref: str) -> list[AuditRow]:
    return [row for row in reader.audit(None, None) if row.target == ref]


def _asked(told: Explanation, row: AuditRow) -> None:
    params: dict[str, Any] = row.detail.get("params") or {}
    op = "undo" if row.action == "undo" else params.get("op") or "add"
    told.because.append(f"{times.text(row.time)} {row.actor}, {op}: {row.outcome}")
    for name in ASKED:
        if params.get(name) not in (None, ""):
            told.fact(name.replace("_", " "), plain(params[name]))


def _near(reader: Reader, kind: str) -> list[str]:
    """The newest of that kind that somebody asked for."""
    refs = [row.target for row in reader.audit(None, None) if row.target.startswith(f"{kind}/")]
    return list(dict.fromkeys(reversed(refs)))[:3]
