"""From pages of the engine to what is written: pure functions, no screen."""

from msgspec.structs import replace

from engine.views import FeedPage, FeedRow, Health, HeatGrid, SourceRow
from noc_tui.panes.clusters import COLUMNS, board_cells, state_word
from noc_tui.panes.context import context_blocks, head_blocks, standing
from noc_tui.panes.engine import engine_blocks
from noc_tui.panes.feed import feed_cells, newer
from noc_tui.panes.header import detail_parts, header_parts, sources_part, state_part
from noc_tui.panes.heatmap import heat_cell, heat_table
from noc_tui.text import MINUTE, UNICODE
from noc_tui.widgets.columns import widths
from noc_tui.widgets.heat_grid import HeatCell, cell_text, shape
from noc_tui.widgets.section_view import lay_out
from noc_tui.widgets.status_line import Part, choose
from tests.support.fake_link import FakeLink


def flat(cells: tuple[tuple[str, str], ...]) -> str:
    return "".join(text for text, _ in cells)


def health(**changes: object) -> Health:
    page = FakeLink().watch_health().page
    assert page is not None
    return Health(*(changes.get(name, getattr(page, name)) for name in page.__struct_fields__))  # type: ignore[arg-type]


def test_a_fresh_critical_item_is_loud_and_a_taken_one_is_quiet() -> None:
    board = FakeLink().watch_board().page
    assert board is not None
    fresh = next(row for row in board.rows if row.severity == 5 and row.state == "NEW")
    taken = next(row for row in board.rows if row.state == "ACKNOWLEDGED")
    assert board_cells(fresh, fresh.last_at, "◆C", "◆ CRITICAL")[0] == ("◆C", "alarm")
    assert {role for _, role in board_cells(taken, taken.last_at, "◆C", "")} == {"muted"}


def test_the_board_keeps_what_matters_in_every_width() -> None:
    names = [column.title for column in COLUMNS]
    for room in range(40, 300):
        sizes = widths(COLUMNS, room)
        shown = {name for name, size in zip(names, sizes, strict=True) if size}
        assert {"what", "state", "age"} <= shown
        assert sum(sizes) + sum(1 for size in sizes if size) - 1 == room
        assert sizes[names.index("what")] >= 16 or room < 44
    assert {"owner", "firing", "last"} <= {n for n, s in zip(names, widths(COLUMNS, 120), strict=True) if s}


def test_what_ended_is_told_quietly_in_the_feed() -> None:
    began = FeedRow(1, 0, "alert_created", 5, "S1", "alert/A", "UPLINK_DOWN  router: no answer")
    ended = FeedRow(2, 0, "alert_updated", 5, "S1", "alert/A", "UPLINK_DOWN resolved  router")
    assert feed_cells(began, "◆C")[1] == ("◆C", "alarm")
    assert {role for _, role in feed_cells(ended, "◆C")} == {"muted", "faint"}


def test_new_rows_are_counted_by_sequence() -> None:
    rows = tuple(FeedRow(n, 0, "alert_created", 1, None, "alert/A", "x") for n in range(10, 20))
    page = FeedPage(1, rows, 10, 10, 19)
    assert [newer(page, seen) for seen in (5, 10, 15, 19)] == [10, 9, 4, 0]


def test_the_item_says_what_to_do_before_what_is_known() -> None:
    link = FakeLink()
    board = link.watch_board().page
    assert board is not None
    page = link.watch_item(board.rows[0].ref).page
    assert page is not None
    for room in (30, 48, 90):
        lines = [flat(line.cells) for line in lay_out(context_blocks(page, link.now, UNICODE), room)]
        whole = " ".join(" ".join(lines).split())
        assert whole.index("Call the site on shift") < whole.index("nobody has taken it") < whole.index("Timeline")
        assert page.why in whole
        opens = [line.ref for line in lay_out(context_blocks(page, link.now, UNICODE), room) if line.ref]
        assert page.alerts[0].ref in opens
        assert page.sections[0].facts[0].ref in opens


def test_keys_of_lines_are_unique_so_that_the_cursor_can_hold_on_to_them() -> None:
    link = FakeLink()
    for ref in list(link.items):
        page = link.watch_item(ref).page
        assert page is not None
        keys = [line.key for line in lay_out(context_blocks(page, link.now, UNICODE), 50)]
        assert len(keys) == len(set(keys))


def test_a_muted_item_says_by_what() -> None:
    link = FakeLink()
    ref = next(iter(link.items))
    link._set(ref, muted="maintenance")
    lines = [flat(line.cells) for line in lay_out(head_blocks(link.items[ref], link.now, UNICODE), 60)]
    assert any("muted by" in line and "maintenance" in line for line in lines)


def grid() -> HeatGrid:
    hours = tuple(n * 60 * MINUTE for n in range(24))
    cells = tuple(tuple((n + site) % 5 if site else 0 for n in range(24)) for site in range(4))
    worst = tuple(
        tuple(5 if site == 3 and n == 0 else 2 if c else 0 for n, c in enumerate(row)) for site, row in enumerate(cells)
    )
    return HeatGrid(1, ("S0", "S1", "S2", "S3"), ("Quiet", "Busy", "", "Grave"), hours, cells, worst, "anomalies")


def test_the_hottest_site_is_on_top_and_a_name_falls_back_to_the_id() -> None:
    table = heat_table(grid(), by_name=False)
    assert table.keys[0] == "S3"
    assert table.keys[-1] == "S0"
    assert heat_table(grid(), by_name=True).labels == ("Busy", "Grave", "Quiet", "S2")
    assert table.cells[0][0].letter == "C"


def test_heat_says_numbers_and_letters_not_only_colours() -> None:
    assert [heat_cell(n, 2, 3.0).level for n in (0, 1, 19)] == [0, 1, 4]
    assert cell_text(HeatCell(7, "C", 4), 3) == " 7C"
    assert cell_text(HeatCell(12, "", 4), 2) == "12"
    assert cell_text(HeatCell(120, "H", 4), 3) == " +H"
    for size in (2, 3, 4):
        for number in (1, 9, 10, 99, 100, 12_345):
            for letter in ("", "C"):
                assert len(cell_text(HeatCell(number, letter, 1), size)) == size


def test_the_heat_map_fits_and_shows_the_newest_hours() -> None:
    table = heat_table(grid(), by_name=False)
    for room in range(30, 160):
        lies = shape(table, room, 23)
        assert lies.label + 1 + lies.shown * lies.cell + lies.sums <= room
        assert lies.first + lies.shown == 24
    assert shape(table, 40, 2).first <= 2


def test_the_header_names_what_is_ill_and_keeps_it_in_the_narrowest_window() -> None:
    narrow = choose(header_parts(health(), UNICODE, 69), 69)
    told = " ".join(flat(part.cells) for part in narrow)
    assert "gate-1 stale" in told
    assert "◆C" in told
    calm = health(sources=(SourceRow("a", "live", 0, 1, 1.0), SourceRow("b", "done", 0, 1, 0.0)))
    assert "2 sources" in flat(sources_part(calm.sources, UNICODE).cells)
    gone = (SourceRow("a", "unreachable", 0, 1, 0.0),)
    assert sources_part(gone, UNICODE).cells[0][1] == "dead"


def test_trouble_of_the_engine_is_never_left_out() -> None:
    page = health(state="disk full", note="no room on the disk: 12 KB left", lag_ms=5200.0)
    told = " ".join(flat(part.cells) for part in choose(header_parts(page, UNICODE, 69), 69))
    assert "disk full" in told
    assert "12 KB left" in told
    assert "time stopped" in flat(state_part(health(speed=0.0), UNICODE).cells)
    assert "×60" in flat(state_part(health(speed=60.0), UNICODE).cells)


def test_the_wall_lists_each_source() -> None:
    lines = [flat(line.cells) for line in lay_out(engine_blocks(health(), UNICODE, 80), 80)]
    assert sum("live" in line and "/s" in line for line in lines) == 5
    assert any("gate-1" in line and "stale" in line for line in lines)
    assert any("gate-1" in flat(part.cells) for part in detail_parts(health(), UNICODE))


def test_parts_that_do_not_fit_leave_by_weight() -> None:
    parts = [Part((("aaaa", "text"),), 1), Part((("bbbb", "text"),), 3), Part((("cccc", "text"),), 2)]
    assert [flat(part.cells) for part in choose(parts, 10)] == ["bbbb", "cccc"]
    assert [flat(part.cells) for part in choose(parts, 4)] == ["bbbb"]


def test_the_board_says_what_keeps_an_item_from_being_work_and_what_it_lacks() -> None:
    board = FakeLink().watch_board().page
    assert board is not None
    row = next(row for row in board.rows if row.state == "NEW" and row.severity == 5)
    words = {
        "muted": {"muted": "silence"}, "cand?": {"candidate": True}, "snooze": {"snoozed_until": row.last_at + MINUTE},
        "nobody": {"unanswered": True, "escalated": "step 3 of 3"}, "esc 1": {"escalated": "step 1 of 3"},
        "flaps": {"flapping": 2},
    }  # fmt: skip
    assert {state_word(replace(row, **changes)) for changes in words.values()} == set(words)  # type: ignore[arg-type]
    quiet = board_cells(replace(row, snoozed_until=1), row.last_at, "◆C", "")
    assert "alarm" not in {role for _, role in quiet}
    assert "alarm" in {role for _, role in board_cells(replace(row, unanswered=True), row.last_at, "◆C", "")}


def test_the_item_tells_until_when_by_what_and_who_did_not_answer() -> None:
    board = FakeLink().watch_board().page
    assert board is not None
    row = replace(
        board.rows[0], muted="silence", muted_why="silenced by ann until 14:00: works", candidate=True, flapping=2,
        snoozed_until=board.rows[0].last_at + 90 * MINUTE, escalated="step 3 of 3", unanswered=True,
        digest="storm at S1: 412 new alerts",
    )  # fmt: skip
    told = {label: text for label, text, _ in standing(row, row.last_at)}
    assert told["muted by"] == "silenced by ann until 14:00: works"
    assert told["snoozed until"].endswith("UTC, for 1 h 30 min more")
    assert told["escalated"] == "step 3 of 3: everybody was told and nobody answered"
    assert told["storm"] == "storm at S1: 412 new alerts"
    assert {"candidate", "flapping"} <= set(told)
    assert standing(board.rows[0], row.last_at) == []
