"""The screens of lists: digits go there and Esc comes back, filters hold, v and x mean what the row is."""

from pathlib import Path

import pytest

from noc_tui.app import NocApp
from noc_tui.keymap import Keymap
from noc_tui.screens.places import PLACES, Place
from noc_tui.screens.sheet import SheetScreen
from noc_tui.session import Session
from tests.support.fake_link import FakeLink
from tests.tui.conftest import Open


def written(folder: Path) -> list[Path]:
    return sorted(folder.glob("noc-alerts-*.csv"))


LISTS = [place for place in PLACES if place.lists]


@pytest.mark.parametrize("place", LISTS, ids=lambda place: place.name)
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_each_screen_shows_its_lists_and_what_is_selected(
    console: Open, place: Place, size: tuple[int, int]
) -> None:
    async with console(size=size) as desk:
        await desk.press(place.key)
        for number, (kind, title) in enumerate(place.lists):
            if number:
                await desk.press("n")
            await desk.beat(5)
            assert title in desk.text
            assert "40" in desk.text  # rows of the fake engine
            frame = desk.app.frame
            assert isinstance(frame, SheetScreen)
            assert frame.list.kind == kind
            await desk.press("j")
            if kind == "observe":  # its rows lead to other lists
                continue
            await desk.press("enter", *(("tab",) if "chart" in frame.panes else ()))
            await desk.beat(5)
            assert "what it is, in a line" in desk.text
            await desk.press("escape")
        assert not any("Traceback" in line for line in desk.lines)


async def test_escape_goes_back_the_way_one_came(console: Open) -> None:
    async with console() as desk:
        await desk.press("3", "4", "7")
        assert [frame.name for frame in desk.app.trail] == ["live", "alerts", "fraud", "sites"]
        await desk.press("escape")
        assert "4 Fraud" in desk.lines[0]
        await desk.press("3")  # a screen that one came through is gone back to
        assert [frame.name for frame in desk.app.trail] == ["live", "alerts"]
        await desk.press("1")
        assert desk.app.frame is desk.app.live
        await desk.beat(5)
        assert "Board" in desk.text


async def test_screens_that_nobody_looks_at_ask_nothing(console: Open) -> None:
    async with console() as desk:
        before = len(desk.link.watches)
        for key in ("2", "3", "4", "5", "6", "7", "8", "9", "1") * 3:
            await desk.press(key)
        await desk.beat(5)
        assert len(desk.link.watches) == before


async def test_a_filter_is_kept_by_list_and_told_when_it_hides_all(console: Open) -> None:
    async with console() as desk:
        await desk.press("3", "slash")
        await desk.press(*"camera")
        await desk.beat(5)
        await desk.press("enter")
        await desk.beat(3)
        assert "/camera" in desk.text
        await desk.press("n")
        await desk.beat(3)
        assert "/camera" not in desk.text
        await desk.press("N", "slash")
        await desk.press(*" nothinglikethis")
        await desk.beat(5)
        assert "Nothing matches the filter" in desk.text
        assert desk.app.session.filters["alerts"]


async def test_leave_for_a_run_names_the_plan_that_was_seen(console: Open) -> None:
    async with console() as desk:
        await desk.press("6")
        await desk.beat(5)
        await desk.press("v")
        assert "Allow this run?" in desk.text
        await desk.press("n")
        assert desk.link.acts == []
        await desk.press("v", "y")
        assert desk.link.acts == [("approve", "run/R-00")]
        assert desk.link.params[-1] == {"plan": "0123456789abcdef"}


async def test_a_suspicion_is_judged_with_one_key(console: Open) -> None:
    async with console() as desk:
        await desk.press("4")
        await desk.beat(5)
        assert "v it is true" in desk.lines[-1]
        await desk.press("x")
        assert desk.link.acts == [("judge", "fraud/F-00")]
        assert desk.link.params[-1] == {"verdict": "false_positive"}


async def test_what_cannot_be_taken_is_said(console: Open) -> None:
    async with console() as desk:
        await desk.press("7")
        await desk.beat(5)
        await desk.press("a")
        assert "Only alerts and incidents" in desk.text
        assert desk.link.acts == []


async def test_a_comment_is_asked_for_and_sent(console: Open) -> None:
    async with console() as desk:
        await desk.press("2")
        await desk.beat(5)
        await desk.press("c")
        assert "Comment" in desk.text
        await desk.press(*"gate", "space", *"open", "enter")
        assert desk.link.acts == [("comment", "incident/I-00")]
        assert desk.link.notes[-1] == "gate open"


async def test_the_menu_names_every_list_and_opens_it(console: Open) -> None:
    async with console() as desk:
        await desk.press("0")
        for place in PLACES:
            assert place.title in desk.text
        await desk.press("j", "j", "j", "enter")
        await desk.beat(5)
        assert desk.app.frame.name != "live"


async def test_rows_are_written_as_a_file_of_their_owner(
    console: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with console() as desk:
        await desk.press("3")
        await desk.beat(5)
        await desk.press("w")
        (found,) = written(tmp_path)
        lines = found.read_text().splitlines()
        assert len(lines) == 41
        assert lines[0].startswith("ref,severity,prio")
        assert found.stat().st_mode & 0o777 == 0o600
        await desk.press("w")
        assert len(written(tmp_path)) == 2


async def test_what_was_told_can_be_read_again(console: Open) -> None:
    async with console() as desk:
        await desk.press("a")
        await desk.beat(3)
        await desk.press("semicolon")
        assert "What this console told" in desk.text
        assert "Acknowledged" in desk.text


async def test_a_read_only_console_refuses_and_says_so(console: Open) -> None:
    async with console(read_only=True) as desk:
        await desk.press("6")
        await desk.beat(5)
        await desk.press("v")
        assert "read-only" in desk.text
        assert desk.link.acts == []


async def test_other_keys_hold_on_every_screen() -> None:
    link = FakeLink()
    app = NocApp(link, session=Session(), auto_tick=False, remember=False, keymap=Keymap({"screen_alerts": ["f3"]}))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("3")
        assert app.frame is app.live
        await pilot.press("f3")
        assert app.frame.name == "alerts"
        await pilot.press("7", "f3")
        assert [frame.name for frame in app.trail] == ["live", "alerts"]


async def test_an_incident_is_taken_or_handed_over(console: Open) -> None:
    async with console() as desk:
        await desk.press("2")
        await desk.beat(5)
        await desk.press("T")
        assert desk.link.acts == [("take", "incident/I-00")]
        await desk.press("O")
        await desk.press(*"ann", "enter")
        assert desk.link.acts[-1] == ("assign", "incident/I-00")
        assert desk.link.params[-1] == {"assignee": "ann"}
