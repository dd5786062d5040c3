"""Working time: continuous work that is too long, and shifts that nobody can get to."""

from data.records import severity
from data.times import HOUR, MINUTE, text
from engine.detect.attendance.evidence import Evidence
from engine.detect.attendance.location import flying_kmh
from engine.detect.attendance.presence import Presence, Session
from engine.detect.attendance.sure import beyond
from engine.geo import distance_m
from engine.settings.attendance import AttendanceSettings

_CLOSE = 2_000.0  # metres: two gates of the same place


def since(presence: Presence, time: int, limits: AttendanceSettings) -> int:
    """Since when a person who checks in now has been at work without a rest."""
    rested = time - presence.left_at > limits.rest
    return time if rested or not presence.worked_since else presence.worked_since


def overtime(turn: Session, now: int, limits: AttendanceSettings) -> list[Evidence]:
    """Continuous work beyond the limit; when only the plan says so, half as sure. Two full turns of eight hours
    with an early arrival and a hand-over are just over 16 h, so sureness grows over the first hour."""
    worked = now - turn.worked_since
    over = (worked - limits.max_work) / HOUR
    coming = (turn.planned_end - turn.worked_since - limits.max_work) / HOUR if turn.planned_end > now else 0.0
    if over <= 0 and coming <= 0.5:
        return []
    begun, limit = text(turn.worked_since), limits.max_work / HOUR
    numbers: dict[str, object] = {"hours": round(worked / HOUR, 1), "limit_hours": limit, "since": begun}
    if over > 0:
        words = f"at work for {worked / HOUR:.1f} h without a rest, since {begun}"
        return [Evidence("OVERTIME_VIOLATION", severity.HIGH, 0.98 * beyond(over, 0.4, 0.15), words, numbers)]
    if coming > 0.5 and turn.worked_since < turn.began:
        numbers["planned_hours"] = round((turn.planned_end - turn.worked_since) / HOUR, 1)
        words = (
            f"at work for {worked / HOUR:.1f} h already, and on the plan until {text(turn.planned_end)}:"
            f" {numbers['planned_hours']} h"
        )
        return [Evidence("OVERTIME_VIOLATION", severity.MEDIUM, 0.45 * beyond(coming, 0.7, 0.2), words, numbers)]
    return []


def impossible(
    presence: Presence,
    site: str,
    here: tuple[float, float] | None,
    there: tuple[float, float] | None,
    time: int,
    limits: AttendanceSettings,
) -> list[Evidence]:
    """At work at another site so short a time ago that nothing gets from there to here."""
    turn = presence.turn
    other = turn.site if turn is not None else presence.left_site
    left = turn.heard_at if turn is not None else presence.left_at
    if not other or other == site or not left:
        return []
    apart = time - left
    numbers: dict[str, object] = {"previous_site": other, "previous_end": text(left)}
    told = f"at work at {other} until {text(left)}" if turn is None else f"at work at {other}, last heard {text(left)}"
    told += f", {apart / MINUTE:.0f} min before"
    numbers["minutes"] = round(apart / MINUTE, 1)
    if here is None or there is None:
        if apart >= limits.min_travel:
            return []
        return [Evidence("IMPOSSIBLE_SHIFTS", severity.CRITICAL, 0.6, told, numbers)]
    metres = distance_m(*here, *there)
    speed = metres / 1000 / (max(apart, MINUTE) / HOUR)
    if metres < _CLOSE or speed <= max(limits.max_speed_kmh / 2, flying_kmh(apart)):
        return []
    sure = 0.97 * beyond(speed, limits.max_speed_kmh, 0.1 * limits.max_speed_kmh)
    numbers |= {"distance_m": round(metres), "speed_kmh": round(speed)}
    words = f"{told}, and {metres / 1000:,.0f} km away: {speed:,.0f} km/h"
    return [Evidence("IMPOSSIBLE_SHIFTS", severity.CRITICAL, sure, words, numbers)]
