"""What is answered out of totals is what the blocks themselves say, whatever is asked and however things have moved."""

import random
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import msgspec
import numpy as np
import pytest

from data.history import bucketed, pack, unpack
from data.history import totals as totals_
from data.history.rollup import TOTALS, rolled, totalled
from data.history.totals import About
from data.records.entity import Entity
from data.records.metric import MetricBlock, MetricSeries
from data.times import DAY, HOUR, MINUTE
from engine.history import query
from engine.history.kept import NOTHING
from engine.history.query import ask
from engine.history.select import AGGREGATES, Wanted
from engine.registry import Registry
from engine.retention import about
from tests.support.recordings import T0

ZONES = ("Asia/Kolkata", "UTC", "Europe/Berlin")
SITES, DAYS = 24, 12
FIVE = 5 * MINUTE


class Shelf:
    """A database that holds nothing but metric blocks."""

    def __init__(self, series: list[MetricSeries], blocks: list[MetricBlock]) -> None:
        self.series, self.blocks = series, {one.number: one for one in blocks}
        self.read = 0

    def metric_series(self, tenant: str | None = None, name: str | None = None) -> Iterator[MetricSeries]:
        assert tenant == "default"
        return iter(self.series if name in (None, "load") else [])

    def metric_places(self, tenant: str, name: str, since: int, until: int) -> list[tuple[int, int, int, int]]:
        assert (tenant, name) == ("default", "load")
        found = [one for one in self.blocks.values() if one.until > since and one.start < until]
        return [(one.number, one.tier, one.start, one.until) for one in sorted(found, key=lambda one: one.number)]

    def metric_block(self, number: int) -> MetricBlock:
        self.read += 1
        return self.blocks[number]

    def metric_blocks_of(self, numbers: list[int]) -> Iterator[MetricBlock]:
        return (self.blocks[number] for number in numbers if number in self.blocks)

    def still(self) -> Any:
        return nullcontext()


class Place:
    """As much of a partition as is asked."""

    def __init__(self, registry: Registry) -> None:
        self.registry, self.zone = registry, "UTC"


def places(shift: int = 0) -> Registry:
    """Sites with their clients and zones; `shift` moves some of them elsewhere."""
    registry, found = Registry("default"), []
    for one in range(SITES):
        entity = Entity(f"site/S{one:02}", "default", T0, 1)
        entity.client = f"C{(one + (shift if one % 7 == 0 else 0)) % 4}"
        entity.attributes["timezone"] = ZONES[(one + (shift if one % 5 == 0 else 0)) % 3]
        found.append(entity)
    registry.restore(found)
    return registry


def filled(digits: int, registry: Registry) -> tuple[list[MetricSeries], list[MetricBlock]]:
    """Blocks of five minutes, hours and days, as the roll-up leaves them, with late samples, gaps and equal moments."""
    dice = np.random.default_rng(digits)
    numbers = np.array(random.Random(3).sample(range(1, 10_000), SITES), np.int64)
    series = [
        MetricSeries(int(numbers[one]), "default", "load", None, f"S{one:02}", {"k": f"v{one % 3}", "m": f"{one}"})
        for one in range(SITES)
    ]
    known = {one.number: about(Place(registry), one) for one in series}  # type: ignore[arg-type]
    fine = []
    for part in range(DAYS * 4):
        times = T0 + part * 6 * HOUR + np.arange(0, 6 * HOUR, 10 * MINUTE)
        of, at = np.repeat(np.sort(numbers), len(times)), np.tile(times, SITES)
        there = dice.random(len(of)) < 0.9
        values = np.round(dice.normal(-3, 40, len(of)), digits)
        buckets = bucketed(of[there], at[there], values[there], FIVE)
        last = int(buckets.start.max()) + FIVE
        fine.append(MetricBlock(part + 1, "default", "load", 300, int(buckets.start.min()), last, pack(buckets)))
        if part % 10 == 9:  # late, some of it at moments that there are samples of
            mine = dice.choice(len(of), 60)
            late = bucketed(of[mine], at[mine] - 2 * DAY, np.round(values[mine], digits), FIVE)
            first = int(late.start.min())
            fine.append(
                MetricBlock(1000 + part, "default", "load", 300, first, int(late.start.max()) + FIVE, pack(late))
            )
    blocks = {one.number: one for one in fine}
    for tier, border in ((3600, T0 + (DAYS - 3) * DAY), (86400, T0 + (DAYS - 7) * DAY)):
        below = [one for one in blocks.values() if one.tier == {3600: 300, 86400: 3600}[tier]]
        above = [one for one in blocks.values() if one.tier == tier]
        found = rolled(below, above, tier, border, known, min(0, *(n for n in blocks if n > TOTALS // 2)) - 1)
        blocks = {number: one for number, one in blocks.items() if number not in found.gone}
        blocks |= {one.number: one for one in found.made}
    for one in [one for one in blocks.values() if one.tier > 0 and one.number + TOTALS not in blocks]:
        made = totalled(one, known)
        blocks[made.number] = made
    return series, list(blocks.values())


def wonder(dice: random.Random) -> tuple[Wanted, Any, tuple[str, ...]]:
    until = T0 + dice.randrange(-DAY, (DAYS + 1) * DAY)
    since = until - round(HOUR * 400 ** dice.random())
    some: dict[str, Any] = {}
    if dice.random() < 0.5:
        some = dice.choice(({"sites": ("S03", "S10")}, {"clients": ("C1",)}, {"labels": (("k", "v1"),)}))
    by = dice.choice(((), (), ("site",), ("client",), ("label.k",), ("client", "label.k"), ("label.m",)))
    step: Any = dice.choice(("auto", "5m", "1h", "1d", "range"))
    return Wanted(since, until, step=step, **some), dice.choice(AGGREGATES), by


@pytest.mark.parametrize(("digits", "shift", "most"), [(1, 0, 10_000), (1, 2, 10_000), (9, 0, 10_000), (2, 0, 60)])
def test_an_answer_out_of_totals_is_that_of_the_blocks(
    digits: int, shift: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totals_, "LEAST", 4)
    monkeypatch.setattr(query, "MOST", most)
    series, blocks = filled(digits, places())
    with_, without = Shelf(series, blocks), Shelf(series, [one for one in blocks if one.tier > 0])
    registry, dice = places(shift), random.Random(digits + shift)
    for _ in range(150):
        wanted, aggregate, by = wonder(dice)
        asked = (registry, "default", "load", wanted, aggregate, by, NOTHING, "UTC")
        assert msgspec.json.encode(ask(with_, *asked)) == msgspec.json.encode(ask(without, *asked)), asked  # type: ignore[arg-type]
    if shift == 0 and digits == 1:
        assert with_.read < 0.75 * without.read


def test_totals_go_with_their_block_and_say_how_many_rows_they_are() -> None:
    _, blocks = filled(1, places())
    numbers = {one.number for one in blocks}
    assert {one.number - TOTALS for one in blocks if one.tier < 0} == {
        number for number in numbers if number > TOTALS // 2
    }
    assert {one.tier for one in blocks} == {300, 3600, 86400, -300, -3600, -86400}
    assert all(not one.packed for one in blocks if one.tier < 0)  # fewer series than are worth it


def test_totals_add_up_to_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totals_, "LEAST", 4)
    _, blocks = filled(1, places())
    by_number = {one.number: one for one in blocks}
    seen = 0
    for one in blocks:
        made = totals_.decoded(one.packed) if one.tier < 0 and one.packed else None
        for level in made.levels if made is not None else ():
            whole, part = unpack(by_number[one.number - TOTALS].packed), unpack(level.packed)
            assert part.count.sum() == whole.count.sum()
            assert (part.min.min(), part.max.max()) == (whole.min.min(), whole.max.max())
            assert len(part) == level.rows <= len(whole)
            seen += 1
    assert seen > 50


def test_what_is_of_a_later_version_is_left_alone() -> None:
    made = totals_.totals(
        bucketed(np.arange(1, 201), np.full(200, T0), np.ones(200), FIVE), 300, {1: About("UTC", "C1")}
    )
    assert made is not None
    found = totals_.decoded(made)
    assert found is not None
    found.version += 1
    assert totals_.decoded(msgspec.msgpack.encode(found)) is None
