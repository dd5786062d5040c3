"""Settings of activity signals, of their correlation with alerts, and of what is usual at a site."""

from typing import Annotated

import msgspec

from data.times import DAY, HOUR, MINUTE
from engine.settings.meta import about, length


class SignalSettings(msgspec.Struct, frozen=True):
    """The window is the original system's 120 minutes."""

    window: Annotated[int, length("activity is counted over this", least=5 * MINUTE, most=24 * HOUR)] = 2 * HOUR
    keep: Annotated[
        int, length("the longest window that can be asked for; it costs memory", least=HOUR, most=2 * DAY)
    ] = 6 * HOUR


class CorrelationSettings(msgspec.Struct, frozen=True):
    enabled: Annotated[bool, about("tie the activity of people to alerts")] = True
    within: Annotated[int, length("alerts this close to the moment are tied to it", least=MINUTE, most=2 * HOUR)] = (
        15 * MINUTE
    )
    settle: Annotated[
        int, length("so long after a check-in nobody's silence says anything", least=0, most=6 * HOUR)
    ] = HOUR
    few_phone_events: Annotated[int, about("fewer phone events than this in a window are few", least=1, most=100)] = 5
    few_fixes: Annotated[int, about("fewer location updates than this in a window are few", least=1, most=100)] = 3


class BaselineSettings(msgspec.Struct, frozen=True):
    """What is usual at a site, for each signal and hour of the week, and how far from it is a finding."""

    enabled: Annotated[bool, about("learn what is usual, and tell what is not")] = True
    threshold: Annotated[
        float, about("so many spreads from what is usual is a finding, until verdicts say better", least=1.5, most=5)
    ] = 3.0
    sharp_threshold: Annotated[
        float, about("where verdicts confirm what is found, the threshold goes down to this", least=1.5, most=5)
    ] = 2.5
    least_values: Annotated[int, about("values of like hours before anything is judged", least=3, most=60)] = 5
    own_weeks: Annotated[
        int, about("values of its own after which an hour of the week stands alone", least=1, most=6)
    ] = 4
    least_spread: Annotated[
        float, about("the smallest spread, in units of what chance alone gives a count", least=0.1, most=2)
    ] = 0.75
    alone: Annotated[float, about("how much an hour alone counts against two in a row", least=0.1, most=1)] = 0.6
    shift_after: Annotated[
        int, about("days on which an hour deviates the same way before that is the new level", least=2, most=30)
    ] = 3
    widespread: Annotated[
        float, about("share of the sites above which one deviation of all is one finding", least=0.1, most=1)
    ] = 0.5
    retune: Annotated[bool, about("set thresholds anew by verdicts, Sundays at 03:00")] = True
    verdict_days: Annotated[int, about("verdicts of so many days count", least=7, most=90)] = 30
    least_verdicts: Annotated[int, about("verdicts on a signal of a site before its threshold moves", least=1)] = 4
    too_many_false: Annotated[
        float, about("share of false findings above which the threshold is raised", least=0.05, most=1)
    ] = 0.3
    target_false: Annotated[float, about("share of false findings that is aimed at", least=0.0, most=0.5)] = 0.1
    step: Annotated[float, about("the most that a threshold moves at once", least=0.1, most=2)] = 1.0
