"""Ink: what a role such as `muted` or `sev-5` looks like in the theme of the moment.

Widgets name roles, never colours. One `Ink` is made for each theme and caches the styles made from it.
"""

from collections.abc import Mapping
from typing import Final

from rich.style import Style
from textual.color import Color, ColorParseError
from textual.widget import Widget

from noc_tui.text import UNICODE, Glyphs

SEVERITY_ROLES: Final = ("muted", "sev-1", "sev-2", "sev-3", "sev-4", "sev-5")
_SEVERITY_VARIABLES: Final = ("foreground", "sev-info", "sev-low", "sev-medium", "sev-high", "sev-critical")

# Used where a theme does not name them, so that any Textual theme works.
FALLBACK: Final[dict[str, str]] = {
    "sev-info": "#7d8b99",
    "sev-low": "#6fa8dc",
    "sev-medium": "#d9b650",
    "sev-high": "#e8873a",
    "sev-critical": "#f2495c",
    "heat-0": "#1d2733",
    "heat-1": "#2b4a5e",
    "heat-2": "#8a6d2f",
    "heat-3": "#b5562b",
    "heat-4": "#d93a4a",
    "ok": "#5fb37c",
    "stale": "#d9b650",
    "dead": "#f2495c",
}


class Ink:
    """Styles by (role, ground). Grounds: `` (plain), cursor, blur, mark, bar (titles), bar-focus, edge (ends)."""

    def __init__(self, variables: Mapping[str, str], glyphs: Glyphs = UNICODE, *, ansi: bool = False) -> None:
        self._variables = {**FALLBACK, **variables}
        self._styles: dict[tuple[str, str], Style] = {}
        self.glyphs = glyphs
        self.ansi = ansi

    def style(self, role: str, ground: str = "") -> Style:
        key = (role, ground)
        made = self._styles.get(key)
        if made is None:
            made = self._styles[key] = self._ansi_style(role, ground) if self.ansi else self._style(role, ground)
        return made

    def color(self, name: str) -> Color:
        """A theme variable as a colour; the foreground where it is no plain colour."""
        value = self._variables.get(name, "")
        try:
            color = Color.parse(value.split(" ")[0])
        except ColorParseError:
            color = Color.parse("white")
        return color

    def _style(self, role: str, ground: str) -> Style:
        back = self._back(ground)
        if role.startswith("heat-"):
            fill = self.color(role)
            return Style(color=fill.get_contrast_text(0.9).blend(fill, 0.05).rich_color, bgcolor=fill.rich_color)
        if role in ("alarm", "badge", "flash"):
            fill = self.color({"alarm": "sev-critical", "badge": "stale", "flash": "dead"}[role])
            return Style(color=self.color("background").rich_color, bgcolor=fill.rich_color, bold=True)
        front = self._front(role, back, ground)
        strong = role in ("strong", "title", "key", "accent-strong", "sev-5", "sev-5-text", "error")
        return Style(
            color=front.rich_color,
            bgcolor=back.rich_color,
            bold=strong or None,
            strike=role == "gone" or None,
        )

    def _back(self, ground: str) -> Color:
        base = self.color("background")
        primary = self.color("primary")
        if ground == "cursor":
            return base.blend(primary, 0.34)
        if ground == "blur":
            return base.blend(primary, 0.16)
        if ground == "mark":
            return base.blend(self.color("accent"), 0.14)
        if ground in ("bar", "edge"):
            return base.blend(self.color("foreground"), 0.09)
        if ground == "bar-focus":
            return base.blend(primary, 0.55)
        return base

    def _front(self, role: str, back: Color, ground: str) -> Color:
        text = self.color("foreground")
        if role in ("muted", "gone", "title-off"):
            return text.blend(back, 0.38 if ground in ("", "bar", "edge") else 0.25)
        if role in ("faint", "key-off", "rail"):
            return text.blend(back, 0.58)
        if role.startswith("sev-"):
            return self.color(_SEVERITY_VARIABLES[int(role[4])])
        if role in ("ok", "stale", "dead"):
            return self.color(role)
        if role == "error":
            return self.color("dead")
        if role in ("accent", "accent-strong", "key"):
            return self.color("accent")
        if role == "link":
            return self.color("primary").blend(text, 0.45)
        return text

    def _ansi_style(self, role: str, ground: str) -> Style:
        """Sixteen colours or none: no blending, so weight, reverse and underline carry the grounds."""
        reverse = ground in ("cursor", "bar-focus") or role in ("alarm", "badge", "flash")
        name = role
        if role.startswith("sev-"):
            name = _SEVERITY_VARIABLES[int(role[4])]
        name = {"alarm": "sev-critical", "badge": "stale", "flash": "dead", "key": "accent", "error": "dead"}.get(
            name, name
        )
        colored = name in self._variables and ground not in ("cursor", "bar-focus")
        return Style(
            color=self.color(name).rich_color if colored else None,
            bold=role in ("strong", "title", "key", "sev-5", "sev-5-text", "alarm", "badge", "flash", "accent-strong")
            or ground == "mark"
            or None,
            dim=(role in ("muted", "faint", "key-off", "gone", "rail") and not reverse) or None,
            reverse=reverse or None,
            underline=ground in ("blur", "bar") or None,
            strike=role == "gone" or None,
        )


_plain: dict[int, Ink] = {}


def ink_of(widget: Widget) -> Ink:
    """The ink of the widget's app; an app without one gets ink made from its theme variables."""
    ink = getattr(widget.app, "ink", None)
    if isinstance(ink, Ink):
        return ink
    made = Ink(widget.app.theme_variables)
    return _plain.setdefault(id(widget.app), made)
