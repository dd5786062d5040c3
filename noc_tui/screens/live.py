"""The live screen: board, item, feed and heat map, from an accordion at 80x24 to a wall."""

from typing import ClassVar

from textual import on

from noc_tui.keymap import Keymap
from noc_tui.panes.clusters import BoardPane
from noc_tui.panes.context import ContextPane
from noc_tui.panes.desk import Desk
from noc_tui.panes.engine import EnginePane
from noc_tui.panes.feed import FeedPane
from noc_tui.panes.heatmap import HeatPane
from noc_tui.panes.listing import ListingPane
from noc_tui.screens.arrange import Plan, arrange
from noc_tui.screens.common import CommonDeeds
from noc_tui.screens.deeds import LiveDeeds
from noc_tui.screens.frame import Frame
from noc_tui.widgets.line_list import LineList
from noc_tui.widgets.section_view import SectionView


class LiveScreen(Frame):
    tab_order: ClassVar[tuple[str, ...]] = ("board", "context", "feed", "heat")

    def __init__(self, desk: Desk, keymap: Keymap) -> None:
        self.board, self.context = BoardPane(desk), ContextPane(desk, of_board=True)
        self.feed, self.heat, self.engine = FeedPane(desk), HeatPane(desk), EnginePane(desk)
        self._heat_wish = 0
        panes = (self.board, self.context, self.feed, self.heat, self.engine)
        super().__init__("live", desk, keymap, panes, desk.session.focus, desk.session.zoom)
        desk.say = self.say

    def make_deeds(self) -> CommonDeeds:
        return LiveDeeds(self)

    def plan_for(self, width: int, height: int) -> Plan:
        self._heat_wish = self.heat.wish
        return arrange(width, height, self.front, self.zoom, self._heat_wish)

    def moved(self) -> None:
        self.desk.session.focus = self.front
        self.desk.session.zoom = self.zoom

    def each_beat(self) -> None:
        self.context.choose(self.board.list.selected)
        if self.heat.wish != self._heat_wish:
            self.rearrange()

    def tab_number(self, name: str) -> str:
        page = self.desk.health
        return f" {page.open_items}" if page and name == "board" else ""

    def follow_up(self, name: str) -> None:
        """The item follows the board's selection."""
        if self.front == "board" and self.board.list.selected != self.context.chosen:
            self.context.trail.clear()
        self.context.choose(self.board.list.selected)
        super().follow_up(name)

    @on(LineList.HeadClicked)
    def _head_clicked(self, event: LineList.HeadClicked) -> None:
        if event.source is self.board.list:
            self.board.set_order(event.sort)

    @property
    def listing(self) -> ListingPane:  # type: ignore[type-arg]
        """The list that a filter is meant for: the focused one, else the board."""
        pane = self.panes[self.front]
        return pane if isinstance(pane, ListingPane) else self.board

    @property
    def view(self) -> SectionView:
        return self.context.view
