"""The fraud screen: check-ins or people, where and when they are odd as a heat map, and the selected one in full."""

from typing import ClassVar

from data import times
from noc_tui.panes.desk import Desk
from noc_tui.panes.heatmap import HeatPane
from noc_tui.panes.pane import Pane
from noc_tui.screens.arrange import Plan, three
from noc_tui.screens.common import CommonDeeds
from noc_tui.screens.sheet import SheetScreen
from noc_tui.screens.sheet_deeds import SheetDeeds

CHECK_INS = "fraud"


class FraudScreen(SheetScreen):
    tab_order: ClassVar[tuple[str, ...]] = ("list", "heat", "context")

    def make_panes(self, desk: Desk) -> tuple[Pane, ...]:
        self.heat = HeatPane(desk)
        self._heat_wish = 0
        return (self.heat,)

    def make_deeds(self) -> CommonDeeds:
        return FraudDeeds(self)

    def plan_for(self, width: int, height: int) -> Plan:
        self._heat_wish = self.heat.wish
        return three(width, height, self.front, "heat", self.zoom, max(6, self._heat_wish))

    def each_beat(self) -> None:
        super().each_beat()
        if self.heat.wish != self._heat_wish:
            self.rearrange()


class FraudDeeds(SheetDeeds):
    """In the heat map, Enter shows the check-ins of the cell; Esc goes back to the list."""

    def __init__(self, screen: FraudScreen) -> None:
        super().__init__(screen)
        self.fraud = screen

    def open(self) -> None:
        screen = self.fraud
        cell = screen.heat.cell
        if screen.front != "heat" or cell is None:
            super().open()
            return
        site, begin, end = cell
        screen.list.show_kind(CHECK_INS)
        screen.list.set_filter(f"site:{site} since:{times.text(begin)} until:{times.text(end)}")
        screen.say(((f"Check-ins at {site} in that time.", "strong"), (" Esc shows all again.", "text")))
        screen.go("list")

    def back(self) -> None:
        if self.fraud.front == "heat":
            self.fraud.key_bar.hush()
            self.fraud.go("list")
        else:
            super().back()
