"""What somebody who never saw the console stumbled on, each mended: what is acted on is what was looked at, keys work
where the screen offers them, words are whole."""

import csv
from pathlib import Path

import msgspec
import pytest

from noc_tui import saved
from noc_tui.app import NocApp
from noc_tui.keymap import Keymap
from noc_tui.panes.listing import sought
from noc_tui.session import Session
from tests.support.fake_link import FakeLink
from tests.tui.conftest import Desk, Open


def selected(desk: Desk) -> str | None:
    return desk.app.frame.deeds.lines().selected  # type: ignore[union-attr]


def written(folder: Path, name: str) -> list[list[str]]:
    return list(csv.reader(next(folder.glob(f"noc-{name}-*.csv")).read_text().splitlines()))


@pytest.mark.parametrize("keys", [("enter",), ("tab",), ("c", "escape")])
async def test_from_the_first_key_on_the_selection_stays_with_its_item(console: Open, keys: tuple[str, ...]) -> None:
    async with console() as desk:
        looked_at = selected(desk)
        await desk.press(*keys)
        await desk.seconds(40)
        assert selected(desk) == looked_at
        assert desk.app.live.context.subject == looked_at


async def test_after_acting_on_a_row_comes_the_next_one(console: Open) -> None:
    async with console() as desk:
        rows = [row.ref for row in desk.app.live.board.list.items]
        await desk.press("s")
        assert desk.link.acts == [("snooze", rows[0])]
        assert selected(desk) == rows[1]


async def test_what_a_filter_hides_is_not_kept_as_a_ghost(console: Open) -> None:
    async with console() as desk:
        await desk.press("j", "j", "slash", *"nosuchword", "enter")
        await desk.beat(5)
        assert "Nothing matches the filter" in desk.text


async def test_what_was_wrong_with_a_filter_is_gone_when_it_is_mended(console: Open) -> None:
    async with console() as desk:
        await desk.press("slash", *"zzqq")
        bar = desk.app.live.board.bar
        assert bar is not None
        bar.complain("there is no field 'sit'")  # the answer to what was typed before comes late
        await desk.beat(1)
        assert "there is no field" in desk.text
        bar.complain(None)
        await desk.beat(1)
        assert "there is no field" not in desk.text


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=["tabs", "panes"])
async def test_an_alert_is_silenced_where_alerts_are_listed(console: Open, size: tuple[int, int]) -> None:
    async with console(size=size) as desk:
        await desk.press("3")
        await desk.beat(8)
        ref = selected(desk)
        assert size[0] == 80 or "S silence 1h" in desk.lines[-1]
        await desk.press("S")
        assert desk.link.acts == [("silence", ref)]
        assert "matchers" not in desk.link.params[0]  # the engine knows what exactly this alert is
        assert desk.link.params[0]["duration"] == "1h"


async def test_the_next_list_is_reached_from_every_pane(console: Open) -> None:
    async with console() as desk:
        await desk.press("4", "tab", "tab")
        assert desk.app.frame.front != "list"
        await desk.press("n")
        await desk.beat(4)
        assert "Watch-list" in desk.lines[1]
        assert desk.app.frame.front == "list"


async def test_a_key_that_means_nothing_here_says_so(console: Open) -> None:
    async with console() as desk:
        await desk.press("n")
        assert "does nothing here" in desk.lines[-1]


async def test_marks_are_offered_only_where_many_can_be_acted_on(console: Open) -> None:
    async with console(size=(200, 60)) as desk:
        await desk.press("3")
        await desk.beat(5)
        assert "m mark" in desk.lines[-1]
        await desk.press("7")
        await desk.beat(5)
        assert "m mark" not in desk.lines[-1]


@pytest.mark.parametrize(("word", "found"), [("export", "Write to a file"), ("clipboard", "Copy"), ("slow", "Slower")])
async def test_the_palette_finds_what_is_told_of_an_action(console: Open, word: str, found: str) -> None:
    async with console() as desk:
        await desk.press("colon")
        await desk.pilot.pause(0.1)
        await desk.press(*word)
        await desk.pilot.pause(0.4)
        assert found in desk.text


async def test_help_tells_the_whole_of_every_key_at_100_columns(console: Open) -> None:
    async with console(size=(100, 60)) as desk:
        await desk.press("question_mark")
        seen = ""
        for _ in range(4):
            seen += " ".join(line.strip(" │┃") for line in desk.lines if line.startswith("│"))
            await desk.press("pagedown")
        assert "getting worse ends it. u takes it back." in " ".join(seen.split())
        assert "…" not in seen


async def test_while_a_filter_is_typed_what_may_follow_stands_below(console: Open) -> None:
    async with console() as desk:
        await desk.press("slash", *"sev")
        line = next(line for line in desk.lines if "Tab" in line)
        assert "severity" in line
        await desk.press("tab")
        bar = desk.app.live.board.bar
        assert bar is not None
        assert bar._input.value.startswith("severity")


@pytest.mark.parametrize("key", ["c", "R", "O"])
async def test_a_window_names_what_it_is_about_and_its_keys(console: Open, key: str) -> None:
    async with console(size=(200, 60)) as desk:
        row = desk.app.live.board.list.current
        assert row is not None
        await desk.press(key)
        await desk.pilot.pause()
        box = " ".join(" ".join(desk.lines[20:45]).split())
        assert " ".join(row.title.split()[:3]) in box
        assert "Enter does it" in box


async def test_rows_of_board_and_feed_are_written_as_csv(
    console: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with console() as desk:
        await desk.press("w")
        await desk.press("tab", "tab", "w")
        shown = [row.title for row in desk.app.live.board.list.items]
    board, feed = written(tmp_path, "board"), written(tmp_path, "feed")
    assert [row[4] for row in board[1:]] == shown
    assert feed[0] == ["time", "severity", "kind", "site", "what", "about"]
    assert len(feed) > 10


@pytest.mark.parametrize(
    "keys", [(), ("question_mark",), ("0",), ("c",), ("slash", "s"), ("8", "tab"), ("semicolon",), ("colon",)]
)
async def test_in_ascii_mode_whatever_is_drawn_is_ascii(keys: tuple[str, ...]) -> None:
    app = NocApp(FakeLink(), session=Session(), auto_tick=False, remember=False, ascii_only=True, keymap=Keymap())
    async with app.run_test(size=(100, 30)) as pilot:
        desk = Desk(app, app.link, pilot)  # type: ignore[arg-type]
        await desk.beat(12)
        await desk.press(*keys)
        await pilot.pause(0.2)
        await desk.beat(3)
        wrong = sorted({sign for sign in desk.text if not sign.isascii()})
        assert wrong == []


async def test_a_view_of_any_list_is_saved_with_a_key_and_comes_back(
    console: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved, "place", lambda: tmp_path / "views.json")
    async with console() as desk:
        await desk.press("3", "slash", *"camera", "enter", "V")
        await desk.press(*"cams", "enter")
        assert saved.load()["cams"] == saved.View("alerts", "camera")
        await desk.press("1")
        desk.app.frame.deeds.open_view("cams")
        await desk.beat(5)
        assert "3 Alerts" in desk.lines[0]
        assert "/camera" in desk.text


async def test_what_is_handed_to_me_is_told(console: Open) -> None:
    async with console() as desk:
        desk.link.actor = "ann"  # type: ignore[attr-defined]
        ref, row = next((ref, row) for ref, row in desk.link.items.items() if row.owner != "ann")
        desk.link.items[ref] = msgspec.structs.replace(row, owner="ann")
        await desk.seconds(2)
        assert "is yours now" in desk.lines[-1]


async def test_what_was_said_on_a_screen_is_gone_when_one_comes_back(console: Open) -> None:
    async with console() as desk:
        await desk.press("y")
        assert "copied" in desk.lines[-1]
        await desk.press("2", "1")
        await desk.beat(2)
        assert "copied" not in desk.lines[-1]


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("uplink !acked severity>=high", ("uplink",)),
        ('text~"both uplinks" site:S007', ("both uplinks", "S007")),
        ("type:DOOR_* or -camera age<2h", ("DOOR_",)),
    ],
)
def test_the_words_that_a_filter_looks_for(where: str, words: tuple[str, ...]) -> None:
    assert sought(where) == words


async def test_what_a_filter_found_stands_out_in_the_rows(console: Open) -> None:
    async with console() as desk:
        await desk.press("slash", *"uplink", "enter")
        await desk.beat(8)
        lines = desk.app.live.board.list
        found = [one for y in range(1, 6) for one in lines.render_line(y) if one.text.casefold() == "uplink"]
        assert found
        assert all(one.style is not None and one.style.underline for one in found)
        await desk.press("escape", "escape")
        await desk.beat(8)
        assert not any(one.style and one.style.underline for y in range(1, 6) for one in lines.render_line(y))


async def test_a_range_is_marked_and_acted_on_at_once(console: Open) -> None:
    async with console() as desk:
        rows = [row.ref for row in desk.app.live.board.list.items]
        await desk.press("m", "j", "j", "M", "A")
        assert desk.link.params[0]["targets"].split(",") == rows[:4]
