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


class DeadLetter(msgspec.Struct, frozen=True):
    """What could not be taken: `received_at` is wall time, `way` how it came, `line` its place there (1-based, 0 if
    unknown), `head` its first 4 KiB, cleaned for showing."""

    received_at: int
    way: str
    source: str | None
    reason: str
    head: str
    line: int = 0
