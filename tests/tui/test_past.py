"""Time travel on the screen: another moment, a banner that cannot be missed, nothing that can be changed, and back."""

import pytest

from data import times
from noc_tui.moments import moment
from noc_tui.panes.past import PastView, banner, scrub
from noc_tui.text import ASCII, UNICODE, clock
from tests.support.fake_link import HOUR, START
from tests.support.fake_past import FakePast
from tests.tui.conftest import Desk, Open

MINUTE = HOUR // 60


async def travelled(desk: Desk, text: str = "-2h") -> FakePast:
    await desk.press(
        "ctrl+t", *("minus" if sign == "-" else "colon" if sign == ":" else sign for sign in text), "enter"
    )
    await desk.beat(2)
    [past] = desk.link.pasts
    past.arrive()
    await desk.beat(2)
    return past


async def test_every_pane_shows_the_other_moment_and_back(console: Open) -> None:
    async with console() as desk:
        before = desk.app.live.board.list.items[0].ref
        now = desk.link.now
        past = await travelled(desk)
        assert past.asked == [{"at": now - 2 * HOUR}]
        assert clock(now - 2 * HOUR) in desk.lines[0]
        assert [row.ref for row in desk.app.live.board.list.items] != [before]
        assert desk.app.live.board.list.items[0].ref in past.items
        assert desk.app.live.feed.list.items[-1].sequence == past.sequence
        await desk.press("L")
        await desk.beat(2)
        assert "PAST" not in desk.text
        assert desk.app.live.board.list.items[0].ref == before


async def test_the_banner_says_when_how_long_ago_and_how_to_come_back(console: Open) -> None:
    async with console() as desk:
        await travelled(desk)
        line = desk.lines[0]
        assert line.startswith(" PAST   2025-11-26 00:00:07 UTC   2 h 00 min before now")
        assert "nothing can be changed here" in line
        assert line.endswith("L goes back to now")


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (200, 60)])
async def test_the_banner_fills_the_first_line_at_any_size(console: Open, size: tuple[int, int]) -> None:
    async with console(size) as desk:
        await travelled(desk)
        width = size[0]
        strip = desk.app.screen._compositor.render_strips()[0]
        grounds = {segment.style.bgcolor for segment in strip.crop(0, width) if segment.style}
        assert len(grounds) == 1
        assert "PAST" in desk.lines[0]
        assert "L goes back to now" in desk.lines[0]


async def test_what_changes_things_is_refused_and_told_why(console: Open) -> None:
    async with console() as desk:
        past = await travelled(desk)
        await desk.press("a")
        assert "nothing can be changed in the past" in desk.text
        assert desk.link.acts == past.acts == []
        await desk.press("L")
        await desk.press("a")
        assert len(desk.link.acts) == 1


async def test_the_way_is_told_and_can_be_stopped(console: Open) -> None:
    async with console() as desk:
        await desk.press("ctrl+t", "minus", "2", "h", "enter")
        await desk.beat(2)
        assert "going to" in desk.lines[0]
        assert "34 % of 10k events   Esc stops here" in desk.lines[0]
        await desk.press("escape")
        assert desk.link.pasts[0].asked[-1] == {"stop": True}
        assert "PAST" in desk.lines[0]


async def test_how_long_a_way_will_take_is_told(console: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("noc_tui.screens.past.clock.monotonic", lambda: now[0])
    async with console((200, 60)) as desk:
        await desk.press("ctrl+t", "minus", "2", "h", "enter")
        await desk.beat(2)
        assert "more" not in desk.lines[0]
        past = desk.link.pasts[0]
        now[0] += 5
        past.done += 1_100
        past.tell()
        await desk.beat(2)
        assert "45 % of 10k events   about 25 s more" in desk.lines[0]


async def test_steps_go_back_and_on_and_can_be_longer_and_shorter(console: Open) -> None:
    async with console() as desk:
        past = await travelled(desk)
        await desk.press("left_square_bracket", "right_curly_bracket", "left_square_bracket")
        await desk.press("left_curly_bracket", "left_curly_bracket", "right_square_bracket")
        steps = [asked["by"] for asked in past.asked[1:]]
        assert steps == [-10 * MINUTE, -HOUR, MINUTE]


async def test_space_plays_faster_and_holds(console: Open) -> None:
    async with console() as desk:
        past = await travelled(desk)
        await desk.press("space", "greater_than_sign")
        assert [asked["speed"] for asked in past.asked[1:]] == [60, 300]
        past.go_on(90)
        await desk.beat(6)
        assert clock(START - 2 * HOUR + 90 * 1_000_000) in desk.lines[0]
        assert "plays ×300" in desk.lines[0]
        await desk.press("space")
        assert past.asked[-1] == {"speed": 0.0}
        assert not desk.app.desk.paused


async def test_escape_goes_back_step_by_step_and_last_of_all_to_now(console: Open) -> None:
    async with console() as desk:
        await travelled(desk)
        await desk.press("enter")
        await desk.press("escape")
        assert "PAST" in desk.lines[0]
        await desk.press("escape")
        await desk.beat(2)
        assert "PAST" not in desk.text


async def test_what_burns_now_is_told_in_the_past(console: Open) -> None:
    async with console() as desk:
        await travelled(desk)
        assert "NOW" not in desk.lines[0]
        kinds = {row.severity for row in desk.link.items.values()}
        for _ in range(400):
            desk.link.step()
            if sum(row.severity == 5 for row in desk.link.items.values()) > 6:
                break
        assert 5 in kinds
        await desk.beat(2)
        assert "new CRITICAL" in desk.lines[0]


async def test_a_click_on_the_line_goes_there(console: Open) -> None:
    async with console() as desk:
        past = await travelled(desk)
        line = desk.lines[1]
        begins, ends = past.journey.page.begins, past.journey.page.ends
        left, right = line.index("14:00") + 6, line.index(" 02:00")
        await desk.pilot.click("#past", offset=(left + (right - left) // 4, 1))
        quarter = begins + (ends - begins) // 4
        assert abs(past.asked[-1]["at"] - quarter) <= (ends - begins) / (right - left)
        asked = len(past.asked)
        await desk.pilot.click("#past", offset=(2, 1))
        await desk.pilot.click("#past", offset=(40, 0))
        assert len(past.asked) == asked


async def test_other_screens_show_the_past_too(console: Open) -> None:
    async with console() as desk:
        await travelled(desk)
        await desk.press("3")
        await desk.beat(3)
        assert "PAST" in desk.lines[0]
        await desk.press("L")
        await desk.beat(3)
        assert "PAST" not in desk.text


async def test_a_second_journey_goes_on_with_the_same_machine(console: Open) -> None:
    async with console() as desk:
        await travelled(desk)
        await desk.press("L")
        await travelled(desk, "-3h")
        assert len(desk.link.pasts) == 1


async def test_a_machine_that_broke_says_so(console: Open) -> None:
    async with console() as desk:
        past = await travelled(desk)
        past.broken = "time travel broke off: the database is damaged"
        past.tell()
        await desk.beat(2)
        assert "the database is damaged" in desk.lines[0]
        await desk.press("L")
        assert "PAST" not in desk.text


@pytest.mark.parametrize("text", ["yesterday", "25:00", "-2", "2026-13-01", ""])
def test_what_is_no_moment_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="no moment such as 02:30"):
        moment(text, START)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2025-11-26T02:00:07Z"),
        ("-2h", "2025-11-26T00:00:07Z"),
        ("- 1h 30m", "2025-11-26T00:30:07Z"),
        ("-0.5d", "2025-11-25T14:00:07Z"),
        ("01:30", "2025-11-26T01:30:00Z"),
        ("02:30", "2025-11-25T02:30:00Z"),
        ("9:05:06", "2025-11-25T09:05:06Z"),
        ("2025-11-20", "2025-11-20T00:00:00Z"),
        ("2025-11-20 04:05", "2025-11-20T04:05:00Z"),
        ("2025-11-20T04:05:06+01:00", "2025-11-20T03:05:06Z"),
    ],
)
def test_moments_as_people_write_them(text: str, expected: str) -> None:
    assert moment(text, START) == times.parse(expected)


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("room", [58, 78, 118, 198])
def test_the_scrub_line_has_its_width_and_marks_where_one_is(glyphs: object, room: int) -> None:
    from tests.support.fake_link import FakeLink

    past = FakePast(FakeLink())
    past.goal = past.live.now - 6 * HOUR
    past.arrive()
    view = PastView(past.watch_journey().page, past.live.now, 10 * MINUTE)
    assert glyphs in (UNICODE, ASCII)
    chosen = ASCII if glyphs is ASCII else UNICODE
    line = "".join(text for text, _ in scrub(view, chosen, room))
    assert len(line) == room
    assert chosen.down in line
    assert line.startswith("14:00")
    assert "PAST" in banner(view, chosen)[0].cells[0][0]
