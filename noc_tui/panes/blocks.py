"""Blocks that more than one pane shows."""

from typing import Final

from engine.views import Section
from noc_tui.text import read_times
from noc_tui.widgets.columns import Column
from noc_tui.widgets.ink import SEVERITY_ROLES
from noc_tui.widgets.section_view import Block, Heading, Paragraph

TIMELINE_COLUMNS: Final = (Column("", 8), Column("", 10, since=40), Column("", 16, grows=1))


def section_blocks(section: Section, now: int) -> list[Block]:
    """Its facts, with times as people read them at `now`."""
    blocks: list[Block] = [Heading(section.title)]
    for fact in section.facts:
        role = SEVERITY_ROLES[fact.severity] if fact.severity else "text"
        blocks.append(Paragraph(read_times(fact.text, now), role, read_times(fact.label, now), ref=fact.ref))
    if section.more:
        blocks.append(Paragraph(f"and {section.more} more", "faint"))
    return blocks
