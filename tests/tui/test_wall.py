"""The wall: pages turn, what burns comes first, old pictures say so, and nothing grows."""

import gc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.settings.wall import WallSettings
from engine.views import Board
from noc_tui.text import ASCII, UNICODE
from noc_tui.wall import pages
from noc_tui.wall.app import WallApp
from noc_tui.wall.big import HEIGHT, big
from noc_tui.wall.rotation import Rotation
from tests.support.fake_link import FakeLink

SIZES = [(80, 24), (120, 40), (200, 60), (300, 100)]


def test_pages_turn_after_their_seconds_and_empty_ones_are_skipped() -> None:
    wall = Rotation(("now", "incidents", "heat", "feed"), 10)
    shown = []
    for second in range(61):
        wall.beat(second, {"heat"}, ())
        shown.append(wall.page)
    assert [shown[at] for at in (0, 9, 10, 20, 30, 40)] == ["now", "now", "incidents", "feed", "now", "incidents"]
    assert "heat" not in shown


def test_what_is_new_and_burns_is_shown_at_once_for_twice_as_long_and_once_only() -> None:
    wall = Rotation(("now", "incidents", "feed"), 10)
    wall.beat(0, (), ["incident/I-old"])  # it burned when the wall was hung
    assert wall.beat(3, (), ["incident/I-old"]) is False
    assert wall.beat(4, (), ["incident/I-old", "incident/I-new"]) is True
    assert (wall.page, wall.burns) == ("incidents", {"incident/I-new"})
    assert wall.beat(5, (), ["incident/I-old", "incident/I-new"]) is False
    wall.beat(23, (), ["incident/I-new"])
    assert wall.page == "incidents"
    wall.beat(24, (), ["incident/I-new"])
    assert (wall.page, wall.burns) == ("feed", frozenset())


@given(st.lists(st.tuples(st.floats(0.1, 9), st.sets(st.sampled_from("abc")), st.sets(st.sampled_from("xyz")))))
def test_there_is_always_a_page(beats: list[tuple[float, set[str], set[str]]]) -> None:
    wall, now = Rotation(("a", "b", "c"), 5, jump_to="b"), 0.0
    for wait, empty, burning in beats:
        now += wait
        wall.beat(now, empty, burning)
        assert wall.page in wall.pages
        assert 0 <= wall.left(now) <= 10.001


def test_figures_are_five_lines_of_one_width() -> None:
    for text in ("0", "17", "1234567890", "3.5k", "-2h"):
        assert len(big(text)) == HEIGHT
        assert len({len(line) for line in big(text)}) == 1


def wall(link: FakeLink, **settings: Any) -> WallApp:
    return WallApp(link, WallSettings(**settings), auto_beat=False)


def text_of(app: WallApp) -> list[str]:
    return ["".join(text for text, _ in line) for line in app.face.shown]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("page", pages.NAMES)
async def test_every_page_fits_every_size(width: int, height: int, page: str) -> None:
    link = FakeLink()
    app = wall(link, pages=(page,))
    async with app.run_test(size=(width, height)):
        for _ in range(4):
            link.step()
            app.beat()
        lines = text_of(app)
        assert len(lines) == height
        assert max(len(line) for line in lines) <= width
        assert pages.TITLES[page] in lines[0]
        assert sum(bool(line.strip()) for line in lines) > 4 or page == "trend"  # which needs minutes to have passed


async def test_a_silent_engine_makes_the_picture_old_and_its_return_takes_that_back() -> None:
    link = FakeLink()
    app = wall(link)
    async with app.run_test(size=(120, 40)):
        link.step()
        app.beat()
        assert not any("OLD" in line for line in text_of(app))
        for _ in range(61):
            app.beat()
        assert "THIS PICTURE IS OLD" in text_of(app)[1]
        link.step()
        app.beat()
        assert not any("OLD" in line for line in text_of(app))


async def test_keys_do_nothing_but_q_leaves_with_exit_code_0() -> None:
    app = wall(FakeLink())
    async with app.run_test(size=(120, 40)) as pilot:
        before = app.rotation.page
        await pilot.press("j", "a", "enter", "colon", "tab", "escape", "2")
        assert app.is_running
        assert app.rotation.page == before
        await pilot.press("q")
    assert app.return_value == 0


async def test_a_small_window_is_told_so() -> None:
    app = wall(FakeLink())
    async with app.run_test(size=(40, 10)):
        app.beat()
        assert any("needs 60x12" in line for line in text_of(app))


async def test_colours_follow_the_hour_of_the_operation() -> None:
    link = FakeLink()
    app = wall(link, dim_from=1, dim_to=5, theme="light", dim_theme="dark")  # the fake operation begins at 02:00
    async with app.run_test(size=(120, 40)):
        for _ in range(12):
            link.step()
            app.beat()
        assert app.theme == "dark"


async def test_ten_thousand_beats_leave_nothing_behind() -> None:
    link = FakeLink()
    app = wall(link, page_seconds=2_000_000)
    async with app.run_test(size=(80, 24)):
        for _ in range(500):
            link.step()
            app.beat()
        gc.collect()
        before = len(gc.get_objects())
        for _ in range(10_000):
            app.beat()
        gc.collect()
        assert len(gc.get_objects()) - before < 500


def test_nothing_open_is_told_in_words() -> None:
    seen = pages.Seen(None, Board(1, (), 0, 0, 0), None, None, (), frozenset(), ASCII)
    lines = pages.now_page(seen, 80, 24)
    assert any("nothing waits for anybody" in text for line in lines for text, _ in line)
    assert any("Nothing is open." in text for line in lines for text, _ in line)
    assert pages.ribbon(seen, 80) == ((" nothing open", "ok"),)
    assert pages.empty(seen) == {"incidents", "heat", "feed", "trend"}


def test_ascii_draws_with_ascii_only() -> None:
    seen = pages.Seen(None, None, None, None, tuple((n, n) for n in range(30)), frozenset(), ASCII)
    told = "".join(text for line in pages.trend_page(seen, 80, 20) for text, _ in line)
    assert told.isascii()
    assert not "".join(
        text for line in pages.trend_page(seen._replace(glyphs=UNICODE), 80, 20) for text, _ in line
    ).isascii()
