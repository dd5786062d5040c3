"""Lengths of time in a configuration: written with a unit, kept in microseconds."""

import re

from data import times
from engine.config.fields import Field

_UNITS = {"d": times.DAY, "h": times.HOUR, "m": times.MINUTE, "s": times.SECOND, "ms": times.SECOND // 1000}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


def is_duration(field: Field) -> bool:
    """Integers of a second and more are microseconds: nothing else that is set is counted in millions."""
    return field.kind is int and isinstance(field.default, int) and field.default >= times.SECOND


def parsed(text: str) -> int | None:
    """`15m`, `1h30m`, `2d`, `500ms` in microseconds; None for anything else."""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return round(sum(float(number) * _UNITS[unit] for number, unit in parts))


def spoken(micros: int) -> str:
    """The other way: `1h30m`."""
    parts = []
    for unit, size in _UNITS.items():
        count, micros = divmod(micros, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
