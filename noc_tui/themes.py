"""Themes are files: one TOML each, ours in the folder `themes`, the operator's own in the configuration folder.

A file that cannot be used is reported with its name and the key, and the console starts without it. A theme of the
operator's may name another as its `base` and give only what it changes; one with the name of ours takes its place.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import platformdirs

if TYPE_CHECKING:
    from textual.app import App
    from textual.theme import Theme

DEFAULT: Final = "dark"
PACKAGED: Final = Path(__file__).resolve().parent.parent / "themes"

SEVERITIES: Final = ("info", "low", "medium", "high", "critical")
HEAT_LEVELS: Final = 5
STATES: Final = ("ok", "stale", "dead")
_BASE_COLORS: Final = ("background", "surface", "panel", "foreground", "primary", "secondary", "accent", "success")
COLORS: Final = (*_BASE_COLORS, "warning", "error")
_ORDER: Final = (
    DEFAULT,
    "light",
    "high-contrast",
    "colour-blind",
    "deuteranopia",
    "tritanopia",
    "mono",
    "ansi-16",
    "wall",
)  # then the operator's, by name
_TOP: Final = ("name", "title", "about", "base", "dark", "ansi", "colors", "severity", "heat", "state", "variables")
_MAX_BYTES: Final = 64 * 1024

_HEX: Final = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_ANSI: Final = re.compile(r"ansi_(?:default|(?:bright_)?(?:black|red|green|yellow|blue|magenta|cyan|white))")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_STYLE: Final = re.compile(r"(?:(?:not )?(?:none|bold|dim|italic|underline|reverse|strike|b|i|u)\s*)+")


class ThemeError(ValueError):
    """What is wrong with a theme, naming file and key."""


@dataclass(frozen=True)
class Palette:
    """A theme as read from its file. `variables` are Textual's CSS variables, ours among them: `sev-info` ...
    `sev-critical`, `heat-0` ... `heat-4`, `ok`, `stale`, `dead`."""

    name: str
    title: str
    about: str
    dark: bool
    ansi: bool
    colors: Mapping[str, str]
    variables: Mapping[str, str]
    path: Path

    def to_textual(self) -> "Theme":
        from textual.theme import BUILTIN_THEMES, Theme

        colors = self.colors
        # Textual's own style sheets need variables that only its own ANSI themes define.
        needed = BUILTIN_THEMES["ansi-dark" if self.dark else "ansi-light"].variables if self.ansi else {}
        return Theme(
            name=self.name,
            dark=self.dark,
            ansi=self.ansi,
            primary=colors["primary"],
            secondary=colors["secondary"],
            accent=colors["accent"],
            success=colors["success"],
            warning=colors["warning"],
            error=colors["error"],
            foreground=colors["foreground"],
            background=colors["background"],
            surface=colors["surface"],
            panel=colors["panel"],
            boost=colors.get("boost"),
            variables={**needed, **self.variables},
        )


@dataclass(frozen=True)
class Loaded:
    """Usable themes by name, and what is wrong with the others, in words."""

    palettes: Mapping[str, Palette] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def user_folder() -> Path:
    """Where operators keep themes of their own."""
    return Path(platformdirs.user_config_dir("noc", appauthor=False)) / "themes"


def folders() -> tuple[Path, ...]:
    """Where themes are looked for; a later folder overrides an earlier one."""
    return (PACKAGED, user_folder())


def load_themes(places: Sequence[Path] | None = None) -> "list[Theme]":
    """The usable themes, ready to be registered, the default first. What is wrong with others `read_themes` tells."""
    return [palette.to_textual() for palette in read_themes(places).palettes.values()]


def read_themes(places: Sequence[Path] | None = None) -> Loaded:
    """Read every theme in `places` (default: ours, then the operator's). Never raises for what a file holds."""
    palettes: dict[str, Palette] = {}
    problems: list[str] = []
    for path in _files(folders() if places is None else places):
        try:
            palette = read_theme(path, palettes)
        except ThemeError as error:
            problems.append(str(error))
        else:
            palettes[palette.name] = palette
    order = sorted(palettes, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name))
    return Loaded({name: palettes[name] for name in order}, tuple(problems))


def _files(places: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for place in places:
        try:
            found += sorted(path for path in place.iterdir() if path.suffix == ".toml" and path.is_file())
        except OSError:  # no such folder, or none that we may read
            continue
    return found


def read_theme(path: Path, known: Mapping[str, Palette] | None = None) -> Palette:
    """The theme in `path`; `known` are those that it may name as its base. Raises ThemeError."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ThemeError(f"{path.name}: larger than {_MAX_BYTES // 1024} KiB")
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ThemeError(f"{path.name}: cannot be read: {error}") from error
    return _Reader(path, content, known or {}).palette()


class _Reader:
    """Checks one file key by key; every complaint names the file and the key."""

    def __init__(self, path: Path, content: dict[str, Any], known: Mapping[str, Palette]) -> None:
        self._path = path
        self._content = content
        self._base: Palette | None = None
        self._keys(content, _TOP, "")
        base = content.get("base")
        if base is not None:
            self._base = known.get(base) if isinstance(base, str) else None
            if self._base is None:
                raise self._error("base", f"there is no theme {base!r}")
        self._ansi = self._flag("ansi", self._base.ansi if self._base else False)

    def palette(self) -> Palette:
        name = self._text("name", self._path.stem)
        if not _NAME.fullmatch(name):
            raise self._error("name", f"{name!r} is not made of small letters, digits and hyphens")
        colors = self._colors()
        variables = {**(self._base.variables if self._base else {}), **self._own_variables(), **self._variables()}
        return Palette(
            name=name,
            title=self._text("title", name),
            about=self._text("about", ""),
            dark=self._flag("dark", self._base.dark if self._base else True),
            ansi=self._ansi,
            colors=colors,
            variables=variables,
            path=self._path,
        )

    def _colors(self) -> dict[str, str]:
        table = self._table("colors")
        self._keys(table, (*COLORS, "boost"), "colors.")
        colors = {**(self._base.colors if self._base else {})}
        colors.update({key: self._color(f"colors.{key}", value) for key, value in table.items()})
        for key in COLORS:
            if key not in colors:
                raise self._error(f"colors.{key}", "is missing")
        return colors

    def _own_variables(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for section, names, prefix in (("severity", SEVERITIES, "sev-"), ("state", STATES, "")):
            table = self._table(section)
            self._keys(table, names, f"{section}.")
            for name in names:
                if name in table:
                    found[prefix + name] = self._color(f"{section}.{name}", table[name])
                elif self._base is None:
                    raise self._error(f"{section}.{name}", "is missing")
        heat = self._table("heat")
        self._keys(heat, ("levels",), "heat.")
        levels = heat.get("levels")
        if levels is None:
            if self._base is None:
                raise self._error("heat.levels", "is missing")
            return found
        if not isinstance(levels, list) or len(levels) != HEAT_LEVELS:
            raise self._error("heat.levels", f"needs {HEAT_LEVELS} colours, from calm to hot")
        found.update({f"heat-{i}": self._color(f"heat.levels[{i}]", value) for i, value in enumerate(levels)})
        return found

    def _variables(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, value in self._table("variables").items():
            if not _NAME.fullmatch(key):
                raise self._error(f"variables.{key}", "is not made of small letters, digits and hyphens")
            if isinstance(value, str) and key.endswith("style") and _STYLE.fullmatch(value):
                found[key] = value
            else:
                found[key] = self._color(f"variables.{key}", value, alpha=True)
        return found

    def _color(self, key: str, value: object, *, alpha: bool = False) -> str:
        if not isinstance(value, str):
            raise self._error(key, f"{value!r} is not a text")
        color, _, share = value.partition(" ")
        if share and not (alpha and re.fullmatch(r"\d{1,3}%", share)):
            raise self._error(key, f"{value!r} is not a colour")
        if _HEX.fullmatch(color) or (alpha and color == "transparent"):
            return value
        if _ANSI.fullmatch(color):
            if self._ansi:
                return value
            raise self._error(key, f"{value!r} is for themes with `ansi = true` only")
        raise self._error(key, f"{value!r} is not a colour (#rgb, #rrggbb{' or ansi_NAME' if self._ansi else ''})")

    def _table(self, key: str) -> dict[str, Any]:
        value = self._content.get(key, {})
        if not isinstance(value, dict):
            raise self._error(key, "is not a section")
        return value

    def _text(self, key: str, default: str) -> str:
        value = self._content.get(key, default)
        if not isinstance(value, str) or not value.isprintable() or len(value) > 200:
            raise self._error(key, "is not a short printable text")
        return value

    def _flag(self, key: str, default: bool) -> bool:
        value = self._content.get(key, default)
        if not isinstance(value, bool):
            raise self._error(key, f"{value!r} is neither true nor false")
        return value

    def _keys(self, table: Mapping[str, object], known: Sequence[str], prefix: str) -> None:
        for key in table:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise self._error(f"{prefix}{key}", f"is not known{hint}")

    def _error(self, key: str, what: str) -> ThemeError:
        return ThemeError(f"{self._path.name}: {key}: {what}")


class Shelf:
    """The themes of one console: registers them with an app, and again when a file has changed."""

    def __init__(self, places: Sequence[Path] | None = None) -> None:
        self._places = folders() if places is None else tuple(places)
        self._seen = self._stamp()
        self.loaded = read_themes(self._places)

    def register(self, app: "App[Any]") -> tuple[str, ...]:
        """Make the themes known to `app`; returns the problems there are."""
        for palette in self.loaded.palettes.values():
            app.register_theme(palette.to_textual())
        return self.loaded.problems

    def choose(self, wished: str | None) -> str:
        """`wished` if there is such a theme, else the default."""
        return wished if wished in self.loaded.palettes and wished is not None else DEFAULT

    def reload(self, app: "App[Any]") -> tuple[str, ...] | None:
        """Look whether a file has changed and if so take all in again, the one in use at once.

        None if nothing has changed, else the problems there are. A theme whose file became unusable stays as it was.
        """
        stamp = self._stamp()
        if stamp == self._seen:
            return None
        self._seen = stamp
        before = self.loaded.palettes
        fresh = read_themes(self._places)
        self.loaded = Loaded({**before, **fresh.palettes}, fresh.problems)
        self.register(app)
        name = app.theme
        if name in fresh.palettes and fresh.palettes[name] != before.get(name):
            app.mutate_reactive(type(app).theme)  # to set the same name again would be no change
        return fresh.problems

    def _stamp(self) -> tuple[tuple[str, int, int], ...]:
        stamps = []
        for path in _files(self._places):
            try:
                stat = path.stat()
            except OSError:
                continue
            stamps.append((str(path), stat.st_mtime_ns, stat.st_size))
        return tuple(stamps)
