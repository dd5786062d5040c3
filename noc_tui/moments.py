"""Moments as people write them: `02:30`, `-2h`, `2026-01-05 02:31`, RFC 3339, `now`. UTC without a zone."""

import re
from typing import Final

from data import times

EXAMPLES: Final = "02:30, -2h, 2026-01-05 02:31, 2026-01-05T02:31:07+01:00 or now"
_UNITS: Final = {"s": times.SECOND, "m": times.MINUTE, "h": times.HOUR, "d": times.DAY}
_BEFORE: Final = re.compile(r"-\s*((?:\d+(?:\.\d+)?\s*[smhd]\s*)+)")
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
_DATE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?")


def moment(text: str, now: int) -> int:
    """Microseconds. `-2h` counts back from `now`; `02:30` is the last such moment before it. Raises ValueError."""
    text = text.strip()
    if text.lower() == "now":
        return now
    if before := _BEFORE.fullmatch(text):
        return now - round(sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(before[1])))
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        of_day = (hours * 60 + minutes) * times.MINUTE + seconds * times.SECOND
        found = now // times.DAY * times.DAY + of_day
        return found if found <= now else found - times.DAY
    if date := _DATE.fullmatch(text):
        of_day_text = date[2] or "00:00"
        text = f"{date[1]}T{of_day_text if len(of_day_text) == 8 else of_day_text + ':00'}Z"
    try:
        return times.parse(text)
    except ValueError:
        raise ValueError(f"`{text}` is no moment such as {EXAMPLES}") from None
