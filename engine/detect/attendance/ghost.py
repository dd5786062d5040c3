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
from engine.detect.attendance.presence import SOON, Presence, Session
from engine.settings.attendance import AttendanceSettings

KIND = "GHOST_GUARD"
_KNOWN = 60.0  # hours of turns from which the usual pace is known
_PRIOR = 24.0  # hours that the pace of all weighs in that of one
_UNPLANNED = 6 * HOUR  # a turn without a plan is judged so long
_NAP = 4.0  # hours that a nap can last
_NOW_AND_THEN = 0.15  # a silence of this chance is no evidence


class Pace(msgspec.Struct):
    """Quarters of an hour with a sign of life, over hours at work, of all turns that are over."""

    hours: float = 0.0
    phones: int = 0
    frees: int = 0


def silent(
    presence: Presence, turn: Session, pace: Pace, now: int, heard: int, limits: AttendanceSettings
) -> list[Evidence]:
    """Evidence that this turn's person has gone: soon after the check-in, or since the handset was heard last. `heard`:
    when anybody at work was heard last; a silence of all is the network's."""
    until = min(now, turn.planned_end or turn.began + _UNPLANNED)
    if pace.hours < _KNOWN or heard < until - limits.ghost_after // 2:
        return []
    rates = _rates(presence, pace)
    best: tuple[float, int, int, int] = (0.0, 0, 0, 0)
    for since, phones, frees in (
        (turn.began + SOON, turn.phones - turn.soon[0], turn.frees - turn.soon[1]),
        (max(turn.began, turn.phone_at), 0, turn.frees - turn.frees_then),
    ):
        hours = (until - since) / HOUR
        if until - since < limits.ghost_after:
            continue
        sure = 0.97 * _improbable(phones, rates[0] * hours) * _improbable(frees, rates[1] * hours)
        # Who is heard a quarter as often as usual is quiet, not gone.
        sure *= max(0.0, 1.0 - 4 * (phones + frees) / max(1.0, (rates[0] + rates[1]) * hours))
        if since > turn.began + SOON:
            sure *= min(1.0, max(0.0, (hours - _NAP) / 2))
        best = max(best, (sure, since, phones, frees))
    sure, since, phones, frees = best
    if sure < 0.02:
        return []
    hours, after = (until - since) / HOUR, (since - turn.began) / MINUTE
    phone, free = rates[0] * hours, rates[1] * hours
    text = (
        f"from {after:.0f} min after the check-in on {phones + frees} signs of life in {hours:.1f} h;"
        f" {phone:.0f} of the handset and {free:.1f} others were to be expected"
    )
    numbers = {
        "silent_hours": round(hours, 1), "signs": phones + frees, "expected_phone": round(phone, 1),
        "expected_other": round(free, 1), "minutes_before": round(after),
    }  # fmt: skip
    return [Evidence(KIND, severity.HIGH, sure, text, numbers)]


def _rates(presence: Presence, pace: Pace) -> tuple[float, float]:
    """Signs an hour to be expected of this person: of the handset, and others."""
    weight = presence.hours + _PRIOR
    return (
        (presence.phones + _PRIOR * pace.phones / pace.hours) / weight,
        (presence.frees + _PRIOR * pace.frees / pace.hours) / weight,
    )


def _improbable(count: int, expected: float) -> float:
    """0-1 by how far the chance of so few signs (Poisson) is below what happens now and then."""
    term = chance = exp(-expected)
    for number in range(1, count + 1):
        term *= expected / number
        chance += term
    return max(0.0, 1.0 - chance / _NOW_AND_THEN)


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
