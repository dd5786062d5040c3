"""What is said without a model: hazard-like rules on the same features, so that a model can be held against them.

The original's rules call half of all tickets late by comparing time left with age (reference, C12); here the odds are
those that the work, which has lasted so long, ends before its deadline, if it takes as long as such work usually does:
log-normal, with a spread that fits service desks. Devices and shifts: the original's rules in order of what they rest
on, with the observed rates where there are some.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

SPREAD: Final = 1.5  # of the logarithm of minutes until resolution

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]


def column(names: Sequence[str], rows: Matrix, name: str, default: float = 0.0) -> Floats:
    """A feature of all rows, gaps and features that are not there filled."""
    if name not in names:
        return np.full(len(rows), default)
    values = rows[:, list(names).index(name)].astype(np.float64)
    return np.where(np.isnan(values), default, values)


def sla(names: Sequence[str], rows: Matrix) -> Floats:
    """Probability of a missed deadline; 0.05 without one, and where it is resolved in time already."""
    age = np.maximum(column(names, rows, "current_age_minutes"), 0.0)
    left = column(names, rows, "time_until_sla_deadline_minutes", 999_999.0)
    usual = np.log1p(np.maximum(column(names, rows, "historical_avg_resolution_time", 240.0), 1.0))
    survive_now, survive_then = _beyond(np.log1p(age) - usual), _beyond(np.log1p(age + np.maximum(left, 0.0)) - usual)
    p = np.clip(survive_then / np.maximum(survive_now, 1e-9), 0.02, 0.95)
    waiting = (column(names, rows, "assigned_status") < 0.5) & (column(names, rows, "priority_level", 3.0) >= 4)
    p = np.where(waiting, np.maximum(p, 0.7), p)
    p = np.where(left >= 999_998.0, 0.05, np.where(left < 0, 0.98, p))
    return np.where((column(names, rows, "status") == 5) & (left >= 0), 0.05, p)


def device(names: Sequence[str], rows: Matrix) -> Floats:
    """Probability of a failure within the horizon."""
    offline = column(names, rows, "offline_duration_last_7_days")
    trend = column(names, rows, "sync_health_score_trend")
    battery = column(names, rows, "battery_level", -1.0)
    idle = column(names, rows, "time_since_last_event_minutes")
    gps = column(names, rows, "gps_accuracy_degradation")
    errors = column(names, rows, "errors_24h")
    rate = np.clip(column(names, rows, "device_type_failure_rate", 0.001), 0.0005, 0.2)
    p = np.minimum(rate * (1 + errors), 0.5)
    p = np.where((gps > 0) & (trend < 0), np.maximum(p, 0.3), p)
    p = np.where((battery >= 1) & (battery < 20) & (idle > 120), np.maximum(p, 0.7), p)
    return np.where((offline > 500) & (trend < 0), np.maximum(p, 0.8), p)


def staffing(names: Sequence[str], rows: Matrix) -> Floats:
    """Probability of a gap: one in which at least one of those scheduled does not come."""
    scheduled = np.maximum(column(names, rows, "scheduled_for_start", 1.0), 1.0)
    missing = np.clip(column(names, rows, "historical_no_show_rate", 0.15), 0.0, 0.95)
    habit = np.clip(column(names, rows, "person_no_show_rate", 0.15), 0.0, 0.95)
    one = np.clip(0.5 * missing + 0.5 * habit, 0.001, 0.95)
    expected = 1.0 - (1.0 - one) ** scheduled
    came = column(names, rows, "arrived_for_start")
    here = np.where(came >= scheduled, 0.02, expected)
    return np.clip(here, 0.01, 0.95)


def device_alone(row: Matrix) -> float:
    """As `device`, for one vector as `engine.predict.device_features` lays it out."""
    offline, trend, idle, _, battery, gps, rate, _, _, _, errors = row[:11].tolist()
    p = min(min(max(rate if rate == rate else 0.001, 0.0005), 0.2) * (1 + errors), 0.5)
    if gps > 0 and trend < 0:
        p = max(p, 0.3)
    if 1 <= battery < 20 and idle > 120:
        p = max(p, 0.7)
    return float(max(p, 0.8) if offline > 500 and trend < 0 else p)


ALONE: Final = {"device": device_alone}
"""For those that are looked at one by one on the hot path."""
RULES: Final = {"sla": sla, "device": device, "staffing": staffing}


def _beyond(distance: Floats) -> Floats:
    """Share of such work that lasts longer, by the logistic approximation of the normal curve."""
    out: Floats = 1.0 / (1.0 + np.exp(np.clip(1.702 * distance / SPREAD, -40, 40)))
    return out
