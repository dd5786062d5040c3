"""The engine itself: where its events come from, its models, its settings, who did what."""

from collections.abc import Iterable, Sequence
from operator import attrgetter

import msgspec

from data.records.audit import AuditRow, DeadLetter
from data.records.model import ModelVersion
from data.store import Follower
from data.times import DAY
from engine.query.schema import Field, Kind, Schema
from engine.query.schemas import field, flag, timed
from engine.settings.printing import Row, rows_of
from engine.sheets.kind import Asked, Scene
from engine.sheets.kind import Kind as Sheets
from engine.views import Fact, SheetColumn, SheetRow, SourceRow

AUDIT_DAYS = 90


def _sources(scene: Scene) -> Iterable[SourceRow]:
    return scene.sources()


def _source_row(one: SourceRow, _: Scene) -> SheetRow:
    bad = one.state in ("stale", "unreachable")
    return SheetRow(f"source/{one.name}", 4 if bad else 1, (one.name, one.state, one.events, one.last_at), loud=bad)


SOURCE_SHEET = Sheets(
    "sources",
    "Sources",
    "Whatever sends events: when it was last heard, and whether it is as often as it promised.",
    (
        SheetColumn("source", 24, "title", grows=2, sort="name"),
        SheetColumn("state", 11, "state", sort="state"),
        SheetColumn("events", 10, "count", sort="events"),
        SheetColumn("heard", 6, "age"),
    ),
    Schema(
        "sources",
        [
            field("name", Kind.NAME, "name", "source"),
            field("state", Kind.NAME, "state", values=("live", "stale", "unreachable", "done")),
            field("events", Kind.NUMBER, "events"),
        ],
        lambda one: (one.name, one.state),
    ),
    _source_row,
    {
        "state": lambda one: (one.state == "live", one.name),
        "name": lambda one: one.name,
        "events": lambda one: -one.events,
    },
    (
        "Nothing has been heard",
        "Sources stand under `sources:` in the configuration, or push to this engine's addresses.",
    ),
    live=_sources,
    filter_hint="state:stale",
    rest=1.0,
)


def _settings(scene: Scene) -> list[Row]:
    return rows_of(scene.running.pipeline.config)


def _setting_row(one: Row, _: Scene) -> SheetRow:
    value = one.value if isinstance(one.value, str) else msgspec.json.encode(one.value).decode()
    return SheetRow(f"setting/{one.key}", 1, (one.key, value, one.origin, one.doc), quiet=one.origin == "default")


SETTING_SHEET = Sheets(
    "settings",
    "Settings",
    "Every setting, its value, and where that comes from. They are changed in the configuration file; SIGHUP reads it "
    "anew.",
    (
        SheetColumn("setting", 26, "title", grows=1),
        SheetColumn("value", 14, "state", grows=1),
        SheetColumn("from", 10, grows=1, since=76),
        SheetColumn("meaning", 20, grows=3, since=100),
    ),
    Schema(
        "settings",
        [
            field("key", Kind.NAME, "key", "name"),
            field("origin", Kind.NAME, "origin", "from"),
            flag("changed", lambda one: one.origin != "default", doc="not as it came"),
        ],
        lambda one: (one.key, one.doc, str(one.value), one.origin),
    ),
    _setting_row,
    {"key": lambda one: 0},
    ("No setting", ""),
    live=_settings,
    filter_hint="changed key:alerts.*",
    rest=5.0,
)


def _audit(reader: Follower, asked: Asked) -> list[AuditRow]:
    return [row for row in reader.audit(asked.now - AUDIT_DAYS * DAY, None) if row.tenant == asked.tenant]


def _audit_row(row: AuditRow, _: Scene) -> SheetRow:
    return SheetRow(
        f"audit/{row.place or row.seq}",
        1,
        (row.time, row.actor, row.action, row.target, row.outcome, row.place or None, row.hash[:10]),
        quiet=row.actor == "engine",
    )


AUDIT_SHEET = Sheets(
    "audit",
    "Audit",
    "Who did what, newest first. Each entry carries the hash of the one before it: `noc audit verify` checks them all.",
    (
        SheetColumn("when", 15, "moment", sort="newest"),
        SheetColumn("who", 12, "title", sort="actor"),
        SheetColumn("did", 11, "state"),
        SheetColumn("to", 18, grows=1, since=60),
        SheetColumn("outcome", 20, grows=3, since=84),
        SheetColumn("no.", 6, "count", since=120),
        SheetColumn("hash", 10, since=140),
    ),
    Schema(
        "audit",
        [
            field("actor", Kind.NAME, "actor", "who"),
            field("action", Kind.NAME, "action", "did"),
            field("target", Kind.NAME, "target", "to"),
            field("outcome", Kind.PROSE, "outcome"),
            *timed(attrgetter("time")),
        ],
        lambda row: (row.actor, row.action, row.target, row.outcome),
    ),
    _audit_row,
    {"newest": lambda row: (-row.time, -row.seq), "actor": lambda row: (row.actor, -row.time)},
    ("Nobody did anything yet", "Every command of a person or playbook gets an entry here."),
    kept=_audit,
    note=f"the last {AUDIT_DAYS} days",
    filter_hint="actor:ann action:acknowledge since:22:00",
    rest=1.0,
)


def _versions(reader: Follower, asked: Asked) -> list[ModelVersion]:
    return [one for one in reader.models() if one.tenant == asked.tenant]


def _metric(one: ModelVersion, side: str, name: str) -> float | None:
    value = (one.about.get(side) or {}).get(name)
    return value if isinstance(value, (int, float)) and value == value else None


def _version_row(one: ModelVersion, _: Scene) -> SheetRow:
    live = one.status == "LIVE"
    return SheetRow(
        f"model/{one.number}",
        2 if live else 4 if one.status == "REFUSED" else 1,
        (one.kind, one.version[:8], one.status.lower(), one.about.get("rows"), one.about.get("base_rate"),
         _metric(one, "model", "auc"), _metric(one, "model", "pr_auc"), _metric(one, "rules", "pr_auc"),
         _metric(one, "model", "calibration_error"), one.made_at),
        quiet=not live,
    )  # fmt: skip


def _version_figures(_: Scene, versions: Sequence[ModelVersion]) -> tuple[Fact, ...]:
    live = {one.kind: one for one in versions if one.status == "LIVE"}
    facts = []
    for kind in ("fraud", "priority", "sla", "device", "staffing"):
        one = live.get(kind)
        facts.append(
            Fact(kind, f"model {one.version[:8]}" if one is not None else "rules", 0 if one is not None else 2)
        )
    return tuple(facts)


MODEL_SHEET = Sheets(
    "models",
    "Models",
    "Versions of models, the live one of each kind first, with how good each was on data it had not seen. Kinds "
    "without a live version go by rules.",
    (
        SheetColumn("model", 9, "title", grows=1),
        SheetColumn("version", 8),
        SheetColumn("status", 9, "state"),
        SheetColumn("rows", 8, "count", since=60),
        SheetColumn("base", 6, "share", since=90),
        SheetColumn("AUC", 5, "number"),
        SheetColumn("PR-AUC", 6, "number"),
        SheetColumn("rules", 6, "number", since=76),
        SheetColumn("calib.", 6, "number", since=100),
        SheetColumn("made", 5, "age", sort="newest"),
    ),
    Schema(
        "models",
        [
            field("kind", Kind.NAME, "kind", "model"),
            field("status", Kind.NAME, "status", "state"),
            field("version", Kind.NAME, "version"),
            flag("live", lambda one: one.status == "LIVE"),
            *timed(attrgetter("made_at")),
        ],
        lambda one: (one.kind, one.version, one.status),
    ),
    _version_row,
    {
        "kind": lambda one: (one.status != "LIVE", one.kind, -one.number),
        "newest": lambda one: -one.number,
    },
    (
        "No model was trained",
        "Rules answer until there is enough to learn from; `noc train MODEL` tells what is missing.",
    ),
    kept=_versions,
    site=None,
    figures=_version_figures,
    filter_hint="kind:fraud live",
    rest=2.0,
)


def _letters(reader: Follower, _: Asked) -> list[DeadLetter]:
    return list(reader.dead_letters(None, None))


def _letter_row(one: DeadLetter, _: Scene) -> SheetRow:
    return SheetRow(
        f"dead-letter/{one.received_at}",
        3,
        (one.received_at, one.way, one.source or "", one.reason, one.head),
    )


LETTER_SHEET = Sheets(
    "dead-letters",
    "Refused",
    "What could not be taken, with the reason. `noc export dead-letters` gives the whole of each.",
    (
        SheetColumn("received", 15, "moment"),
        SheetColumn("by", 10, "state", since=60),
        SheetColumn("source", 12, since=80),
        SheetColumn("reason", 24, "title", grows=2),
        SheetColumn("begins", 20, grows=2, since=110),
    ),
    Schema(
        "dead letters",
        [
            field("way", Kind.NAME, "way", "by"),
            field("source", Kind.NAME, "source"),
            field("reason", Kind.PROSE, "reason"),
            Field("received", Kind.TIME, attrgetter("received_at")),
        ],
        lambda one: (one.way, one.source, one.reason, one.head),
    ),
    _letter_row,
    {"newest": lambda one: -one.received_at},
    ("Everything could be taken", "Events that are refused are kept here with the reason."),
    kept=_letters,
    filter_hint="way:http reason~time",
    rest=2.0,
)
