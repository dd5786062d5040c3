"""Does a jump look as if somebody changed the unit?"""

from typing import Final

_FACTORS: Final = (1000.0, 1e6, 1024.0, 1048576.0, 60.0, 3600.0, 100.0, 8.0)
_DEGREES: Final = (
    ("degrees Celsius to Fahrenheit", 1.8, 32.0),
    ("degrees Fahrenheit to Celsius", 1 / 1.8, -32 / 1.8),
    ("degrees Celsius to kelvin", 1.0, 273.15),
    ("kelvin to degrees Celsius", 1.0, -273.15),
)
CLOSE: Final = 0.04  # relative
# What a change may be, in words; those from TEMPERATURE on make sense for a temperature only.
CHANGES: Final = (
    *(f"{factor:,.0f} times as much" for factor in _FACTORS),
    *(f"{factor:,.0f} times less" for factor in _FACTORS),
    *(words for words, _, _ in _DEGREES),
)
TEMPERATURE: Final = 2 * len(_FACTORS)


def unit_change(before: float, after: float) -> int | None:
    """The number of the change in CHANGES that leads from one level to the other, or None."""
    if before and after and before * after > 0:
        for number, factor in enumerate(_FACTORS):
            if abs(after / before / factor - 1) <= CLOSE:
                return number
            if abs(before / after / factor - 1) <= CLOSE:
                return number + len(_FACTORS)
    for number, (_, factor, shift) in enumerate(_DEGREES, TEMPERATURE):
        expected = before * factor + shift
        if abs(after - expected) <= max(CLOSE * abs(expected), 1.0):
            return number
    return None
