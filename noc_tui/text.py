"""Text for a grid of cells: widths, truncation, ages, numbers, times, and the signs of severity.

Times are microseconds since the epoch and are shown in UTC. Nothing here knows a clock.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rich.cells import cell_len, set_cell_size

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

SEVERITY_NAMES: Final = ("", "INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL")
SEVERITY_LETTERS: Final = " ILMHC"
_STAMP: Final = re.compile(r"(?<![\w:=-])(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(?:Z|\+00:00)?(?![\w:])")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The signs we draw with. All are one cell wide and in the basic plane; `ASCII` is for fonts without them."""

    severity: str  # index 1-5
    ellipsis: str
    cursor: str
    mark: str
    pending: str
    ghost: str
    live: str
    stale: str
    dead: str
    held: str
    bars: str  # nine levels, empty first
    shades: str  # five levels, empty first
    thumb: str
    rail: str
    rule: str
    upright: str
    opens: str
    up: str
    down: str
    dot: str
    times: str
    step: str


UNICODE: Final = Glyphs(
    severity=" ·●■▲◆",
    ellipsis="…",
    cursor="▌",
    mark="✓",
    pending="~",
    ghost="×",
    live="●",
    stale="◌",
    dead="╳",
    held="‖",
    bars=" ▁▂▃▄▅▆▇█",
    shades=" ░▒▓█",
    thumb="┃",
    rail=" ",
    rule="─",
    upright="│",
    opens="›",
    up="▲",
    down="▼",
    dot="·",
    times="×",
    step="▸",
)
ASCII: Final = Glyphs(
    severity=" .-=^!",
    ellipsis="~",
    cursor=">",
    mark="*",
    pending="?",
    ghost="x",
    live="*",
    stale="o",
    dead="x",
    held="=",
    bars=" .:-=+*%#",
    shades=" .:*#",
    thumb="#",
    rail=" ",
    rule="-",
    upright="|",
    opens=">",
    up="^",
    down="v",
    dot=".",
    times="x",
    step=">",
)


def width(text: str) -> int:
    """Cells that `text` takes."""
    return len(text) if text.isascii() else cell_len(text)


@lru_cache(maxsize=8192)
def fit(text: str, cells: int, align: str = "left", ellipsis: str = "…") -> str:
    """`text` in exactly `cells` cells: padded, or cut with an ellipsis. `align` is left, right or center."""
    if cells <= 0:
        return ""
    size = width(text)
    if size > cells:
        return set_cell_size(text, cells - 1) + ellipsis if cells > 1 else set_cell_size(text, 1)
    gap = cells - size
    if not gap:
        return text
    if align == "right":
        return " " * gap + text
    if align == "center":
        return " " * (gap // 2) + text + " " * (gap - gap // 2)
    return text + " " * gap


def wrap(text: str, cells: int) -> list[str]:
    """`text` in lines of at most `cells` cells, broken at spaces, and inside words only where a word is too long."""
    if cells < 1:
        return []
    lines: list[str] = []
    line = ""
    for word in text.split():
        while width(word) > cells:
            room = cells - width(line) - 1 if line else cells
            if room < 4 and line:
                lines.append(line)
                line, room = "", cells
            head = _head(word, room)
            lines.append(f"{line} {head}" if line else head)
            line, word = "", word[len(head) :]
        if not word:
            continue
        if not line:
            line = word
        elif width(line) + 1 + width(word) <= cells:
            line = f"{line} {word}"
        else:
            lines.append(line)
            line = word
    if line:
        lines.append(line)
    return lines or [""]


def _head(word: str, cells: int) -> str:
    """The longest start of `word` that fits; at least one character."""
    taken = 0
    for index, character in enumerate(word):
        taken += width(character)
        if taken > cells:
            return word[: max(index, 1)]
    return word


def age(micros: int) -> str:
    """How long ago, at most four cells and coarse on purpose: a row changes once a minute at most."""
    if micros < MINUTE:
        return "now"
    if micros < 2 * HOUR:  # `1h` would stand behind `99m`
        return f"{micros // MINUTE}m"
    if micros < 100 * HOUR:
        return f"{micros // HOUR}h"
    return f"{min(micros // DAY, 999)}d"


def span(micros: int) -> str:
    """A length of time in two units: `42 s`, `17 min`, `3 h 05 min`, `4 d 6 h`."""
    if micros < MINUTE:
        return f"{max(micros, 0) // SECOND} s"
    if micros < HOUR:
        return f"{micros // MINUTE} min"
    if micros < DAY:
        return f"{micros // HOUR} h {micros % HOUR // MINUTE:02d} min"
    return f"{micros // DAY} d {micros % DAY // HOUR} h"


def count(number: int | float) -> str:
    """A number in at most four cells: 999, 1.2k, 12k, 1.2M."""
    value = float(number)
    for unit in ("", "k", "M", "G"):
        if value < 999.5 or unit == "G":
            return f"{value:.0f}{unit}" if not unit or value >= 9.95 else f"{value:.1f}{unit}"
        value /= 1000
    raise AssertionError("unreachable")


def grouped(number: int) -> str:
    return f"{number:,}"


def clock(micros: int) -> str:
    """`HH:MM:SS`, UTC."""
    second = micros // SECOND % 86_400
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def minute(micros: int) -> str:
    """`HH:MM`, UTC."""
    return clock(micros)[:5]


def day(micros: int) -> str:
    """`25 Nov`, UTC."""
    _, month, of_month = _civil(micros // DAY)
    return f"{of_month} {_MONTHS[month - 1]}"


def read_times(text: str, now: int) -> str:
    """`text` with each RFC 3339 time in it as people read it: the clock, and the day where it is not today. What stands
    in a filter (`since:2026-...`) stays, since it must be written that way."""
    return _STAMP.sub(lambda found: _read(found, now), text) if "T" in text else text


def _read(found: "re.Match[str]", now: int) -> str:
    year, month, of_month = map(int, found[1].split("-"))
    if (year, month, of_month) == _civil(now // DAY):
        return found[2]
    return f"{of_month} {_MONTHS[month - 1] if 0 < month < 13 else month} {found[2][:5]}"


def date(micros: int) -> str:
    """`2026-01-05`, UTC."""
    year, month, of_month = _civil(micros // DAY)
    return f"{year:04d}-{month:02d}-{of_month:02d}"


def _civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a day number; Howard Hinnant's `civil_from_days`."""
    days += 719_468
    era = days // 146_097
    doe = days - era * 146_097
    yoe = (doe - doe // 1460 + doe // 36_524 - doe // 146_096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + 3 if mp < 10 else mp - 9
    return yoe + era * 400 + (month <= 2), month, doy - (153 * mp + 2) // 5 + 1


def some(names: tuple[str, ...] | list[str], cells: int) -> str:
    """As many names as fit, and how many more there are: `S014 S015 +3`."""
    if not names:
        return ""
    shown = names[0]
    for index, name in enumerate(names[1:], 1):
        rest = len(names) - index - 1
        tail = f" +{rest}" if rest else ""
        if width(shown) + 1 + width(name) + len(tail) > cells:
            return f"{shown} +{len(names) - index}"
        shown = f"{shown} {name}"
    return shown


def severity_sign(severity: int, glyphs: Glyphs) -> str:
    """Shape and letter, two cells: never colour alone."""
    level = severity if 0 < severity < 6 else 1
    return glyphs.severity[level] + SEVERITY_LETTERS[level]


def spark(values: tuple[int, ...] | list[int], cells: int, glyphs: Glyphs) -> str:
    """The newest values as bars of one cell each, scaled to the greatest; groups of values are summed to fit."""
    if cells <= 0 or not values:
        return " " * max(cells, 0)
    group = max(1, -(-len(values) // cells))
    start = len(values) % group
    sums = [sum(values[i : i + group]) for i in range(start, len(values), group)][-cells:]
    top = max(sums)
    bars = "".join(glyphs.bars[-(-8 * max(v, 0) // top)] if top > 0 else glyphs.bars[0] for v in sums)
    return bars.rjust(cells)
