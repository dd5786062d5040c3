"""Settings of notifications: receivers and the routes to them (WIRE.md §6)."""

from typing import Annotated, Literal

import msgspec

from data.times import DAY, HOUR, MINUTE, SECOND
from engine.settings.meta import about, length
from engine.settings.oncall import Day


class Receiver(msgspec.Struct, frozen=True):
    name: Annotated[str, about("what routes call it")]
    kind: Annotated[Literal["webhook", "slack", "teams", "pagerduty", "email", "apprise"], about("how it is told")]
    url: Annotated[
        str, about("where to; needed by webhook, slack, teams and apprise; pagerduty has its own", cover="path")
    ] = ""
    format: Annotated[Literal["alertmanager", "cloudevents"], about("body of a webhook")] = "alertmanager"
    token_file: Annotated[
        str, about("file with the bearer token (webhook, slack), the routing key (pagerduty) or USER:PASSWORD (email)")
    ] = ""
    secret_file: Annotated[
        str,
        about(
            "file with the key that messages of a webhook, callbacks of slack and pagerduty, and links in mails are "
            "signed with; without one nothing comes back from a receiver"
        ),
    ] = ""
    people: Annotated[
        dict[str, str], about("who acts in its callbacks: user id or mail address over there, and the name here")
    ] = {}
    strangers: Annotated[bool, about("people it does not list may act too, under their name over there")] = False
    war_room: Annotated[
        Literal["", "INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"],
        about("slack: incidents from this severity on get a channel of their own; empty: none"),
    ] = ""
    channel: Annotated[
        str, about("channel of a slack receiver with a bot token; without one, `url` is its webhook")
    ] = ""
    to: Annotated[tuple[str, ...], about("addresses of an email")] = ()
    sender: Annotated[str, about("sender's address of an email")] = ""
    smtp: Annotated[str, about("HOST:PORT that takes the mail")] = ""
    resolved: Annotated[bool, about("tell recoveries too")] = True
    timeout: Annotated[int, length("give an attempt up after this, and try again", least=SECOND, most=30 * SECOND)] = (
        10 * SECOND
    )
    deadline: Annotated[
        int, length("a message that could not be delivered for so long is given up, and can be replayed", least=MINUTE)
    ] = 7 * DAY
    rate: Annotated[int, about("messages a minute, at most; more wait", least=1, most=100_000)] = 120
    digest_over: Annotated[
        int, about("when more messages than these wait, they are told together", least=2, most=100_000)
    ] = 50
    fallback: Annotated[str, about("another receiver, that is told what this one could not be for a while")] = ""
    fallback_after: Annotated[int, length("so long a receiver has to fail before its fallback is told", most=DAY)] = (
        5 * MINUTE
    )


class Route(msgspec.Struct, frozen=True):
    to: Annotated[tuple[str, ...], about("names of receivers")]
    match: Annotated[str, about("which alerts, in the filter language; empty: all", filter="alerts")] = ""
    group_by: Annotated[
        tuple[str, ...], about("alerts alike in these fields are told together; empty: those of one incident")
    ] = ()
    group_wait: Annotated[int, length("wait for more before a new group is told", most=HOUR)] = 5 * SECOND
    group_interval: Annotated[int, length("shortest time between two messages of a group", least=SECOND, most=DAY)] = (
        30 * SECOND
    )
    repeat: Annotated[int, length("tell again what still fires and nobody has", least=MINUTE, most=30 * DAY)] = 4 * HOUR


class Digest(msgspec.Struct, frozen=True):
    name: Annotated[str, about("what it is called")]
    to: Annotated[tuple[str, ...], about("names of receivers")]
    every: Annotated[Literal["daily", "weekly"], about("how often")] = "daily"
    at: Annotated[str, about("time of day, such as 07:00")] = "07:00"
    day: Annotated[Day, about("day of a weekly one")] = "mon"
    timezone: Annotated[str, about("zone of its time of day; empty: engine.timezone", zone=True)] = ""
    match: Annotated[
        str, about("which alerts, in the filter language; empty: those that routes lead there", filter="alerts")
    ] = ""
    report: Annotated[
        Literal["", "handover", "digest", "service", "noise", "attendance", "scorecard", "predictions"],
        about("a report of `noc report` over the time since the last one; empty: a digest made for each receiver"),
    ] = ""
    mask: Annotated[bool, about("without names, phones, e-mail and coordinates of people")] = False
    tenant: Annotated[str, about("whose")] = "default"


class Notify(msgspec.Struct, frozen=True):
    receivers: Annotated[
        tuple[Receiver, ...],
        about(
            "who is told; without routes every receiver gets all",
            example="- {name: desk, kind: webhook, url: 'http://127.0.0.1:9000/hook'}",
        ),
    ] = ()
    routes: Annotated[
        tuple[Route, ...],
        about(
            "who is told what; every route that matches counts",
            example="- {match: 'severity>=high', to: [desk], group_by: [site], group_wait: 5s, repeat: 4h}",
        ),
    ] = ()
    digests: Annotated[
        tuple[Digest, ...],
        about(
            "what is open and what happened, or a report, at a time of day",
            example="- {name: morning, to: [desk], at: '07:00', timezone: Europe/Berlin, report: handover}",
        ),
    ] = ()
    allow: Annotated[
        tuple[str, ...],
        about("hosts that may be told, `*` for any part; this machine always may", example="[hooks.slack.com]"),
    ] = ()
    callbacks: Annotated[
        str, about("address under which this server is reached from outside; links in mails lead there")
    ] = ""
    console: Annotated[str, about("address of a console for people, which messages link to")] = ""
