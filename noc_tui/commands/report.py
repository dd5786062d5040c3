"""The report of a replay or a demo, for people."""

import click
import msgspec

from noc_tui.commands.output import show_table

_SHARES = ("reduction",)


def show_report(report: object) -> None:
    """Names and figures in two columns; `reduction` as a percentage."""
    figures = msgspec.to_builtins(report)
    shown = {
        name: f"{value:.1%}" if name in _SHARES and value is not None else value for name, value in figures.items()
    }
    if "wall_seconds" in shown:
        shown["wall_seconds"] = f"{figures['wall_seconds']:.2f}"
    show_table(shown)
    click.get_text_stream("stdout").flush()
