"""The values of a sheet as cells: each column's form says how."""

from typing import Final

from data import times
from engine.views import SheetColumn, SheetRow, Value
from noc_tui.text import DAY, SEVERITY_NAMES, Glyphs, age, clock, count, day, severity_sign, span
from noc_tui.widgets.columns import Cell, Column
from noc_tui.widgets.ink import SEVERITY_ROLES
from noc_tui.widgets.plot import figure

RIGHT: Final = frozenset(("age", "left", "count", "share", "number", "bytes", "span"))
_TROUBLE: Final = frozenset(
    ("unreachable", "dead", "refused", "failed", "unknown", "missed", "wrong", "late", "error", "stopped")
)
_WAITING: Final = frozenset(("proposed", "stale", "pending", "candidate", "new", "escalated", "warned", "running"))
_GOOD: Final = frozenset(("live", "success", "delivered", "right", "done", "ok", "open", "active"))


def column_of(column: SheetColumn) -> Column:
    align = "right" if column.form in RIGHT else "left"
    return Column(column.title, column.cells, align, column.grows, column.since, sort=column.sort)


def cells_of(row: SheetRow, columns: tuple[SheetColumn, ...], now: int, glyphs: Glyphs) -> tuple[Cell, ...]:
    text = "strong" if row.loud else "muted" if row.quiet else "text"
    return tuple(
        cell_of(value, column, row, text, now, glyphs) for value, column in zip(row.cells, columns, strict=False)
    )


def cell_of(value: Value, column: SheetColumn, row: SheetRow, text: str, now: int, glyphs: Glyphs) -> Cell:
    form = column.form
    if value is None or value == "":
        return ("", "muted")
    if isinstance(value, str):
        if form == "spark":
            return (sparks(value, column.cells, glyphs), "muted" if row.quiet else "accent")
        if form == "state":
            return (value, state_role(value, row))
        return (value, text if form == "title" else "muted")
    if form == "severity":
        level = max(1, min(int(value), 5))
        role = "alarm" if row.loud and level == 5 else "muted" if row.quiet else SEVERITY_ROLES[level]
        return (severity_sign(level, glyphs), role)
    if form == "left":
        return left(int(value) - now)
    return (told(value, form, now), "text" if form == "share" and not row.quiet else "muted")


def told(value: int | float, form: str, now: int) -> str:
    """A number as its form has it."""
    if form == "age":
        return age(now - int(value))
    if form == "moment":
        return f"{day(int(value))} {clock(int(value))}" if int(value) // DAY != now // DAY else clock(int(value))
    if form == "span":
        return short(int(value))
    if form == "share":
        return f"{value:.0%}" if value >= 0.1 or not value else f"{value:.1%}"
    if form == "count":
        return count(value)
    if form == "bytes":
        return f"{count(value)}B"
    return f"{value:.2f}" if isinstance(value, float) and abs(value) < 10 else figure(float(value))


def short(micros: int) -> str:
    """A length of time in at most six cells."""
    minutes = micros // 60_000_000
    if minutes < 1:
        return f"{micros // 1_000_000}s"
    if minutes < 100:
        return f"{minutes}m"
    return f"{minutes // 60}h{minutes % 60:02d}" if minutes < 6_000 else f"{minutes // 1440}d"


def left(micros: int) -> Cell:
    """What is left until a moment; louder the less it is."""
    if micros <= 0:
        return ("over", "muted")
    role = "sev-4" if micros < 15 * 60_000_000 else "sev-3" if micros < 60 * 60_000_000 else "text"
    return (short(micros), role)


def sparks(text: str, cells: int, glyphs: Glyphs) -> str:
    """Numbers with spaces between as bars, scaled to the greatest; a row without anything stays empty."""
    values = [float(part) for part in text.split()][-cells:]
    top = max(values, default=0.0)
    if top <= 0:
        return glyphs.dot * len(values)
    return "".join(glyphs.bars[max(1, round(8 * value / top))] if value > 0 else glyphs.dot for value in values)


def state_role(word: str, row: SheetRow) -> str:
    if word in _TROUBLE or word == "STOPPED":
        return "error"
    if row.quiet:
        return "muted"
    if word in _WAITING:
        return "stale" if row.loud or word != "new" else "text"
    return "ok" if word in _GOOD else "text"


def copied(row: SheetRow, columns: tuple[SheetColumn, ...], now: int) -> str:
    """A row as plain text, with its reference."""
    parts = [SEVERITY_NAMES[row.severity]] if 0 < row.severity < 6 else []
    for value, column in zip(row.cells, columns, strict=False):
        if column.form in ("severity", "spark") or value in (None, ""):
            continue
        parts.append(value if isinstance(value, str) else told(value, column.form, now) if column.form != "left" else
                     span(max(0, int(value) - now)))  # fmt: skip
    return "  ".join(parts) + f" [{row.ref}]"


def plain(value: Value, column: SheetColumn) -> str:
    """A value as it goes into a file: whole, and times as RFC 3339."""
    if value is None or isinstance(value, str):
        return value or ""
    if column.form in ("age", "moment", "left"):
        return times.text(int(value))
    if column.form == "severity":
        return SEVERITY_NAMES[max(1, min(int(value), 5))]
    return f"{value:g}" if isinstance(value, float) else str(value)
