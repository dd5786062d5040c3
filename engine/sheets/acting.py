"""Playbooks, their runs, and what was sent to whom."""

from collections.abc import Iterator, Sequence
from operator import attrgetter

import msgspec

from data.records.outbox import Notification
from data.records.run import OPEN, PROPOSED, UNKNOWN, Run
from data.records.severity import LEVELS
from data.store import Follower
from data.times import DAY
from engine.query.schema import Field, Kind, Schema
from engine.query.schemas import SEVERITY, SITE, TITLE, field, flag, timed
from engine.respond.playbooks.counts import PlaybookCounts
from engine.respond.playbooks.document import Playbook
from engine.sheets.kind import Asked, Scene
from engine.sheets.kind import Kind as Sheets
from engine.views import Fact, SheetColumn, SheetRow

RUN_DAYS, MESSAGE_DAYS = 14, 7


class Shelved(msgspec.Struct, frozen=True):
    """A playbook, and what came of it so far."""

    book: Playbook
    counts: PlaybookCounts
    acts: bool


def _shelved(scene: Scene) -> Iterator[Shelved]:
    runs, auto = scene.partition.playbooks, scene.running.pipeline.config.playbooks.auto
    for book in runs.library.playbooks.values():
        counts = runs.counts.playbooks.get(book.playbook) or PlaybookCounts()
        yield Shelved(book, counts, auto and book.mode == "auto")


def _playbook_row(one: Shelved, _: Scene) -> SheetRow:
    book, counts = one.book, one.counts
    kept = counts.resolved - counts.reopened
    return SheetRow(
        f"playbook/{book.playbook}",
        LEVELS[book.trigger.severity],
        (book.playbook, "acts" if one.acts else "proposes",
         f"{book.trigger.on} {', '.join(book.trigger.types) or 'of any type'}",
         len(book.steps), counts.begun, counts.resolved, kept / counts.begun if counts.begun else None,
         sum(counts.held.values()), book.title),
    )  # fmt: skip


def _playbook_figures(scene: Scene, _: Sequence[Shelved]) -> tuple[Fact, ...]:
    runs = scene.partition.playbooks
    every = list(runs.counts.playbooks.values())
    begun, resolved = sum(one.begun for one in every), sum(one.resolved for one in every)
    reopened = sum(one.reopened for one in every)
    waiting = sum(run.state == PROPOSED for run in runs.open.values())
    facts = [
        Fact("runs", f"{begun:,}"),
        Fact(
            "resolved and stayed so", f"{resolved - reopened:,} ({(resolved - reopened) / begun:.0%})" if begun else "0"
        ),
        Fact("came back", str(reopened)),
        Fact("wait for you", str(waiting), 4 if waiting else 0),
    ]
    if runs.stopped:
        facts.insert(0, Fact("STOPPED by", runs.stopped, 5))
    return tuple(facts)


PLAYBOOK_SHEET = Sheets(
    "playbooks",
    "Playbooks",
    "Playbooks there are, what wakes them, and what came of it. Enter shows the steps and the last runs.",
    (
        SheetColumn("playbook", 18, "title", grows=1, sort="name"),
        SheetColumn("does", 8, "state"),
        SheetColumn("on", 16, grows=2, since=70),
        SheetColumn("steps", 5, "count", since=60),
        SheetColumn("runs", 5, "count", sort="runs"),
        SheetColumn("resolved", 8, "count", sort="resolved"),
        SheetColumn("stayed", 6, "share"),
        SheetColumn("held", 4, "count", since=80),
        SheetColumn("what it does", 20, grows=2, since=120),
    ),
    Schema(
        "playbooks",
        [
            Field("name", Kind.NAME, lambda one: one.book.playbook, ("playbook",)),
            Field(
                "on",
                Kind.CHOICE,
                lambda one: one.book.trigger.on,
                values=("alert", "finding", "incident", "prediction"),
            ),
            Field("type", Kind.NAME, lambda one: one.book.trigger.types, many=True),
            Field("severity", Kind.SEVERITY, lambda one: LEVELS[one.book.trigger.severity], ("sev",)),
            Field("runs", Kind.NUMBER, lambda one: one.counts.begun),
            flag("acts", attrgetter("acts"), doc="by itself, without approval"),
        ],
        lambda one: (one.book.playbook, one.book.title, one.book.about, *one.book.trigger.types),
    ),
    _playbook_row,
    {
        "name": lambda one: one.book.playbook,
        "runs": lambda one: (-one.counts.begun, one.book.playbook),
        "resolved": lambda one: (-one.counts.resolved, one.book.playbook),
    },
    ("There are no playbooks", "playbooks.enabled is off in the configuration."),
    live=_shelved,
    figures=_playbook_figures,
    filter_hint="on:alert type:DEVICE_OFFLINE acts",
    rest=1.0,
)


def _runs(reader: Follower, asked: Asked) -> list[Run]:
    since = asked.now - RUN_DAYS * DAY
    return [
        run
        for run in reader.runs(None, None)
        if run.tenant == asked.tenant and (run.made_at >= since or run.state in OPEN)
    ]


def _run_row(run: Run, scene: Scene) -> SheetRow:
    done = sum(step.state in ("DONE", "UNDONE") for step in run.steps)
    step = run.steps[run.at].name or run.steps[run.at].action if run.state in OPEN and run.at < len(run.steps) else ""
    waits = run.state in (PROPOSED, UNKNOWN)
    return SheetRow(
        f"run/{run.id}",
        run.severity,
        (run.severity, run.state.lower(), run.playbook, run.title, scene.site(run.site), f"{done}/{len(run.steps)}",
         step, run.expires_at if run.state == PROPOSED else None, run.approved_by or run.requested_by,
         run.text, run.made_at),
        loud=waits,
        quiet=run.state not in OPEN,
    )  # fmt: skip


def _run_figures(_: Scene, runs: Sequence[Run]) -> tuple[Fact, ...]:
    waiting = sum(run.state == PROPOSED for run in runs)
    unknown = sum(run.state == UNKNOWN for run in runs)
    facts = [Fact("wait for approval", str(waiting), 4 if waiting else 0)]
    if unknown:
        facts.append(Fact("unknown: did it happen?", str(unknown), 5))
    facts.append(Fact("under way", str(sum(run.state in ("RUNNING", "WAITING") for run in runs))))
    facts.append(Fact("resolved their cause", str(sum(run.resolved for run in runs))))
    return tuple(facts)


RUN_SHEET = Sheets(
    "runs",
    "Runs",
    "Runs of playbooks, those that wait for you first. Enter shows the plan as it will be carried out; v allows it, x "
    "refuses it.",
    (
        SheetColumn("", 2, "severity", sort="severity"),
        SheetColumn("state", 9, "state", sort="waiting"),
        SheetColumn("playbook", 12, "title", grows=1, sort="playbook"),
        SheetColumn("about", 16, grows=2, since=48),
        SheetColumn("site", 12, grows=1, since=110),
        SheetColumn("steps", 5, since=54),
        SheetColumn("at", 12, grows=1, since=130),
        SheetColumn("left", 6, "left", since=70),
        SheetColumn("by", 9, since=90),
        SheetColumn("outcome", 16, grows=2, since=150),
        SheetColumn("age", 4, "age", sort="newest"),
    ),
    Schema(
        "runs",
        [
            field("id", Kind.NAME, "id"),
            field("playbook", Kind.NAME, "playbook", "name"),
            field("state", Kind.NAME, "state", "status"),
            SEVERITY,
            SITE,
            TITLE,
            field("target", Kind.NAME, "target"),
            field("by", Kind.NAME, "requested_by"),
            flag("open", lambda run: run.state in OPEN, doc="not over"),
            flag("waits", lambda run: run.state in (PROPOSED, UNKNOWN), doc="for a person"),
            flag("resolved", attrgetter("resolved"), doc="it ended what it was about"),
            flag("reopened", lambda run: run.reopened_at is not None, doc="which came back"),
            *timed(attrgetter("made_at")),
        ],
        lambda run: (run.id, run.playbook, run.title, run.target, run.site, run.text),
    ),
    _run_row,
    {
        "waiting": lambda run: (run.state not in (PROPOSED, UNKNOWN), run.state not in OPEN, -run.made_at, run.number),
        "newest": lambda run: (-run.made_at, run.number),
        "severity": lambda run: (run.state not in OPEN, -run.severity, -run.made_at),
        "playbook": lambda run: (run.playbook, -run.made_at),
    },
    (
        "No playbook has run",
        "In `noc demo` they act by themselves; elsewhere they propose, and you allow or refuse here.",
    ),
    kept=_runs,
    site=attrgetter("site"),
    figures=_run_figures,
    note=f"the last {RUN_DAYS} days, and all that are open",
    filter_hint="waits playbook:device_offline site:S014 open",
    rest=0.5,
)


def _messages(reader: Follower, asked: Asked) -> list[Notification]:
    return [row for row in reader.notifications(asked.now - MESSAGE_DAYS * DAY, None) if row.tenant == asked.tenant]


def _message_row(row: Notification, _: Scene) -> SheetRow:
    failed = row.status == "DEAD"
    return SheetRow(
        f"notification/{row.id}",
        row.severity,
        (row.severity, row.status.lower().replace("_", " "), row.receiver, row.kind, row.title, row.attempts,
         row.tries[-1].text if row.tries else row.reason, row.made_at),
        loud=failed,
        quiet=row.status in ("NOT_SENT", "WITHHELD", "NOT_OWED"),
    )  # fmt: skip


def _message_figures(_: Scene, rows: Sequence[Notification]) -> tuple[Fact, ...]:
    counts = {name: sum(row.status == name for row in rows) for name in ("DELIVERED", "PENDING", "DEAD", "NOT_SENT")}
    dead = counts["DEAD"]
    return (
        Fact("delivered", f"{counts['DELIVERED']:,}"),
        Fact("on their way", f"{counts['PENDING']:,}"),
        Fact("given up", str(dead), 5 if dead else 0),
        Fact("not sent", f"{counts['NOT_SENT']:,}"),
    )


MESSAGE_SHEET = Sheets(
    "notifications",
    "Notifications",
    "What was told to whom, and whether it arrived. Enter tells why it went or did not.",
    (
        SheetColumn("", 2, "severity"),
        SheetColumn("status", 9, "state", sort="status"),
        SheetColumn("to", 10, "title", sort="receiver"),
        SheetColumn("kind", 7, since=90),
        SheetColumn("what", 20, grows=2),
        SheetColumn("tries", 5, "count", since=70),
        SheetColumn("last answer", 16, grows=2, since=110),
        SheetColumn("age", 4, "age", sort="newest"),
    ),
    Schema(
        "notifications",
        [
            field("receiver", Kind.NAME, "receiver", "to"),
            field("status", Kind.NAME, "status", "state"),
            SEVERITY,
            TITLE,
            field("kind", Kind.NAME, "kind"),
            field("incident", Kind.NAME, "incident"),
            field("attempts", Kind.NUMBER, "attempts", "tries"),
            *timed(attrgetter("made_at")),
        ],
        lambda row: (row.id, row.receiver, row.title, row.reason, row.text),
    ),
    _message_row,
    {
        "newest": lambda row: (-row.made_at, -row.number),
        "status": lambda row: (row.status != "DEAD", row.status != "PENDING", -row.made_at),
        "receiver": lambda row: (row.receiver, -row.made_at),
    },
    (
        "Nobody was told anything",
        "Receivers stand under `notify:` in the configuration; `noc notify test NAME` tries one.",
    ),
    kept=_messages,
    figures=_message_figures,
    note=f"the last {MESSAGE_DAYS} days",
    filter_hint="status:dead receiver:desk severity>=high",
    rest=1.0,
)
