"""What must hold between settings: names that refer to each other, filters, addresses, zones."""

import ipaddress
import re
from collections import Counter
from typing import Final
from urllib.parse import urlsplit

from data.personal.keys import KEYS
from engine.query import QueryError, parse
from engine.query.errors import choices, did_you_mean
from engine.query.moments import zone_named
from engine.query.schema import Kind
from engine.query.schemas import ALERTS
from engine.query.texts import glob_whole
from engine.respond.addresses import HERE
from engine.settings.mapping_rules import check_mappings
from engine.settings.muting_rules import check_inhibit, check_maintenance
from engine.settings.notify import Digest, Receiver, Route
from engine.settings.oncall_rules import check_escalation, check_oncall
from engine.settings.places import PLACES
from engine.settings.playbook_rules import check_playbooks
from engine.settings.reading import Reading
from engine.settings.sections import Config, Override
from engine.settings.sources import Source
from engine.settings.tuning import figure_names

WEB: Final = ("http", "https")


def check_rules(reading: Reading, config: Config) -> None:
    """Tells in `reading` everything that is wrong between settings."""
    check_zone(reading, config)
    check_sources(reading)
    check_receivers(reading, config)
    check_routes(reading)
    check_digests(reading)
    check_overrides(reading)
    check_retention(reading, config)
    check_figures(reading, config)
    check_oncall(reading, config)
    check_escalation(reading, config)
    check_maintenance(reading, config)
    check_inhibit(reading)
    check_playbooks(reading, config)
    check_mappings(reading)
    check_ask(reading, config)


def check_zone(reading: Reading, config: Config) -> None:
    check_zone_at(reading, "engine.timezone", config.engine.timezone)


def check_zone_at(reading: Reading, key: str, name: str) -> None:
    try:
        zone_named(name)
    except (ValueError, KeyError, OSError):
        import zoneinfo

        hint = did_you_mean(name, zoneinfo.available_timezones())
        reading.at(key, f"'{name}' is no time zone", hint or "write it such as Europe/Berlin or Asia/Kolkata")


def check_twice(reading: Reading, key: str, what: str) -> None:
    named = [(full, entry.name) for full, entry in reading.elements.get(key, [])]
    counts = Counter(name for _, name in named)
    for full, name in named:
        if counts[name] > 1:
            first = next(other for other, known in named if known == name)
            if full != first:
                reading.at(f"{full}.name", f"a second {what} called '{name}'", "give it another name")


NEEDED: Final = {"websocket": "url", "file": "path", "syslog": "listen", "json": "map", "threats": "url"}


def check_sources(reading: Reading) -> None:
    check_twice(reading, "sources", "source")
    entries: list[tuple[str, Source]] = reading.elements.get("sources", [])
    for key, source in entries:
        needed = NEEDED[source.kind]
        if not getattr(source, needed):
            reading.at(f"{key}.{needed}", f"a source of kind {source.kind} needs '{needed}'", f"add `{needed}:`")
        for other in ("url", "path", "listen", "token_file"):
            used = other == needed or (source.kind == "websocket" and other == "token_file")
            used = used or (source.kind == "json" and other in ("url", "token_file"))
            if getattr(source, other) and not used:
                reading.at(f"{key}.{other}", f"a source of kind {source.kind} has no '{other}'", "remove it")
        if source.kind in ("websocket", "json") and source.url:
            check_websocket(reading, key, source)
        if source.kind == "threats" and source.url and address(source.url)[0] not in WEB:
            text = f"'{source.url[:60]}' is no web address"
            reading.at(f"{key}.url", text, "write it such as https://alerts.example/feed.atom")
        if source.kind == "syslog" and source.listen and not is_host_port(source.listen):
            reading.at(f"{key}.listen", f"'{source.listen}' is not HOST:PORT", "write it such as 127.0.0.1:5514")


def check_websocket(reading: Reading, key: str, source: Source) -> None:
    scheme, host = address(source.url)
    if scheme not in ("ws", "wss") or not host:
        text = f"'{source.url[:60]}' is no WebSocket address"
        reading.at(f"{key}.url", text, "write it such as wss://gate.example/ws")
    elif scheme == "ws" and source.token_file and not is_loopback(host):
        reading.warn(f"{key}.url", "the token would go over the network unencrypted", "use wss://")


def check_ask(reading: Reading, config: Config) -> None:
    told = config.ask
    if not told.endpoint:
        return
    scheme, host = address(told.endpoint)
    if scheme not in WEB or not host:
        text = f"'{told.endpoint[:60]}' is no web address"
        reading.at("ask.endpoint", text, "write it such as http://127.0.0.1:11434/v1")
    elif scheme == "http" and not is_loopback(host):
        reading.warn("ask.endpoint", "questions would go over the network unencrypted", "use https://")
    if not told.model:
        reading.at("ask.model", "an endpoint needs the name of a model", "write it such as llama3.1")


def check_receivers(reading: Reading, config: Config) -> None:
    check_twice(reading, "notify.receivers", "receiver")
    receivers: list[tuple[str, Receiver]] = reading.elements.get("notify.receivers", [])
    routes: list[tuple[str, Route]] = reading.elements.get("notify.routes", [])
    told = {name for _, route in routes for name in route.to} | {one.fallback for _, one in receivers}
    digests: list[tuple[str, Digest]] = reading.elements.get("notify.digests", [])
    told |= {name for _, digest in digests for name in digest.to}
    names = {one.name for _, one in receivers}
    for key, receiver in receivers:
        check_receiver(reading, key, receiver, config.notify.allow)
        if receiver.fallback and receiver.fallback not in names - {receiver.name}:
            hint = did_you_mean(receiver.fallback, sorted(names - {receiver.name})) or "add it to notify.receivers"
            reading.at(f"{key}.fallback", f"there is no other receiver '{receiver.fallback}'", hint)
        if routes and receiver.name not in told:
            reading.warn(f"{key}.name", f"no route leads to '{receiver.name}'", "name it in a route, or remove it")


def check_digests(reading: Reading) -> None:
    check_twice(reading, "notify.digests", "digest")
    receivers: list[tuple[str, Receiver]] = reading.elements.get("notify.receivers", [])
    kinds = {one.name: one.kind for _, one in receivers}
    digests: list[tuple[str, Digest]] = reading.elements.get("notify.digests", [])
    for key, digest in digests:
        check_filter(reading, f"{key}.match", digest.match)
        if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", digest.at, re.ASCII) is None:
            reading.at(f"{key}.at", f"'{digest.at}' is no time of day", "write it such as 07:00")
        if digest.timezone:
            check_zone_at(reading, f"{key}.timezone", digest.timezone)
        if not digest.to:
            reading.at(f"{key}.to", "goes to nobody", "name receivers")
        for number, name in enumerate(digest.to):
            if name not in kinds:
                hint = did_you_mean(name, sorted(kinds)) or "add it to notify.receivers"
                reading.at(f"{key}.to[{number}]", f"there is no receiver '{name}'", hint)
            elif kinds[name] == "pagerduty":
                text = "a receiver of kind pagerduty takes incidents only"
                reading.at(f"{key}.to[{number}]", text, "name a receiver of another kind")


def check_receiver(reading: Reading, key: str, receiver: Receiver, allow: tuple[str, ...]) -> None:
    kind = receiver.kind
    if receiver.war_room and not (kind == "slack" and receiver.channel):
        reading.at(
            f"{key}.war_room", "only slack with a bot's token has channels to open", "add `channel:`, or remove it"
        )
    if receiver.people and not receiver.secret_file:
        text = "nothing comes back from this receiver, so nobody acts in it"
        reading.warn(f"{key}.people", text, "add `secret_file:` with the key that its callbacks are signed with")
    needs = {"pagerduty": ["token_file"], "email": ["to", "smtp"]}.get(kind, ["url"])
    usual = "events.pagerduty.com" if kind == "pagerduty" and receiver.token_file else ""
    if kind == "slack" and receiver.channel:
        needs, usual = ["token_file"], "slack.com"
    if usual and not receiver.url:
        check_allowed(reading, f"{key}.kind", usual, allow)
    for need in needs:
        if not getattr(receiver, need):
            reading.at(f"{key}.{need}", f"a receiver of kind {kind} needs '{need}'", f"add `{need}:`")
    if kind == "email" and receiver.smtp:
        if not is_host_port(receiver.smtp):
            reading.at(f"{key}.smtp", f"'{receiver.smtp}' is not HOST:PORT", "write it such as mail.example:25")
            return
        check_allowed(reading, f"{key}.smtp", receiver.smtp.rpartition(":")[0].strip("[]"), allow)
    elif receiver.url:
        scheme, host = address(receiver.url)
        if kind != "apprise" and (scheme not in WEB or not host):
            text = f"'{receiver.url[:60]}' is no web address"
            reading.at(f"{key}.url", text, "write it such as https://hooks.example/noc")
        else:
            check_allowed(reading, f"{key}.url", host, allow)


def check_allowed(reading: Reading, key: str, host: str, allow: tuple[str, ...]) -> None:
    """Nothing leaves for a host that nobody listed: a setting must not turn noc into a door to the inner network."""
    if host.casefold() in HERE or any(glob_whole(one)(host) if "*" in one else one.casefold() == host for one in allow):
        return
    reading.at(key, f"the host '{host}' is not in notify.allow", f"add it: `allow: [{host}]`")


def check_routes(reading: Reading) -> None:
    receivers = [receiver.name for _, receiver in reading.elements.get("notify.receivers", [])]
    routes: list[tuple[str, Route]] = reading.elements.get("notify.routes", [])
    for key, route in routes:
        check_filter(reading, f"{key}.match", route.match)
        if not route.to:
            reading.at(
                f"{key}.to", "leads to nobody", f"name receivers: {choices(receivers)}" if receivers else "remove it"
            )
        for number, name in enumerate(route.to):
            if name not in receivers:
                hint = did_you_mean(name, receivers) or (
                    choices(receivers) if receivers else "add it to notify.receivers"
                )
                reading.at(f"{key}.to[{number}]", f"there is no receiver '{name}'", hint)
        for number, name in enumerate(route.group_by):
            check_group(reading, f"{key}.group_by[{number}]", name)


def check_group(reading: Reading, key: str, name: str) -> None:
    groupable = (Kind.NAME, Kind.CHOICE, Kind.SEVERITY)
    known = [field.name for field in ALERTS.fields if field.kind in groupable]
    found = ALERTS.find(name)
    if found is None or (found[0].kind not in groupable and not found[1]):
        hint = did_you_mean(name, known) or choices([*known, "label.NAME"], 20)
        reading.at(key, f"alerts cannot be grouped by '{name}'", hint)


def check_filter(reading: Reading, key: str, text: str) -> None:
    try:
        parse(text).compile(ALERTS)
    except QueryError as error:
        reading.at(key, f"in `{text[:120]}`: {error.message} at character {error.position + 1}", fallback(error.hint))


def check_overrides(reading: Reading) -> None:
    entries: list[tuple[str, Override]] = reading.elements.get("overrides", [])
    for key, override in entries:
        try:
            query = parse(override.match)
            query.compile(PLACES)
        except QueryError as error:
            text = f"in `{override.match[:120]}`: {error.message} at character {error.position + 1}"
            reading.at(f"{key}.match", text, fallback(error.hint))
        else:
            if query.node is None:
                reading.at(f"{key}.match", "matches every place", "write the values in their sections instead")
        if f"{key}.set" not in reading.places:
            reading.at(f"{key}.set", "sets nothing", "add `set: {attendance.geofence_m: 400}` or remove the entry")


def check_retention(reading: Reading, config: Config) -> None:
    keep = config.retention
    if not keep.metrics_5m <= keep.metrics_1h <= keep.metrics_1d:
        text = "coarser metrics are kept for less time than finer ones"
        reading.warn("retention.metrics_1h", text, "keep metrics_5m <= metrics_1h <= metrics_1d")
    for name in keep.fields:
        if name not in KEYS:
            hint = did_you_mean(name, KEYS) or choices(KEYS, 40)
            reading.at(f"retention.fields.{name}", "there is no such personal field", hint)


def check_figures(reading: Reading, config: Config) -> None:
    if config.clusters.numbers:
        from engine.alerts.clusters import ClusterSettings  # what it pulls in is needed for nothing else here

        known = figure_names(ClusterSettings())
        for name in config.clusters.numbers:
            if name not in known:
                hint = did_you_mean(name, known) or choices(known, 40)
                reading.at(f"clusters.numbers.{name}", "the clustering has no such figure", hint)
    if config.incidents.numbers:
        from engine.alerts.incidents import IncidentSettings

        known = figure_names(IncidentSettings())
        for name in config.incidents.numbers:
            if name not in known:
                hint = did_you_mean(name, known) or choices(known, 40)
                reading.at(f"incidents.numbers.{name}", "the promotion to incidents has no such figure", hint)


def fallback(hint: str) -> str:
    return hint or "see the filter language in the help"


def address(url: str) -> tuple[str, str]:
    """Scheme and host, empty where there are none."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # ValueError for one that is no number
        return parts.scheme, (parts.hostname or "").casefold()
    except ValueError:
        return "", ""


def is_loopback(host: str) -> bool:
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_host_port(text: str) -> bool:
    host, colon, port = text.rpartition(":")
    return bool(host and colon) and port.isascii() and port.isdigit() and 0 < int(port) < 65536
