"""What the console is shown: immutable pages with a revision. The engine builds them, watchers pull the newest.

Every text here has been cleaned at intake. Severities are 1-5; times are microseconds since the epoch.
"""

from typing import Any, TypeAlias

import msgspec

Value: TypeAlias = str | int | float | None
"""What a cell of a sheet holds; its column says how it is shown."""


class FeedRow(msgspec.Struct, frozen=True, gc=False):
    sequence: int
    time: int
    type: str  # alert_created, alert_updated, anomaly_detected, incident_updated ...
    severity: int
    site: str | None
    ref: str  # what it is about: alert/A-..., incident/I-...
    text: str  # one line


class FeedPage(msgspec.Struct, frozen=True):
    """The newest rows that match, oldest first. `matched` counts all that match among the `kept`."""

    revision: int
    rows: tuple[FeedRow, ...]
    matched: int
    kept: int
    last_sequence: int


class ClusterRow(msgspec.Struct, frozen=True, gc=False):
    """One operator item on the board: an incident, a cluster without one, or a lone alert."""

    ref: str
    severity: int
    state: str  # NEW ACKNOWLEDGED ASSIGNED IN_PROGRESS RESOLVED ...
    priority: int
    title: str
    sites: tuple[str, ...]
    alert_types: tuple[str, ...]
    alerts: int  # firing events, repeats included
    open_alerts: int  # alerts still firing
    suppressed: int
    opened_at: int
    last_at: int
    owner: str | None
    muted: str | None  # silence, maintenance, inhibited, dependency: nothing of it is shown as open work
    muted_why: str = ""  # what mutes it, in words
    snoozed_until: int | None = None
    candidate: bool = False  # waits for a person to approve it as an incident
    escalated: str = ""  # how far, in words, while nobody has it: `step 1 of 3`
    unanswered: bool = False  # everybody has been told, and nobody has it
    flapping: int = 0  # alerts of it that come and go
    digest: str = ""  # of a storm: what it is made of


class Board(msgspec.Struct, frozen=True):
    """Items that match the filter, most pressing first. `hidden` counts open items that the filter hides."""

    revision: int
    rows: tuple[ClusterRow, ...]
    matched: int
    hidden: int
    muted: int  # alerts that are open but silenced, in maintenance or inhibited


class AlertRow(msgspec.Struct, frozen=True, gc=False):
    ref: str
    alert_type: str
    severity: int
    status: str
    entity: str | None
    site: str | None
    message: str
    first_seen: int
    last_seen: int
    count: int
    reason: str  # why it is in this item
    state: str = ""  # muted by what, snoozed until when, flapping: what its status does not tell


class Fact(msgspec.Struct, frozen=True, gc=False):
    """One line of context: a label, a text, and what it is about, if that can be opened."""

    label: str
    text: str
    severity: int = 0
    ref: str | None = None


class Section(msgspec.Struct, frozen=True):
    title: str
    facts: tuple[Fact, ...]
    more: int = 0  # how many further facts were left out


class ItemContext(msgspec.Struct, frozen=True):
    """One item in full: what is needed to act on it."""

    revision: int
    item: ClusterRow
    why: str  # why it is an item and why it is ranked as it is
    next_step: str  # what to do, in words
    alerts: tuple[AlertRow, ...]
    sections: tuple[Section, ...]
    timeline: tuple[tuple[int, str, str], ...]  # (time, actor, text), oldest first


class HeatGrid(msgspec.Struct, frozen=True):
    """Anomalies per site and hour. `cells[row][column]` counts; `worst[row][column]` is the highest severity."""

    revision: int
    sites: tuple[str, ...]
    names: tuple[str, ...]
    hours: tuple[int, ...]  # start of each column
    cells: tuple[tuple[int, ...], ...]
    worst: tuple[tuple[int, ...], ...]
    meaning: str  # what is counted, in words


class SourceRow(msgspec.Struct, frozen=True, gc=False):
    name: str
    state: str  # live, stale, unreachable, done
    last_at: int  # event time of its newest event
    events: int
    rate: float  # events a second of wall time


class Health(msgspec.Struct, frozen=True):
    """How the engine is. `state`: starting, live, catching up, paused, disk full, stopping, read-only, ended."""

    revision: int
    state: str
    watermark: int
    partition: str
    events: int
    rejected: int
    duplicates: int
    late: int
    rate: float  # events a second over the last seconds of wall time
    history: tuple[int, ...]  # events in each of the last 60 seconds of wall time, oldest first
    commit_ms: float  # the last commit
    lag_ms: float  # age of the oldest event not yet committed
    open_alerts: int
    open_items: int
    by_severity: tuple[int, int, int, int, int]  # open items, INFO first
    sources: tuple[SourceRow, ...]
    database: str
    speed: float  # of a replay or simulation; 0 while paused, 1 live
    note: str = ""  # what is wrong, in words
    here: tuple[str, ...] = ()  # who else is attached, by name; `ann (viewer)` for those who only look on


class Result(msgspec.Struct, frozen=True, gc=False):
    """What became of one target of a command on several."""

    target: str
    ok: bool
    text: str


class Outcome(msgspec.Struct, frozen=True):
    """What became of a command: `ok`, words for the operator, and the command that would undo it.

    Of a command on several targets, `ok` is true if it was carried out on any, and `results` tells of each. `detail`
    tells more where there is more."""

    ok: bool
    text: str
    target: str
    undo: str | None = None  # id of the action to undo
    results: tuple[Result, ...] = ()
    detail: dict[str, Any] = {}


class SheetColumn(msgspec.Struct, frozen=True):
    """`cells` wide, the least if it `grows`; shown in lists at least `since` wide. `form` says how a value is shown:
    text (role muted), title, severity (1-5), age and moment (microseconds), left (microseconds, what is left until
    then), count, share (0-1), number, bytes, state, spark (numbers with spaces between)."""

    title: str
    cells: int
    form: str = "text"
    grows: int = 0
    since: int = 0
    sort: str = ""  # the order that a click on it asks for


class SheetRow(msgspec.Struct, frozen=True, gc=False):
    """`loud`: it waits for a person. `quiet`: it is over or does not matter now."""

    ref: str
    severity: int
    cells: tuple[Value, ...]
    loud: bool = False
    quiet: bool = False


class Sheet(msgspec.Struct, frozen=True):
    """Rows of one kind. `matched` of `total` match the filter; `figures` stand above the rows; `note` says what is not
    among them; `empty` why there are none."""

    revision: int
    kind: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[SheetRow, ...]
    matched: int
    total: int
    figures: tuple[Fact, ...] = ()
    note: str = ""
    empty: tuple[str, str] = ("", "")


class Chart(msgspec.Struct, frozen=True):
    """Values at even steps from `start` (microseconds); None where nothing was measured. `before` are those of a week
    earlier, `low` and `high` what is usual; `marks` are (time, severity, text), `refs` what each of them is about."""

    title: str
    unit: str
    start: int
    step: int
    values: tuple[float | None, ...]
    before: tuple[float | None, ...] = ()
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    marks: tuple[tuple[int, int, str], ...] = ()
    refs: tuple[str, ...] = ()


class Dossier(msgspec.Struct, frozen=True):
    """One thing in full, of whatever kind: what it is, what to do, what is known, what was done. `deeds` are the
    actions that make sense for it (names of commands, `open` aside)."""

    revision: int
    ref: str
    title: str
    severity: int = 0
    state: str = ""
    site: str | None = None
    next_step: str = ""
    why: str = ""
    deeds: tuple[str, ...] = ()
    binding: str = ""  # what a command on it must name: the hash of the plan that was looked at
    sections: tuple[Section, ...] = ()
    charts: tuple[Chart, ...] = ()
    timeline: tuple[tuple[int, str, str], ...] = ()


class Journey(msgspec.Struct, frozen=True):
    """Where a traveller in time is. `state`: opening, travelling, standing, playing; while travelling `done` of `todo`
    events on the way to `goal` have been run, and pages stay those of the moment before. `begins` and `ends` bound what
    is kept by now; `marks` are (when it was opened, severity) of the gravest incidents."""

    revision: int
    state: str
    at: int
    goal: int
    begins: int
    ends: int
    done: int = 0
    todo: int = 0
    speed: float = 0.0  # of the event's time to the wall's while playing
    marks: tuple[tuple[int, int], ...] = ()
    note: str = ""
