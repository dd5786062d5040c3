"""The report of a replay or a demo, for people."""

from typing import Any

import msgspec

from noc_tui.commands.output import show_table


def show_report(report: msgspec.Struct) -> None:
    """Names and figures in two columns; `reduction` as a percentage, seconds with two digits."""
    figures: dict[str, Any] = msgspec.structs.asdict(report)
    show_table({name: _written(name, value) for name, value in figures.items()})


def _written(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name == "reduction":
        return f"{value:.1%}"
    return f"{value:.2f}" if name.endswith("_seconds") else value
