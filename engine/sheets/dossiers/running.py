"""A source, a job, a refused line."""

from data import times
from data.store import Follower
from engine.explain.telling import span as span_of
from engine.pages import feed_row
from engine.sheets.jobs import listed
from engine.sheets.kind import Asked, Scene
from engine.views import Dossier, Fact, Section


def source(scene: Scene, id: str, span: str) -> Dossier | None:  # noqa: ARG001
    """When it was last heard, and what it has promised."""
    found = next((one for one in scene.sources() if one.name == id), None)
    if found is None:
        return None
    quiet = max(0, scene.now - found.last_at)
    facts = [
        Fact("heard", f"{span_of(quiet)} ago, at {times.text(found.last_at)}"),
        Fact("events", f"{found.events:,}"),
    ]
    beat = scene.partition.detectors.beats.beats.get(id)
    said = f"at least every {span_of(beat.period)}" if beat is not None else "nothing: what is usual for it counts"
    facts.append(Fact("promised", said))
    alerts = tuple(
        Fact(alert.alert_type, alert.message, alert.severity, f"alert/{alert.id}")
        for alert in scene.partition.alerts.by_number.values()
        if alert.firing and alert.source == id
    )
    sections = (Section("Open alerts of it", alerts[:10], max(0, len(alerts) - 10)),) if alerts else ()
    severity = 4 if found.state in ("stale", "unreachable") else 0
    return Dossier(0, f"source/{id}", id, severity, found.state, sections=(Section("Source", tuple(facts)), *sections))


def job(scene: Scene, id: str, span: str) -> Dossier | None:  # noqa: ARG001
    found = next(
        (one for one in listed(scene) if one.name == id),
        None,
    )
    if found is None:
        return None
    last, following = times.text_or_none(found.last) or "not since the start", times.text_or_none(found.next)
    facts = [Fact("last", last), Fact("next", following or "when there is something to wait for")]
    facts.append(Fact("runs", f"{found.runs:,} since the start of this process"))
    if found.result:
        facts.append(Fact("result", found.result))
    return Dossier(0, f"job/{id}", id, why=found.about, sections=(Section("Job", tuple(facts)),))


def letter(reader: Follower, asked: Asked, ref: str, span: str, begun: Dossier | None) -> Dossier:  # noqa: ARG001
    """A line that was refused. Raises LookupError."""
    found = next(
        (one for one in reader.dead_letters(None, None) if str(one.received_at) == ref.partition("/")[2]), None
    )
    if found is None:
        raise LookupError(f"there is no {ref}")
    facts = (
        Fact("received", times.text(found.received_at)), Fact("by", found.way), Fact("source", found.source or "-"),
        Fact("reason", found.reason), Fact("begins", found.head),
    )  # fmt: skip
    return Dossier(0, ref, f"refused: {found.reason}", 3, sections=(Section("Refused", facts),))


def told(reader: Follower, asked: Asked, ref: str, span: str, begun: Dossier | None) -> Dossier:  # noqa: ARG001
    """An entry of the feed, with what it is about. Raises LookupError."""
    number = ref.partition("/")[2]
    found = reader.feed_after(asked.tenant, int(number) - 1, 1) if number.isdecimal() else []
    entry = next((one for one in found if str(one.sequence) == number), None)
    if entry is None:
        raise LookupError(f"there is no {ref}")
    facts = [Fact("time", times.text(entry.time)), Fact("kind", entry.type.replace("_", " "))]
    facts.append(Fact("about", entry.ref, ref=entry.ref))
    plain = (
        (name, value) for name, value in entry.data.items() if isinstance(value, str | int | float) and value != ""
    )
    facts += [Fact(name.replace("_", " "), str(value)) for name, value in plain if name not in ("time", "sequence")]
    return Dossier(
        0, ref, feed_row(entry).text, entry.severity, site=entry.site, sections=(Section("Told", tuple(facts)),)
    )
