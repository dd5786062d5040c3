"""A person: where they should be, what they did, and how their check-ins looked."""

import msgspec

from data import times
from data.store import Follower
from data.times import DAY, HOUR
from engine.sheets.kind import Asked, Scene
from engine.sheets.people import HIGH, LEVELS
from engine.views import Chart, Dossier, Fact, Section

TREND = 30  # days
SHOWN = 12
ATTRIBUTES = ("role", "phone", "email", "active")


def person(scene: Scene, id: str, span: str) -> Dossier | None:  # noqa: ARG001
    """Who it is, what is open, and the signals of the last hours."""
    entity = scene.partition.registry.of("person", id)
    if entity is None:
        return None
    who = [Fact("id", id)]
    if entity.site:
        who.append(Fact("site", scene.site(entity.site), ref=f"site/{entity.site}"))
    who += [Fact(name, str(entity.attributes[name])) for name in ATTRIBUTES if entity.attributes.get(name) is not None]
    alerts = tuple(
        Fact(alert.alert_type, alert.message, alert.severity, f"alert/{alert.id}")
        for alert in scene.partition.alerts.by_number.values()
        if alert.firing and alert.entity == f"person/{id}"
    )
    sections = [Section("Who", tuple(who))]
    if alerts:
        sections.insert(0, Section("Open", alerts[:SHOWN], max(0, len(alerts) - SHOWN)))
    sections += [_signals(scene, id), *_shifts(scene, id)]
    worst = max((fact.severity for fact in alerts), default=0)
    return Dossier(
        0, f"person/{id}", scene.name(f"person/{id}"), worst, "", entity.site, sections=tuple(sections),
    )  # fmt: skip


def _signals(scene: Scene, id: str) -> Section:
    activity, now = scene.partition.detectors.activity, scene.now
    facts = []
    for hours in (1, 8):
        counts = activity.of_person(id, now - hours * HOUR, now).signals()
        said = ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in counts.items() if value)
        facts.append(Fact(f"last {hours} h", said or "nothing heard"))
    return Section("Signals", tuple(facts))


def _shifts(scene: Scene, id: str) -> tuple[Section, ...]:
    day = {times.text(scene.now + shift * DAY)[:10] for shift in (-1, 0, 1)}
    found = []
    for shift in list(scene.partition.registry.kinds.get("shift", {}).values()):
        told = shift.attributes
        if told.get("person") == id and isinstance(told.get("start"), str) and told["start"][:10] in day:
            cancelled = " (cancelled)" if told.get("status") == "CANCELLED" else ""
            words = f"to {str(told.get('end'))[11:16]} at {scene.site(shift.site)}, {told.get('post') or 'no post'}"
            found.append((told["start"], Fact(told["start"][5:16].replace("T", " "), words + cancelled)))
    return (Section("Shifts", tuple(fact for _, fact in sorted(found, key=lambda one: one[0]))),) if found else ()


def trend(reader: Follower, asked: Asked, ref: str, span: str, begun: Dossier | None) -> Dossier:  # noqa: ARG001
    """Adds the greatest probability of fraud of each day, and the last check-ins. Raises LookupError."""
    if begun is None:
        raise LookupError(f"there is no {ref}")
    id, today = ref.partition("/")[2], asked.now // DAY
    first = today - TREND + 1
    rows = [row for row in reader.fraud(first * DAY, None) if row.tenant == asked.tenant and row.person == id]
    days: list[float | None] = [None] * TREND
    for row in rows:
        place = row.time // DAY - first
        if 0 <= place < TREND:
            days[place] = max(days[place] or 0.0, row.probability)
    marks = tuple((row.time, LEVELS[row.level], ", ".join(row.anomalies)) for row in rows if row.level in HIGH)
    chart = Chart("probability of fraud, the day's greatest", "", first * DAY, DAY, tuple(days), marks=marks)
    last = tuple(
        Fact(
            times.text(row.time)[5:16].replace("T", " "),
            f"{row.probability:.0%} {row.level}{': ' + ', '.join(row.anomalies) if row.anomalies else ''}",
            LEVELS[row.level] if row.level in HIGH and row.status == "OPEN" else 0,
            f"fraud/{row.event_id}",
        )
        for row in rows[-SHOWN:][::-1]
    )
    more = (Section("Check-ins", last, max(0, len(rows) - SHOWN)),) if last else ()
    return msgspec.structs.replace(begun, charts=(chart,) if rows else (), sections=(*begun.sections, *more))
