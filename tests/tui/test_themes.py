"""Every theme can be read by those who watch; a broken one is named and never stops the console."""

import itertools
import math
import os
from pathlib import Path

import pytest
from rich.color import Color as RichColor
from rich.color import ColorSystem
from textual.app import App
from textual.color import Color

from noc_tui.themes import DEFAULT, PACKAGED, SEVERITIES, STATES, Palette, Shelf, load_themes, read_themes
from noc_tui.widgets.ink import Ink

PALETTES = read_themes([PACKAGED]).palettes
COLOURED = [name for name, palette in PALETTES.items() if not palette.ansi]
GROUNDS = ("", "cursor", "blur", "mark", "bar")
MARKS = (*(f"sev-{level}" for level in range(1, 6)), "ok", "stale", "dead")

# xterm's default palette: what ANSI names most often mean.
XTERM = {
    "default": "#e5e5e5", "black": "#000000", "red": "#cd0000", "green": "#00cd00", "yellow": "#cdcd00",
    "magenta": "#cd00cd", "cyan": "#00cdcd", "white": "#e5e5e5", "bright_black": "#7f7f7f", "bright_red": "#ff0000",
    "bright_green": "#00ff00", "bright_yellow": "#ffff00", "bright_blue": "#5c5cff", "bright_magenta": "#ff00ff",
    "bright_cyan": "#00ffff", "bright_white": "#ffffff",
}  # fmt: skip

# Machado, Oliveira, Fernandes: A Physiologically-based Model for Simulation of Color Vision Deficiency, IEEE TVCG
# 15(6), 2009: the matrices for full severity; they apply to linear RGB.
MACHADO = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}

Triple = tuple[float, float, float]


def linear(color: RichColor) -> Triple:
    """Linear RGB, 0-1 (IEC 61966-2-1)."""
    triplet = color.get_truecolor()
    parts = [part / 255 for part in (triplet.red, triplet.green, triplet.blue)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return red, green, blue


def contrast(one: RichColor, other: RichColor) -> float:
    """WCAG 2 contrast ratio."""
    first, second = (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05 for r, g, b in (linear(one), linear(other)))
    return max(first, second) / min(first, second)


def lab(rgb: Triple) -> Triple:
    """CIE L*a*b*, D65, from linear RGB."""
    r, g, b = rgb
    xyz = (
        (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047,
        0.2126729 * r + 0.7151522 * g + 0.0721750 * b,
        (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883,
    )
    x, y, z = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def seen_distance(one: RichColor, other: RichColor, sight: str) -> float:
    """How far apart two colours are (CIE 1976 difference) for somebody with that sight; about 2.3 can just be told."""

    def seen(color: RichColor) -> Triple:
        rgb = linear(color)
        red, green, blue = (
            min(1.0, max(0.0, sum(a * b for a, b in zip(row, rgb, strict=True)))) for row in MACHADO[sight]
        )
        return lab((red, green, blue))

    return math.dist(seen(one), seen(other))


def color_of(value: str) -> RichColor:
    name = value.split(" ")[0]
    return Color.parse(XTERM[name.removeprefix("ansi_")] if name.startswith("ansi_") else name).rich_color


def ink_of(palette: Palette) -> Ink:
    theme = palette.to_textual()
    variables = {**theme.to_color_system().generate(), **theme.variables}
    return Ink(variables, ansi=palette.ansi)


def ratio(ink: Ink, role: str, ground: str, system: ColorSystem) -> float:
    style = ink.style(role, ground)
    assert style.color is not None
    assert style.bgcolor is not None
    return contrast(style.color.downgrade(system), style.bgcolor.downgrade(system))


def test_ours_are_there_and_sound() -> None:
    loaded = read_themes([PACKAGED])
    assert list(loaded.palettes) == [
        DEFAULT, "light", "high-contrast", "colour-blind", "deuteranopia", "tritanopia", "mono", "ansi-16", "wall"
    ]  # fmt: skip
    assert loaded.problems == ()
    assert load_themes([PACKAGED])[0].name == DEFAULT
    for palette in loaded.palettes.values():
        assert {f"sev-{name}" for name in SEVERITIES} <= set(palette.variables)
        assert {f"heat-{level}" for level in range(5)} | set(STATES) <= set(palette.variables)


@pytest.mark.parametrize("system", [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT])
@pytest.mark.parametrize("name", COLOURED)
def test_text_reads_at_4_5_to_1_wherever_it_stands(name: str, system: ColorSystem) -> None:
    ink = ink_of(PALETTES[name])
    found = {(role, ground): ratio(ink, role, ground, system) for role in ("text", "strong") for ground in GROUNDS}
    found |= {("text", "bar-focus"): ratio(ink, "text", "bar-focus", system)}
    found |= {(role, ground): ratio(ink, role, ground, system) for role in ("muted", "key") for ground in ("", "bar")}
    found |= {(f"heat-{level}", ""): ratio(ink, f"heat-{level}", "", system) for level in range(5)}
    found |= {(role, ""): ratio(ink, role, "", system) for role in ("alarm", "badge", "flash", *MARKS)}
    least = 4.5 if system is ColorSystem.TRUECOLOR else 4.0  # 256 colours are a coarse net
    assert {key: round(value, 2) for key, value in found.items() if value < least} == {}


@pytest.mark.parametrize("system", [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT])
@pytest.mark.parametrize("name", COLOURED)
def test_severity_marks_stand_out_at_3_to_1_on_every_ground(name: str, system: ColorSystem) -> None:
    ink = ink_of(PALETTES[name])
    found = {(mark, ground): ratio(ink, mark, ground, system) for mark in MARKS for ground in GROUNDS}
    assert {key: round(value, 2) for key, value in found.items() if value < 3.0} == {}


def test_the_high_contrast_theme_deserves_its_name() -> None:
    ink = ink_of(PALETTES["high-contrast"])
    for role in ("text", "muted", *MARKS):
        assert ratio(ink, role, "", ColorSystem.TRUECOLOR) >= 7.0


def test_ansi_marks_stand_out_in_the_usual_palette() -> None:
    palette = PALETTES["ansi-16"]
    black = color_of("#000000")
    for name in [f"sev-{severity}" for severity in SEVERITIES] + list(STATES) + [f"heat-{i}" for i in range(5)]:
        assert contrast(color_of(palette.variables[name]), black) >= 3.0, name
    values = [*palette.colors.values(), *palette.variables.values()]
    assert not any(value.startswith("#") for value in values)


@pytest.mark.parametrize("sight", list(MACHADO))
def test_severities_of_the_safe_theme_stay_apart_for_every_sight(sight: str) -> None:
    palette = PALETTES["colour-blind"]
    colors = [color_of(palette.variables[f"sev-{name}"]) for name in SEVERITIES]
    for one, other in itertools.combinations(colors, 2):
        assert seen_distance(one, other, sight) >= 25.0
    states = [color_of(palette.variables[name]) for name in STATES]
    for one, other in itertools.combinations(states, 2):
        assert seen_distance(one, other, sight) >= 20.0


@pytest.mark.parametrize(("name", "sight"), [("deuteranopia", "deuteranopia"), ("tritanopia", "tritanopia")])
def test_a_theme_for_one_kind_of_sight_is_told_apart_with_it(name: str, sight: str) -> None:
    palette = PALETTES[name]
    for names in ([f"sev-{severity}" for severity in SEVERITIES], list(STATES)):
        colors = [color_of(palette.variables[each]) for each in names]
        for one, other in itertools.combinations(colors, 2):
            assert seen_distance(one, other, sight) >= 16.0


# `mono` tells severities by shape, letter and weight alone.
@pytest.mark.parametrize("name", [name for name in COLOURED if name not in ("light", "mono")])
def test_severities_of_dark_themes_can_be_told_apart_with_usual_sight(name: str) -> None:
    colors = [color_of(PALETTES[name].variables[f"sev-{severity}"]) for severity in SEVERITIES]
    for one, other in itertools.combinations(colors, 2):
        assert seen_distance(one, other, "normal") >= 20.0


@pytest.mark.parametrize("name", COLOURED)
def test_heat_grows_with_every_step(name: str) -> None:
    palette = PALETTES[name]
    ground = color_of(palette.colors["background"])
    steps = [contrast(color_of(palette.variables[f"heat-{level}"]), ground) for level in range(5)]
    assert steps == sorted(steps)
    assert steps[4] > steps[0] * 1.8


# Files of the operator's own.


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


def test_a_theme_on_a_base_gives_only_what_it_changes(tmp_path: Path) -> None:
    write(tmp_path, "mine", 'base = "dark"\n[severity]\ncritical = "#ff00aa"\n[variables]\nborder-style = "bold"\n')
    loaded = read_themes([PACKAGED, tmp_path])
    assert loaded.problems == ()
    mine, dark = loaded.palettes["mine"], loaded.palettes["dark"]
    assert mine.variables["sev-critical"] == "#ff00aa"
    assert mine.variables["sev-high"] == dark.variables["sev-high"]
    assert mine.colors == dark.colors
    assert list(loaded.palettes)[-1] == "mine"


def test_a_theme_of_ours_can_be_replaced(tmp_path: Path) -> None:
    write(tmp_path, "dark", 'base = "dark"\n[colors]\nbackground = "#000000"\n')
    assert read_themes([PACKAGED, tmp_path]).palettes["dark"].colors["background"] == "#000000"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[colors\n", "bad.toml: cannot be read: Expected ']'"),
        ('base = "nowhere"', "bad.toml: base: there is no theme 'nowhere'"),
        ('base = "dark"\ndark = 1', "bad.toml: dark: 1 is neither true nor false"),
        ('base = "dark"\n[severity]\nlow = "blu"', "bad.toml: severity.low: 'blu' is not a colour (#rgb, #rrggbb)"),
        ('base = "dark"\n[severity]\nlow = 7', "bad.toml: severity.low: 7 is not a text"),
        ('base = "dark"\n[severity]\nlou = "#fff"', "bad.toml: severity.lou: is not known; did you mean 'low'?"),
        ('base = "dark"\n[heat]\nlevels = ["#000"]', "bad.toml: heat.levels: needs 5 colours, from calm to hot"),
        ('base = "dark"\n[colors]\nbackground = "ansi_red"', "bad.toml: colors.background: 'ansi_red' is for themes"),
        ('base = "dark"\n[variables]\nborder = "red; }"', "bad.toml: variables.border: 'red; }' is not a colour"),
        ('base = "dark"\n[variables]\n"A b" = "#fff"', "bad.toml: variables.A b: is not made of small letters"),
        ('base = "dark"\ncolors = 3', "bad.toml: colors: is not a section"),
        ("", "bad.toml: colors.background: is missing"),
        ('name = "Bad Name"', "bad.toml: name: 'Bad Name' is not made of small letters"),
        ('base = "dark"\ntitle = "\\u001b[2J"', "bad.toml: title: is not a short printable text"),
        ("x = " + "[" * 5_000 + "]" * 5_000, "bad.toml: cannot be read"),
        ("# " + "x" * 70_000, "bad.toml: larger than 64 KiB"),
    ],
)
def test_a_broken_theme_is_named_with_its_key_and_stops_nothing(tmp_path: Path, text: str, complaint: str) -> None:
    write(tmp_path, "bad", text)
    loaded = read_themes([PACKAGED, tmp_path])
    assert set(loaded.palettes) == set(PALETTES)
    assert len(loaded.problems) == 1
    assert loaded.problems[0].startswith(complaint)


def test_bytes_that_are_no_text_are_a_problem_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe\x00")
    assert "bad.toml: cannot be read" in read_themes([tmp_path]).problems[0]


def test_a_folder_that_is_not_there_is_no_problem(tmp_path: Path) -> None:
    assert read_themes([tmp_path / "none"]) == read_themes([])


async def test_every_theme_can_be_worn_and_a_changed_file_shows_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "mine", 'base = "dark"\n[colors]\nbackground = "#111111"\n')
    shelf = Shelf([PACKAGED, tmp_path])
    app: App[None] = App()
    async with app.run_test() as pilot:
        assert shelf.register(app) == ()
        for name in shelf.loaded.palettes:
            app.theme = name
            await pilot.pause()
        app.theme = "mine"
        await pilot.pause()
        assert app.theme_variables["background"] == "#111111"
        assert shelf.reload(app) is None

        path.write_text('base = "dark"\n[colors]\nbackground = "#222222"\n')
        os.utime(path, ns=(1, 1))
        assert shelf.reload(app) == ()
        await pilot.pause()
        assert app.theme_variables["background"] == "#222222"

        path.write_text("broken")
        problems = shelf.reload(app)
        assert problems is not None
        assert problems[0].startswith("mine.toml: cannot be read")
        await pilot.pause()
        assert app.theme_variables["background"] == "#222222"


def test_a_wish_that_cannot_be_met_gets_the_default() -> None:
    shelf = Shelf([PACKAGED])
    assert shelf.choose("light") == "light"
    assert shelf.choose("nowhere") == DEFAULT
    assert shelf.choose(None) == DEFAULT
