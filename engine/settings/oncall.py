"""Settings of on-call schedules and of escalation."""

from typing import Annotated, Literal

import msgspec

from data.times import DAY, HOUR, MINUTE
from engine.settings.meta import about, length

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Layer(msgspec.Struct, frozen=True):
    """A rotation: its people take turns, in order, for ever."""

    name: Annotated[str, about("what overrides and reports call it")]
    people: Annotated[tuple[str, ...], about("ids of the people, in the order of their turns")]
    every: Annotated[Literal["day", "week"], about("the unit of a turn")] = "week"
    turn: Annotated[int, about("so many days or weeks is one turn", least=1, most=52)] = 1
    handover: Annotated[str, about("time of day, in the schedule's zone, at which one turn follows another")] = "09:00"
    weekday: Annotated[Day, about("day of the hand-over, where turns are weeks")] = "mon"
    start: Annotated[str, about("date of the first hand-over; empty: has always been")] = ""
    until: Annotated[str, about("date of the last hand-over, to nobody; empty: never")] = ""
    hours: Annotated[str, about("only in these hours of the day, such as 20:00-06:00; empty: all day")] = ""
    days: Annotated[tuple[Day, ...], about("only on days that begin on these; empty: all")] = ()


class Appointment(msgspec.Struct, frozen=True):
    """One time on call, perhaps recurring, as calendars have them; several may overlap."""

    person: Annotated[str, about("id of the person")]
    start: Annotated[str, about("local time such as 2026-01-05T20:00, or RFC 3339")]
    end: Annotated[str, about("the same; of a recurring one that of its first time")]
    repeat: Annotated[str, about("a rule of RFC 5545: FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU;UNTIL=20261231T000000Z")] = ""
    skip: Annotated[tuple[str, ...], about("beginnings of a recurring one that are left out")] = ()
    timezone: Annotated[str, about("zone of its local times; empty: the schedule's", zone=True)] = ""


class Override(msgspec.Struct, frozen=True):
    """Somebody else for a while. Later ones win."""

    person: Annotated[str, about("who stands in")]
    start: Annotated[str, about("local time such as 2026-01-05T20:00, or RFC 3339")]
    end: Annotated[str, about("the same")]
    layer: Annotated[str, about("in this layer; empty: in place of everybody")] = ""
    instead_of: Annotated[str, about("only while this person would be on call; empty: whoever")] = ""


class Schedule(msgspec.Struct, frozen=True):
    name: Annotated[str, about("what escalation calls it: schedule/NAME")]
    timezone: Annotated[str, about("zone of its times of day; empty: engine.timezone", zone=True)] = ""
    layers: Annotated[
        tuple[Layer, ...],
        about("rotations, all of them on call at once; the first is asked first", example="- {name: a, people: [P1]}"),
    ] = ()
    appointments: Annotated[
        tuple[Appointment, ...], about("times on call that no rotation gives; `noc oncall import` writes them")
    ] = ()
    overrides: Annotated[tuple[Override, ...], about("who stands in for whom, and when")] = ()
    continuous: Annotated[bool, about("somebody must be on call at every moment; false: gaps are meant")] = True


class OnCallSettings(msgspec.Struct, frozen=True):
    schedules: Annotated[
        tuple[Schedule, ...],
        about(
            "who is on call when",
            example="- {name: desk, timezone: Europe/Berlin, layers: [{name: first, people: [P1, P2]}]}",
        ),
    ] = ()


class EscalationStep(msgspec.Struct, frozen=True):
    to: Annotated[
        tuple[str, ...],
        about("who is told: oncall, schedule/NAME, person/ID, role/NAME (at the item's sites), in_charge, everybody"),
    ]
    wait: Annotated[
        int, length("unacknowledged for this long since the step before; 0s: as the severity says", most=7 * DAY)
    ] = 0


class EscalationPolicy(msgspec.Struct, frozen=True):
    name: Annotated[str, about("what reports call it")]
    steps: Annotated[tuple[EscalationStep, ...], about("one after the other, until somebody acknowledges")]
    match: Annotated[
        str, about("which items: kind (incident, cluster), severity, site, client, type and tenant; empty: all")
    ] = ""
    repeat: Annotated[int, about("go through the steps so many times more", least=0, most=5)] = 0


class EscalationSettings(msgspec.Struct, frozen=True):
    """The waits are the original system's: nobody has acknowledged for so long."""

    critical: Annotated[int, length("wait of CRITICAL items; 0s: never", most=7 * DAY)] = 15 * MINUTE
    high: Annotated[int, length("wait of HIGH items; 0s: never", most=7 * DAY)] = 30 * MINUTE
    medium: Annotated[int, length("wait of MEDIUM items; 0s: never", most=7 * DAY)] = 60 * MINUTE
    low: Annotated[int, length("wait of LOW items; 0s: never", most=7 * DAY)] = 120 * MINUTE
    clusters: Annotated[
        Literal["never", "LOW", "MEDIUM", "HIGH", "CRITICAL"],
        about("clusters and lone alerts that are no incident escalate too, from this severity on"),
    ] = "HIGH"
    policies: Annotated[
        tuple[EscalationPolicy, ...],
        about(
            "what is done when nobody acknowledges; the first that matches counts. Without one: who is on call, then "
            "the sites' people in charge, then everybody",
            example="- {name: C1, match: 'client:C1', steps: [{to: [oncall]}, {wait: 10m, to: [everybody]}]}",
        ),
    ] = ()
    tickets: Annotated[bool, about("serious findings become tickets by themselves")] = True
    ticket_severities: Annotated[
        tuple[Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"], ...], about("which severities do")
    ] = ("HIGH", "CRITICAL")
    ticket_within: Annotated[
        int, length("at most one ticket of a type and site in this time", least=MINUTE, most=30 * DAY)
    ] = 4 * HOUR
