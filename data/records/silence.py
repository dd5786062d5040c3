"""What people asked not to be told of: silences, and windows of planned work. Times are microseconds."""

from enum import StrEnum

import msgspec


class MutePhase(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


class Silence(msgspec.Struct):
    """A silence holds in [starts_at, ends_at). `matchers` is their one spelling, as Alertmanager writes them.

    `matched` counts the alerts that it has covered, `matched_at` is when the newest of them was last seen. `ended_by`
    is who ended it before its time; `replaces` the id of the silence whose matchers were changed.
    """

    id: str
    tenant: str
    matchers: str
    author: str
    comment: str
    created_at: int
    starts_at: int
    ends_at: int
    matched: int = 0
    matched_at: int | None = None
    ended_by: str | None = None
    replaces: str | None = None

    def phase(self, now: int) -> MutePhase:
        return phase(self.starts_at, self.ends_at, now)


class Schedule(msgspec.Struct, frozen=True):
    """When a window is open, on the clocks of `zone`.

    `repeat` is once, daily, weekly or monthly, of which every `every`-th counts, from the date `first` to the date
    `last`. `start` and `end` are `02:00`, `end` also `mon 06:00`; of one that is open once they are moments, which may
    bear a zone of their own. Instead of `end` it may last `lasts` microseconds. `days` are `mon`..`sun`, and monthly
    also `2tue` or `-1fri`; `month_days` count from 1, or from the month's end from -1.
    """

    zone: str = "UTC"
    repeat: str = "once"
    start: str = ""
    end: str = ""
    lasts: int = 0
    every: int = 1
    days: tuple[str, ...] = ()
    month_days: tuple[int, ...] = ()
    first: str = ""
    last: str = ""


class Scope(msgspec.Struct, frozen=True):
    """What a window covers: any of the named, of every kind that names some, and the matchers."""

    sites: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    match: str = ""


class Window(msgspec.Struct):
    """A window of planned work. `origin` is `config` or `command`. `ended_at` is when a person ended it for good,
    `cut_until` the end of the one occurrence that was cut short."""

    id: str
    tenant: str
    name: str
    scope: Scope
    schedule: Schedule
    author: str = ""
    comment: str = ""
    origin: str = "config"
    created_at: int = 0
    ended_at: int | None = None
    ended_by: str | None = None
    cut_until: int | None = None
    matched: int = 0
    matched_at: int | None = None


def phase(starts_at: int, ends_at: int, now: int) -> MutePhase:
    if now < starts_at:
        return MutePhase.PENDING
    return MutePhase.ACTIVE if now < ends_at else MutePhase.EXPIRED
