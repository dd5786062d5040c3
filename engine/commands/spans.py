"""How long something is to hold: `for: 2h` or `until: 2026-01-05T06:00:00Z` among the parameters of a command."""

from collections.abc import Mapping
from typing import Any

from data import times
from engine.query.durations import FORMS, parse_duration, write_duration

LONGEST = 365 * times.DAY


class BadSpan(Exception):
    """The parameters name no time that lies ahead; the text says what to write."""


def end_of(params: Mapping[str, Any], now: int) -> int | None:
    """The moment at which it ends; None if neither parameter is given. Raises BadSpan."""
    if params.get("for") not in (None, ""):
        text = str(params["for"])
        length = parse_duration(text.strip())
        if not length:
            raise BadSpan(f"'{text[:40]}' is no length of time: write it {FORMS}")
        if length > LONGEST:
            raise BadSpan(f"{write_duration(length)} is longer than a year")
        return now + length
    if params.get("until") not in (None, ""):
        text = str(params["until"])
        try:
            moment = times.parse(text)
        except ValueError:
            raise BadSpan(f"'{text[:40]}' is no time: write it such as {times.text(now + times.HOUR)}") from None
        if not now < moment <= now + LONGEST:
            raise BadSpan(f"{times.text(moment)} is over already" if moment <= now else "that is more than a year away")
        return moment
    return None


def truth(value: Any) -> bool:
    """A parameter that is a flag; consoles send text."""
    return value is True or (isinstance(value, str) and value.casefold() in ("true", "yes", "on", "1"))
