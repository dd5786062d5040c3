"""Blocks of one metric into coarser ones: what is older than a border becomes hours, and then days.

Pure: blocks in, blocks out. What a roll-up leaves depends on what is kept and on the border, not on how often one ran:
after a long stop one run does what many would have done. Blocks of a tier cover a stretch of time each, so that few
large ones are read, and none so large that writing it again for each new day costs much.

Totals of a block (`totals`) are a block of the tier's negative, whose number follows from that of the block.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from data.history.coarse import coarser, day_ends
from data.history.columns import Buckets, Flags, Whole
from data.history.fold import merged
from data.history.packing import SMALL, pack, unpack
from data.history.totals import About, totals
from data.records.metric import MetricBlock
from data.times import DAY, SECOND

FIVE, HOUR, A_DAY = 300, 3600, 86400  # tiers, in seconds
STRETCH: Final = {FIVE: DAY, HOUR: 4 * DAY, A_DAY: 30 * DAY}  # of the blocks of a tier, at most
TOTALS: Final = -(1 << 62)  # what the number of a block and that of its totals are apart
Abouts = Mapping[int, About]


class Rolled(NamedTuple):
    """Numbers of blocks that are replaced, and what replaces them."""

    gone: list[int]
    made: list[MetricBlock]


class Made(NamedTuple):
    """A block that has no number yet, and its totals, where it is large enough for them."""

    block: MetricBlock
    totals: bytes | None


def rolled(
    fine: Sequence[MetricBlock],
    coarse: Sequence[MetricBlock],
    tier: int,
    border: int,
    about: Abouts,
    free: int,
) -> Rolled:
    """What of the blocks `fine` ends at or before `border` (microseconds) joins the blocks `coarse` of `tier`; the rest
    stays as it was. `about` by series; `free` is the number of the first new block, the next are below it."""
    known = {number: one.zone for number, one in about.items()}
    old, young, gone = [], [], []
    for block in fine:
        buckets = unpack(block.packed)
        over = _over(buckets, tier, border, known)
        if not over.any():
            continue
        gone.append(block.number)
        old.append(buckets.pick(over))
        if not over.all():
            young.append(buckets.pick(~over))
    if not old:
        return Rolled([], [])
    found = coarser(merged(old), tier, known)
    touched = {start // _stretch(tier) for start in found.start.tolist()}
    mine = [block for block in coarse if block.start // _stretch(tier) in touched]
    gone += [block.number for block in mine]
    name = fine[0]
    whole = merged([*(unpack(block.packed) for block in mine), found])
    made = [*_blocks(name, tier, whole, border, about), *_blocks(name, fine[0].tier, merged(young), None, about)]
    return _numbered(gone, made, free)


def trimmed(blocks: Iterable[MetricBlock], border: int, about: Abouts, free: int) -> Rolled:
    """Days that ended at or before `border` are forgotten."""
    zones = {number: one.zone for number, one in about.items()}
    gone: list[int] = []
    made: list[Made] = []
    for block in blocks:
        buckets = unpack(block.packed)
        over = _over(buckets, A_DAY, border, zones)
        if over.any():
            gone.append(block.number)
            made += _blocks(block, block.tier, buckets.pick(~over), block.until, about)
    return _numbered(gone, made, free)


def totalled(block: MetricBlock, about: Abouts) -> MetricBlock:
    """The totals of a block; with nothing in them where it is too small."""
    return _of(block, totals(unpack(block.packed), block.tier, about) or b"")


def _of(block: MetricBlock, packed: bytes) -> MetricBlock:
    number = block.number + TOTALS
    return MetricBlock(number, block.tenant, block.name, -block.tier, block.start, block.until, packed)


def _numbered(gone: list[int], made: Sequence[Made], free: int) -> Rolled:
    every = []
    for place, (block, packed) in enumerate(made):
        block.number = free - place
        every.append(block)
        if packed is not None:
            every.append(_of(block, packed))
    return Rolled([*gone, *(number + TOTALS for number in gone)], every)


def _over(buckets: Buckets, tier: int, border: int, zones: dict[int, str]) -> Flags:
    if tier == A_DAY:
        return np.asarray(day_ends(buckets, zones) <= border)
    step = HOUR * SECOND
    return np.asarray(buckets.start - buckets.start % step + step <= border)


def _stretch(tier: int) -> int:
    return STRETCH[tier]


def _blocks(of: MetricBlock, tier: int, buckets: Buckets, border: int | None, about: Abouts) -> list[Made]:
    """Rows as one block a stretch. `until` tells how far everything is in this tier."""
    made = []
    zones = {number: one.zone for number, one in about.items()}
    places: Whole = buckets.start // _stretch(tier)
    for place in np.unique(places).tolist():
        mine = buckets.pick(places == place)
        end = int(day_ends(mine, zones).max()) if tier == A_DAY else int(mine.start.max()) + tier * SECOND
        if border is not None:
            end = max(end, min(border, (place + 1) * _stretch(tier)))
        block = MetricBlock(0, of.tenant, of.name, tier, int(mine.start.min()), end, pack(mine, SMALL))
        made.append(Made(block, totals(mine, tier, about)))
    return made
