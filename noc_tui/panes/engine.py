"""The engine's own state in full, where a wall has room for it: sources, work done, storage."""

from typing import Final

from engine.views import Health, SourceRow
from noc_tui.panes.desk import Desk
from noc_tui.panes.pane import WAITING, Deeds, Pane
from noc_tui.text import Glyphs, clock, count, day, grouped, spark
from noc_tui.widgets.columns import Cell, Column
from noc_tui.widgets.ink import ink_of
from noc_tui.widgets.section_view import Block, Entries, Heading, Paragraph, SectionView

SOURCE_COLUMNS: Final = (
    Column("", 1),
    Column("", 14, grows=1),
    Column("", 11),
    Column("", 7, "right"),
    Column("", 12, "right", since=50),
    Column("", 10, "right", since=40),
)
STATE_ROLES: Final = {"live": "ok", "done": "muted", "stale": "stale", "unreachable": "dead"}


def _ill_first(source: SourceRow) -> bool:
    return source.state in ("live", "done")


def source_cells(source: SourceRow, glyphs: Glyphs) -> tuple[Cell, ...]:
    """One source: sign, name, state, rate, events, and when its newest event was."""
    role = STATE_ROLES.get(source.state, "stale")
    sign = {"ok": glyphs.live, "muted": glyphs.live, "dead": glyphs.dead}.get(role, glyphs.stale)
    return (
        (sign, role),
        (source.name, "text"),
        (source.state, role),
        (f"{count(source.rate)}/s", "text"),
        (grouped(source.events), "muted"),
        (clock(source.last_at), "muted"),
    )


def engine_blocks(health: Health, glyphs: Glyphs, room: int) -> list[Block]:
    rows = tuple((source_cells(source, glyphs), None, "") for source in sorted(health.sources, key=_ill_first))
    bars = spark(health.history, max(10, min(60, room - 20)), glyphs)
    return [
        Heading("Events", "the last minute"),
        Paragraph(f"{bars}  {count(health.rate)}/s", "accent"),
        Paragraph(grouped(health.events), "text", "taken"),
        Paragraph(f"{grouped(health.duplicates)} delivered twice, {grouped(health.late)} late", "text", "of these"),
        Paragraph(grouped(health.rejected), "stale" if health.rejected else "text", "refused"),
        Heading("Sources"),
        Entries(SOURCE_COLUMNS, rows),
        Heading("Engine"),
        Paragraph(health.state, "text", "state"),
        Paragraph(f"{day(health.watermark)} {clock(health.watermark)} UTC", "text", "event time"),
        Paragraph(f"{health.commit_ms:.1f} ms, oldest uncommitted {health.lag_ms:.0f} ms", "text", "last commit"),
        Paragraph(health.database, "muted", "database"),
    ]


class EnginePane(Pane):
    name_ = "engine"
    title_ = "Engine"
    about = "How the engine is: events taken and refused, each source with its rate and newest event, the last commit."
    beats = 10

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._revision = -1

    def make_body(self) -> SectionView:
        self.view = SectionView()
        self.view.empty = WAITING
        return self.view

    def take(self) -> bool:
        health = self.desk.health
        if health is None or health.revision == self._revision:
            return False
        self._revision = health.revision
        self.view.show_blocks(engine_blocks(health, ink_of(self).glyphs, self.view.size.width - 2))
        return True

    def deeds(self) -> Deeds:
        view = self.view
        return {"down": lambda: view.scroll_lines(1), "up": lambda: view.scroll_lines(-1)}
