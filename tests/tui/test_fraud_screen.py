"""The heat map of the fraud screen: hours or days, and the check-ins of a cell."""

from noc_tui.screens.fraud import FraudScreen
from tests.tui.conftest import Open


async def test_a_cell_shows_its_check_ins_and_escape_all_again(console: Open) -> None:
    async with console() as desk:
        await desk.press("4", "n")
        await desk.beat(11)
        screen = desk.app.frame
        assert isinstance(screen, FraudScreen)
        await desk.press("tab", "j", "h")
        cell = screen.heat.cell
        assert cell is not None
        site, begin, end = cell
        assert end - begin == 3_600_000_000
        await desk.press("enter")
        assert (screen.front, screen.list.kind) == ("list", "fraud")
        assert screen.list.where.startswith(f"site:{site} since:20")
        assert screen.list.where.count("T") == 2
        await desk.press("escape")
        assert screen.list.where == ""


async def test_the_heat_map_turns_between_hours_and_days(console: Open) -> None:
    async with console() as desk:
        await desk.press("4", "tab", "I")
        await desk.beat(11)
        screen = desk.app.frame
        assert isinstance(screen, FraudScreen)
        cell = screen.heat.cell
        assert cell is not None
        assert cell[2] - cell[1] == 86_400_000_000
        assert len(screen.heat.grid.table.columns) == 7
        await desk.press("i")
        await desk.beat(11)
        assert len(screen.heat.grid.table.columns) == 24
        await desk.press("escape")
        assert screen.front == "list"
