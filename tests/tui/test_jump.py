"""Jump letters, as an operator meets them."""

import pytest

from noc_tui.screens.jump import LETTERS, codes
from tests.tui.conftest import Desk, Open


@pytest.mark.parametrize("count", [0, 1, 26, 27, 51, 52, 80, 676])
def test_no_code_begins_another(count: int) -> None:
    given = codes(count)
    assert len(set(given)) == count
    assert not any(one != other and other.startswith(one) for one in given for other in given)
    assert all(set(one) <= set(LETTERS) for one in given)


def code_of(desk: Desk, key: str) -> str:
    letters = desk.app.live.board.list.letters
    return letters[key]


async def test_a_letter_selects_the_row_that_shows_it(console: Open) -> None:
    async with console() as desk:
        rows = desk.app.live.board.list.items
        await desk.press("f")
        code = code_of(desk, rows[3].ref)
        assert any(line.startswith(code) for line in desk.lines)
        assert "go to what shows the letter" in desk.lines[-1]
        await desk.press(*code)
        assert desk.app.live.board.list.selected == rows[3].ref
        assert not desk.app.live.board.list.letters
        assert "acknowledge" in desk.lines[-1]


async def test_letters_do_nothing_else_while_they_are_shown(console: Open) -> None:
    async with console() as desk:
        await desk.press("f", "a")  # a is a place to go, not an acknowledgement
        assert desk.link.acts == []
        await desk.press("a")
        assert len(desk.link.acts) == 1


async def test_the_first_letter_goes_to_the_next_pane(console: Open) -> None:
    async with console() as desk:
        await desk.press("f", LETTERS[0])
        assert desk.app.live.front == "context"


async def test_in_a_small_terminal_letters_stand_on_the_tabs(console: Open) -> None:
    async with console(size=(80, 24)) as desk:
        await desk.press("f")
        assert "sFeed" in desk.lines[1]
        await desk.press("s")
        assert desk.app.live.front == "feed"


async def test_letters_stay_with_their_rows_when_these_move(console: Open) -> None:
    async with console() as desk:
        await desk.press("f")
        target = desk.app.live.board.list.items[2].ref
        code = code_of(desk, target)
        await desk.seconds(20)
        await desk.press(*code)
        assert desk.app.live.board.list.selected == target


async def test_escape_stays_and_any_other_key_does_what_it_does(console: Open) -> None:
    async with console() as desk:
        first = desk.app.live.board.list.selected
        await desk.press("f", "escape")
        assert not desk.app.live.board.list.letters
        assert desk.app.live.board.list.selected == first
        await desk.press("f", "down")
        assert desk.app.live.board.list.selected == desk.app.live.board.list.items[1].ref


async def test_a_link_of_the_item_is_opened(console: Open) -> None:
    async with console() as desk:
        view = desk.app.live.context.view
        await desk.press("f")
        assert view.letters, "the item in full has links"
        key, code = next(iter(view.letters.items()))
        ref = next(line.ref for line in view.items if line.key == key)
        await desk.press(*code)
        assert desk.app.live.context.subject == ref
