"""Figures lead to what they count."""

from noc_tui.screens.sheet import SheetScreen
from tests.tui.conftest import Open


async def test_enter_goes_to_the_list_so_filtered_and_escape_comes_back(console: Open) -> None:
    async with console() as desk:
        await desk.press("f3")
        await desk.beat(5)
        assert "Figures" in desk.text
        desk.app.show_list("list/work?kind:ticket late")
        await desk.beat(5)
        frame = desk.app.frame
        assert isinstance(frame, SheetScreen)
        assert (frame.name, frame.list.kind, frame.list.where) == ("observe", "work", "kind:ticket late")
        await desk.press("N", "enter")  # a row of the figures
        await desk.beat(5)
        frame = desk.app.frame
        assert isinstance(frame, SheetScreen)
        assert (frame.name, frame.list.kind) == ("alerts", "alerts")
        assert frame.list.where.startswith("firing")
        await desk.press("escape", "escape")
        assert desk.app.frame.name == "observe"
