"""The feed: everything the engine decided, in one gapless order per partition."""

from typing import Any

import msgspec


class FeedEntry(msgspec.Struct, frozen=True):
    """One decision told. `sequence` starts at 1 in each partition and has no gaps; `type` is without the prefix
    `noc.feed.`; `ref` names what it is about (`alert/A-...`); `data` is the CloudEvent's payload."""

    partition: str
    sequence: int
    time: int
    type: str
    ref: str
    site: str | None
    severity: int
    data: dict[str, Any]
