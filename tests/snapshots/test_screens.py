"""How the screens of lists look, as SVG: each in full, the grave ones also in a small terminal and on a wall."""

import pytest

from tests.snapshots.test_looks import Compare, looks

KEYS = {
    "2": "incidents",
    "3": "alerts",
    "4": "fraud",
    "5": "predictions",
    "6": "playbooks",
    "7": "sites",
    "8": "metrics",
    "f3": "observe",
    "f5": "search",
    "9": "engine",
}
SIZES = [(80, 24), (120, 40), (200, 60), (300, 100)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("key", KEYS, ids=KEYS.get)
def test_each_screen(snap_compare: Compare, key: str, size: tuple[int, int]) -> None:
    assert looks(snap_compare, size, key, "j", seconds=3)


def test_a_person_in_full(snap_compare: Compare) -> None:
    assert looks(snap_compare, (80, 24), "4", "n", "enter", seconds=3)


def test_a_chart_alone(snap_compare: Compare) -> None:
    assert looks(snap_compare, (120, 40), "8", "enter", "b", "E", "z", seconds=3)


def test_leave_is_asked_for(snap_compare: Compare) -> None:
    assert looks(snap_compare, (100, 30), "6", "j", "v", seconds=3)


def test_all_screens_by_name(snap_compare: Compare) -> None:
    assert looks(snap_compare, (100, 30), "0", seconds=3)


@pytest.mark.parametrize("theme", ["light", "ansi-16"])
def test_other_inks(snap_compare: Compare, theme: str) -> None:
    assert looks(snap_compare, (120, 40), "7", "j", theme=theme, seconds=3)
