"""The configuration: one YAML file, `conf.d/*.yaml` beside it, and the environment; typed, checked, explained.

`load` gives the settings or raises ConfigError with every problem at once; `check` only tells the problems; `show`
says where each value comes from. Without a file every setting has its default, and no YAML is loaded.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.settings.problems import ConfigError, Problem
from engine.settings.sections import Config

if TYPE_CHECKING:
    from engine.settings.printing import Row

__all__ = ["Config", "ConfigError", "Problem", "check", "default_path", "load", "schema", "show", "template"]


def default_path() -> Path:
    """Where the configuration is looked for when no file is named; it need not exist."""
    import platformdirs

    return Path(platformdirs.user_config_dir("noc", appauthor=False)) / "config.yaml"


def load(path: str | Path | None = None, environment: Mapping[str, str] | None = None) -> Config:
    """The settings. None: the user's own file, or defaults where there is none. Raises ConfigError."""
    config, problems = _read(path, environment)
    if any(problem.grave for problem in problems):
        raise ConfigError(problems)
    return config


def check(path: str | Path | None = None, environment: Mapping[str, str] | None = None) -> list[Problem]:
    """Everything that is wrong, in order of file and line. Never raises."""
    return _read(path, environment)[1]


def show(config: Config | str | Path | None = None, environment: Mapping[str, str] | None = None) -> "list[Row]":
    """Every setting with its value, origin (`default`, `FILE:LINE` or the variable) and meaning. Of a file with
    problems, what could be read."""
    from engine.settings.printing import rows_of

    return rows_of(config if isinstance(config, Config) else _read(config, environment)[0])


def template() -> str:
    """A commented file with every setting at its default, for `noc config init`."""
    from engine.settings import printing

    return printing.template()


def schema() -> dict[str, Any]:
    """The JSON Schema of the file, for editors."""
    from engine.settings.printing import json_schema

    return json_schema()


def _read(path: str | Path | None, environment: Mapping[str, str] | None) -> tuple[Config, list[Problem]]:
    variables = {
        name: value
        for name, value in (os.environ if environment is None else environment).items()
        if name.startswith("NOC__")
    }
    named = path is not None
    if path is None:
        usual = default_path()
        if not variables and not usual.is_file() and not (usual.parent / "conf.d").is_dir():
            return Config(), []
        path = usual if usual.is_file() or (usual.parent / "conf.d").is_dir() else None
    from engine.settings.whole import read_whole

    return read_whole(None if path is None else Path(path), variables, named=named)
