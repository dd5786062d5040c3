"""How grave it is that somebody does little while alerts fire, and how sure the tie is.

The original system's rules: no phone event and no task is HIGH, few phone events and few location updates MEDIUM, all
else INFO; the combined severity is the greatest of that and of the alerts'. The score is 0.5, and 0.3, 0.2 or 0.1 more
for the nearest alert within a third, two thirds or all of the window (5, 10 and 15 min), and 0.2 more where an alert of
a device that is away explains few phone events; at most 1.
"""

from collections.abc import Iterable, Sequence

import msgspec

from data.records.alert import Alert
from data.records.severity import HIGH, INFO, MEDIUM
from data.times import MINUTE
from engine.detect.signals import Counts
from engine.settings.baselines import CorrelationSettings

_BASE, _NEAR, _EXPLAINED = 0.5, (0.3, 0.2, 0.1), 0.2
_SHOWN = 5  # alerts told among the reasons


class Tied(msgspec.Struct):
    """`severity` 1-5, `score` 0-1, reasons in words."""

    severity: int
    score: float
    reasons: list[str]


def quiet(counts: Counts, settings: CorrelationSettings) -> tuple[int, str]:
    """Severity of the activity itself, and why."""
    if not counts.phone and not counts.tasks:
        return HIGH, "no phone event and no task"
    if counts.phone < settings.few_phone_events and counts.fixes < settings.few_fixes:
        return MEDIUM, f"{counts.phone} phone events and {counts.fixes} location updates only"
    return INFO, f"{counts.phone} phone events, {counts.fixes} location updates, {counts.tasks} tasks"


def explains(alert: Alert) -> bool:
    """Whether the alert tells of a device that is away."""
    kind = alert.alert_type.upper()
    return "OFFLINE" in kind or "DEVICE" in kind


def score(counts: Counts, alerts: Iterable[Alert], now: int, settings: CorrelationSettings) -> float:
    """How sure it is that they belong together. `alerts` are those within the window, one at least."""
    tied = list(alerts)
    nearest = min(abs(now - alert.first_seen) for alert in tied)
    third = min(2, max(0, -(-3 * nearest // settings.within) - 1))
    explained = counts.phone < settings.few_phone_events and any(explains(alert) for alert in tied)
    return round(min(1.0, _BASE + _NEAR[third] + (_EXPLAINED if explained else 0)), 2)


def tie(counts: Counts, alerts: Sequence[Alert], now: int, window: int, settings: CorrelationSettings) -> Tied:
    """What activity over `window` microseconds and alerts within reach of `now` come to together."""
    own, words = quiet(counts, settings)
    reasons = [f"{words} in {window // MINUTE} min"]
    for alert in sorted(alerts, key=lambda each: (abs(now - each.first_seen), each.number))[:_SHOWN]:
        about = alert.entity or alert.site or "somewhere"
        reasons.append(f"{alert.alert_type} of {about}, {abs(now - alert.first_seen) / MINUTE:.0f} min before")
    if len(alerts) > _SHOWN:
        reasons.append(f"and {len(alerts) - _SHOWN} more alerts")
    if counts.phone < settings.few_phone_events:
        away = next((alert for alert in alerts if explains(alert)), None)
        if away is not None:
            reasons.append(f"{away.alert_type} of {away.entity or away.site} may be why so little was heard")
    grave = max(own, *(alert.severity for alert in alerts))
    return Tied(grave, score(counts, alerts, now, settings), reasons)
