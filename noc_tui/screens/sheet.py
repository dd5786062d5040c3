"""A screen of lists, with whatever is selected in full beside them."""

from typing import ClassVar, Final

from textual import on

from noc_tui.keymap import Keymap
from noc_tui.panes.context import ContextPane
from noc_tui.panes.desk import Desk
from noc_tui.panes.pane import Pane
from noc_tui.panes.sheet import SheetPane
from noc_tui.screens.arrange import Plan, beside
from noc_tui.screens.common import CommonDeeds
from noc_tui.screens.frame import Frame
from noc_tui.screens.places import Place
from noc_tui.screens.sheet_deeds import JUDGED, TAKEN, SheetDeeds, kind_of
from noc_tui.widgets.line_list import LineList

ON_ITEMS: Final = frozenset(
    ("acknowledge", "acknowledge_marked", "snooze", "silence", "comment", "assign", "resolve", "take")
)


class SheetScreen(Frame):
    tab_order: ClassVar[tuple[str, ...]] = ("list", "context")

    def __init__(self, place: Place, desk: Desk, keymap: Keymap) -> None:
        self.place = place
        names, titles = tuple(kind for kind, _ in place.lists), tuple(title for _, title in place.lists)
        self.list, self.context = SheetPane(desk, names, titles), ContextPane(desk)
        self._keyed: str | None = None
        self.head_title = f"{place.key.upper()} {place.title}"
        super().__init__(place.name, desk, keymap, (self.list, *self.make_panes(desk), self.context), "list")

    def make_panes(self, desk: Desk) -> tuple[Pane, ...]:
        """What stands beside the list and what is selected."""
        del desk
        return ()

    def make_deeds(self) -> CommonDeeds:
        return SheetDeeds(self)

    def plan_for(self, width: int, height: int) -> Plan:
        return beside(width, height, self.front, self.zoom)

    def each_beat(self) -> None:
        selected = self.list.list.selected
        self.context.choose(selected)
        if selected != self._keyed:  # what v and x mean hangs on it
            self._keyed = selected
            self.show_keys()

    def follow_up(self, name: str) -> None:
        """What is shown in full follows the selection; keys follow what is shown."""
        if self.front == "list" and self.list.list.selected != self.context.chosen:
            self.context.trail.clear()
        self.context.choose(self.list.list.selected)
        super().follow_up(name)
        self.show_keys()

    def tab_number(self, name: str) -> str:
        page = self.list.page
        return f" {page.matched}" if page and name == "list" else ""

    def offers(self, name: str) -> bool:
        """Not what cannot be done to this kind of thing."""
        if name in ON_ITEMS and not any(kind_of(ref) in TAKEN for ref in self.deeds.chosen()):
            return False
        if name == "mark" and not set(map(kind_of, self.deeds.chosen())) & (TAKEN | JUDGED):
            return False  # nothing can be done to many of these at once
        if name in ("approve", "reject") and not self.label_of(name):
            return False
        return super().offers(name)

    def label_of(self, name: str) -> str:
        deeds = self.deeds
        return deeds.label_of(name) if isinstance(deeds, SheetDeeds) else ""

    @on(LineList.HeadClicked)
    def _head_clicked(self, event: LineList.HeadClicked) -> None:
        if event.source is self.list.list:
            self.list.set_order(event.sort)
