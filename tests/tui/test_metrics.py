"""The metrics screen: the chart of what is selected, its time, the week before, and what happened at the cursor."""

from pathlib import Path

import pytest

from noc_tui.app import NocApp
from noc_tui.keymap import Keymap
from noc_tui.screens.metrics import MetricsScreen
from noc_tui.session import Session
from tests.support.fake_link import FakeLink
from tests.tui.conftest import Open


def written(folder: Path) -> list[list[str]]:
    return [found.read_text().splitlines() for found in folder.glob("noc-chart-*.csv")]


def screen_of(app: NocApp) -> MetricsScreen:
    assert isinstance(app.frame, MetricsScreen)
    return app.frame


async def test_the_chart_follows_the_selection(console: Open) -> None:
    async with console() as desk:
        await desk.press("8", "j")
        await desk.beat(5)
        assert "uplink of M-01" in desk.text
        assert "week before" in desk.text
        assert "usual" in desk.text
        await desk.press("enter", "j")  # in the chart too
        await desk.beat(5)
        assert "uplink of M-02" in desk.text


async def test_time_is_made_longer_and_moved_and_figures_follow(console: Open) -> None:
    async with console() as desk:
        await desk.press("8", "enter", "I")
        await desk.beat(5)
        screen = screen_of(desk.app)
        assert screen.chart.chart is not None
        assert screen.chart.chart.step * len(screen.chart.chart.values) == 3 * 86_400_000_000
        assert "3d avg" in desk.text  # what the figures beneath were asked for
        start = screen.chart.chart.start
        await desk.press("pageup")
        await desk.beat(5)
        assert screen.chart.chart.start < start
        assert "G is now" in desk.text
        await desk.press("G")
        await desk.beat(5)
        assert screen.chart.chart.start == start


async def test_the_cursor_reads_out_and_moves_time_at_the_edge(console: Open) -> None:
    async with console() as desk:
        await desk.press("8", "enter")
        await desk.beat(5)
        screen = screen_of(desk.app)
        at = screen.chart.view.at
        assert at is not None
        await desk.press("h", "h")
        assert screen.chart.view.at is not None
        assert screen.chart.view.at < at
        assert screen.chart.chart is not None
        screen.chart.view.time = screen.chart.chart.start
        start = screen.chart.chart.start
        await desk.press("h")
        await desk.beat(5)
        assert screen.chart.chart.start < start


async def test_enter_on_a_mark_opens_what_happened_and_escape_comes_back(console: Open) -> None:
    async with console() as desk:
        await desk.press("8", "enter")
        await desk.beat(5)
        await desk.press("E")
        assert "incident: slow portal" in desk.text or "LINK_DOWN" in desk.text
        await desk.press("E")
        assert "LINK_DOWN: the uplink is down" in desk.text
        assert "140" in desk.text  # the value there
        await desk.press("enter")
        await desk.beat(5)
        assert screen_of(desk.app).context.subject == "alert/A-77"
        await desk.press("escape", "escape")
        assert screen_of(desk.app).front == "chart"
        await desk.press("escape")
        assert screen_of(desk.app).front == "list"


async def test_the_week_before_is_laid_beneath(console: Open) -> None:
    async with console() as desk:
        await desk.press("8", "enter")
        await desk.beat(5)
        before = desk.text
        await desk.press("b")
        assert "and a week before" in desk.text
        assert desk.text != before
        await desk.press("b")
        assert "and a week before" not in desk.text


async def test_values_are_written_as_csv(console: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with console() as desk:
        await desk.press("8", "enter")
        await desk.beat(5)
        await desk.press("w")
        (lines,) = written(tmp_path)
        assert lines[0] == "time,value,unit,week_before,usual_low,usual_high"
        chart = screen_of(desk.app).chart.chart
        assert chart is not None
        assert len(lines) == 1 + len(chart.values)


async def test_without_fonts_the_line_is_drawn_in_ascii() -> None:
    app = NocApp(FakeLink(), session=Session(), auto_tick=False, remember=False, ascii_only=True, keymap=Keymap())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("8")
        for _ in range(8):
            app.tick()
            await pilot.pause()
        screen = screen_of(app)
        text = "\n".join("".join(text for text, _ in line.cells) for line in screen.chart.view._laid)
        assert "*" in text
        assert all(ord(letter) < 128 for letter in text)
