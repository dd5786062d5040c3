"""Silences and windows as they are listed: for the command line, the API and the console."""

import msgspec

from data.records.silence import MutePhase, Silence
from data.times import text, text_or_none
from engine.alerts.muting.hygiene import warnings_of
from engine.alerts.muting.maintenance import Planned, scope_words
from engine.alerts.muting.muting import Muting


class SilenceRow(msgspec.Struct, frozen=True):
    """Times are RFC 3339; `muting` counts the open alerts that it hides now, `matched` all that it ever covered."""

    id: str
    tenant: str
    state: str
    matchers: str
    starts_at: str
    ends_at: str
    author: str
    comment: str
    muting: int
    matched: int
    matched_at: str | None
    ended_by: str | None
    replaces: str | None
    warnings: list[str]


class WindowRow(msgspec.Struct, frozen=True):
    """`state` is open, closed or over; `opens_at` and `closes_at` are those of the occurrence that is on, else of the
    next one."""

    id: str
    tenant: str
    name: str
    state: str
    covers: str
    repeat: str
    zone: str
    opens_at: str | None
    closes_at: str | None
    author: str
    comment: str
    origin: str
    muting: int
    matched: int
    ended_by: str | None


def silence_rows(muting: Muting, now: int, *, expired: bool = False) -> list[SilenceRow]:
    """Those that are not over, the first to end first; with `expired` also those that ended lately, behind them."""
    wanted = [one for one in muting.silences() if expired or one.phase(now) is not MutePhase.EXPIRED]
    wanted.sort(key=lambda one: (one.phase(now) is MutePhase.EXPIRED, one.ends_at, one.id))
    return [_silence_row(muting, one, now) for one in wanted]


def window_rows(muting: Muting, now: int, *, over: bool = False) -> list[WindowRow]:
    """Open ones first, then by when they open next."""
    rows = [_window_row(muting, one, now) for one in muting.windows()]
    order = {"open": 0, "closed": 1, "over": 2}
    rows.sort(key=lambda row: (order[row.state], row.opens_at or "", row.id))
    return [row for row in rows if over or row.state != "over"]


def _silence_row(muting: Muting, silence: Silence, now: int) -> SilenceRow:
    warnings = [] if silence.phase(now) is MutePhase.EXPIRED else _warnings(muting, silence, now)
    return SilenceRow(
        silence.id,
        silence.tenant,
        silence.phase(now).value,
        silence.matchers,
        text(silence.starts_at),
        text(silence.ends_at),
        silence.author,
        silence.comment,
        len(muting.verdicts.muted_by(silence.id)),
        silence.matched,
        text_or_none(silence.matched_at),
        silence.ended_by,
        silence.replaces,
        warnings,
    )


def _warnings(muting: Muting, silence: Silence, now: int) -> list[str]:
    match = muting.silenced.match(silence)
    return warnings_of(silence, match, now, len(muting.firing.matching(match)))


def _window_row(muting: Muting, planned: Planned, now: int) -> WindowRow:
    window = planned.window
    ended = window.ended_at is not None and window.ended_at <= now
    span = None if ended else planned.recurrence.covering(now)
    if span is not None and window.cut_until is not None and span[1] <= window.cut_until:
        span = None
    coming = None if ended else planned.recurrence.following(now)
    shown = span or coming
    return WindowRow(
        window.id,
        window.tenant,
        window.name,
        "open" if span else "closed" if coming else "over",
        scope_words(window.scope),
        window.schedule.repeat,
        window.schedule.zone,
        text(shown[0]) if shown else None,
        text(shown[1]) if shown else None,
        window.author,
        window.comment,
        window.origin,
        len(muting.verdicts.muted_by(window.id)),
        window.matched,
        window.ended_by,
    )
