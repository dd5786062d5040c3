"""One item in full: what it is, why it is here, what to do next, its alerts, what surrounds it, what was done."""

from collections.abc import Callable
from typing import Final

import msgspec

from engine.link import Watch
from engine.views import AlertRow, ClusterRow, Dossier, ItemContext
from noc_tui.panes.blocks import TIMELINE_COLUMNS, section_blocks
from noc_tui.panes.desk import Desk
from noc_tui.panes.dossier import dossier_blocks
from noc_tui.panes.pane import WAITING, Deeds, Pane
from noc_tui.text import DAY, MINUTE, SEVERITY_NAMES, Glyphs, age, clock, day, severity_sign, some, span
from noc_tui.widgets.columns import Column
from noc_tui.widgets.ink import SEVERITY_ROLES, ink_of
from noc_tui.widgets.section_view import Block, Entries, Gap, Heading, Paragraph, SectionView
from noc_tui.widgets.status_line import Part

SETTLE_BEATS: Final = 2
ITEMS: Final = ("incident/", "cluster/")  # what can be open work
LOOKING: Final = ("Looking it up", "The engine reads it; this takes a second at most.")
CHARTED: Final = "metric/"

ALERT_COLUMNS: Final = (
    Column("", 2),
    Column("", 16, grows=2, since=30),
    Column("", 12, grows=1, since=44),
    Column("", 5, "right"),
    Column("", 4, "right"),
    Column("", 8, since=64),
)


def head_blocks(row: ClusterRow, now: int, glyphs: Glyphs) -> list[Block]:
    """What the board already knows of an item; shown at once, before the engine has told the rest."""
    role = SEVERITY_ROLES[row.severity]
    facing = "alarm" if row.severity == 5 and row.state == "NEW" else role
    sites = some(row.sites, 60) or "none named"
    open_part = f"{row.open_alerts} firing" if row.open_alerts else "none firing"
    more = f", {row.suppressed} suppressed" if row.suppressed else ""
    last = "just now" if now - row.last_at < MINUTE else f"{span(now - row.last_at)} ago"
    blocks: list[Block] = [
        Paragraph(row.title, "strong", sign=(severity_sign(row.severity, glyphs), facing)),
        Paragraph(f"{row.state}, {row.owner or 'nobody has taken it'}", "text", "state"),
        Paragraph(f"priority {row.priority}, {SEVERITY_NAMES[row.severity]}", "text", "rank"),
        Paragraph(since(row.opened_at, now), "text", "opened"),
        Paragraph(f"{row.alerts} in all, {open_part}{more}; last {last}", "text", "alerts"),
        Paragraph(sites, "text", "sites"),
    ]
    blocks += [Paragraph(text, role, label) for label, text, role in standing(row, now)]
    return blocks


def standing(row: ClusterRow, now: int) -> list[tuple[str, str, str]]:
    """(label, text, role) of what its state does not tell."""
    told: list[tuple[str, str, str]] = []
    if row.muted:
        told.append(("muted by", row.muted_why or row.muted, "stale"))
    if row.candidate:
        told.append(("candidate", "no incident yet: it waits for a person to approve or reject it", "strong"))
    if row.snoozed_until is not None:
        other = "" if row.snoozed_until // DAY == now // DAY else f"{day(row.snoozed_until)} "
        until = f"{other}{clock(row.snoozed_until)} UTC, for {span(row.snoozed_until - now)} more"
        told.append(("snoozed until", until, "stale"))
    if row.unanswered:
        told.append(("escalated", f"{row.escalated}: everybody was told and nobody answered", "alarm"))
    elif row.escalated:
        told.append(("escalated", f"{row.escalated}: nobody has it yet", "strong"))
    if row.flapping:
        told.append(("flapping", f"{row.flapping} of its alerts come and go; they are shown once", "stale"))
    if row.digest:
        told.append(("storm", row.digest, "text"))
    return told


def since(then: int, now: int) -> str:
    """How long ago and when; the day only if it was another one."""
    other = "" if then // DAY == now // DAY else f"{day(then)} "
    return f"{span(now - then)} ago, at {other}{clock(then)} UTC"


def context_blocks(page: ItemContext, now: int, glyphs: Glyphs) -> list[Block]:
    """The whole item. What to do comes before what is known, since that is what is asked at three in the morning."""
    head = head_blocks(page.item, now, glyphs)
    blocks: list[Block] = [head[0]]
    if page.next_step:
        blocks.append(Paragraph(page.next_step, "text", sign=(glyphs.step, "accent-strong")))
    if page.why:
        blocks.append(Paragraph(page.why, "muted", sign=(" ", "muted")))
    blocks.append(Gap())
    blocks += head[1:]
    if page.alerts:
        firing = sum(1 for alert in page.alerts if alert.status != "RESOLVED")
        blocks += [Heading("Alerts", f"{len(page.alerts)}, {firing} firing"), alert_entries(page.alerts, now, glyphs)]
    for section in page.sections:
        blocks += section_blocks(section, now)
    if page.timeline:
        rows = tuple(
            (((clock(time), "muted"), (actor, "muted" if actor == "engine" else "accent"), (text, "text")), None, "")
            for time, actor, text in reversed(page.timeline)
        )
        blocks += [Heading("Timeline", "newest first"), Entries(TIMELINE_COLUMNS, rows)]
    return blocks


def alert_entries(alerts: tuple[AlertRow, ...], now: int, glyphs: Glyphs) -> Entries:
    rows = []
    for alert in alerts:
        done = alert.status == "RESOLVED"
        role = "muted" if done else SEVERITY_ROLES[alert.severity]
        cells = (
            (severity_sign(alert.severity, glyphs), role),
            (alert.alert_type, "muted" if done else "text"),
            (alert.entity or alert.site or "", "muted"),
            (f"{glyphs.times}{alert.count}", "muted"),
            (age(now - alert.last_seen), "muted"),
            (alert.status.lower()[:8], "muted"),
        )
        below = alert.message if not alert.reason else f"{alert.message}  ({alert.reason})"
        if alert.state:
            below += f"  [{alert.state}]"
        rows.append((cells, alert.ref, below))
    return Entries(ALERT_COLUMNS, tuple(rows))


class ContextPane(Pane):
    """Shows what is selected on the board, until something else is opened; Esc comes back the same way."""

    name_ = "context"
    title_ = "Item"
    about = (
        "The selected item in full: what to do next, why it is here, its alerts, what surrounds it, and what was done. "
        "Lines with › can be opened with Enter; Esc comes back."
    )
    beats = 3

    def __init__(self, desk: Desk, *, of_board: bool = False) -> None:
        super().__init__(desk)
        self.of_board = of_board
        self._watch: Watch[ItemContext] | Watch[Dossier] | None = None
        self._asked: str | None = None
        self._asks_item = True
        self._shown: tuple[str, int, int] | None = None
        self.trail: list[str] = []  # opened refs above the board's selection
        self.chosen: str | None = None  # the board's selection
        self.page: ItemContext | Dossier | None = None
        self.span = ""  # of what is charted elsewhere on the screen: its figures are told for the same time

    def make_body(self) -> SectionView:
        self.view = SectionView()
        self.view.empty = WAITING
        return self.view

    @property
    def subject(self) -> str | None:
        return self.trail[-1] if self.trail else self.chosen

    def open_watch(self) -> None:
        self._asked = None

    def close_watch(self) -> None:
        if self._watch is not None:
            self._watch.close()
        self._watch, self._asked, self._shown = None, None, None

    def choose(self, ref: str | None) -> None:
        """The board's selection moved: show it once it rests, unless something else was opened here. Somebody who
        holds j down would else be sent every item in passing."""
        if ref != self.chosen:
            self.chosen = ref
            if not self.trail:
                self._rest = SETTLE_BEATS

    def drill(self, ref: str) -> None:
        """Open `ref` above what is shown."""
        if ref != self.subject:
            self.trail.append(ref)
        self.hurry()

    def chart_elsewhere(self, span: str) -> None:
        """The chart of a metric stands beside this and shows that time: its figures follow, its drawing is left out."""
        if span != self.span:
            self.span = span
            if self._asked is not None and self._asked.startswith(CHARTED):
                self._shown = (self._asked, -3, 0)
                self._asked = None

    def back(self) -> bool:
        if not self.trail:
            return False
        self.trail.pop()
        self.hurry()
        return True

    def take(self) -> bool:
        subject = self.subject
        if subject != self._asked:
            self._ask(subject)
        watch = self._watch
        if subject is None or watch is None:
            where = (
                "an item on the board, or open a row of the feed" if self.of_board else "a row of the list, or open it"
            )
            self.view.empty = ("Nothing is selected", f"Select {where} with Enter.")
            return self._put([], ("", 0, 0))
        page, glyphs = watch.page, ink_of(self).glyphs
        minute = self.desk.now // MINUTE
        if page is not None:
            self.page = page
            shown = (subject, page.revision, minute)
            return shown != self._shown and self._put(self._blocks(page, glyphs), shown)
        if watch.error and self._asks_item:
            return self._ask_dossier(subject)
        if watch.error:
            self.view.empty = ("This cannot be shown", watch.error)
            return self._put([], (subject, -2, 0))
        if self._shown is None or self._shown[0] != subject:
            row = self.desk.rows.get(subject)
            self.view.empty = LOOKING
            return self._put(head_blocks(row, self.desk.now, glyphs) if row else [], (subject, -1, minute))
        return False

    def _blocks(self, page: ItemContext | Dossier, glyphs: Glyphs) -> list[Block]:
        if isinstance(page, ItemContext):
            return context_blocks(page, self.desk.now, glyphs)
        if self.span and page.ref.startswith(CHARTED):
            page = msgspec.structs.replace(page, charts=())
        return dossier_blocks(page, self.desk.now, glyphs, self.view.size.width - 2)

    def _ask(self, subject: str | None) -> None:
        if self._watch is not None:
            self._watch.close()
        first = self.of_board and not self.trail  # whatever lies on the board is an item
        self._asks_item = subject is not None and (first or subject.startswith(ITEMS))
        if subject is None:
            self._watch = None
        elif self._asks_item:
            self._watch = self.desk.link.watch_item(subject)
        else:
            self._watch = self.desk.link.watch_dossier(subject, self.span if subject.startswith(CHARTED) else "")
        self._asked, self.page = subject, None

    def _ask_dossier(self, subject: str) -> bool:
        """An item that is over has no open context; what is kept of it is told instead."""
        if self._watch is not None:
            self._watch.close()
        self._asks_item = False
        self._watch = self.desk.link.watch_dossier(subject)
        return False

    def _put(self, blocks: list[Block], shown: tuple[str, int, int]) -> bool:
        if shown == self._shown:
            return False
        fresh = self._shown is None or self._shown[0] != shown[0]
        self._shown = shown
        self.view.show_blocks(blocks, fresh=fresh)
        return True

    def chips(self) -> list[Part]:
        subject = self.subject
        if subject is None:
            return []
        crumbs = [self.chosen or "", *self.trail] if self.trail else [subject]
        path = f" {ink_of(self).glyphs.opens} ".join(crumb for crumb in crumbs if crumb)
        parts = [Part(((path, "title-off"),), 50)]
        if self.trail:
            parts.append(Part((("Esc back", "title-off"),), 40, right=True))
        return parts

    def deeds(self) -> Deeds:
        view = self.view
        moves: dict[str, Callable[[], None]] = {
            "down": lambda: view.move(1),
            "up": lambda: view.move(-1),
            "page_down": lambda: view.move(view.page - 1),
            "page_up": lambda: view.move(1 - view.page),
            "first": lambda: view.select_at(0),
            "last": lambda: view.select_at(len(view.items) - 1),
            "left": lambda: view.shift(-8),
            "right": lambda: view.shift(8),
        }
        return moves

    def target(self) -> str | None:
        return self.subject

    def copied(self) -> str:
        line = self.view.current
        return "".join(text for text, _ in line.cells).strip() if line else ""
