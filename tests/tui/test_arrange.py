"""Where the panes go in each size."""

from hypothesis import given
from hypothesis import strategies as st

from noc_tui.screens.arrange import ALONE, LARGE, PANES, arrange


@given(st.integers(60, 400), st.integers(16, 140), st.sampled_from(PANES), st.integers(0, 2), st.integers(3, 300))
def test_panes_tile_the_stage_without_gap_or_overlap(width: int, height: int, focus: str, zoom: int, wish: int) -> None:
    plan = arrange(width, height, focus, zoom, wish)
    stage = height - plan.head - 1 - plan.tabs
    taken = set()
    for box in plan.boxes.values():
        assert box.width >= 20
        assert box.height >= 3
        for y in range(box.y, box.y + box.height):
            for x in (box.x, box.x + box.width - 1):
                assert (x, y) not in taken
                taken.add((x, y))
        assert box.x + box.width <= width
        assert box.y + box.height <= stage
    assert sum(box.width * box.height for box in plan.boxes.values()) == width * stage


def test_sizes() -> None:
    assert arrange(59, 30, "board").too_small
    assert list(arrange(80, 24, "feed").boxes) == ["feed"]
    assert arrange(80, 24, "feed").tabs
    assert len(arrange(100, 30, "board").boxes) == 4
    assert arrange(200, 60, "board").head == 2
    assert "engine" in arrange(300, 100, "board").boxes


def test_zoom_steps_give_the_focused_pane_more() -> None:
    for focus in ("board", "context", "feed", "heat"):
        normal, large = (arrange(160, 50, focus, zoom).boxes[focus] for zoom in (0, LARGE))
        assert large.width * large.height > normal.width * normal.height
        assert list(arrange(160, 50, focus, ALONE).boxes) == [focus]


def test_a_pane_without_a_place_falls_to_the_board() -> None:
    assert list(arrange(80, 24, "engine").boxes) == ["board"]
