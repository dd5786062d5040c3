"""Filters with a name, on the console and on the command line; how a filter is completed and its errors shown."""

from pathlib import Path

import msgspec
import pytest

from engine.query import QueryError, parse
from engine.query.schemas import ITEMS
from noc_tui import saved
from noc_tui.cli import main
from noc_tui.saved import View
from noc_tui.widgets.filter_bar import PROMPT, pointed
from tests.tui.conftest import Desk, Open


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(saved, "place", lambda: tmp_path / "noc" / "views.json")
    return tmp_path / "noc" / "views.json"


def test_views_are_kept_readable_by_the_owner_only_and_found_again(folder: Path) -> None:
    saved.save("night", View("board", "severity>=high !acked", "newest"))
    saved.save("doors", View("feed", "type:DOOR_*"))
    assert list(saved.load()) == ["doors", "night"]
    assert folder.stat().st_mode & 0o777 == 0o600
    assert saved.remove("doors")
    assert not saved.remove("doors")
    assert saved.load() == {"night": View("board", "severity>=high !acked", "newest")}


@pytest.mark.parametrize("name", ["", "a b", "../x", "-x", "x" * 41])
def test_a_name_is_a_word(name: str) -> None:
    with pytest.raises(saved.BadNameError):
        saved.save(name, View("board", ""))


def test_a_damaged_file_holds_none_and_is_replaced(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("{oops")
    assert saved.load() == {}
    saved.save("a", View("board", "x"))
    assert list(saved.load()) == ["a"]


def test_the_command_line_saves_lists_and_removes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["views", "list"]) == 0
    assert "no saved views" in capsys.readouterr().err
    assert main(["views", "save", "night", "severity>=high !acked", "--order", "newest"]) == 0
    assert main(["views", "list", "--json"]) == 0
    row = {"name": "night", "pane": "board", "filter": "severity>=high !acked", "order": "newest"}
    assert msgspec.json.decode(capsys.readouterr().out) == [row]
    assert main(["views", "list"]) == 0
    assert "night" in capsys.readouterr().out
    assert main(["views", "remove", "nigt"]) == 1
    assert "there are: night" in capsys.readouterr().err
    assert main(["views", "remove", "night"]) == 0


def test_a_filter_that_cannot_be_used_is_shown_with_a_caret(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["views", "save", "x", "site:S1 sevrity>=high"]) == 2
    told = capsys.readouterr().err.splitlines()
    at = next(number for number, line in enumerate(told) if line.strip() == "^")
    assert told[at].index("^") - told[at - 1].index("site") == len("site:S1 ")
    assert "severity" in told[at + 1]
    assert saved.load() == {}


async def run_command(desk: Desk, words: str) -> None:
    await desk.press("colon")
    for letter in words:
        await desk.pilot.press("space" if letter == " " else letter)
    for _ in range(20):
        await desk.pilot.pause(0.02)
    await desk.pilot.press("enter")
    for _ in range(5):
        await desk.pilot.pause(0.02)
    await desk.beat(10)


async def test_the_console_saves_and_opens_a_view(console: Open) -> None:
    async with console() as desk:
        desk.app.live.board.set_filter("severity>=high")
        desk.app.live.board.set_order("newest")
        await desk.beat(10)
        await run_command(desk, "view save grave")
        assert saved.load() == {"grave": View("board", "severity>=high", "newest")}
        desk.app.live.board.clear_filter()
        desk.app.live.board.set_order("priority")
        await desk.beat(10)
        await run_command(desk, "view grave")
        assert desk.app.live.board.where == "severity>=high"
        assert desk.app.session.order == "newest"
        assert {row.severity for row in desk.app.live.board.list.items} <= {4, 5}


async def test_tab_completes_fields_then_values_that_occur(console: Open) -> None:
    async with console() as desk:
        await desk.press("slash", "s", "i", "t", "tab")
        bar = desk.app.live.board.bar
        assert bar is not None
        assert bar._input.value == "site:"
        await desk.press("tab")
        first = bar._input.value
        sites = sorted({site for row in desk.link.items.values() for site in row.sites})
        assert first == f"site:{sites[0]}"
        assert sites[1] in desk.text
        await desk.press("tab")
        assert bar._input.value == f"site:{sites[1]}"
        await desk.press("enter")
        await desk.beat(10)
        assert all(sites[1] in row.sites for row in desk.app.live.board.list.items)


async def test_an_error_stands_under_the_place_it_is_about(console: Open) -> None:
    async with console() as desk:
        await desk.press("slash", *"a ", *"foo", "colon", "1")
        await desk.beat(10)
        line = next(line for line in desk.lines if "there is no field" in line)
        typed = next(line for line in desk.lines if "foo:1" in line and "not usable" not in line)
        assert line.index("^") == typed.index("foo:1")


def test_a_caret_moves_behind_the_words_where_there_is_no_room_after_it() -> None:
    text = f"{'x' * 70} sevrity>=high"
    with pytest.raises(QueryError) as wrong:
        parse(text).compile(ITEMS)
    line = pointed(str(wrong.value), 100)
    assert line.endswith("^")
    assert pointed("no place is named", 80) == "no place is named"
    short = "bad (at character 3): why"
    assert pointed(short, 80) == f"{' ' * (PROMPT + 2)}^ bad: why"
    assert pointed(short, 10) == short
    long = f"bad (at character 3): {'why ' * 20}"
    assert pointed(long, 60).startswith(f"{' ' * (PROMPT + 2)}^ bad: why")
    assert len(pointed(long, 60)) == 60
