"""The head of the screen: is the engine well, are the sources, how much is open, how fast it comes."""

from typing import Final

from engine.views import Health, SourceRow
from noc_tui.text import Glyphs, count, day, grouped, severity_sign, spark
from noc_tui.widgets.ink import SEVERITY_ROLES
from noc_tui.widgets.status_line import Part

GOOD: Final = frozenset(("live", "done"))
_STATE_ROLES: Final = {
    "live": "ok",
    "ready": "ok",
    "starting": "stale",
    "catching up": "stale",
    "paused": "stale",
    "disk full": "flash",
    "stopping": "stale",
    "read-only": "stale",
    "past": "stale",
    "ended": "muted",
}


def state_part(health: Health, glyphs: Glyphs) -> Part:
    """The engine's state as sign and word; a simulation's speed beside it."""
    role = _STATE_ROLES.get(health.state, "stale")
    sign = {"ok": glyphs.live, "flash": glyphs.dead, "muted": glyphs.held}.get(role, glyphs.stale)
    if health.speed == 0:
        return Part(((f"{glyphs.held} time stopped", "badge"), (" = goes on", "muted")), 95)
    speed = f" {glyphs.times}{health.speed:g}" if health.speed != 1 else ""
    return Part(((f"{sign} {health.state}{speed}", role),), 95)


def open_part(health: Health, glyphs: Glyphs) -> Part:
    """Open items by severity, gravest first; only the grave ones are coloured."""
    cells = []
    for level in (5, 4, 3, 2, 1):
        number = health.by_severity[level - 1]
        if number:
            role = "alarm" if level == 5 else SEVERITY_ROLES[level] if level > 2 else "muted"
            cells += [(f"{severity_sign(level, glyphs)} {number}", role), (" ", "text")]
    return Part(tuple(cells[:-1]) or ((f"{glyphs.live} nothing open", "ok"),), 100)


def sources_part(sources: tuple[SourceRow, ...], glyphs: Glyphs, *, named: bool = True) -> Part:
    """All well in one word; what is not well by name, since that is what must be looked after."""
    if not sources:
        return Part((("no sources", "muted"),), 60)
    ill = [source for source in sources if source.state not in GOOD]
    if not ill:
        return Part(
            ((f"{glyphs.live} ", "ok"), (f"{len(sources)} source{'s' if len(sources) > 1 else ''}", "muted")), 60
        )
    dead = any(source.state == "unreachable" for source in ill)
    role, sign = ("dead", glyphs.dead) if dead else ("stale", glyphs.stale)
    well = f"{len(sources) - len(ill)}/{len(sources)}"
    if not named:
        return Part(((f"{sign} {well} sources", role),), 85)
    names = ", ".join(f"{source.name} {source.state}" for source in ill[:2]) + (
        f" +{len(ill) - 2}" if len(ill) > 2 else ""
    )
    return Part(((f"{sign} {names}", role), (f"  {well} live", "muted")), 85)


def header_parts(health: Health, glyphs: Glyphs, room: int, *, detailed: bool = False) -> list[Part]:
    """The first line. `detailed`: the second line names each source, so here they are only counted."""
    bars = 30 if room >= 200 else 12 if room >= 110 else 8
    parts = [
        state_part(health, glyphs),
        open_part(health, glyphs),
        sources_part(health.sources, glyphs, named=not detailed),
        Part(((spark(health.history, bars, glyphs), "muted"), (f" {count(health.rate):>4}/s", "muted")), 55),
    ]
    if health.here:
        shown = ", ".join(health.here[:2]) + (f" +{len(health.here) - 2}" if len(health.here) > 2 else "")
        parts.append(Part((("with ", "muted"), (shown, "accent")), 65))
    if health.note:
        parts.append(Part(((health.note, "dead"),), 97))
    if health.lag_ms >= 1000:
        parts.append(Part(((f"lag {health.lag_ms / 1000:.0f} s", "stale"),), 70))
    if room >= 140:
        parts.append(Part(((f"{count(health.open_alerts)} alerts firing", "muted"),), 40))
    if room >= 110:
        parts.append(Part(((day(health.watermark), "muted"),), 30, right=True))
        parts.append(Part(((health.partition, "muted"),), 25, right=True))
    return parts


def detail_parts(health: Health, glyphs: Glyphs) -> list[Part]:
    """The second line, where there is room: sources by name, those that are ill first, and what the engine has done."""
    parts = []
    for source in sorted(health.sources, key=lambda source: source.state in GOOD):
        good = source.state in GOOD
        sign = glyphs.live if good else glyphs.dead if source.state == "unreachable" else glyphs.stale
        role = "ok" if good else "dead" if source.state == "unreachable" else "stale"
        rate = f" {count(source.rate)}/s" if good else f" {source.state}"
        parts.append(
            Part(((sign, role), (f" {source.name}", "muted"), (rate, "faint" if good else role)), 20 if good else 50)
        )
    troubles = f"{count(health.rejected)} refused  {count(health.duplicates)} doubled  {count(health.late)} late"
    told = f"{grouped(health.events)} events  {troubles}"
    parts.append(Part(((told, "faint"),), 30, right=True))
    parts.append(Part(((f"commit {health.commit_ms:.0f} ms", "faint"),), 40, right=True))
    return parts
