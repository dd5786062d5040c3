"""The feed: what the engine decided, newest last, as it happens."""

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from data import times
from engine.link import Watch
from engine.views import FeedPage, FeedRow
from noc_tui.panes.desk import Desk
from noc_tui.panes.listing import ListingPane
from noc_tui.text import SEVERITY_NAMES, clock, count, severity_sign
from noc_tui.widgets.columns import Cell, Column
from noc_tui.widgets.ink import SEVERITY_ROLES
from noc_tui.widgets.line_list import LineList
from noc_tui.widgets.status_line import Part

if TYPE_CHECKING:
    from engine.query import Schema

KINDS: Final = {
    "alert_created": "alert",
    "alert_updated": "change",
    "finding_created": "finding",
    "anomaly_detected": "anomaly",
    "ticket_updated": "ticket",
    "incident_updated": "incident",
    "correlation_identified": "related",
    "cluster_updated": "cluster",
    "prediction_made": "forecast",
    "prediction_settled": "settled",
    "playbook_updated": "playbook",
    "maintenance_updated": "mainten.",
    "model_drifted": "drift",
    "source_changed": "source",
    "scorecard_updated": "score",
}

LOUD: Final = frozenset(("alert_created", "incident_updated", "anomaly_detected", "finding_created"))
CHANGES: Final = frozenset(("alert_updated", "incident_updated", "cluster_updated"))
OVER: Final = re.compile(r"(?:[A-Z0-9_]+ )?(?:resolved|expired|closed)\b")  # good news is told quietly

COLUMNS: Final = (
    Column("time", 8),
    Column("", 2),
    Column("kind", 8, since=56),
    Column("site", 8, since=40),
    Column("what", 12, grows=1),
    Column("about", 18, since=120),
)


def feed_cells(row: FeedRow, signs: str) -> tuple[Cell, ...]:
    """One row of the feed. `signs` is the severity's shape and letter."""
    over = row.type in CHANGES and OVER.match(row.text) is not None
    role = "muted" if over else SEVERITY_ROLES[row.severity]
    loud = row.severity == 5 and row.type in LOUD and not over
    quiet = row.severity <= 2 or over
    text = "strong" if loud else "muted" if quiet else "text"
    return (
        (clock(row.time), "muted"),
        (signs, "alarm" if loud else role),
        (KINDS.get(row.type, row.type), "muted"),
        (row.site or "", "muted"),
        (row.text, text),
        (row.ref, "faint"),
    )


def newer(page: FeedPage, sequence: int) -> int:
    """How many of the page's rows came after `sequence`."""
    return len(page.rows) - bisect_right(page.rows, sequence, key=lambda row: row.sequence)


class FeedPane(ListingPane[FeedRow, FeedPage]):
    name_ = "feed"
    title_ = "Feed"
    about = (
        "Every decision of the engine as it is made, newest at the bottom. Moving up holds the feed still under your "
        "eyes while new rows are counted; G follows again. Enter opens what a row is about."
    )
    beats = 4
    filter_hint = 'severity>=high site:S014 type:alert_created text~"uplink"'

    def __init__(self, desk: Desk) -> None:
        self._seen = 0
        super().__init__(desk)

    def make_list(self) -> LineList[FeedRow]:
        return LineList(lambda row: str(row.sequence), self._cells, COLUMNS, edge="bottom")

    def _cells(self, row: FeedRow) -> tuple[Cell, ...]:
        return feed_cells(row, severity_sign(row.severity, self.glyphs))

    @property
    def where(self) -> str:
        return self.desk.session.feed_filter

    @where.setter
    def where(self, text: str) -> None:
        self.desk.session.feed_filter = text

    def schema(self) -> "Schema":
        from engine.query.schemas import FEED

        return FEED

    def known(self) -> dict[str, list[str]]:
        rows = self.page.rows if self.page is not None else ()
        return {"site": sorted({row.site for row in rows if row.site})}

    def ask(self) -> Watch[FeedPage]:
        return self.desk.link.watch_feed(self.where)

    def put(self, page: FeedPage) -> None:
        self.list.empty = self._why_empty(page)
        self.list.show(page.rows)

    def take(self) -> bool:
        changed = super().take()
        if self.page and self.list.following and not self.desk.paused:
            self._seen = self.page.last_sequence
        return changed

    @property
    def waiting(self) -> int:
        """Rows that came since the feed was held, as far as they are kept."""
        page = self.newest
        return newer(page, self._seen) if page and (self.desk.paused or not self.list.following) else 0

    def _why_empty(self, page: FeedPage) -> tuple[str, ...]:
        if self.where and page.kept:
            return (
                "Nothing matches the filter",
                f"{count(page.kept)} rows are hidden by it. Press / then Esc to clear it.",
            )
        return ("Nothing has happened yet", "Rows come as the engine decides. Press ? for what the signs mean.")

    def chips(self) -> list[Part]:
        parts: list[Part] = []
        page = self.page
        new = self.waiting
        if self.desk.paused or not self.list.following:
            word = "paused" if self.desk.paused else "held"
            parts.append(
                Part(
                    ((f"{self.glyphs.held} {word}", "stale"), (f" {count(new)} new" if new else "", "strong")),
                    90,
                    right=True,
                )
            )
        else:
            parts.append(Part(((f"{self.glyphs.down} follows", "title-off"),), 10, right=True))
        parts += self.filter_chips(page.kept - page.matched if page else 0)
        return parts

    def copied(self) -> str:
        row = self.list.current
        return f"{clock(row.time)} {row.site or '-'} {row.text} [{row.ref}]" if row else ""

    def target(self) -> str | None:
        row = self.list.current
        return row.ref if row else None

    def written(self) -> list[list[str]] | None:
        if self.page is None:
            return None
        rows = ([times.text(row.time), SEVERITY_NAMES[row.severity], row.type, row.site or "", row.text, row.ref]
                for row in self.page.rows)  # fmt: skip
        return [["time", "severity", "kind", "site", "what", "about"], *rows]

    def is_critical(self, row: FeedRow) -> bool:
        return row.severity == 5
