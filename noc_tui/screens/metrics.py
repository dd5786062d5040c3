"""The metrics screen: every series, the chart of the selected one, and under it its figures and what happened."""

from typing import ClassVar

from textual import on

from noc_tui.panes.chart import ChartPane
from noc_tui.panes.desk import Desk
from noc_tui.panes.pane import Pane
from noc_tui.screens.arrange import Plan, three
from noc_tui.screens.common import CommonDeeds
from noc_tui.screens.sheet import SheetScreen
from noc_tui.screens.sheet_deeds import SheetDeeds
from noc_tui.widgets.chart import ChartView


class MetricsScreen(SheetScreen):
    tab_order: ClassVar[tuple[str, ...]] = ("list", "chart", "context")

    def make_panes(self, desk: Desk) -> tuple[Pane, ...]:
        self.chart = ChartPane(desk)
        return (self.chart,)

    def make_deeds(self) -> CommonDeeds:
        return MetricDeeds(self)

    def plan_for(self, width: int, height: int) -> Plan:
        return three(width, height, self.front, "chart", self.zoom)

    def offers(self, name: str) -> bool:
        """Nobody takes a number; what happened to it is taken where it is shown."""
        return super().offers(name) and (self.front == "context" or name not in ("acknowledge", "mark"))

    def each_beat(self) -> None:
        super().each_beat()
        subject = self.context.subject
        charted = subject is not None and subject.startswith("metric/")
        self.chart.choose(subject if charted else self.list.list.selected)
        self.context.chart_elsewhere(self.chart.span)

    @on(ChartView.Opened)
    def _mark_opened(self) -> None:
        self.perform("open")


class MetricDeeds(SheetDeeds):
    """Enter goes from the list to the chart, and from there to what happened at the cursor; Esc the same way back."""

    def __init__(self, screen: MetricsScreen) -> None:
        super().__init__(screen)
        self.metrics = screen
        self.table |= {"down": lambda: self._series(1), "up": lambda: self._series(-1)}

    def open(self) -> None:
        screen = self.metrics
        if screen.front == "list":
            screen.context.trail.clear()
            screen.go("chart")
        elif screen.front == "chart":
            ref = screen.chart.view.opens
            if ref:
                screen.context.drill(ref)
            screen.go("context")
        else:
            super().open()

    def back(self) -> None:
        screen = self.metrics
        screen.key_bar.hush()
        if screen.front == "context":
            if not screen.context.back() or (not screen.context.trail and screen.plan.tabs):
                screen.go("chart")
        elif screen.front == "chart":
            screen.go("list")
        else:
            super().back()

    def _series(self, step: int) -> None:
        """In the chart, j and k go to the next series of the list."""
        screen = self.metrics
        if screen.front == "chart":
            screen.context.trail.clear()
            screen.list.list.move(step)
            screen.beat_now()
