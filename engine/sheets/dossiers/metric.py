"""A metric in full: its chart, its figures, and what happened meanwhile; the charts of a device or a site."""

import msgspec

from data import times
from data.store import Follower
from engine.history.kept import Known
from engine.sheets.charts import Drawn, Window, drawn, marked, marked_whole, window
from engine.sheets.kind import Asked, Scene
from engine.sheets.series import SIGNALS, Begun, Key, begun, key, key_of
from engine.views import Chart, Dossier, Fact, Section

CHARTS = 5  # of a device or site
SHOWN = 30
_TIERS = {300: "5 min", 3600: "1 h", 86400: "1 d"}


def gathered(scene: Scene, ref: str, span: str) -> Begun:  # noqa: ARG001
    return begun(scene, (key_of(ref).name,))


def gathered_of(scene: Scene, ref: str, span: str) -> Begun:  # noqa: ARG001
    """Of names that the thing is known to have."""
    names = {one.name for one in scene.partition.detectors.series.catalogue.rows if one.entity == ref}
    return begun(scene, names & scene.partition.history.names())


def metric(reader: Follower, asked: Asked, ref: str, span: str, known: Dossier | None) -> Dossier:  # noqa: ARG001
    """Raises LookupError for an unknown one, ValueError for a span that cannot be read."""
    told, scene = key_of(ref), asked.scene
    assert scene is not None
    view = window(span, asked.now)
    about = scene.name(told.about) if told.about else ""
    title = f"{told.name.replace('_', ' ')}{f' of {about}' if about else ''}{f' {told.labels}' if told.labels else ''}"
    made = drawn(reader, asked, told, view, title)
    sites = tuple({one.site for one in made.series if one.site})
    if told.about:
        chart = marked(reader, asked.tenant, made.chart, told.about, sites)
    else:
        chart = marked_whole(reader, asked.tenant, made.chart, told.name, made.series)
    episode = asked.begun.unusual.get(told)
    state, severity = "", 0
    if episode is not None:
        severity = max(episode.severity, 2)
        state = f"out of the usual since {times.text(episode.since)[5:16].replace('T', ' ')}: {episode.words}"
    return Dossier(
        0, ref, title, severity, state, sites[0] if len(sites) == 1 and told.about else None,
        sections=(_figures(chart, view, made), *_happened(chart), _where(scene, told, made.series)), charts=(chart,),
    )  # fmt: skip


def _figures(chart: Chart, view: Window, made: Drawn) -> Section:
    values = [value for value in chart.values if value is not None]
    before = [value for value in chart.before if value is not None]
    facts = [Fact("from", f"{_moment(chart.start)} to {_moment(chart.start + chart.step * len(chart.values))} UTC")]
    if values:
        mean = sum(values) / len(values)
        facts += [
            Fact("last", _unit(values[-1], chart)),
            Fact("mean", _unit(mean, chart)),
            Fact("least", _unit(min(values), chart)),
            Fact("most", _unit(max(values), chart)),
        ]
        if before:
            past = sum(before) / len(before)
            change = f", now {(mean - past) / abs(past):+.0%}" if past else ""
            facts.append(Fact("mean a week before", _unit(past, chart) + change))
        outside = _outside(chart)
        if outside is not None:
            facts.append(Fact("out of the usual", f"{outside} of {len(values)} steps", 2 if outside else 0))
    else:
        facts.append(Fact("", "nothing was measured in this time"))
    if made.usual:
        facts.append(Fact("usual", made.usual))
    kept = " and ".join(_TIERS[tier] for tier in made.tiers) or "nothing"
    facts.append(Fact("drawn", f"{view.aggregate} of each {_length(chart.step)}, kept by {kept}"))
    return Section("Figures", tuple(facts))


def _outside(chart: Chart) -> int | None:
    """Steps outside of what is usual; None where nothing is known of that."""
    known = [
        (value, low, high)
        for value, low, high in zip(chart.values, chart.low, chart.high, strict=False)
        if value is not None and low is not None and high is not None
    ]
    return sum(not low <= value <= high for value, low, high in known) if known else None


def _happened(chart: Chart) -> tuple[Section, ...]:
    facts = tuple(
        Fact(_moment(time), text, severity, ref)
        for (time, severity, text), ref in zip(reversed(chart.marks), reversed(chart.refs), strict=True)
    )
    return (Section("What happened meanwhile", facts[:SHOWN], max(0, len(facts) - SHOWN)),) if facts else ()


def _where(scene: Scene, told: Key, series: tuple[Known, ...]) -> Section:
    facts = [Fact("metric", told.name)]
    if told.about:
        facts.append(Fact("of", scene.name(told.about), ref=told.about))
    else:
        facts.append(Fact("series", f"{len(series):,} as one"))
    sites = {one.site for one in series if one.site}
    if len(sites) == 1:
        site = next(iter(sites))
        facts.append(Fact("site", scene.site(site), ref=f"site/{site}"))
    if told.about or told.labels:
        facts.append(Fact("all series", f"every {told.name} as one", ref=f"metric/{told.name}"))
    return Section("Which", tuple(facts))


def added(reader: Follower, asked: Asked, ref: str, span: str, known: Dossier | None) -> Dossier:
    """Adds charts of its metrics to a device or a site, those out of the usual first. Raises LookupError."""
    if known is None:
        raise LookupError(f"nothing is known of {ref}")
    assert asked.scene is not None
    view = window(span, asked.now)
    charts: list[Chart] = []
    facts: list[Fact] = []
    for told in _keys_of(reader, asked, ref):
        unusual = told in asked.begun.unusual
        facts.append(Fact("out of the usual" if unusual else "", told.name, 2 if unusual else 0, told.ref))
        if len(charts) < CHARTS:
            try:
                made = drawn(reader, asked, told, view, told.name.replace("_", " "))
            except LookupError:
                continue
            if any(value is not None for value in made.chart.values):
                charts.append(made.chart)
    if not facts:
        return known
    more = Section("Metrics", tuple(facts))
    return msgspec.structs.replace(known, charts=(*known.charts, *charts), sections=(*known.sections, more))


def _keys_of(reader: Follower, asked: Asked, ref: str) -> list[Key]:
    kind, _, id = ref.partition("/")
    keys = {
        key(row.name, row.entity, row.site, row.labels.items())
        for row in reader.metric_series(asked.tenant)
        if row.entity == ref or (kind == "site" and row.entity is None and row.site == id)
    }
    keys |= {one for one in asked.begun.unusual if one.about == ref}
    if kind == "site":
        keys |= {Key(name, ref) for name in SIGNALS}
    odd = asked.begun.unusual
    return sorted(keys, key=lambda one: (one not in odd, one.name in SIGNALS, one))


def _unit(value: float, chart: Chart) -> str:
    return f"{value:,.6g} {chart.unit}".strip()


def _moment(time: int) -> str:
    return times.text(time)[:16].replace("T", " ")


def _length(micros: int) -> str:
    return _TIERS.get(micros // 1_000_000, f"{micros // 60_000_000} min")
