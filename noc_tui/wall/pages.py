"""The pages of the wall, as lines of cells. Pure functions of the engine's views and the room there is."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from engine.views import Board, ClusterRow, FeedPage, Health, HeatGrid
from noc_tui.panes.header import GOOD
from noc_tui.panes.heatmap import heat_table
from noc_tui.text import SECOND, Glyphs, age, clock, count, fit, severity_sign, span, spark
from noc_tui.wall.big import HEIGHT, big, breadth
from noc_tui.widgets.columns import Cell
from noc_tui.widgets.heat_grid import cell_text
from noc_tui.widgets.ink import SEVERITY_ROLES

Line = tuple[Cell, ...]
BLANK: Final[Line] = ()
RIBBON: Final = 32  # cells of a title in the ribbon
OVER: Final = frozenset(("RESOLVED", "CLOSED"))
NAMES: Final = ("now", "incidents", "heat", "trend", "feed")
TITLES: Final = {"now": "Now", "incidents": "Incidents", "heat": "Heat map", "trend": "Last minutes", "feed": "Feed"}


class Seen(NamedTuple):
    """Everything a page may draw from. `trend` are (events, open items) of each of the last minutes."""

    health: Health | None
    board: Board | None
    feed: FeedPage | None
    heat: HeatGrid | None
    trend: Sequence[tuple[int, int]]
    burns: frozenset[str]
    glyphs: Glyphs

    @property
    def now(self) -> int:
        return self.health.watermark if self.health is not None else 0

    @property
    def open(self) -> list[ClusterRow]:
        """What people have to look at, most pressing first."""
        rows = self.board.rows if self.board is not None else ()
        return [row for row in rows if row.state not in OVER and row.muted is None]


def burning(board: Board | None) -> list[str]:
    """Items that nobody may overlook: CRITICAL, and nobody has taken them."""
    rows = board.rows if board is not None else ()
    return [row.ref for row in rows if row.severity == 5 and row.state == "NEW" and row.muted is None]


def empty(seen: Seen) -> set[str]:
    """Pages with nothing on them."""
    found = set()
    if not seen.open:
        found.add("incidents")
    if seen.heat is None or not any(any(row) for row in seen.heat.cells):
        found.add("heat")
    if seen.feed is None or not seen.feed.rows:
        found.add("feed")
    if len(seen.trend) < 2:
        found.add("trend")
    return found


def now_page(seen: Seen, width: int, height: int) -> list[Line]:
    """How much is open, in figures that can be read from the door; then what is most pressing."""
    lines = figures_of(seen, width)
    unanswered = [row for row in seen.open if row.state == "NEW" and row.owner is None]
    oldest = min((row.opened_at for row in unanswered), default=None)
    told = (
        f"oldest that nobody has taken: {age(seen.now - oldest)}" if oldest is not None else "nothing waits for anybody"
    )
    lines += [BLANK, ((f"  {told}", "strong" if oldest is not None else "ok"),), BLANK]
    return (lines + items(seen, width, height - len(lines)))[:height]


def figures_of(seen: Seen, width: int) -> list[Line]:
    """Open items by severity, gravest first."""
    counts = seen.health.by_severity if seen.health is not None else (0, 0, 0, 0, 0)
    levels = (5, 4, 3, 2)
    texts = [str(counts[level - 1]) for level in levels]
    need = sum(max(10, breadth(text) + 4) for text in texts)
    if need > width:  # no room for big figures
        told = tuple(
            (f"  {severity_sign(level, seen.glyphs)} {text}", SEVERITY_ROLES[level])
            for level, text in zip(levels, texts, strict=True)
        )
        return [BLANK, told]
    each = width // len(levels)
    block = seen.glyphs.shades[-1]
    rows: list[list[Cell]] = [[] for _ in range(HEIGHT)]
    heads: list[Cell] = []
    for level, text in zip(levels, texts, strict=True):
        role = SEVERITY_ROLES[level] if int(text) else "faint"
        for row, part in enumerate(big(text, block)):
            rows[row].append((fit("  " + part, each), role))
        name = {5: "CRITICAL", 4: "HIGH", 3: "MEDIUM", 2: "LOW"}[level]
        heads.append((fit(f"  {severity_sign(level, seen.glyphs)} {name}", each), role if int(text) else "muted"))
    return [BLANK, *(tuple(row) for row in rows), tuple(heads)]


def items(seen: Seen, width: int, height: int) -> list[Line]:
    """The most pressing items, a line each; with room to breathe where there is."""
    rows = seen.open
    if not rows:
        return [((fit("Nothing is open.", width, "center"), "ok"),)]
    step = 2 if height >= 2 * min(len(rows), 8) else 1
    lines: list[Line] = []
    for row in rows[: max(0, height // step)]:
        lines.append(item_line(row, seen, width))
        lines += [BLANK] * (step - 1)
    rest = len(rows) - max(0, height // step)
    if rest > 0 and lines:
        lines[-1] = ((fit(f"  and {rest} more", width), "muted"),)
    return lines[:height]


def item_line(row: ClusterRow, seen: Seen, width: int) -> Line:
    fresh = row.ref in seen.burns
    state = "NOBODY" if row.unanswered else row.owner or row.state.replace("_", " ").lower()
    tail = f" {fit(' '.join(row.sites[:2]) + ('+' if len(row.sites) > 2 else ''), 11)} {fit(state, 12)} "
    tail += age(seen.now - row.opened_at).rjust(4)
    sign = f" {severity_sign(row.severity, seen.glyphs)} "
    role = "alarm" if fresh or row.severity == 5 else SEVERITY_ROLES[row.severity]
    body = fit(row.title, max(4, width - len(sign) - len(tail) - 2), "left", seen.glyphs.ellipsis)
    taken = row.owner is not None or row.state != "NEW"
    return (
        (sign, role),
        (" " + body, "muted" if taken and not fresh else "strong"),
        (tail, "muted" if taken else "text"),
    )


def incidents_page(seen: Seen, width: int, height: int) -> list[Line]:
    return [BLANK, *items(seen, width, height - 1)][:height]


def heat_page(seen: Seen, width: int, height: int) -> list[Line]:
    """Anomalies by site and hour as on the console: a number, a letter where it is grave, a shade; as large as fits."""
    if seen.heat is None:
        return []
    table = heat_table(seen.heat, by_name=False)
    label = min(28, max(10, width // 5))
    size = max(2, min(6, (width - label - 3) // max(1, len(table.columns))))
    shown = max(1, min(len(table.columns), (width - label - 3) // size))
    step = 2 if height >= 2 * len(table.keys) + 1 else 1
    heads = "".join(
        fit(hour if place % 3 == 0 else "", size, "center") for place, hour in enumerate(table.columns[-shown:])
    )
    lines: list[Line] = [((fit("", label + 2) + heads, "muted"),)]
    for name, row in zip(table.labels[: (height - 1) // step], table.cells, strict=False):
        cells: list[Cell] = [(f" {fit(name, label, 'left', seen.glyphs.ellipsis)} ", "text")]
        for cell in row[-shown:]:
            number = cell_text(cell, min(4, size)) if cell.number else seen.glyphs.dot + " "
            cells.append((fit(number, size, "center"), f"heat-{cell.level}" if cell.number else "faint"))
        lines += [tuple(cells), *[BLANK] * (step - 1)]
    return lines


def trend_page(seen: Seen, width: int, height: int) -> list[Line]:
    """Events and open items of the last minutes as bars; each with its newest and highest value."""
    each = max(3, (height - 2) // 2)
    events = [one[0] for one in seen.trend]
    opened = [one[1] for one in seen.trend]
    lines = bars("events a minute", events, width, each, seen.glyphs)
    return [*lines, BLANK, *bars("open items", opened, width, each, seen.glyphs)][:height]


def bars(title: str, values: Sequence[int], width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """A bar chart with eight steps to a cell, newest at the right; of few values each is wider."""
    room = width - 4
    wide = max(1, min(4, room // max(1, len(values))))
    shown = list(values)[-(room // wide) :]
    top = max(shown, default=0) or 1
    head = f"  {title}: {count(shown[-1] if shown else 0)} now, {count(max(shown, default=0))} at most"
    lines: list[Line] = [((fit(head, width), "strong"),)]
    levels = len(glyphs.bars) - 1
    for row in range(height - 2, -1, -1):
        signs = []
        for value in shown:
            filled = round(value / top * (height - 1) * levels) - row * levels
            signs.append(glyphs.bars[max(0, min(levels, filled))] * wide)
        lines.append(((fit("".join(signs), width - 2, "right"), "accent"),))
    return lines


def feed_page(seen: Seen, width: int, height: int) -> list[Line]:
    rows = seen.feed.rows[-height:] if seen.feed is not None else ()
    lines: list[Line] = []
    for row in rows:
        head = f" {clock(row.time)} "
        sign = f"{severity_sign(row.severity, seen.glyphs)} "
        site = fit(row.site or "", 8) + " "
        text = fit(row.text, max(4, width - len(head) - len(sign) - len(site)), "left", seen.glyphs.ellipsis)
        role = "strong" if row.severity >= 4 else "text"
        lines.append(((head, "muted"), (sign, SEVERITY_ROLES[row.severity]), (site, "muted"), (text, role)))
    return lines


def _cut(title: str, glyphs: Glyphs) -> str:
    return title if len(title) <= RIBBON else fit(title, RIBBON, "left", glyphs.ellipsis)


def ribbon(seen: Seen, width: int) -> Line:
    """The most pressing items side by side, on the last line of every page."""
    cells: list[Cell] = []
    room = width
    for row in seen.open:
        sign, title = severity_sign(row.severity, seen.glyphs), _cut(row.title, seen.glyphs)
        told = f" {sign} {title} {age(seen.now - row.opened_at)} "
        if len(told) > room:
            break
        cells.append((told, "alarm" if row.severity == 5 and row.state == "NEW" else SEVERITY_ROLES[row.severity]))
        room -= len(told)
    return tuple(cells) or ((" nothing open", "ok"),)


def head_line(seen: Seen, page: str, pages: Sequence[str], width: int) -> Line:
    """Clock of the operation, state, which page of how many, rate and sources."""
    health = seen.health
    if health is None:
        return ((fit(" waiting for the engine", width), "stale"),)
    dots = " ".join(seen.glyphs.live if one == page else seen.glyphs.dot for one in pages)
    ill = [source for source in health.sources if source.state not in GOOD]
    told = f"{len(ill)} of {len(health.sources)} sources ill" if ill else f"{len(health.sources)} sources"
    right = f"{spark(health.history, 10, seen.glyphs)} {count(health.rate)}/s  {told}  {dots} "
    left = f" {clock(health.watermark)}  {TITLES[page]}"
    room = width - len(left)
    return ((left, "title"), (fit(right, room, "right", seen.glyphs.ellipsis), "stale" if ill else "muted"))


def banner(silent: int | None, seen: Seen, width: int) -> Line | None:
    """What cannot be missed: that the picture is old, and how old. `silent` are seconds since the engine was heard."""
    health = seen.health
    if silent is not None:
        told = f"THIS PICTURE IS OLD: nothing has come for {span(silent * SECOND)}"
    elif health is not None and health.state not in ("live", "ready", "read-only", "paused"):
        told = f"ENGINE: {health.state.upper()} {health.note}"
    else:
        return None
    return ((fit(told, width, "center"), "flash"),)


Draw = Callable[[Seen, int, int], list[Line]]
PAGES: Final[dict[str, Draw]] = {
    "now": now_page, "incidents": incidents_page, "heat": heat_page, "trend": trend_page, "feed": feed_page,
}  # fmt: skip
TREND: Final = 24 * 60  # minutes that are remembered
