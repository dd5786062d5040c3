"""Metric history: samples folded into buckets, buckets into coarser ones, blocks of them packed.

`columns` holds buckets as columns, `sketch` their quantiles, `fold` makes and merges them, `packing` writes them down.
Everything adds up: blocks may come in any order and any number, so a late sample is one more block, and a crash between
two of them loses nothing.
"""

from data.history.columns import Buckets
from data.history.fold import bucketed, merged
from data.history.packing import pack, unpack

__all__ = ["Buckets", "bucketed", "merged", "pack", "unpack"]
