"""The list by itself, in an app that knows nothing of an engine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.geometry import Region

from noc_tui.widgets.columns import Column
from noc_tui.widgets.line_list import LineList

COLUMNS = (Column("key", 6), Column("what", 10, grows=1))


def cells(item: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return ((item[0], "text"), (item[1], "muted"))


class ListApp(App[None]):
    def __init__(self, edge: str) -> None:
        super().__init__()
        self.lines: LineList[tuple[str, str]] = LineList(lambda item: item[0], cells, COLUMNS, edge=edge)

    def compose(self) -> ComposeResult:
        yield self.lines


@asynccontextmanager
async def shown(count: int, edge: str = "top", height: int = 11) -> AsyncIterator[LineList[tuple[str, str]]]:
    app = ListApp(edge)
    async with app.run_test(size=(40, height)) as pilot:
        await pilot.pause()
        app.lines.show([(f"k{n}", f"item {n}") for n in range(count)])
        await pilot.pause()
        yield app.lines


def items(*numbers: int) -> list[tuple[str, str]]:
    return [(f"k{n}", f"item {n}") for n in numbers]


async def test_only_changed_lines_are_repainted() -> None:
    async with shown(30) as lines:
        asked: list[Region] = []
        lines.refresh = lambda *regions, **_: asked.extend(regions)  # type: ignore[method-assign, assignment]
        lines.show(lines.items)
        assert asked == []
        changed = list(lines.items)
        changed[4] = ("k4", "other")
        lines.show(changed)
        assert asked == [Region(0, 5, 40, 1)]
        lines.show([*changed[:20], ("k99", "below the window"), *changed[20:]])
        assert len(asked) == 1


async def test_a_held_selection_keeps_its_place_on_the_screen() -> None:
    async with shown(50) as lines:
        lines.select_at(20)
        offset = lines.find("k20") or 0
        line = offset - lines.top
        lines.show([*items(*range(100, 110)), *items(*range(50))])
        assert lines.selected == "k20"
        assert (lines.find("k20") or 0) - lines.top == line


async def test_following_the_end_and_holding() -> None:
    async with shown(50, "bottom") as lines:
        assert lines.selected == "k49"
        assert lines.top == 40
        lines.show(items(*range(10, 60)))
        assert lines.selected == "k59"
        lines.move(-3)
        lines.show(items(*range(20, 70)))
        assert lines.selected == "k56"
        lines.release()
        assert lines.selected == "k69"


async def test_the_wheel_scrolls_without_selecting() -> None:
    async with shown(50) as lines:
        lines.scroll_lines(7)
        assert lines.top == 7
        assert lines.selected == "k0"
        lines.scroll_lines(999)
        assert lines.top == 40


async def test_an_empty_list_shows_why() -> None:
    async with shown(3) as lines:
        lines.empty = ("Nothing here", "Press x")
        lines.show([])
        assert lines.selected is None
        lines.move(1)
        lines.toggle_mark()
        assert lines.stamp(2).cells[0][0] == "Nothing here"  # type: ignore[attr-defined]


async def test_sideways_keeps_following() -> None:
    async with shown(50, "bottom") as lines:
        lines.shift(8)
        lines.show(items(*range(10, 60)))
        assert lines.left == 8
        assert lines.selected == "k59"


@pytest.mark.parametrize("edge", ["top", "bottom"])
async def test_random_walks_never_lose_the_selection(edge: str) -> None:
    moves = st.lists(st.tuples(st.sampled_from(["move", "show", "mark", "release"]), st.integers(-9, 9)), max_size=30)
    async with shown(40, edge) as lines:

        @settings(max_examples=60, deadline=None)
        @given(moves)
        def walk(steps: list[tuple[str, int]]) -> None:
            lines.marks.clear()
            lines.show(items(*range(40)))
            for what, number in steps:
                before = lines.selected
                if what == "move":
                    lines.move(number)
                elif what == "mark":
                    lines.toggle_mark()
                elif what == "release":
                    lines.release()
                else:
                    start = number + 9
                    held = lines.held
                    lines.show(items(*range(start, start + 20 + number)))
                    assert not held or lines.selected == before
                keys = [item[0] for item in lines.items]
                assert len(keys) == len(set(keys))
                assert lines.selected in keys
                assert 0 <= lines.top <= max(0, len(keys) - lines.page)
                assert lines.current is not None
                assert lines.current[0] == lines.selected

        walk()
