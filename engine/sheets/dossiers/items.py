"""Open items, alerts and predictions, as the working state knows them."""

from data.records.prediction import Prediction
from engine.context.item import item_context
from engine.sheets.foreseen import WORDS
from engine.sheets.kind import Scene
from engine.views import AlertRow, Dossier, Fact, Section

ITEM_DEEDS = ("acknowledge", "snooze", "silence", "comment", "assign", "resolve")


def item(scene: Scene, id: str, span: str, kind: str = "incident") -> Dossier | None:
    """An incident or cluster that is open, with its whole context."""
    ref = f"{kind}/{id}"
    page = item_context(scene.partition, scene.items, ref, 0)
    if page is None and kind == "incident":
        return item(scene, id, span, "cluster")
    if page is None:
        return None
    row = page.item
    who = row.owner or "nobody has it"
    alerts = Section("Alerts", tuple(map(_alert_fact, page.alerts)))
    runs = _runs(scene, ref)
    deeds = ("approve", "reject", *ITEM_DEEDS) if row.candidate else ITEM_DEEDS
    return Dossier(
        0, ref, row.title, row.severity, f"{row.state}, {who}", row.sites[0] if row.sites else None, page.next_step,
        page.why, deeds, "", (alerts, *runs, *page.sections), (), page.timeline,
    )  # fmt: skip


def _alert_fact(alert: AlertRow) -> Fact:
    on = f" on {alert.entity}" if alert.entity else ""
    state = f", {alert.state}" if alert.state else ""
    text = f"{alert.alert_type}{on} ×{alert.count}{state}: {alert.message}"
    return Fact(alert.status.lower()[:8], text, alert.severity if alert.status != "RESOLVED" else 0, alert.ref)


def _runs(scene: Scene, ref: str) -> tuple[Section, ...]:
    runs = [run for run in scene.partition.playbooks.open.values() if run.target == ref]
    facts = tuple(
        Fact(run.state.lower(), f"{run.playbook}: {run.text or run.title}", ref=f"run/{run.id}") for run in runs
    )
    return (Section("Playbooks", facts),) if facts else ()


def alert(scene: Scene, id: str, span: str) -> Dossier | None:  # noqa: ARG001
    """An alert that is live; one that is over is explained from its record."""
    found = next((one for one in scene.partition.alerts.by_number.values() if one.id == id), None)
    if found is None:
        return None
    home = scene.partition.grouping.item(f"alert/{id}")
    what = [Fact("entity", found.entity, ref=found.entity)] if found.entity else []
    if found.site:
        what.append(Fact("site", scene.site(found.site), ref=f"site/{found.site}"))
    if home is not None:
        what.append(Fact("belongs to", f"{home.ref}: {found.cluster_reason}", ref=home.ref))
    if found.muted:
        what.append(Fact("muted", f"{found.muted} {found.muted_by or ''}"))
    what += [Fact(name, value) for name, value in sorted({**found.labels, **found.annotations}.items())]
    what += [Fact("from", found.generator_url)] if found.generator_url else []
    firing = "it fires" if found.firing else "it is over"
    next_step = "press a to acknowledge" if found.firing and found.status == "NEW" else ""
    return Dossier(
        0, f"alert/{id}", f"{found.alert_type}: {found.message}", found.severity, f"{found.status}, {firing}",
        found.site, next_step, "", ITEM_DEEDS, "", (Section("What", tuple(what)),),
    )  # fmt: skip


def prediction(scene: Scene, id: str, span: str) -> Dossier | None:  # noqa: ARG001
    """One that stands; one that was settled is explained from its record."""
    book = scene.partition.foresight.book
    row = next((standing.row for standing in book.open.values() if standing.row.id == id), None)
    if row is None:
        return None
    facts = [Fact("of", scene.name(row.entity), ref=row.entity), *_times(scene, row)]
    facts.append(Fact("by", f"model {row.model_version}" if row.model_version else "rules: no model is live yet"))
    if row.site:
        facts.append(Fact("site", scene.site(row.site), ref=f"site/{row.site}"))
    why = tuple(Fact("", text) for text in row.reasons)
    sections = [Section("Because", why)] if why else []
    said = (
        "warned of"
        if row.alerted
        else "a warning held back, to measure what warnings prevent"
        if row.held_back
        else "watched"
    )
    return Dossier(
        0, f"prediction/{id}", f"{row.probability:.0%} likely: {WORDS[row.kind]}, {scene.name(row.entity)}",
        4 if row.alerted and row.probability >= 0.8 else 2, said, row.site, row.advice, "", (), "",
        (*sections, Section("Known now", tuple(facts))),
    )  # fmt: skip


def _times(scene: Scene, row: Prediction) -> list[Fact]:
    from engine.explain.telling import moment, span

    found = [Fact("foreseen", f"{span(max(0, scene.now - row.made_at))} ago")]
    if row.deadline is not None:
        left = row.deadline - scene.now
        found.append(Fact("ends", f"in {span(left)}, at {moment(row.deadline)}" if left > 0 else "now"))
    if row.alerted or row.held_back:
        found.append(Fact("interval", f"{row.low:.0%} to {row.high:.0%}"))
    return found
