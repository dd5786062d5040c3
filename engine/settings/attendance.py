"""Settings of attendance: what is wrong with a check-in, and when a score is worth a ticket."""

from typing import Annotated, Literal

import msgspec

from data.times import DAY, HOUR, MINUTE
from engine.settings.meta import about, length

Level = Literal["INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"]


class AttendanceSettings(msgspec.Struct, frozen=True):
    """The defaults are the original system's (its SecurityAnomalyConfig); most can be set per client and site."""

    report_from: Annotated[
        float, about("evidence less sure than this is no anomaly; it still counts in the score", least=0, most=1)
    ] = 0.4
    max_speed_kmh: Annotated[float, about("faster travel between two sites is impossible", least=50, most=300)] = 150.0
    min_travel: Annotated[
        int, length("shortest credible way between two sites whose places are not known", most=6 * HOUR)
    ] = 30 * MINUTE
    geofence_m: Annotated[float, about("metres around a site that names none itself", least=50, most=1000)] = 200.0
    max_accuracy_m: Annotated[float, about("a GPS fix less accurate than this proves nothing", least=1, most=5000)] = (
        100.0
    )
    spoof_after: Annotated[
        int, length("fixes of a shorter time say nothing about a handset that stands too still", least=15 * MINUTE)
    ] = 90 * MINUTE
    max_work: Annotated[int, length("longest continuous work", least=8 * HOUR, most=24 * HOUR)] = 16 * HOUR
    rest: Annotated[int, length("a shorter break does not end continuous work", least=0, most=12 * HOUR)] = 90 * MINUTE
    min_biometric: Annotated[
        float, about("verifications of 30 days that match less than this on average are a pattern", least=0, most=1)
    ] = 0.7
    min_face_confidence: Annotated[
        float, about("a face less sure than this is as likely as not another's", least=0, most=1)
    ] = 0.5
    min_liveness: Annotated[float, about("less alive than this is a picture", least=0, most=1)] = 0.5
    min_authenticity: Annotated[float, about("a photo less authentic than this is staged", least=0, most=1)] = 0.5
    max_manipulation: Annotated[float, about("a photo more manipulated than this is edited", least=0, most=1)] = 0.5
    buddy_window: Annotated[
        int, length("verified at two sites within this is buddy punching", least=MINUTE, most=30 * MINUTE)
    ] = 5 * MINUTE
    swap_grace: Annotated[int, length("a swap told this late still excuses a check-in", most=DAY)] = 45 * MINUTE
    unauthorized_severity: Annotated[Level, about("of a check-in at a site without permission")] = "CRITICAL"
    free_roles: Annotated[tuple[str, ...], about("roles of people who come and go without a shift")] = (
        "in_charge",
        "supervisor",
        "manager",
        "operator",
    )
    off_plan: Annotated[
        int, length("a check-in this far from the start of its shift does not fit the plan", least=15 * MINUTE)
    ] = 60 * MINUTE
    late: Annotated[int, length("arriving later than this after the start is a late arrival", most=4 * HOUR)] = (
        15 * MINUTE
    )
    no_show: Annotated[
        int, length("nobody there this long after the start is a no-show", least=5 * MINUTE, most=4 * HOUR)
    ] = 30 * MINUTE
    ghost_after: Annotated[
        int, length("silence after a check-in that is looked at", least=30 * MINUTE, most=8 * HOUR)
    ] = 2 * HOUR
    inactivity: Annotated[bool, about("watch for guards who do nothing at night")] = True
    inactivity_window: Annotated[int, length("how long a guard may do nothing", least=30 * MINUTE, most=6 * HOUR)] = (
        2 * HOUR
    )
    inactivity_score: Annotated[float, about("inactivity is a finding from this score on", least=0, most=1)] = 0.8
    deep_night_from: Annotated[int, about("hour at which the deep night begins", least=0, most=23)] = 1
    deep_night_to: Annotated[int, about("hour at which it ends", least=0, most=23)] = 5


class FraudSettings(msgspec.Struct, frozen=True):
    """What a score leads to."""

    tickets: Annotated[bool, about("open a ticket for a check-in that is HIGH or CRITICAL")] = True
    ticket_from: Annotated[
        float, about("only from this probability on; 0: its level alone decides", least=0, most=1)
    ] = 0.0
    ticket_within: Annotated[
        int, length("one ticket a person and type of fraud in this time", least=MINUTE, most=30 * DAY)
    ] = DAY
    narrow: Annotated[
        float, about("a model that is less sure than this (width of its interval) asks a person first", least=0, most=1)
    ] = 0.2
