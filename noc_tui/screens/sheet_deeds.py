"""What keys do on screens of lists. One key means the same everywhere: v says yes, x says no, a takes."""

from typing import TYPE_CHECKING, Any, Final

from noc_tui.screens.arrange import NORMAL
from noc_tui.screens.common import HOUR, CommonDeeds

if TYPE_CHECKING:
    from engine.views import SheetRow
    from noc_tui.panes.listing import ListingPane
    from noc_tui.screens.sheet import SheetScreen
    from noc_tui.widgets.line_list import LineList

LIST: Final = "list/"  # a row that stands for a list with a filter: Enter goes there
TAKEN: Final = frozenset(("alert", "cluster", "incident"))
JUDGED: Final = frozenset(("fraud", "anomaly", "finding", "prediction", "alert"))
# What v and x are called, by kind of thing.
YES: Final = {"run": "allow", "incident": "approve", "cluster": "approve", "silence": "", "job": "run now"}
NO: Final = {"run": "refuse", "incident": "reject", "cluster": "reject", "silence": "end it", "maintenance": "end it"}


class SheetDeeds(CommonDeeds):
    def __init__(self, screen: "SheetScreen") -> None:
        super().__init__(screen)
        self.sheet = screen
        self.table |= {
            "open": self.open,
            "back": self.back,
            "filter": self.filter,
            "acknowledge": lambda: self.act("acknowledge", self._of(TAKEN, "acknowledged")),
            "acknowledge_marked": lambda: self.act("acknowledge", self._of(TAKEN, "acknowledged")),
            "snooze": lambda: self.act("snooze", self._of(TAKEN, "put off"), {"for": HOUR}),
            "approve": self.yes,
            "reject": self.no,
        }
        if len(screen.place.lists) > 1:  # from whichever pane: the list's title offers it in every one
            self.table |= {"next_list": lambda: self._turn(1), "previous_list": lambda: self._turn(-1)}

    def lines(self) -> "LineList[SheetRow]":
        return self.sheet.list.list

    def marked(self) -> list[str]:
        return list(self.sheet.list.list.marks)

    def candidates(self) -> list[str]:
        """v and x mean something for these."""
        return [ref for ref in self.chosen() if kind_of(ref) in JUDGED or kind_of(ref) in (*YES, *NO)]

    def viewed(self) -> "tuple[str, ListingPane[Any, Any], str]":
        pane = self.sheet.list
        return pane.kind, pane, pane.order

    def show_viewed(self, pane: str, where: str, order: str) -> None:
        self.sheet.list.show_kind(pane)
        if order:
            self.sheet.list.set_order(order)
        self.sheet.list.set_filter(where)
        self.sheet.go("list")

    def _turn(self, step: int) -> None:
        self.sheet.go("list")
        self.sheet.list.turn(step)

    def sent(self) -> None:
        self.sheet.list.list.clear_marks()

    def label_of(self, name: str) -> str:
        ref = next(iter(self.chosen()), "")
        kind = kind_of(ref)
        if name == "approve":
            return "it is true" if kind in JUDGED else YES.get(kind, "")
        if name == "reject":
            return "false alarm" if kind in JUDGED else NO.get(kind, "")
        return ""

    def open(self) -> None:
        """List: what is selected in full. In full: what the line is about."""
        screen = self.sheet
        if screen.front == "list" and (screen.list.target() or "").startswith(LIST):
            self.app("show_list", screen.list.target())
        elif screen.front == "list":
            screen.context.trail.clear()
            screen.go("context")
        elif screen.context.view.ref:
            screen.context.drill(screen.context.view.ref)
        else:
            screen.say((("Nothing to open on this line; lines with › can be opened.", "text"),))

    def back(self) -> None:
        """Esc: one step back, and from the list to the screen before."""
        screen = self.sheet
        screen.key_bar.hush()
        if screen.front == "context":
            if not screen.context.back():
                screen.go("list")
        elif not (screen.list.back() or screen.list.clear_filter()):
            if screen.zoom != NORMAL:
                screen.set_zoom(NORMAL)
            else:
                self.app("previous_screen")

    def filter(self) -> None:
        if self.sheet.front != "list":
            self.sheet.go("list")
        self.sheet.list.start_filter()

    # commands

    def _of(self, kinds: frozenset[str], done: str) -> list[str]:
        """Those of the chosen that this can be done to; says so where there is none."""
        refs = [ref for ref in self.chosen() if kind_of(ref) in kinds]
        if not refs:
            self.sheet.say(((f"Only alerts and incidents can be {done}.", "stale"),))
        return refs

    def yes(self) -> None:
        refs = self.chosen()
        kind = kind_of(refs[0]) if refs else ""
        if kind in JUDGED:
            self._judge(refs, "confirmed", "true")
        elif kind == "run":
            self._allow(refs[0])
        elif kind == "job":
            self._run_job(refs[0])
        elif YES.get(kind):
            self.act("approve", refs)

    def no(self) -> None:
        refs = self.chosen()
        kind = kind_of(refs[0]) if refs else ""
        if kind in JUDGED:
            self._judge(refs, "false_positive", "false alarms")
        elif kind in ("silence", "maintenance"):
            self._end_mute(refs[0])
        elif kind in NO:
            self.act("reject", refs)

    def _judge(self, refs: list[str], verdict: str, words: str) -> None:
        for ref in refs:
            self.act("judge", [ref], {"verdict": verdict})
        if len(refs) > 1:
            self.sheet.say(((f"{len(refs)} told to be {words}.", "strong"),))

    def _allow(self, ref: str) -> None:
        """Leave is given for the plan that was looked at, never for another."""
        from engine.views import Dossier

        page = self.sheet.context.page
        if not isinstance(page, Dossier) or page.ref != ref or not page.binding:
            self.sheet.say((("Open the run first: leave is given for the plan that you have seen.", "stale"),))
            return
        told = f"{page.title}. Every step of the plan is carried out."
        self.app("confirm", "Allow this run?", told, lambda: self.act("approve", [ref], {"plan": page.binding}))

    def _run_job(self, ref: str) -> None:
        told = f"{ref.partition('/')[2]}: it is done at once, beside what goes on; its usual time stays."
        self.app("confirm", "Run this job now?", told, lambda: self.act("run_job", [ref]))

    def _end_mute(self, ref: str) -> None:
        id = ref.partition("/")[2]
        row = self.sheet.list.list.current
        told = f"{ref}: what still fires comes back" + (f" ({row.cells[3]} alerts)" if row is not None else "")
        op = {"op": "expire", "id": id} if ref.startswith("silence/") else {"op": "end", "id": id}
        self.app("confirm", "End it now?", told, lambda: self.act("silence", [ref], op))


def kind_of(ref: str) -> str:
    return ref.partition("/")[0]
