"""How a backtest looks in the console: on the way, and what it found."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from noc_tui.app import NocApp
from noc_tui.screens.trial import TrialScreen
from noc_tui.session import Session
from tests.support.fake_link import FakeLink


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("over", [False, True], ids=["on-the-way", "found"])
def test_a_backtest(snap_compare: Callable[..., bool], size: tuple[int, int], over: bool) -> None:
    link = FakeLink()
    app = NocApp(link, session=Session(), auto_tick=False, remember=False)

    async def before(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        app.tick()
        app.run_trial("alerts.expire_after=3h --over 24h")
        await pilot.pause()
        [trial] = link.trials
        trial.done, trial.total = 31_000, 79_976
        if over:
            trial.end("alert/A-1")
        assert isinstance(app.screen, TrialScreen)
        app.screen.look()
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=before)
