"""Figures of a method, set by name: the struct of the method says which there are, the configuration changes some."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

Figures = TypeVar("Figures", bound=msgspec.Struct)


def figure_names(figures: msgspec.Struct) -> list[str]:
    """Every number in `figures`; those of a struct within as `weights.enough`."""
    found: list[str] = []
    for name in figures.__struct_fields__:
        value = getattr(figures, name)
        if isinstance(value, msgspec.Struct):
            found.extend(f"{name}.{inner}" for inner in figure_names(value))
        elif isinstance(value, (int, float)):
            found.append(name)
    return found


def tuned(figures: Figures, numbers: Mapping[str, float]) -> Figures:
    """`figures` with some replaced; whole numbers stay whole. Raises ValueError for a name that is not there."""
    changes: dict[str, Any] = {}
    for key, value in numbers.items():
        name, _, inner = key.partition(".")
        if key not in figure_names(figures):
            raise ValueError(f"there is no figure '{key}'")
        held = changes.get(name, getattr(figures, name))
        changes[name] = tuned(held, {inner: value}) if inner else type(held)(value)
    return msgspec.structs.replace(figures, **changes)
