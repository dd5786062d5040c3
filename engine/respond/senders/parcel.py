"""What a sender is given, and what it gives back."""

from enum import StrEnum
from typing import Protocol

import msgspec

from data.records.outbox import Document, Told


class Parcel(msgspec.Struct, frozen=True):
    """One message, ready to be written in the receiver's language.

    `id` is the same in every attempt, so that a receiver can know a repeated one. `alerts` are those that are owed;
    `handle` is what the receiver gave back when the group was told before; `standing` counts the alerts of the group
    that it then knows to fire. Times are microseconds."""

    id: str
    tenant: str
    receiver: str
    group: str
    kind: str
    title: str
    severity: int
    made_at: int
    labels: dict[str, str]
    alerts: tuple[Told, ...]
    text: str = ""
    incident: str | None = None
    console: str = ""
    handle: dict[str, str] = {}
    standing: int = 0
    document: Document | None = None

    @property
    def target(self) -> str:
        """What can be acted upon: its incident, else the first alert that fires; empty when it is over."""
        if not self.firing and not self.standing:
            return ""
        if self.incident:
            return f"incident/{self.incident}"
        return next((f"alert/{alert.id}" for alert in self.alerts if alert.firing), "")

    @property
    def firing(self) -> bool:
        return any(alert.firing for alert in self.alerts)


class Fate(StrEnum):
    DELIVERED = "delivered"
    FAILED = "failed"  # the receiver's fault, or the way's: try again
    REFUSED = "refused"  # the message's fault: trying again is no use


class Result(msgspec.Struct, frozen=True):
    """`retry_after` in seconds, where the receiver asked for it."""

    fate: Fate
    text: str
    retry_after: float | None = None
    handle: dict[str, str] = {}


class Sender(Protocol):
    """Writes parcels to one receiver. `digests`: several groups may be told in one message.

    `send` raises nothing but what no receiver answers with: OSError, TimeoutError, and the errors of the libraries."""

    digests: bool

    async def send(self, parcel: Parcel) -> Result: ...

    async def close(self) -> None: ...


def judged(status: int, headers: "dict[str, str]", what: str = "") -> Result:
    """What an HTTP answer means for the message."""
    text = f"HTTP {status}{f': {what}' if what else ''}"
    if 200 <= status < 300:
        return Result(Fate.DELIVERED, text)
    if status in (400, 413, 422):
        return Result(Fate.REFUSED, text)
    return Result(Fate.FAILED, text, _seconds(headers.get("retry-after")))


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdigit() else None
