"""Kinds of values on the command line: times, durations, speeds, database URLs. Each is a function from its text."""

import math
import re

import click

from data import times

_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNITS = {"ms": times.SECOND // 1000, "s": times.SECOND, "m": times.MINUTE, "h": times.HOUR, "d": times.DAY}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def moment(text: str) -> int:
    """RFC 3339 with zone, or a date alone, which is its midnight in UTC; becomes microseconds."""
    text = text.strip()
    try:
        return times.parse(text + "T00:00:00Z" if _DATE.fullmatch(text) else text)
    except ValueError:
        raise click.BadParameter(f"`{text}` is not a time with zone such as 2024-04-15T08:30:00Z") from None


def duration(text: str) -> int:
    """`90s`, `5m`, `1h30m`, `500ms`, `2d`, or bare seconds; becomes microseconds, more than 0."""
    text = text.strip()
    whole = text + "s" if text[-1:].isdigit() else text
    parts = _PART.findall(whole)
    micros = round(sum(float(number) * _UNITS[unit] for number, unit in parts))
    if "".join(number + unit for number, unit in parts) != whole or micros <= 0:
        raise click.BadParameter(f"`{text}` is not a duration such as 20s, 5m or 1h30m")
    return micros


def speed(text: str) -> float:
    """How many times faster than life; `max` for as fast as it goes, which is infinity."""
    if text == "max":
        return math.inf
    try:
        factor = float(text.removesuffix("x"))
    except ValueError:
        factor = math.nan
    if not 0 < factor <= math.inf:
        raise click.BadParameter(f"`{text}` is not a speed: a number above 0, or max")
    return factor


def url(text: str) -> str:
    """A database URL as SQLAlchemy writes them."""
    scheme, mark, _ = text.partition("://")
    if not mark:
        raise click.BadParameter(f"`{text}` is not a database URL; a file is written sqlite:////abs/noc.db")
    if scheme.partition("+")[0] not in ("sqlite", "postgresql"):
        raise click.BadParameter(f"`{scheme}` is not a database this program knows: sqlite or postgresql")
    return text
