"""Sites, devices, and whatever else events speak of."""

import msgspec

from data.records.entity import Entity
from data.times import HOUR
from engine.detect.baselines import telling
from engine.explain.telling import span as span_of
from engine.sheets.kind import Scene
from engine.sheets.things import off, site_now
from engine.views import Chart, Dossier, Fact, Section

SHOWN = 10


def site(scene: Scene, id: str, span: str) -> Dossier | None:  # noqa: ARG001
    """All that is known of a site now, and its anomalies by hour."""
    partition = scene.partition
    entity = partition.registry.of("site", id)
    if entity is None:
        return None
    now = next(one for one in site_now(scene) if one.site == id)
    items = tuple(
        Fact(row.state.lower(), row.title, row.severity, row.ref) for row in scene.items.rows() if id in row.sites
    )
    sections = [
        Section("Open", items[:SHOWN] or (Fact("", "nothing"),), max(0, len(items) - SHOWN)),
        Section("Now", (
            Fact("people", f"{now.on_shift} scheduled, {now.active} active in the last hour"),
            Fact("devices", f"{now.devices - now.down} of {now.devices} answer"),
            Fact("tickets", f"{now.tickets} open"),
            *_signals(scene, id),
        )),
        *_devices(scene, id),
        _where(scene, entity),
        *_usual(scene, id),
    ]  # fmt: skip
    start = (scene.now // HOUR - 23) * HOUR
    chart = Chart("anomalies by hour", "", start, HOUR, tuple(map(float, now.hours)))
    return Dossier(
        0, f"site/{id}", now.name, now.worst, f"{now.items} open" if now.items else "quiet", id,
        sections=tuple(sections), charts=(chart,) if any(now.hours) else (),
    )  # fmt: skip


def _signals(scene: Scene, id: str) -> list[Fact]:
    counts, _ = scene.partition.detectors.activity.of_site(id, scene.now - HOUR, scene.now)
    return [
        Fact(name.replace("_", " "), f"{value:g} in the last hour") for name, value in counts.signals().items() if value
    ]


def _devices(scene: Scene, id: str) -> tuple[Section, ...]:
    index, gone = scene.partition.answering.index, off(scene.partition)
    index.refresh()
    found = sorted(index.at("device", (id,)), key=lambda one: (one.ref not in gone, one.ref))
    facts = tuple(
        Fact("off" if one.ref in gone else "on", f"{scene.name(one.ref)} ({one.attributes.get('kind') or 'device'})",
             4 if one.ref in gone else 0, one.ref)
        for one in found
    )  # fmt: skip
    return (Section("Devices", facts[:SHOWN], max(0, len(facts) - SHOWN)),) if facts else ()


def _where(scene: Scene, entity: Entity) -> Section:
    told = entity.attributes
    facts = [Fact("id", entity.id)]
    if entity.client:
        facts.append(Fact("client", scene.name(f"client/{entity.client}")))
    if told.get("in_charge"):
        ref = f"person/{told['in_charge']}"
        facts.append(Fact("in charge", scene.name(ref), ref=ref))
    facts += [Fact(name, str(told[name])) for name in ("city", "state", "timezone", "criticality") if told.get(name)]
    return Section("Place", tuple(facts))


def _usual(scene: Scene, id: str) -> tuple[Section, ...]:
    rows = telling.rows(scene.partition.detectors.baselines, id, scene.now)
    facts = tuple(
        Fact(row.metric.replace("_", " "), f"{row.usual:g} ({row.low:g} to {row.high:g}), {row.rests_on}")
        for row in rows
        if row.usual is not None
    )
    return (Section("Usual at this hour of the week", facts),) if facts else ()


def device(scene: Scene, id: str, span: str) -> Dossier | None:
    """A device: what it is, what is open, what is foreseen."""
    found = thing(scene, id, span, "device")
    if found is None:
        return None
    book = scene.partition.foresight.book
    rows = [standing.row for standing in book.open.values() if standing.row.entity == f"device/{id}"]
    facts = tuple(
        Fact(f"{row.probability:.1%}", "fails within the horizon", ref=f"prediction/{row.id}") for row in rows
    )
    state = "off" if f"device/{id}" in off(scene.partition) else "on"
    more = (Section("Foreseen", facts),) if facts else ()
    return msgspec.structs.replace(found, state=state, sections=(*found.sections, *more))


def thing(scene: Scene, id: str, span: str, kind: str = "") -> Dossier | None:  # noqa: ARG001
    """Anything with a reference: what was told of it, and its alerts."""
    ref = f"{kind}/{id}" if kind else id
    entity = scene.partition.registry.get(ref)
    if entity is None:
        return None
    facts = [Fact("reference", ref)]
    site = entity.id if entity.kind == "site" else entity.site
    if site:
        facts.append(Fact("site", scene.site(site), ref=f"site/{site}"))
    facts += [
        Fact(name, str(value)) for name, value in entity.attributes.items() if value is not None and name != "site"
    ]
    facts.append(Fact("known for", span_of(max(0, scene.now - entity.first_seen))))
    alerts = [alert for alert in scene.partition.alerts.by_number.values() if alert.firing and alert.entity == ref]
    open_ = tuple(
        Fact(alert.alert_type, alert.message, alert.severity, f"alert/{alert.id}") for alert in alerts[:SHOWN]
    )
    sections = (Section("Open", open_, max(0, len(alerts) - SHOWN)),) if open_ else ()
    worst = max((alert.severity for alert in alerts), default=0)
    return Dossier(0, ref, scene.name(ref), worst, "", site, sections=(*sections, Section("Known", tuple(facts))))
