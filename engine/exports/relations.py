"""Rows of learned relations: which alert type brings which. Learned state lies in the snapshot, not in rows; it is
brought up to date by running the tail of the journal, as a restarted engine would."""

from collections.abc import Iterator
from typing import cast

import msgspec

from data import times
from data.store import Follower, Reader
from engine.exports.selection import Selection
from engine.pipeline import Pipeline
from engine.settings import Config


class RelationRow(msgspec.Struct):
    """`lag_s` is the usual time between cause and effect, `support` how often it was seen, `confidence` 0-1."""

    cause: str
    effect: str
    lag_s: float
    support: int
    confidence: float
    learned_at: str
    tenant: str


def recovered(reader: Follower) -> Pipeline:
    """The engine's state as of the last commit, without an engine."""
    config = Config()
    pipeline = Pipeline(config)
    pipeline.recover(reader.load(config.alerts.reopen_within))
    while segments := reader.tail(pipeline.seq):
        for segment in segments:
            pipeline.rerun(segment)
    return pipeline


def relations(reader: Reader, selection: Selection) -> Iterator[RelationRow]:
    """Surest first, within each tenant. They are current at any time, so bounds of time do not apply."""
    pipeline = recovered(cast(Follower, reader))
    for name in sorted(pipeline.partitions):
        if selection.tenant not in (None, name):
            continue
        for one in pipeline.partitions[name].grouping.history.relations.learned():
            yield RelationRow(
                one.cause, one.effect, one.lag_s, one.support, one.confidence, times.text(one.learned_at), name
            )
