"""One syslog message, after RFC 5424 or RFC 3164, and the event that it becomes.

Strict where RFC 5424 is; anything else is read as RFC 3164, which describes habits rather than rules: a priority, then
perhaps a time, a host and a program. What cannot be read that far is no message.
"""

import re
from typing import Any, Final

import msgspec

from data import times
from data.clean import clean_bytes
from data.records.severity import LEVELS
from engine.alerts.template import template
from engine.settings.sources import ForeignSettings, Severity
from engine.sources.foreign.mapped import FIRING, BadPayload, Mapped, alert_type, host, message

KEPT: Final = "syslog.message"  # what is not grave enough for an alert
LEVELS_OF: Final[tuple[Severity, ...]] = (
    "CRITICAL", "CRITICAL", "CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO", "INFO",
)  # fmt: skip
_PRIORITY: Final = re.compile(r"<(0|[1-9][0-9]{0,2})>")
_HEAD: Final = re.compile(
    r"([1-9][0-9]{0,2}) (-|\S{1,64}) (-|[!-~]{1,255}) (-|[!-~]{1,48}) (-|[!-~]{1,128}) (-|[!-~]{1,32})(?: |\Z)"
)
_TIME: Final = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|[+-][0-2][0-9]:[0-5][0-9])\Z"
)
_ELEMENT: Final = re.compile(r"\[([!#-<>-\\^-~]{1,32})((?: [!#-<>-\\^-~]{1,32}=\"(?:[^\"\\\]]|\\.)*\")*)\]")
_PARAMETER: Final = re.compile(r" ([!#-<>-\\^-~]{1,32})=\"((?:[^\"\\\]]|\\.)*)\"")
_OLD_TIME: Final = re.compile(
    r"(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 0-3][0-9](?: [0-9]{4})? [0-2][0-9]:[0-5][0-9]:[0-5][0-9]"
    r"(?:\.[0-9]{1,6})?|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}(?:Z|[+-][0-9:]{4,6})?) "
)
_TAG: Final = re.compile(r"([^\s:\[\]]{1,48})(?:\[([^\]\s]{0,128})\])?: ?")
_HOST: Final = re.compile(r"([!-9;-~]{1,255}) ")


class Message(msgspec.Struct):
    """`level` 0 (emergency) to 7 (debug); `time` in microseconds, None where the message gives none, or none that is
    complete (RFC 3164 has neither year nor zone)."""

    facility: int
    level: int
    text: str
    host: str | None = None
    program: str | None = None
    process: str | None = None
    id: str | None = None
    time: int | None = None
    data: dict[str, str] = {}


def parse(raw: bytes) -> Message:
    """One message, without its framing. Raises BadPayload."""
    text = raw.decode("utf-8", "replace").rstrip("\r\n\x00")
    found = _PRIORITY.match(text)
    if found is None or int(found[1]) > 191:
        raise BadPayload("Expected a priority `<0>` to `<191>` at the beginning")
    facility, level = divmod(int(found[1]), 8)
    rest = text[found.end() :]
    new = _HEAD.match(rest)
    message = _new(rest, new) if new is not None else None
    if message is None:
        message = _old(rest)
    message.facility, message.level = facility, level
    message.text = clean_bytes(message.text.encode("utf-8", "surrogatepass"))
    return message


def parse_strictly(raw: bytes) -> Message | None:
    """By RFC 5424 alone; None for what is no message of it."""
    text = raw.decode("utf-8", "replace")
    found = _PRIORITY.match(text)
    if found is None or int(found[1]) > 191 or "\n" in text.partition(" ")[0]:
        return None
    rest = text[found.end() :]
    new = _HEAD.match(rest)
    return _new(rest, new) if new is not None else None


def _new(rest: str, head: re.Match[str]) -> Message | None:
    """RFC 5424; None for what is not."""
    moment = head[2]
    if moment != "-" and not _TIME.match(moment):
        return None
    try:
        time = None if moment == "-" else times.parse(moment)
    except ValueError:
        return None
    after = rest[head.end() :]
    data: dict[str, str] = {}
    if after.startswith("["):
        while (element := _ELEMENT.match(after)) is not None:
            if element[1] in data:
                return None  # an id stands once
            for name, value in _PARAMETER.findall(element[2]):
                data[f"{element[1]}.{name}"] = re.sub(r'\\(["\\\]])', r"\1", value)
            data.setdefault(element[1], "")
            after = after[element.end() :]
        if (after and not after.startswith(" ")) or not data:
            return None
    elif after == "-" or after.startswith("- "):
        after = after[1:]
    else:
        return None
    given = [None if part == "-" else part for part in head.groups()[2:]]
    body = after[1:].removeprefix("\ufeff")
    return Message(0, 0, body, given[0], given[1], given[2], given[3], time, data)


def _old(rest: str) -> Message:
    """RFC 3164, as far as it is there."""
    message = Message(0, 0, rest)
    stamp = _OLD_TIME.match(rest)
    if stamp is not None:
        rest = rest[stamp.end() :]
        named = _HOST.match(rest)
        if named is not None:
            message.host, rest = named[1], rest[named.end() :]
    tag = _TAG.match(rest)
    if tag is not None:
        message.program, message.process, rest = tag[1], tag[2], rest[tag.end() :]
    message.text = rest
    return message


def mapped(
    message_: Message, peer: str, settings: ForeignSettings, *, source: str = "syslog", site: str = ""
) -> Mapped:
    """An alert, or an event to keep where it is not grave enough. `peer` is the address it came from."""
    level = LEVELS_OF[message_.level]
    where = message_.host or peer
    program = message_.program or "syslog"
    shape = template(message_.text)
    labels = {"facility": str(message_.facility), "level": str(message_.level)}
    labels |= {name: value for name, value in (("program", message_.program), ("msgid", message_.id)) if value}
    data: dict[str, Any] = {
        "alert_type": alert_type(f"{program}: {shape}" if shape else program),
        "severity": level,
        "entity": host(where) if where else None,
        "site": site or None,
        "message": message(message_.text),
        "labels": labels,
        "annotations": message_.data or None,
        "starts_at": times.text(message_.time) if message_.time is not None and message_.time >= 0 else None,
    }
    kind = FIRING if LEVELS[level] >= LEVELS[settings.syslog_from] else KEPT
    return Mapped(kind, data, source)
