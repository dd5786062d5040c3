"""How the past looks: its banner must not be missed, in any ink."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from noc_tui.app import NocApp
from noc_tui.session import Session
from tests.support.fake_link import FakeLink

Compare = Callable[..., bool]


def looks(
    compare: Compare, size: tuple[int, int], *keys: str, theme: str | None = None, arrived: bool = True, **more: Any
) -> bool:
    """Compare the screen two hours before now, after some keys."""
    link = FakeLink()
    app = NocApp(link, theme=theme, session=Session(), auto_tick=False, remember=False, **more)

    async def before(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        app.tick()
        app.travel.go("-2h")
        app.tick()
        if arrived:
            link.pasts[0].arrive()
        for key in keys:
            await pilot.press(key)
            app.tick()
        for _ in range(24):
            app.tick()
            await pilot.pause()

    return compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_each_size(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks(snap_compare, size)


@pytest.mark.parametrize("theme", ["ansi-16", "mono", "light"])
def test_other_inks(snap_compare: Compare, theme: str) -> None:
    assert looks(snap_compare, (80, 24), theme=theme)


def test_ascii(snap_compare: Compare) -> None:
    assert looks(snap_compare, (80, 24), ascii_only=True)


def test_on_the_way(snap_compare: Compare) -> None:
    assert looks(snap_compare, (100, 30), arrived=False)


def test_refused_while_playing(snap_compare: Compare) -> None:
    assert looks(snap_compare, (120, 40), "space", "a")
