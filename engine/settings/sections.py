"""Every setting: its name, type, default and meaning. Lengths of time are microseconds here and `15m` in the file."""

from typing import Annotated, Any, Literal

import msgspec

from data.times import DAY, HOUR, MINUTE, SECOND
from engine.settings.activity import HealthSettings, NightSettings, WorkSettings
from engine.settings.ask import AskSettings
from engine.settings.attendance import AttendanceSettings, FraudSettings
from engine.settings.audits import AuditSettings, ScorecardSettings
from engine.settings.baselines import BaselineSettings, CorrelationSettings, SignalSettings
from engine.settings.meta import HIDDEN, about, length
from engine.settings.models import ModelSettings
from engine.settings.muting import DependencySettings, InhibitRule, MaintenanceWindow
from engine.settings.notify import Notify
from engine.settings.oncall import EscalationSettings, OnCallSettings
from engine.settings.playbooks import PlaybookSettings
from engine.settings.predict import PredictSettings
from engine.settings.series import SeriesSettings
from engine.settings.server import ServerSettings
from engine.settings.sources import ForeignSettings, Source
from engine.settings.wall import WallSettings


class EngineSettings(msgspec.Struct, frozen=True):
    batch_events: Annotated[int, about("events in one transaction, at most", least=1, most=100_000)] = 2_000
    partition_by: Annotated[Literal["tenant"], about("what is kept apart")] = "tenant"
    late_after: Annotated[
        int, length("events further behind the watermark are recorded, not applied", most=7 * DAY)
    ] = 10 * MINUTE
    ahead: Annotated[
        int, length("a live event further ahead of the wall is flagged and does not move the watermark", most=DAY)
    ] = 5 * MINUTE
    tenant_rate: Annotated[
        float,
        about("events a second of one tenant, on average; more have to wait; 0: no limit", least=0, most=1_000_000),
    ] = 0.0
    timezone: Annotated[str, about("zone of the operation, for days and times of day without a site", zone=True)] = (
        "UTC"
    )


class Fingerprint(msgspec.Struct, frozen=True):
    """What makes two reports the same alert, for some sources. Field names are those of `noc.alert.firing`."""

    source: Annotated[str, about("which sources; `*` stands for anything: prom/*")]
    labels: Annotated[tuple[str, ...], about("labels that count: their names, `all` or `none`")] = ("none",)
    fields: Annotated[
        tuple[Literal["alert_type", "entity", "site", "severity", "message"], ...], about("fields that count")
    ] = ("alert_type", "entity", "site")


class FlappingSettings(msgspec.Struct, frozen=True):
    high: Annotated[float, about("an alert begins to flap above this percentage", least=1, most=99)] = 30.0
    low: Annotated[float, about("and stops below this one", least=0, most=99)] = 25.0
    period: Annotated[
        int, length("so long without a change counts as one unchanged state of the 21", least=SECOND, most=DAY)
    ] = 5 * MINUTE


class StormSettings(msgspec.Struct, frozen=True):
    per_site: Annotated[int, about("more new alerts a minute at one site are a storm", least=10, most=1_000_000)] = 500
    per_partition: Annotated[
        int, about("more new alerts a minute in all make every site's budget a tenth", least=10, most=1_000_000)
    ] = 3000


class AlertSettings(msgspec.Struct, frozen=True):
    expire_after: Annotated[
        int,
        length("an alert that its source never clears ends after this without a repeat", least=SECOND, most=30 * DAY),
    ] = 15 * MINUTE
    reopen_within: Annotated[int, length("raised again within this of its end, it is the same alert", most=DAY)] = (
        5 * MINUTE
    )
    fingerprint: Annotated[
        tuple[Fingerprint, ...],
        about(
            "what makes two reports the same alert; the first rule whose source matches counts. Without one: the "
            "fingerprint that the source gives, else alert_type, entity and site",
            example="- {source: 'prom/*', labels: all, fields: [alert_type]}",
        ),
    ] = ()
    flapping: Annotated[FlappingSettings, about("alerts that come and go all the time")] = FlappingSettings()
    storm: Annotated[StormSettings, about("more new alerts at once than anybody can read")] = StormSettings()


Quantity = Annotated[float, about("a number, or a length of time", quantity=True)]


class ClusterSettings(msgspec.Struct, frozen=True):
    numbers: Annotated[
        dict[str, Quantity],
        about("figures of the clustering", example="{settle: 5m, weights.enough: 7}"),
    ] = {}


class AcknowledgeWithin(msgspec.Struct, frozen=True):
    critical: Annotated[int, length("CRITICAL incidents; 0s: no target", most=30 * DAY)] = 15 * MINUTE
    high: Annotated[int, length("HIGH incidents; 0s: no target", most=30 * DAY)] = 30 * MINUTE
    medium: Annotated[int, length("MEDIUM incidents; 0s: no target", most=30 * DAY)] = 60 * MINUTE
    low: Annotated[int, length("LOW and INFO incidents; 0s: no target", most=30 * DAY)] = 120 * MINUTE


class ResolveWithin(msgspec.Struct, frozen=True):
    critical: Annotated[int, length("CRITICAL incidents; 0s: no target", most=365 * DAY)] = 240 * MINUTE
    high: Annotated[int, length("HIGH incidents; 0s: no target", most=365 * DAY)] = 480 * MINUTE
    medium: Annotated[int, length("MEDIUM incidents; 0s: no target", most=365 * DAY)] = 1440 * MINUTE
    low: Annotated[int, length("LOW and INFO incidents; 0s: no target", most=365 * DAY)] = 4320 * MINUTE


class ServiceTargets(msgspec.Struct, frozen=True):
    acknowledge: Annotated[AcknowledgeWithin, about("how soon they should be acknowledged")] = AcknowledgeWithin()
    resolve: Annotated[ResolveWithin, about("how soon they should be resolved")] = ResolveWithin()


class IncidentSettings(msgspec.Struct, frozen=True):
    numbers: Annotated[dict[str, Quantity], about("figures of the promotion to incidents, by their names")] = {}
    approve: Annotated[bool, about("what is promoted is a candidate until a person approves it")] = False
    sla: Annotated[ServiceTargets, about("how soon incidents should be acknowledged and resolved")] = ServiceTargets()


class ConsoleSettings(msgspec.Struct, frozen=True):
    theme: Annotated[str, about("name of a theme that comes with noc or lies in the themes folder")] = "dark"
    refresh_hz: Annotated[float, about("how often live panes may change, a second", least=0.2, most=10)] = 8.0
    ascii: Annotated[bool, about("draw with ASCII only")] = False
    mouse: Annotated[bool, about("take the mouse; off leaves selecting to the terminal")] = True
    colors: Annotated[
        Literal["auto", "truecolor", "256", "16", "none"], about("how many colours; auto asks the terminal")
    ] = "auto"
    keys: Annotated[
        dict[str, tuple[str, ...]],
        about("other keys for actions, by their names in the help", example="{acknowledge: [k], undo: [ctrl+z]}"),
    ] = {}


Age = Annotated[int, length("blanked after this long", least=HOUR)]


class RetentionSettings(msgspec.Struct, frozen=True):
    """How long things are kept, counted on the watermark."""

    events: Annotated[int, length("the journal of raw events", least=HOUR)] = 30 * DAY
    feed: Annotated[int, length("the feed, from which consoles resume", least=HOUR)] = 90 * DAY
    decisions: Annotated[int, length("alerts, clusters, incidents and findings that are over", least=DAY)] = 365 * DAY
    metrics_5m: Annotated[int, length("metrics in steps of 5 minutes", least=DAY)] = 7 * DAY
    metrics_1h: Annotated[int, length("metrics in steps of an hour", least=DAY)] = 90 * DAY
    metrics_1d: Annotated[int, length("metrics in steps of a day", least=DAY)] = 730 * DAY
    dead_letters: Annotated[int, length("events that could not be taken", least=HOUR)] = 30 * DAY
    audit: Annotated[int, length("who did what", least=DAY)] = 730 * DAY
    fields: Annotated[
        dict[str, Age],
        about(
            "personal fields that are blanked sooner than what they stand in goes: name, phone, email, lat, lon, face, "
            "photo, in events, feed and evidence; what is known of a person now stays. Without an age they are kept",
            example="{phone: 30d, email: 30d, lat: 90d, lon: 90d, face: 7d, photo: 7d}",
        ),
    ] = {}
    disk_limit_mb: Annotated[
        int, about("the database never grows beyond this; oldest raw data goes first", least=64)
    ] = 20_000


class DatabaseSettings(msgspec.Struct, frozen=True):
    url: Annotated[
        str,
        about("sqlite:////path/noc.db or postgresql://...; empty: a file in the user's data folder", cover="password"),
    ] = ""


class Override(msgspec.Struct, frozen=True):
    """Other values for some places. Later ones win."""

    match: Annotated[str, about("which places: tenant, client and site in the filter language")]
    set: Annotated[dict[str, Any], about("settings by their full names", settings=True)] = {}


class Config(msgspec.Struct, frozen=True):
    """The whole configuration. `origins` tells where each value that is no default came from, by its key."""

    sources: Annotated[
        tuple[Source, ...],
        about(
            "where events come from, when the console or engine starts by itself",
            example="- {name: gate, kind: websocket, url: 'wss://gate.example:8443/ws', token_file: gate.token}\n"
            "- {name: night, kind: file, path: /var/lib/noc/night.jsonl}",
        ),
    ] = ()
    server: Annotated[ServerSettings, about("`noc engine --listen`")] = ServerSettings()
    foreign: Annotated[ForeignSettings, about("how alerts of other systems are read")] = ForeignSettings()
    engine: Annotated[EngineSettings, about("batches, time and partitions")] = EngineSettings()
    alerts: Annotated[AlertSettings, about("when alerts end and come back")] = AlertSettings()
    clusters: Annotated[ClusterSettings, about("which alerts belong together")] = ClusterSettings()
    incidents: Annotated[IncidentSettings, about("which clusters people have to work on")] = IncidentSettings()
    maintenance: Annotated[
        tuple[MaintenanceWindow, ...],
        about(
            "windows of planned work, in which what they cover is not shown as open",
            example="- {name: backup, site: S014, repeat: weekly, days: [sat], start: '02:00', end: '04:00'}\n"
            "- {name: move, client: C1, start: '2026-03-28T20:00', lasts: 36h, reason: new racks}",
        ),
    ] = ()
    inhibit: Annotated[
        tuple[InhibitRule, ...],
        about(
            "alerts that explain others, as Alertmanager has it",
            example="- {source: 'alertname=\"SITE_UNREACHABLE\"', target: 'severity=~\"LOW|MEDIUM\"', equal: [site]}",
        ),
    ] = ()
    dependency: Annotated[DependencySettings, about("what is explained by what it hangs on")] = DependencySettings()
    attendance: Annotated[AttendanceSettings, about("what is wrong with a check-in")] = AttendanceSettings()
    fraud: Annotated[FraudSettings, about("what a score of a check-in leads to")] = FraudSettings()
    night: Annotated[NightSettings, about("what a guard at night shows of himself")] = NightSettings()
    work: Annotated[WorkSettings, about("tours, tasks, tickets and orders")] = WorkSettings()
    health: Annotated[HealthSettings, about("when a device is not well")] = HealthSettings()
    audits: Annotated[AuditSettings, about("what is looked for at sites every few minutes")] = AuditSettings()
    scorecard: Annotated[ScorecardSettings, about("the daily scorecard of each client")] = ScorecardSettings()
    signals: Annotated[SignalSettings, about("how much people do")] = SignalSettings()
    correlation: Annotated[CorrelationSettings, about("activity tied to alerts")] = CorrelationSettings()
    baselines: Annotated[BaselineSettings, about("what is usual at a site")] = BaselineSettings()
    series: Annotated[SeriesSettings, about("what is unlike a metric")] = SeriesSettings()
    console: Annotated[ConsoleSettings, about("the screen")] = ConsoleSettings()
    wall: Annotated[WallSettings, about("the screen on the wall")] = WallSettings()
    notify: Annotated[Notify, about("who is told outside the console")] = Notify()
    oncall: Annotated[OnCallSettings, about("who is on call when")] = OnCallSettings()
    escalation: Annotated[EscalationSettings, about("what follows when nobody acknowledges")] = EscalationSettings()
    playbooks: Annotated[PlaybookSettings, about("what is done by itself, and what is only proposed")] = (
        PlaybookSettings()
    )
    retention: Annotated[RetentionSettings, about("how long things are kept")] = RetentionSettings()
    database: Annotated[DatabaseSettings, about("where everything is kept")] = DatabaseSettings()
    models: Annotated[ModelSettings, about("how models are trained, and when they go live")] = ModelSettings()
    predict: Annotated[PredictSettings, about("what is foreseen")] = PredictSettings()
    ask: Annotated[AskSettings, about("questions in plain words")] = AskSettings()
    overrides: Annotated[
        tuple[Override, ...],
        about(
            "other values for some tenants, clients or sites; later ones win",
            example="- {match: 'site:S014', set: {attendance.geofence_m: 400}}",
        ),
    ] = ()
    origins: Annotated[dict[str, str], HIDDEN] = {}
