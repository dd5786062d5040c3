"""Figures and the table of them."""

import math
from collections.abc import Iterable

import msgspec


class Figure(msgspec.Struct):
    """One measured figure. `loops` is what it costs in iterations of the yardstick, where it is CPU time; `aim` is
    what was promised and `met` whether it was, where something was."""

    part: str
    name: str
    value: float
    unit: str
    loops: float | None = None
    aim: str = ""
    met: bool | None = None


def cost(part: str, name: str, micros: float, loop_ns: float) -> Figure:
    """CPU microseconds for each of something."""
    return Figure(part, name, micros, "us", micros * 1000 / loop_ns)


def at_most(figure: Figure, limit: float) -> Figure:
    figure.aim, figure.met = f"<= {limit:g}", figure.value <= limit
    return figure


def at_least(figure: Figure, limit: float) -> Figure:
    figure.aim, figure.met = f">= {limit:g}", figure.value >= limit
    return figure


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest of `values` that `share` (0-1) of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def table(figures: Iterable[Figure]) -> str:
    """Lines for people; a new part is set off by a blank line."""
    lines = [f"{'':9} {'figure':58} {'value':>11} {'unit':10} {'loops':>8}  {'aim':>10}"]
    part = ""
    for each in figures:
        if each.part != part:
            lines.append("")
        shown = each.part if each.part != part else ""
        part = each.part
        loops = f"{each.loops:,.0f}" if each.loops is not None else ""
        verdict = {None: "", True: "  ok", False: "  MISSED"}[each.met]
        lines.append(
            f"{shown:9} {each.name:58} {number(each.value):>11} {each.unit:10} {loops:>8}  {each.aim:>10}{verdict}"
        )
    return "\n".join(lines)


def number(value: float) -> str:
    """Three significant digits at least, and no more noise than that."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
