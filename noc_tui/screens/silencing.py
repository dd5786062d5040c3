"""What a silence of an item covers: Alertmanager's matchers of its alert types at its sites. One of a single alert is
worked out by the engine, which knows it."""

import re
from collections.abc import Sequence
from typing import Final

from engine.views import ClusterRow

NAMED: Final = 8  # alert types and sites of a silence


def matchers_of(row: ClusterRow) -> str:
    """The alert types of an item at its sites."""
    parts = [_matcher("alertname", row.alert_types[:NAMED])] if row.alert_types else []
    if row.sites:
        parts.append(_matcher("site", row.sites[:NAMED]))
    return ",".join(parts)


def _matcher(name: str, values: Sequence[str]) -> str:
    if len(values) == 1:
        return f"{name}={_quoted(values[0])}"
    return f"{name}=~{_quoted('|'.join(re.escape(value) for value in values))}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
