"""Settings of activity at night, of tours and tasks, and of the health of devices."""

from typing import Annotated, Literal

import msgspec

from data.times import DAY, HOUR, MINUTE
from engine.settings.meta import about, length


class NightSettings(msgspec.Struct, frozen=True):
    """What counts as a sign of life. How long a guard may give none is `attendance.inactivity_window`."""

    begins: Annotated[int, about("local hour at which the night begins", least=0, most=23)] = 20
    ends: Annotated[int, about("local hour at which it ends", least=0, most=23)] = 6
    moved_m: Annotated[
        float, about("metres that are a movement, beyond what the fixes say of their accuracy", least=1)
    ] = 10.0
    dark_window: Annotated[
        int,
        length(
            "how long a guard whose handset is dark may give no other sign, until the rhythm of verifications is known",
            least=30 * MINUTE,
            most=12 * HOUR,
        ),
    ] = 3 * HOUR
    longest_duty: Annotated[
        int, length("without a planned end a duty is over after this, though nobody checked out", least=HOUR, most=DAY)
    ] = 12 * HOUR


class WorkSettings(msgspec.Struct, frozen=True):
    """Tours, tasks, tickets and orders; the minutes are the original system's."""

    tour_grace: Annotated[int, length("a tour may be this late", most=6 * HOUR)] = 30 * MINUTE
    tour_coverage: Annotated[float, about("share of its checkpoints that makes a tour made", least=0, most=1)] = 0.8
    missed_severity: Annotated[
        Literal["INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"], about("of a mandatory tour that was missed")
    ] = "HIGH"
    coverage_tours: Annotated[
        int, about("so many tours of a site must have been due in a day to judge its checkpoints", least=1, most=1000)
    ] = 4
    within_critical: Annotated[int, length("a CRITICAL task without a time of its own", least=MINUTE)] = 15 * MINUTE
    within_high: Annotated[int, length("a HIGH task without a time of its own", least=MINUTE)] = 30 * MINUTE
    within_medium: Annotated[int, length("a MEDIUM task without a time of its own", least=MINUTE)] = 60 * MINUTE
    within_low: Annotated[int, length("any other task without a time of its own", least=MINUTE)] = 120 * MINUTE
    shown: Annotated[
        int, about("overdue things of one kind at a site that are findings of their own at once", least=1, most=1000)
    ] = 10
    support_after: Annotated[int, length("a ticket open this long is support delayed", least=HOUR)] = 72 * HOUR
    support_late: Annotated[int, length("and this long makes it HIGH", least=HOUR)] = 120 * HOUR
    unassigned: Annotated[int, length("a CRITICAL ticket without an owner for longer is an emergency", most=DAY)] = (
        5 * MINUTE
    )


class HealthSettings(msgspec.Struct, frozen=True):
    """When the telemetry of a device says that it is not well."""

    battery_low: Annotated[float, about("percent of charge below which a battery is low", least=0, most=100)] = 15.0
    battery_good: Annotated[float, about("and above which it is well again", least=0, most=100)] = 30.0
    signal_low: Annotated[float, about("percent of signal that is no longer enough", least=0, most=100)] = 20.0
    hot: Annotated[float, about("degrees Celsius above which equipment suffers", least=0, most=200)] = 60.0
    gps_poor_m: Annotated[float, about("a usual accuracy of positions worse than this is poor", least=1)] = 150.0
    errors: Annotated[int, about("errors that it reports in a day are many", least=1, most=10_000)] = 6
    poor: Annotated[float, about("a health below this, of 100, is a finding", least=0, most=100)] = 50.0
    stuck: Annotated[
        float,
        about("how unlikely (in decimal digits) the same reading over and over must be to be a broken sensor", least=3),
    ] = 9.0
    drift: Annotated[
        float,
        about("a sensor this many times further from its neighbours than usual has drifted", least=3, most=100),
    ] = 8.0
    spikes: Annotated[int, about("leaps there and back in 30 readings that make a sensor broken", least=2, most=30)] = 3
