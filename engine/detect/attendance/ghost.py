"""Checked in, then silence: who is not heard of in any way for hours while a shift runs.

A dead handset silences only what comes from the handset, so both kinds of signs of life must be missing, and each by
more than chance: the expected number in that time follows from what this person, and all others, were heard before. The
chance of silence is that of a Poisson count.
"""

from math import exp

import msgspec

from data.records import severity
from data.times import HOUR, MINUTE
from engine.detect.attendance.evidence import Evidence
from engine.detect.attendance.presence import Presence, Session
from engine.settings.attendance import AttendanceSettings

KIND = "GHOST_GUARD"
_KNOWN = 60.0  # hours of turns from which the usual pace is known
_PRIOR = 24.0  # hours that the pace of all weighs in that of one
_SOON = 45 * MINUTE  # silent from so soon on: gone, not asleep
_UNPLANNED = 6 * HOUR  # a turn without a plan is judged so long
_SLEEP = 4.0  # hours that a nap can last


class Pace(msgspec.Struct):
    """Quarters of an hour with a sign of life, over hours at work, of all turns that are over."""

    hours: float = 0.0
    phones: int = 0
    frees: int = 0


def silent(
    presence: Presence, turn: Session, pace: Pace, now: int, heard: int, limits: AttendanceSettings
) -> list[Evidence]:
    """Evidence that this turn's person has gone. `heard`: when anybody at work was heard last; a silence of all is the
    network's."""
    until = min(now, turn.planned_end or turn.began + _UNPLANNED)
    last = turn.heard_at
    quiet = until - last
    if quiet < limits.ghost_after or pace.hours < _KNOWN or heard < last + quiet // 2:
        return []
    hours = quiet / HOUR
    weight = presence.hours + _PRIOR
    phone = (presence.phones + _PRIOR * pace.phones / pace.hours) / weight * (until - max(turn.began, turn.phone_at))
    free = (presence.frees + _PRIOR * pace.frees / pace.hours) / weight * (until - max(turn.began, turn.free_at))
    by_phone, by_free = 1 - exp(-phone / HOUR / 2), 1 - exp(-free / HOUR / 2)
    soon = last - turn.began <= _SOON
    nap = 1.0 if soon else min(1.0, max(0.0, (hours - _SLEEP) / 2))
    sure = 0.97 * by_phone * by_free * nap
    after = (last - turn.began) / MINUTE
    text = (
        f"not heard of for {hours:.1f} h, from {after:.0f} min after the check-in on;"
        f" {phone / HOUR:.0f} signs of the handset and {free / HOUR:.1f} others were to be expected"
    )
    numbers = {"silent_hours": round(hours, 1), "expected_phone": round(phone / HOUR, 1)}
    numbers |= {"expected_other": round(free / HOUR, 1), "minutes_before": round(after)}
    return [Evidence(KIND, severity.HIGH, sure, text, numbers)] if sure >= 0.02 else []


def note_turn(presence: Presence, turn: Session, pace: Pace, end: int) -> None:
    """A turn is over: how often its person was heard counts from now on, unless it was a silent one."""
    hours = max(0.0, (end - turn.began) / HOUR)
    if hours < 1 or turn.told.get(KIND, 0.0) >= 0.3:
        return
    pace.hours += hours
    pace.phones += turn.phones
    pace.frees += turn.frees
    presence.hours += hours
    presence.phones += turn.phones
    presence.frees += turn.frees
    if presence.hours > 400:  # habits change: what is long ago counts less
        presence.hours, presence.phones, presence.frees = presence.hours / 2, presence.phones // 2, presence.frees // 2
