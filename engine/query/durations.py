"""Lengths of time as people write them: `90s`, `15m`, `1h30m`, `1.5d`. Exact, in microseconds."""

import re

from data.times import DAY, HOUR, MINUTE, SECOND

_UNITS = {"us": 1, "ms": 1000, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_PART = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,6}))?(us|ms|s|m|h|d|w)", re.IGNORECASE)

FORMS = "for example 90s, 15m, 2h, 3d or 1w"


def parse_duration(text: str) -> int | None:
    """Microseconds, or None if `text` is no length of time. A unit is required; parts may follow each other."""
    total = place = 0
    while place < len(text):
        found = _PART.match(text, place)
        if found is None or place > 64:
            return None
        whole, fraction, unit = found.groups()
        digits = fraction or ""
        total += int(whole + digits) * _UNITS[unit.lower()] // 10 ** len(digits)
        place = found.end()
    return total if text else None


def write_duration(micros: int) -> str:
    """The shortest exact spelling: `90s` is `1m30s`, a week `7d`."""
    if micros == 0:
        return "0s"
    parts, rest = [], abs(micros)
    for unit in ("d", "h", "m", "s", "ms", "us"):
        count, rest = divmod(rest, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return ("-" if micros < 0 else "") + "".join(parts)
