"""What an operator notices on the live screen."""

from noc_tui.session import Session
from tests.support.fake_link import FakeLink
from tests.tui.conftest import Desk, Open


def selected(desk: Desk) -> str | None:
    return desk.app.live.board.list.selected


async def test_the_most_pressing_item_is_on_top_and_explained(console: Open) -> None:
    async with console() as desk:
        rows = desk.app.live.board.list.items
        assert selected(desk) == rows[0].ref
        assert rows[0].priority == max(row.priority for row in rows if row.state == "NEW")
        assert "Call the site on shift" in desk.text
        assert rows[0].ref in desk.text


async def test_before_the_first_page_the_panes_say_that_they_wait(console: Open) -> None:
    async with console(late=1) as desk:
        assert desk.text.count("Waiting for the engine") >= 3
        await desk.seconds(2)
        assert "Waiting for the engine" not in desk.text


async def test_selection_stays_with_its_item_when_rows_move(console: Open) -> None:
    async with console() as desk:
        await desk.press("j", "j", "j")
        held = selected(desk)
        for _ in range(20):
            await desk.seconds()
        assert selected(desk) == held


async def test_untouched_the_selection_stays_on_top(console: Open) -> None:
    async with console() as desk:
        await desk.seconds(30)
        assert selected(desk) == desk.app.live.board.list.items[0].ref


async def test_a_vanished_item_stays_as_a_ghost_until_the_selection_moves(console: Open) -> None:
    async with console() as desk:
        await desk.press("j", "j")
        held = selected(desk)
        assert held is not None
        desk.link.vanish(held)
        await desk.beat(4)
        assert selected(desk) == held
        assert "gone from the board" in desk.text
        await desk.press("j")
        assert held not in [row.ref for row in desk.app.live.board.list.items]
        assert "gone from the board" not in desk.text


async def test_acknowledge_says_what_was_done_goes_on_and_can_be_undone(console: Open) -> None:
    async with console() as desk:
        await desk.press("j")
        target = selected(desk)
        assert target is not None
        await desk.press("a")
        assert desk.link.acts == [("acknowledge", target)]
        assert desk.link.items[target].state == "ACKNOWLEDGED"
        assert target in desk.lines[-1]
        assert "takes it back" in desk.lines[-1]
        assert selected(desk) != target
        await desk.press("u")
        assert desk.link.items[target].state == "NEW"
        assert "Taken back" in desk.lines[-1]


async def test_nothing_to_undo_is_said(console: Open) -> None:
    async with console() as desk:
        await desk.press("u")
        assert "nothing to undo" in desk.lines[-1]


async def test_a_refusal_names_its_reason(console: Open) -> None:
    async with console() as desk:
        target = selected(desk)
        assert target is not None
        desk.link.refuse.add(target)
        await desk.press("a")
        assert "Refused" in desk.lines[-1]
        assert "belongs to somebody else" in desk.lines[-1]


async def test_marked_items_are_acknowledged_together_and_undone_together(console: Open) -> None:
    async with console() as desk:
        await desk.press("m", "m", "m")
        assert "3 marked" in desk.text
        await desk.press("A")
        assert len(desk.link.acts) == 1, "one command, which is undone as one"
        assert "3 of 3 items" in desk.lines[-1]
        await desk.press("u")
        taken = [row.state for row in desk.link.items.values()].count("ACKNOWLEDGED")
        assert taken == 3  # those of the beginning


async def test_read_only_refuses_with_a_reason_and_a_badge(console: Open) -> None:
    async with console(read_only=True) as desk:
        assert "read-only" in desk.lines[0]
        await desk.press("a")
        assert desk.link.acts == []
        assert "read-only" in desk.lines[-1]


async def test_pause_holds_the_lists_and_counts_what_is_new(console: Open) -> None:
    async with console() as desk:
        await desk.press("p")
        before = desk.app.live.feed.list.items[-1]
        await desk.seconds(10)
        assert desk.app.live.feed.list.items[-1] == before
        new = desk.app.live.feed.waiting
        assert new > 2
        assert f"{new} new" in desk.text
        assert "PAUSED" in desk.lines[0]
        await desk.press("space")
        await desk.beat(5)
        assert desk.app.live.feed.list.items[-1] != before
        assert "PAUSED" not in desk.lines[0]


async def test_moving_up_in_the_feed_holds_it_and_g_follows_again(console: Open) -> None:
    async with console() as desk:
        await desk.press("tab", "tab")
        assert desk.app.live.front == "feed"
        await desk.press("k", "k")
        held = desk.app.live.feed.list.selected
        await desk.seconds(8)
        assert desk.app.live.feed.list.selected == held
        assert " held" in desk.text
        assert " new" in desk.text
        await desk.press("G")
        assert "follows" in desk.text
        assert desk.app.live.feed.list.selected == str(desk.link.sequence)


async def test_filter_hides_counts_and_clears(console: Open) -> None:
    async with console() as desk:
        await desk.press("slash", *"S012")
        await desk.press("enter")
        await desk.press("slash")
        for _ in range(4):
            await desk.press("backspace")
        await desk.press(*"severity", "greater_than_sign", "equals_sign", *"high", "enter")
        rows = desk.app.live.board.list.items
        assert rows
        assert all(row.severity >= 4 for row in rows)
        assert f"{len(desk.link.items) - len(rows)} hidden" in desk.text
        await desk.press("slash", "escape")
        assert len(desk.app.live.board.list.items) == len(desk.link.items)


async def test_panes_that_grow_by_themselves_leave_the_hands_in_the_filter(console: Open) -> None:
    async with console() as desk:
        await desk.press("slash", *"S0")
        live = desk.app.live
        live.rearrange(live.app.size.width - 1, live.app.size.height)  # as when the heat map needs another row
        await desk.press(*"12", "enter")
        assert live.board.where == "S012"


async def test_a_wrong_filter_says_where_and_keeps_the_list(console: Open) -> None:
    async with console() as desk:
        before = len(desk.app.live.board.list.items)
        await desk.press("slash", *"colour", "colon", "x")
        await desk.beat(4)
        assert "^ there is no field 'colour'" in desk.text
        await desk.press("enter")
        assert desk.app.live.board.bar is not None
        assert desk.app.live.board.bar.is_open
        assert len(desk.app.live.board.list.items) == before


async def test_an_empty_list_names_the_filter_and_the_key(console: Open) -> None:
    async with console() as desk:
        await desk.press("slash", *"nosuchword", "enter")
        assert "Nothing matches the filter" in desk.text
        assert "Press / then Esc" in desk.text


async def test_a_quiet_night_says_so(console: Open) -> None:
    async with console(quiet=True) as desk:
        assert "silenced or in maintenance" in desk.text
        assert "Nothing has happened yet" in desk.text
        assert "nothing open" in desk.lines[0]


async def test_keys_typed_into_the_filter_are_text(console: Open) -> None:
    async with console() as desk:
        await desk.press("slash", *"qajz")
        await desk.beat(4)
        assert desk.app.is_running
        assert desk.link.acts == []
        assert desk.app.live.board.where == "qajz"


async def test_enter_opens_and_escape_comes_back_the_same_way(console: Open) -> None:
    async with console() as desk:
        live = desk.app.live
        await desk.press("enter")
        assert live.front == "context"
        alert = next(index for index, line in enumerate(live.view.items) if line.ref and line.ref.startswith("alert/"))
        for _ in range(alert):
            await desk.press("j")
        await desk.press("enter")
        assert live.context.trail == [live.view.ref or live.context.trail[-1]]
        await desk.press("escape")
        assert live.context.trail == []
        await desk.press("escape")
        assert live.front == "board"


async def test_moving_on_the_board_leaves_what_was_opened_elsewhere(console: Open) -> None:
    async with console() as desk:
        live = desk.app.live
        await desk.press("tab", "tab", "k", "enter")
        opened = live.context.subject
        assert opened
        assert opened.startswith("alert/")
        await desk.press("shift+tab", "j")
        await desk.beat(4)
        assert live.context.subject == selected(desk)


async def test_holding_a_key_down_does_not_fetch_every_item_in_passing(console: Open) -> None:
    async with console() as desk:
        asked: list[str] = []
        watch = desk.link.watch_item
        desk.link.watch_item = lambda ref: (asked.append(ref), watch(ref))[1]  # type: ignore[method-assign]
        for _ in range(8):
            await desk.press("j")
        await desk.beat(4)
        assert asked == [selected(desk)]


async def test_a_site_of_the_heat_map_becomes_the_filter(console: Open) -> None:
    async with console() as desk:
        live = desk.app.live
        await desk.press("tab", "tab", "tab", "j", "enter")
        site = live.heat.grid.selected
        assert live.front == "board"
        assert live.board.where == live.feed.where == f"site:{site}"
        await desk.press("escape")
        await desk.press("escape")
        assert live.board.where == ""


async def test_next_critical_goes_round(console: Open) -> None:
    async with console() as desk:
        seen = []
        for _ in range(20):
            await desk.press("e")
            row = desk.app.live.board.list.current
            assert row is not None
            assert row.severity == 5
            seen.append(row.ref)
        assert len(set(seen)) < len(seen)


async def test_orders_change_the_board(console: Open) -> None:
    async with console() as desk:
        await desk.press("o", "o")
        assert "by newest" in desk.text
        rows = [row for row in desk.app.live.board.list.items if row.state == "NEW"]
        assert [row.opened_at for row in rows] == sorted((row.opened_at for row in rows), reverse=True)


async def test_zoom_shows_one_pane_and_comes_back(console: Open) -> None:
    async with console() as desk:
        await desk.press("z")
        assert list(desk.app.live.plan.boxes) == ["board"]
        assert not desk.app.live.feed.awake
        await desk.press("z")
        assert len(desk.app.live.plan.boxes) == 4
        await desk.press("plus")
        width = desk.app.live.plan.boxes["board"].width
        await desk.press("underscore")
        assert desk.app.live.plan.boxes["board"].width < width


async def test_hidden_panes_ask_the_engine_nothing(console: Open) -> None:
    async with console((80, 24)) as desk:
        assert len(desk.link.watches) == 2  # health and the board
        await desk.press("tab")
        assert desk.app.live.front == "context"
        assert len(desk.link.watches) == 2
        await desk.press("q")
        assert desk.link.watches == []


async def test_tabs_and_titles_can_be_clicked(console: Open) -> None:
    async with console((80, 24)) as desk:
        await desk.pilot.click("#tabs", offset=(desk.lines[1].index("Feed") + 1, 0))
        assert desk.app.live.front == "feed"
    async with console() as desk:
        await desk.pilot.click(desk.app.live.heat.title_line)
        assert desk.app.live.front == "heat"
        await desk.pilot.click(desk.app.live.board.list, offset=(20, 4))
        assert desk.app.live.front == "board"
        assert selected(desk) == desk.app.live.board.list.items[3].ref


async def test_resizing_from_wall_to_too_small_and_back(console: Open) -> None:
    async with console((300, 100)) as desk:
        assert "Engine" in desk.text
        for size, panes in (((120, 40), 4), ((90, 28), 1), ((50, 12), 0), ((120, 40), 4)):
            await desk.resize(*size)
            assert len(desk.app.live.plan.boxes) == panes
            if not panes:
                assert "noc needs 60x16" in desk.text
        assert "Board" in desk.text


async def test_help_is_made_from_the_registry(console: Open) -> None:
    async with console((200, 60)) as desk:
        await desk.press("question_mark")
        assert "Every item that wants somebody" in desk.text
        assert "To the next line." in desk.text
        await desk.press("escape")
        assert "Every item that wants somebody" not in desk.text


async def test_the_palette_runs_actions_by_name(console: Open) -> None:
    async with console() as desk:
        await desk.press("colon")
        await desk.pilot.pause(0.1)
        await desk.press(*"zoom")
        await desk.pilot.pause(0.3)
        await desk.press("enter")
        await desk.pilot.pause(0.1)
        assert len(desk.app.live.plan.boxes) == 1


async def test_quitting_ends_with_zero_and_closes_every_watch(console: Open) -> None:
    for key in ("q", "ctrl+c"):
        async with console() as desk:
            await desk.press(key)
            assert desk.app.return_code == 0
            assert desk.link.watches == []


async def test_the_session_comes_back(console: Open) -> None:
    session = Session(board_filter="severity>=high", focus="feed", order="oldest")
    async with console(session=session) as desk:
        assert desk.app.live.front == "feed"
        assert "/severity>=high" in desk.text
        assert "by oldest" in desk.text


async def test_speed_keys_ask_the_simulation(console: Open) -> None:
    async with console() as desk:
        await desk.press("greater_than_sign", "equals_sign")
        await desk.beat(10)
        assert desk.link.speeds == [2.0, 0]
        assert "time stopped" in desk.lines[0]
        await desk.press("equals_sign")
        assert desk.link.speeds[-1] == 2.0


async def test_the_theme_key_changes_colours(console: Open) -> None:
    async with console() as desk:
        before = desk.app.theme
        await desk.press("t")
        assert desk.app.theme != before
        assert desk.app.theme in desk.lines[-1]


async def test_copy_tells_what_was_copied(console: Open) -> None:
    async with console() as desk:
        await desk.press("y")
        row = desk.app.live.board.list.current
        assert row is not None
        assert row.ref in desk.app.clipboard
        assert "copied" in desk.lines[-1]


async def test_markup_in_data_is_only_text(console: Open) -> None:
    async with console() as desk:
        ref = next(iter(desk.link.items))
        desk.link._set(ref, title="[/] [@click=app.quit]press[/] [bold red]x", priority=100, severity=5, state="NEW")
        await desk.seconds()
        assert "[@click=app.quit]press[/]" in desk.text


async def test_the_engine_falling_silent_is_said(console: Open) -> None:
    async with console() as desk:
        await desk.beat(140)
        assert "engine silent" in desk.lines[0]
        await desk.seconds()
        assert "engine silent" not in desk.lines[0]


def test_the_fake_engine_is_the_same_every_time() -> None:
    one, two = FakeLink(3), FakeLink(3)
    one.step(50)
    two.step(50)
    assert one.watch_board().page == two.watch_board().page
    assert one.watch_feed().page == two.watch_feed().page


async def test_many_at_once_tell_who_refused(console: Open) -> None:
    async with console() as desk:
        await desk.press("m", "m", "m")
        marked = list(desk.app.live.board.list.marks)
        desk.link.refuse.add(marked[1])
        await desk.press("s")
        assert "snooze: 2 of 3 items" in desk.lines[-1]
        assert "belongs to somebody else" in desk.lines[-1]
        assert "snooz" in desk.text
        await desk.press("u")
        assert all(row.snoozed_until is None for row in desk.link.items.values())


async def test_a_candidate_is_offered_to_be_approved_or_rejected(console: Open) -> None:
    async with console(size=(160, 40)) as desk:
        target = selected(desk)
        assert target is not None
        await desk.press("v")
        assert desk.link.acts == []
        assert "nothing here waits" in desk.lines[-1]
        desk.link._set(target, candidate=True)
        desk.link._publish()
        await desk.beat(10)
        assert "cand?" in desk.text
        await desk.press("v")
        assert desk.link.acts == [("approve", target)]
        await desk.press("u")
        assert desk.link.items[target].candidate
        await desk.beat(10)
        await desk.press("x")
        assert desk.link.items[target].state == "RESOLVED"


async def test_a_silence_from_the_console_names_types_and_sites_and_is_undone(console: Open) -> None:
    async with console() as desk:
        target = selected(desk)
        assert target is not None
        row = desk.link.items[target]
        await desk.press("S")
        asked = desk.link.params[-1]
        assert asked["duration"] == "1h"
        assert asked["matchers"].startswith(f'alertname="{row.alert_types[0]}",site')
        assert desk.link.items[target].muted == "silence"
        await desk.press("u")
        assert desk.link.items[target].muted is None
