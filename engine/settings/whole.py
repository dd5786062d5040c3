"""Files and environment to a checked configuration."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from engine.settings import shapes
from engine.settings.gathering import gather
from engine.settings.problems import Problem
from engine.settings.reading import MISSING, Reading
from engine.settings.rules import check_rules
from engine.settings.sections import Config


def read_whole(path: Path | None, variables: Mapping[str, str], *, named: bool) -> tuple[Config, list[Problem]]:
    """The configuration, as far as it could be read, and everything wrong with it, by file and line.

    `named`: the file was asked for, so it has to be there.
    """
    reading = Reading()
    tree = gather(path, variables, reading.problems, named=named)
    config = reading.read(shapes.root(), tree, "")
    assert config is not MISSING, "no section of the root is required"
    check_rules(reading, config)
    problems = sorted(reading.problems, key=lambda problem: (problem.file, problem.line))
    return msgspec.structs.replace(config, origins=reading.origins), problems
