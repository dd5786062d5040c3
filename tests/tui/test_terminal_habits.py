"""Habits that people bring from other consoles, one each: what `docs/terminal.md` promises and nothing else holds."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from noc_tui.app import NocApp
from noc_tui.panes.header import header_parts
from noc_tui.session import Session
from noc_tui.terminal import Terminal, Wishes, look_at
from noc_tui.text import UNICODE
from tests.support.fake_link import FakeLink
from tests.tui.conftest import Open


async def test_a_click_on_a_columns_head_orders_by_it(console: Open) -> None:
    async with console() as desk:
        lines = desk.app.live.board.list
        place = "".join(one.text for one in lines.render_line(0)).index("site")
        await desk.pilot.click(lines, offset=(place, 0))
        await desk.beat(6)
        assert desk.app.session.order == "site"
        assert lines.sort == "site"
        sites = [row.sites[0] for row in lines.items if row.sites]
        assert sites[0] == min(sites)


def pictures(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.svg"))


async def test_the_screen_is_written_as_a_picture(
    console: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with console() as desk:
        await desk.press("W")
        assert "Wrote the screen" in desk.lines[-1]
    (picture,) = pictures(tmp_path)
    assert "Board" in picture.read_text()
    assert picture.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("hz", "stretch"), [(10.0, 1), (1.0, 10), (0.5, 20)])
async def test_panes_change_as_often_as_is_wanted(hz: float, stretch: int) -> None:
    app = NocApp(FakeLink(), session=Session(), auto_tick=False, remember=False, refresh_hz=hz)
    async with app.run_test(size=(100, 30)) as pilot:
        slow: list[int] = []
        app.live.tick = slow.append  # type: ignore[method-assign,assignment]
        app.tick()
        await pilot.pause()
        assert slow == [stretch]


def test_who_else_is_here_stands_in_the_head() -> None:
    health = FakeLink().watch_health().page
    assert health is not None
    parts = header_parts(msgspec.structs.replace(health, here=("bob", "cy (viewer)", "dee")), UNICODE, 120)
    assert "with bob, cy (viewer) +1" in ["".join(text for text, _ in part.cells) for part in parts]


async def test_where_one_is_stands_over_what_was_opened(console: Open) -> None:
    async with console() as desk:
        await desk.press("enter")
        view = desk.app.live.view
        place = next(at for at, line in enumerate(view.items) if line.ref)
        view.select_at(place)
        item, opened = desk.app.live.context.subject, view.items[place].ref
        await desk.press("enter")
        title = next(line for line in desk.lines if "Esc back" in line)
        assert f"{item} › {opened}"[:30] in title
        await desk.press("escape")
        assert desk.app.live.context.subject == item


@pytest.mark.parametrize("wanted", [True, False])
def test_the_mouse_is_left_to_the_terminal_where_it_is_not_wanted(wanted: bool) -> None:
    class App:
        return_code = 0

        def __init__(self) -> None:
            self.asked: list[bool] = []

        def run(self, *, mouse: bool) -> None:
            self.asked.append(mouse)

    app: Any = App()
    Terminal(look_at({"TERM": "xterm-256color"}, Wishes(mouse=wanted))).run(app)
    assert app.asked == [wanted]


async def test_nothing_moves_by_itself(console: Open) -> None:
    async with console() as desk:
        assert desk.app.animation_level == "none"
        await desk.press("slash")
        bar = desk.app.live.board.bar
        assert bar is not None
        assert not bar._input.cursor_blink
