"""Settings of site audits, of the patterns they look for, and of the daily scorecard."""

from typing import Annotated, Literal

import msgspec

from data.times import DAY, HOUR, MINUTE
from engine.settings.meta import about, length

Signal = Literal["phone", "location", "tasks"]


class AuditSettings(msgspec.Struct, frozen=True):
    """Every 5 minutes a heartbeat of each site with people on duty, every 15 the patterns, every hour the slow ones."""

    on: Annotated[bool, about("audit sites at all")] = True
    heartbeat: Annotated[bool, about("the look every 5 minutes")] = True
    thorough: Annotated[bool, about("the look every 15 minutes")] = True
    deep: Annotated[bool, about("the look every hour")] = True
    critical_signals: Annotated[tuple[Signal, ...], about("what must be heard of a site with people on duty")] = (
        "phone",
        "location",
    )
    min_count: Annotated[int, about("fewer of a critical signal in its window are too few", least=1, most=1000)] = 1
    window: Annotated[int, length("the window of critical signals and of silence", least=15 * MINUTE, most=HOUR)] = HOUR
    source_silent: Annotated[
        int, length("a kind of signal that nobody sends for so long is an outage of its source", least=5 * MINUTE)
    ] = 15 * MINUTE
    patterns_off: Annotated[tuple[str, ...], about("patterns that are not looked for, by their finding types")] = ()
    storm_tasks: Annotated[int, about("overdue tasks of a site that are a storm", least=1)] = 5
    storm_tours: Annotated[int, about("delayed tours of a site that are a storm", least=1)] = 3
    storm_alerts: Annotated[int, about("alerts of a site in an hour that are a storm", least=1)] = 10
    phantom_fixes: Annotated[int, about("positions without any work that make a phantom", least=2)] = 5
    phantom_after: Annotated[int, length("and how long without any work", least=30 * MINUTE, most=12 * HOUR)] = 2 * HOUR
    device_events: Annotated[int, about("signs of one kind without any of the other that are a failure", least=2)] = 5
    device_after: Annotated[int, length("and how long the other kind has been missing", least=15 * MINUTE)] = 2 * HOUR
    away_m: Annotated[float, about("metres beyond the fence at which a guard has left", least=10)] = 200.0
    distress_memory: Annotated[int, length("how long a call for help is remembered", least=15 * MINUTE, most=DAY)] = (
        4 * HOUR
    )
    distress_still: Annotated[int, length("silence after a call for help that is distress", least=MINUTE)] = 15 * MINUTE
    open_per_head: Annotated[int, about("open tasks a head that are too many where people are missing", least=1)] = 5
    odd_hours: Annotated[int, length("a sign further than this from any duty is at a suspicious hour")] = 2 * HOUR
    chain_critical: Annotated[int, length("a CRITICAL incident may wait this long for anybody", least=MINUTE)] = (
        15 * MINUTE
    )
    chain_high: Annotated[int, length("a HIGH one", least=MINUTE)] = 30 * MINUTE


class ScorecardSettings(msgspec.Struct, frozen=True):
    """The seven things that are not negotiable, judged each day for each client."""

    on: Annotated[bool, about("make scorecards")] = True
    hour: Annotated[int, about("local hour at which the day before is judged", least=0, most=23)] = 6
    late: Annotated[int, length("a guard later than this was late", most=HOUR)] = 15 * MINUTE
    absent: Annotated[int, length("a post without its guard for this long was not covered", most=4 * HOUR)] = (
        30 * MINUTE
    )
    compliance_kinds: Annotated[tuple[str, ...], about("kinds of tasks that are reports owed to the law or client")] = (
        "compliance_report",
    )
    report_kinds: Annotated[tuple[str, ...], about("kinds of tasks that are daily reports")] = ("daily_report",)
    escalate_within: Annotated[int, length("an emergency must be with somebody after this", least=MINUTE)] = 2 * MINUTE
