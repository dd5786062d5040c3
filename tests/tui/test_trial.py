"""A backtest in the console: asked for in the palette or a line of text, how far it is, what it found, given up."""

from typing import Any

import pytest

from engine.backtest.wish import Sweep
from noc_tui.screens.trial import TrialScreen
from tests.tui.conftest import Desk, Open


async def asked(desk: Desk, text: str) -> Any:
    desk.app.run_trial(text)
    await desk.beat(3)
    [trial] = desk.link.trials
    return trial


async def look(desk: Desk) -> None:
    assert isinstance(desk.app.screen, TrialScreen)
    desk.app.screen.look()
    await desk.beat(2)


async def test_it_tells_how_far_it_is_and_then_what_it_found(console: Open) -> None:
    async with console() as desk:
        trial = await asked(desk, "alerts.expire_after=3h --over 24h")
        assert trial.text == "alerts.expire_after=3h --over 24h"
        assert "Esc give up" in desk.text
        trial.done, trial.total = 25_000, 50_000
        await look(desk)
        assert "50%" in desk.text
        ref = desk.app.live.board.list.items[0].ref
        trial.end(ref)
        await look(desk)
        assert "79,976 events, run twice" in desk.text
        row = next(line for line in desk.lines if "alerts" in line and "886" in line)
        assert row.split()[row.split().index("alerts") :][:5] == ["alerts", "886", "885", "1", "0"]
        assert "4 of 4 told as it was, 3 changed" in desk.text
        screen = desk.app.screen
        assert isinstance(screen, TrialScreen)
        while screen.view.ref != ref:
            await desk.press("j")
        await desk.press("enter")
        await desk.beat(3)
        assert not isinstance(desk.app.screen, TrialScreen)
        assert desk.app.live.context.subject == ref


async def test_esc_gives_up_what_still_runs_and_only_closes_what_is_over(console: Open) -> None:
    async with console() as desk:
        trial = await asked(desk, "a=b")
        await desk.press("escape")
        await desk.app.workers.wait_for_complete()
        assert trial.stopped
        assert not isinstance(desk.app.screen, TrialScreen)
    async with console() as desk:
        trial = await asked(desk, "a=b")
        trial.error = "there is no such setting `a`"
        await look(desk)
        assert "there is no such setting" in desk.text
        await desk.press("escape")
        assert not trial.stopped


async def test_values_of_a_sweep_stand_beside_each_other(console: Open) -> None:
    async with console() as desk:
        trial = await asked(desk, "--sweep series.threshold=0.7,0.9")
        trial.end("alert/A-1")
        found, trial.found = trial.found, None
        trial.sweep = Sweep("series.threshold", "0.8", ["0.7", "0.9"], [found, found])
        await look(desk)
        head = next(line for line in desk.lines if "(now)" in line)
        assert all(value in head for value in ("threshold", "0.8 (now)", "0.7", "0.9"))
        row = next(line for line in desk.lines if "work lost" in line)
        assert row.split("lost")[1].split()[:3] == ["0", "1", "1"]


async def test_its_key_asks_and_begins_with_the_setting_that_is_selected(
    console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console() as desk:
        board = desk.app.frame.panes[desk.app.frame.front]
        monkeypatch.setattr(board, "target", lambda: "setting/alerts.expire_after")
        await desk.press("B")
        await desk.beat(2)
        assert "What would have been, with" in desk.text
        await desk.press("3", "h", "enter")
        await desk.beat(3)
        assert [one.text for one in desk.link.trials] == ["alerts.expire_after=3h"]


async def test_in_the_past_there_is_none(console: Open) -> None:
    async with console() as desk:
        await desk.press("ctrl+t", "minus", "2", "h", "enter")
        await desk.beat(2)
        desk.link.pasts[0].arrive()
        await desk.beat(2)
        desk.app.run_trial("a=b")
        await desk.beat(2)
        assert not desk.link.trials
        assert "noc backtest change" in desk.text
