"""Sensors that cannot be believed, whatever they measure.

A sensor is broken when

* it repeats one reading far more often than chance allows, by the rate at which its readings used to change: a run of
  r readings has probability (1 - c)^r with c the share of readings that differed from the one before; or
* it leaps there and back again and again: a leap is 12 times the usual step, and the next reading is back; or
* it drifts away from its neighbours: two or more sensors of the same site agree, and it differs from their median by
  far more than it used to, four readings in a row. What changes for all of them is no fault.

Each is one pass with constant memory. Battery levels and positions stand still by nature and are not judged so.
"""

from math import log10
from statistics import median

import msgspec

from data.times import MINUTE
from engine.settings.activity import HealthSettings

LEAP = 12.0
LEARNED = 24  # readings before a sensor is judged
COMPARED = 48  # and before it is compared with its neighbours
FRESH = 45 * MINUTE  # a neighbour's reading is no older
APART = 4  # readings in a row that are too far from the neighbours'
_SLOW = 1 / 32
_SLOWER = 1 / 64
RECENT = 30  # readings in which leaps are counted


class Sensor(msgspec.Struct, array_like=True):
    """One measured quantity of one device: what is usual, and what is odd about it lately."""

    last: float = 0.0
    base: float = 0.0  # the last reading that was no leap
    step: float = 0.0  # usual change from one reading to the next
    change: float = 1.0  # share of readings that differ from the one before
    seen: int = 0
    run: int = 0  # readings that equal the one before, in a row
    leaps: tuple[int, ...] = ()  # at which readings it leapt and came back, the newest
    leapt: bool = False
    good: int = 0
    at: int = 0  # when it was read last; kept for sensors with neighbours
    apart: float = 0.0  # how much warmer it usually is than its neighbours, and how much that varies
    spread: float = 0.0
    compared: int = 0
    off: int = 0  # readings in a row that were too far from theirs


def fault(sensor: Sensor, value: float, rules: HealthSettings) -> str:
    """What is wrong with a reading, in words; empty while nothing is. Learns from it otherwise."""
    seen = sensor.seen
    sensor.seen = seen + 1
    away = abs(value - sensor.base)
    if seen < LEARNED:
        if not seen:
            sensor.last = sensor.base = value
        sensor.change += ((value != sensor.last) - sensor.change) / (seen + 1)
        sensor.step += (away - sensor.step) / (seen + 1)
        sensor.last = sensor.base = value
        return ""
    if value == sensor.last:
        return _repeated(sensor, rules)
    sensor.run = 0
    sensor.last = value
    if sensor.leapt or away > LEAP * sensor.step:
        return _leapt(sensor, value, away, rules)
    if not seen & 3:  # every fourth is enough to know what is usual
        sensor.change += (1.0 - sensor.change) * _SLOW
        sensor.step += (away - sensor.step) * _SLOW
    sensor.base = value
    return _told(sensor, rules) if sensor.leaps else ""


def _repeated(sensor: Sensor, rules: HealthSettings) -> str:
    sensor.run += 1
    if sensor.run <= 3:
        sensor.change -= sensor.change * _SLOW / 4
        return ""
    unlikely = -sensor.run * log10(1.0 - min(sensor.change, 0.95))
    return f"the same reading {sensor.run + 1} times" if unlikely >= rules.stuck else ""


def _leapt(sensor: Sensor, value: float, away: float, rules: HealthSettings) -> str:
    """There: wait for the next one. Back again: it was a leap. Not back: it is so, and is learned."""
    far = away > LEAP * sensor.step
    if far and not sensor.leapt:
        sensor.leapt = True
        return _told(sensor, rules)
    if not far:
        sensor.leaps = (*sensor.leaps[-rules.spikes :], sensor.seen)
    sensor.leapt = False
    sensor.base = value
    return _told(sensor, rules)


def _told(sensor: Sensor, rules: HealthSettings) -> str:
    sensor.leaps = tuple(at for at in sensor.leaps if at > sensor.seen - RECENT)
    if len(sensor.leaps) < rules.spikes:
        return ""
    return f"leaps again and again, usually it changes by {sensor.step:.2g}"


def drift(sensor: Sensor, value: float, neighbours: list[Sensor], now: int, rules: HealthSettings) -> str:
    """Whether a reading has left those of its neighbours, in words; a single neighbour proves nothing."""
    sensor.at = now
    others = [one.last - one.apart for one in neighbours if one is not sensor and one.at >= now - FRESH]
    if len(others) < 2:
        return ""
    # Where each stands by what is usual for it; the sensor itself is one of them, so that one alone moves no median.
    mine = value - sensor.apart
    difference = mine - median((*others, mine))
    away = abs(difference)
    sensor.compared += 1
    if sensor.compared <= COMPARED:
        sensor.apart += difference / sensor.compared
        sensor.spread += (away - sensor.spread) / sensor.compared
        return ""
    far = away > rules.drift * sensor.spread
    sensor.off = sensor.off + 1 if far else 0
    # What is far off teaches only a little: the sun that comes round each day is learned, a drift is not.
    sensor.apart += max(-3 * sensor.spread, min(3 * sensor.spread, difference)) * _SLOWER
    sensor.spread += (min(away, 3 * sensor.spread) - sensor.spread) * _SLOWER
    if sensor.off < APART:
        return ""
    return f"{difference:+.1f} from its {len(others)} neighbours, usually within {2 * sensor.spread:.1f}"
