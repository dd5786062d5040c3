"""Severity, ordered: a number inside, a word outside."""

from typing import Final

INFO, LOW, MEDIUM, HIGH, CRITICAL = 1, 2, 3, 4, 5
NAMES: Final = ("", "INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL")
LEVELS: Final = {name: level for level, name in enumerate(NAMES) if name}
