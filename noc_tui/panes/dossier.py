"""Any one thing in full, as blocks: what it is, what to do, why, charts, what is known, what was done."""

from typing import Final

from engine.views import Chart, Dossier
from noc_tui.panes.blocks import TIMELINE_COLUMNS, section_blocks
from noc_tui.text import DAY, HOUR, Glyphs, clock, day, minute, read_times, severity_sign
from noc_tui.widgets.columns import Cell
from noc_tui.widgets.ink import SEVERITY_ROLES
from noc_tui.widgets.plot import plot
from noc_tui.widgets.section_view import Block, Drawing, Entries, Gap, Heading, Paragraph

CHART_LINES: Final = 6


def dossier_blocks(page: Dossier, now: int, glyphs: Glyphs, room: int) -> list[Block]:
    """What to do comes before what is known."""
    role = SEVERITY_ROLES[page.severity] if page.severity else "muted"
    sign: Cell = (severity_sign(page.severity, glyphs), role) if page.severity else (glyphs.dot, "muted")
    blocks: list[Block] = [Paragraph(read_times(page.title, now), "strong", sign=sign)]
    if page.next_step:
        blocks.append(Paragraph(read_times(page.next_step, now), "text", sign=(glyphs.step, "accent-strong")))
    if page.state:
        blocks.append(Paragraph(read_times(page.state, now), "text", sign=(" ", "muted")))
    if page.why:
        blocks.append(Paragraph(read_times(page.why, now), "muted", sign=(" ", "muted")))
    for chart in page.charts:
        blocks += chart_blocks(chart, glyphs, room)
    for section in page.sections:
        blocks += [Gap()] if section is page.sections[0] else []
        blocks += section_blocks(section, now)
    if page.timeline:
        rows = tuple(
            (
                (
                    (when(time, now), "muted"),
                    (who, "muted" if who == "engine" else "accent"),
                    (read_times(what, now), "text"),
                ),
                None,
                "",
            )
            for time, who, what in reversed(page.timeline)
        )
        blocks += [Heading("Timeline", "newest first"), Entries(TIMELINE_COLUMNS, rows)]
    return blocks


def when(time: int, now: int) -> str:
    """The clock, or the day where it was another one."""
    return (
        clock(time) if time // DAY == now // DAY else f"{day(time)} {minute(time)}"[:8] if now - time < 0 else day(time)
    )


def chart_blocks(chart: Chart, glyphs: Glyphs, room: int) -> list[Block]:
    """A chart a few lines high; its axis in hours or days."""
    lines = plot(chart, max(20, room), CHART_LINES, glyphs)
    each = (
        "day"
        if chart.step >= DAY
        else f"{chart.step // HOUR} h"
        if chart.step >= HOUR
        else f"{chart.step // 60_000_000} min"
    )
    unit = f"{chart.unit}, " if chart.unit else ""
    return [Heading(chart.title, f"{unit}by {each}"), Drawing(lines)]
