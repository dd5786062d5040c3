"""What the picture costs: bytes on the wire, objects kept, work done for nothing."""

import gc
from collections import Counter

import pytest

from noc_tui.pace import BUDGET, Meter
from noc_tui.widgets.lines import Lines
from tests.tui.conftest import Open


async def test_two_thousand_beats_leave_no_objects_behind(console: Open) -> None:
    async with console((120, 40), storm=2) as desk:

        async def live(beats: int) -> None:
            for beat in range(beats):
                if beat % 20 == 0:
                    desk.link.step()
                desk.app.tick()
                if beat % 20 == 0:
                    await desk.pilot.pause()
                if beat % 200 == 0:
                    await desk.press("j", "a", "u", "tab")

        def census() -> Counter[str]:
            for widget in desk.app.live.walk_children(Lines):
                widget._strips.clear()  # bounded by themselves
            gc.collect()
            return Counter(type(thing).__name__ for thing in gc.get_objects())

        await live(400)
        before = census()
        await live(2000)
        grown = census() - before
        world = ("ClusterRow", "FeedRow", "tuple", "dict", "list", "Region")  # the fake operation, bounded caches
        assert {name: more for name, more in grown.items() if more > 100 and name not in world} == {}
        assert len(desk.app.live.walk_children()) < 40


async def test_nothing_new_means_nothing_painted(console: Open) -> None:
    async with console() as desk:
        await desk.beat(12)
        asked: list[str] = []
        for widget in desk.app.live.walk_children():
            name = type(widget).__name__
            widget.refresh = lambda *_, name=name, **__: asked.append(name)  # type: ignore[method-assign]
        await desk.beat(60)
        assert asked == []


async def test_one_changed_item_repaints_one_line(console: Open) -> None:
    async with console() as desk:
        lines = desk.app.live.board.list
        asked: list[int] = []
        lines.refresh = lambda *regions, **_: asked.extend(r.height for r in regions)  # type: ignore[method-assign, assignment]
        ref = lines.items[5].ref
        desk.link._set(ref, alerts=99)
        desk.link._publish()
        await desk.beat(4)
        assert asked == [1]


@pytest.mark.parametrize(("a_beat", "expected"), [(900, 1), (2500, 2)])
def test_the_meter_slows_before_the_budget_is_spent(a_beat: int, expected: int) -> None:
    meter = Meter()
    for _ in range(25):
        meter.total += a_beat
        meter.beat()
    assert meter.slow == expected
    assert meter.rate == pytest.approx(a_beat * 10)


def test_the_meter_recovers() -> None:
    meter = Meter()
    for beat in range(200):
        meter.total += 3 * BUDGET // 10 if beat < 60 else 100
        meter.beat()
    assert meter.slow == 1
