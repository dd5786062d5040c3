"""How the live screen looks, as SVG: each size, each theme, and the states that must not be missed."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from noc_tui.app import NocApp
from noc_tui.session import Session
from noc_tui.themes import load_themes
from tests.support.fake_link import FakeLink

Compare = Callable[..., bool]


def looks(
    compare: Compare, size: tuple[int, int], *keys: str, theme: str | None = None, seconds: int = 30, **world: Any
) -> bool:
    """Compare the screen after so many seconds of the fake operation and some keys."""
    link = FakeLink(**world)
    app = NocApp(link, theme=theme, session=Session(), auto_tick=False, remember=False)

    async def before(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        for _ in range(seconds):
            link.step()
            app.tick()
        for key in keys:
            await pilot.press(key)
            app.tick()
        for _ in range(12):
            app.tick()
            await pilot.pause()

    return compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (300, 100)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_each_size(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks(snap_compare, size)


@pytest.mark.parametrize("theme", sorted(theme.name for theme in load_themes()))
def test_each_theme(snap_compare: Compare, theme: str) -> None:
    assert looks(snap_compare, (100, 30), "j", "m", "a", theme=theme)


def test_filter_with_an_error(snap_compare: Compare) -> None:
    assert looks(snap_compare, (80, 24), "slash", *"colour", "colon", "x")


def test_nothing_matches(snap_compare: Compare) -> None:
    assert looks(snap_compare, (100, 30), "slash", *"nosuchword", "enter")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_jump_letters(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks(snap_compare, size, "f")


def test_paused_and_read_only(snap_compare: Compare) -> None:
    assert looks(snap_compare, (100, 30), "p", "a", read_only=True)


def test_waiting_for_the_engine(snap_compare: Compare) -> None:
    assert looks(snap_compare, (100, 30), late=99, seconds=1)


def test_quiet_night(snap_compare: Compare) -> None:
    assert looks(snap_compare, (80, 24), quiet=True, seconds=0)


def test_help(snap_compare: Compare) -> None:
    assert looks(snap_compare, (100, 30), "question_mark")


def test_heat_map_alone(snap_compare: Compare) -> None:
    assert looks(snap_compare, (120, 40), "tab", "tab", "tab", "z", "j")


def test_too_small(snap_compare: Compare) -> None:
    assert looks(snap_compare, (50, 12))
