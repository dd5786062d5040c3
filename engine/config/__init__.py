"""The configuration: one YAML file of settings, each with a default, checked with file and line.

A missing file means the defaults. `NOC__ALERTS__EXPIRE_AFTER=20m` in the environment wins over the file.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from engine.config.durations import is_duration, spoken
from engine.config.fields import Field, walk
from engine.config.problems import Problem
from engine.config.reading import Reading

if TYPE_CHECKING:
    from engine.partition import Settings

__all__ = ["ConfigError", "Origin", "Problem", "check", "load", "show", "template"]

ENVIRONMENT: Final = "NOC__"


class ConfigError(ValueError):
    """The configuration cannot be used; `problems` says where and what to do."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Origin(msgspec.Struct, frozen=True):
    """One setting as it stands: its dotted name, value (durations as text), and where that came from."""

    name: str
    value: object
    origin: str


def check(path: str | Path | None, environment: Mapping[str, str] | None = None) -> list[Problem]:
    """Everything wrong with the file; warnings are `grave` False. Raises OSError where it cannot be read."""
    return _read(path, environment, _kind()).problems


def load(path: str | Path | None, environment: Mapping[str, str] | None = None) -> "Settings":
    """The settings. Raises ConfigError; OSError where a named file cannot be read."""
    kind = _kind()
    reading = _read(path, environment, kind)
    grave = [problem for problem in reading.problems if problem.grave]
    if grave:
        raise ConfigError(grave)
    try:
        return msgspec.convert(reading.nested(), kind)
    except ValueError as error:  # a rule that spans settings
        raise ConfigError([Problem(str(path or "configuration"), 0, "", str(error), "change it")]) from None


def show(path: str | Path | None, environment: Mapping[str, str] | None = None) -> list[Origin]:
    """Every setting with its origin: `default`, `FILE:LINE`, or the variable's name."""
    kind = _kind()
    reading = _read(path, environment, kind)
    rows = []
    for field in walk(kind):
        value, origin = reading.values.get(field.name, (field.default, "default"))
        rows.append(Origin(field.name, spoken(value) if is_duration(field) else value, origin))
    return rows


def template() -> str:
    """A file with every setting, each at its default and commented out."""
    lines = [
        "# Settings of noc. Every line here is a default: take away the `#` (of the section too) to change it.",
        "",
    ]
    section: tuple[str, ...] = ()
    for field in sorted(walk(_kind()), key=lambda field: len(field.path) > 1):
        *outer, name = field.path
        if tuple(outer) != section:
            lines += ["", *("  " * depth + part + ":" for depth, part in enumerate(outer))]
            section = tuple(outer)
        lines.append("  " * len(outer) + f"{name}: {_written(field)}")
    return "\n".join(("# " + line if line and not line.startswith("#") else line) for line in lines) + "\n"


def _written(field: Field) -> str:
    return spoken(field.default) if is_duration(field) else msgspec.json.encode(field.default).decode()


def _kind() -> "type[Settings]":
    from engine.partition import Settings  # the pipeline; whoever only names a problem does without

    return Settings


def _read(path: str | Path | None, environment: Mapping[str, str] | None, kind: type[msgspec.Struct]) -> Reading:
    reading = Reading(kind)
    if path is not None:
        reading.take_file(str(path), Path(path).read_text(encoding="utf-8"))
    reading.take_environment(os.environ if environment is None else environment, ENVIRONMENT)
    return reading
