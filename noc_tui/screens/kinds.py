"""Which kind of screen a place has; each is loaded when it is first gone to."""

from noc_tui.keymap import Keymap
from noc_tui.panes.desk import Desk
from noc_tui.screens.places import Place
from noc_tui.screens.sheet import SheetScreen


def screen_of(place: Place, desk: Desk, keymap: Keymap) -> SheetScreen:
    if place.name == "metrics":
        from noc_tui.screens.metrics import MetricsScreen

        return MetricsScreen(place, desk, keymap)
    if place.name == "fraud":
        from noc_tui.screens.fraud import FraudScreen

        return FraudScreen(place, desk, keymap)
    return SheetScreen(place, desk, keymap)
