"""Who did what: one row per command, with its outcome."""

from typing import Any

import msgspec


class AuditRow(msgspec.Struct, frozen=True):
    time: int
    tenant: str
    actor: str
    action: str
    target: str
    outcome: str
    detail: dict[str, Any]
    seq: int  # journal position of the command
    place: int = 0  # in the chain of its tenant, from 1 on; 0 for one from before there was a chain
    previous: str = ""  # hash of the entry before it
    hash: str = ""  # see `data.chain`; all three are given by the store


class Verdict(msgspec.Struct):
    """On one tenant's chain. `broken` is the first thing that is wrong, empty where all is well. `entries` are in the
    chain, `sealed` are from before it; `trimmed` is the last place that retention took away."""

    tenant: str
    entries: int
    sealed: int
    trimmed: int
    head: str
    broken: str = ""


class DeadLetter(msgspec.Struct, frozen=True):
    """What could not be taken: `received_at` is wall time, `way` how it came, `line` its place there (1-based, 0 if
    unknown), `head` its first 4 KiB, cleaned for showing."""

    received_at: int
    way: str
    source: str | None
    reason: str
    head: str
    line: int = 0
