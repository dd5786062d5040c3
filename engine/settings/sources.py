"""Settings of the sources of events, and of how the payloads of foreign senders are read."""

from typing import Annotated, Literal

import msgspec

from data.times import HOUR, MINUTE, SECOND
from engine.settings.mapping import Rule, TypeRule
from engine.settings.meta import about, length

Severity = Literal["INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"]
Danger = Literal["POLITICAL", "WEATHER", "CYBER", "TERRORISM", "CRIME", "INFRASTRUCTURE", "HEALTH", "OTHER"]


class Source(msgspec.Struct, frozen=True):
    name: Annotated[str, about("what it is called on the screen")]
    kind: Annotated[
        Literal["websocket", "file", "syslog", "json", "threats"],
        about(
            "how its events come; json: by a mapping, at POST /sources/NAME and, with a url, over a WebSocket; "
            "threats: warnings of RSS, Atom, CAP or GeoJSON, those near our sites"
        ),
    ]
    url: Annotated[str, about("ws:// or wss:// address of a websocket, https:// address of threats")] = ""
    protocol: Annotated[Literal["noc.ingest.v1", "cloudevents.json"], about("subprotocol of a websocket")] = (
        "noc.ingest.v1"
    )
    token_file: Annotated[str, about("file with the token of a websocket")] = ""
    ca: Annotated[str, about("file with the authorities that a wss:// address is checked against", cover="path")] = ""
    fresh_for: Annotated[
        int, length("a connected source that says nothing for so long is shown as stale", least=SECOND)
    ] = 5 * MINUTE
    path: Annotated[str, about("JSON Lines of CloudEvents, plain or .gz")] = ""
    listen: Annotated[str, about("HOST:PORT on which syslog is taken")] = ""
    transport: Annotated[Literal["udp", "tcp", "tls"], about("of syslog")] = "udp"
    certificate: Annotated[str, about("file with the certificate of syslog over TLS", cover="path")] = ""
    key: Annotated[str, about("file with the key of the certificate", cover="path")] = ""
    site: Annotated[str, about("site of what syslog reports")] = ""
    tenant: Annotated[str, about("tenant of what syslog, json or threats report")] = "default"
    each: Annotated[str, about("of json, in CEL: the list of items in `payload`", example="payload.alarms")] = ""
    map: Annotated[tuple[Rule, ...], about("of json: what an item becomes, by the first rule that is for it")] = ()
    every: Annotated[int, length("of threats: between two fetches", least=MINUTE)] = HOUR
    categories: Annotated[tuple[Danger, ...], about("of threats: kinds that count; none: all of them")] = ()
    min_severity: Annotated[Severity, about("of threats: what is less grave is left out")] = "MEDIUM"
    min_confidence: Annotated[float, about("of threats: what is less sure is left out", least=0, most=1)] = 0.6
    margin_km: Annotated[float, about("of threats: added to how far a warning reaches", least=0, most=1_000)] = 10.0
    enabled: Annotated[bool, about("off keeps the entry without using it")] = True


class ForeignSettings(msgspec.Struct, frozen=True):
    """How alerts of Prometheus, Alertmanager, PagerDuty senders and syslog become ours."""

    severity_labels: Annotated[tuple[str, ...], about("labels that tell the severity, the first that is there")] = (
        "severity",
        "priority",
        "level",
    )
    severities: Annotated[
        dict[str, Severity], about("what further words mean; unknown ones are MEDIUM", example="{p1: CRITICAL}")
    ] = {}
    entity_labels: Annotated[
        tuple[str, ...], about("labels that tell what an alert is about, the first that is there")
    ] = ("instance", "host", "node", "pod", "service", "device")
    site_labels: Annotated[tuple[str, ...], about("labels that tell the site, the first that is there")] = ("site",)
    types: Annotated[
        tuple[TypeRule, ...], about("what events of types outside noc. become, by the first rule that is for them")
    ] = ()
    lease: Annotated[
        int,
        length("an alert by webhook or PagerDuty that is neither repeated nor resolved ends after this", least=MINUTE),
    ] = 6 * HOUR
    syslog_from: Annotated[
        Severity, about("lines of syslog below this severity are kept as events, not raised as alerts")
    ] = "LOW"
