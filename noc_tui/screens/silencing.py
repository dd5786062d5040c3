"""What a silence from the console covers: Alertmanager's matchers of an item's alert types at its sites, or of exactly
one alert."""

import re
from collections.abc import Sequence
from typing import Final

from engine.views import ClusterRow, Dossier

NAMED: Final = 8  # alert types and sites of a silence


def matchers_of(row: ClusterRow) -> str:
    """The alert types of an item at its sites."""
    parts = [_matcher("alertname", row.alert_types[:NAMED])] if row.alert_types else []
    if row.sites:
        parts.append(_matcher("site", row.sites[:NAMED]))
    return ",".join(parts)


def matchers_of_alert(page: Dossier) -> str:
    """One alert: its type on what it is about, or at its site where it is about nothing in particular."""
    parts = [_matcher("alertname", [page.title.partition(":")[0]])]
    about = next((fact.ref for section in page.sections for fact in section.facts if fact.label == "entity"), None)
    if about:
        parts.append(_matcher("entity", [about]))
    elif page.site:
        parts.append(_matcher("site", [page.site]))
    return ",".join(parts)


def _matcher(name: str, values: Sequence[str]) -> str:
    if len(values) == 1:
        return f"{name}={_quoted(values[0])}"
    return f"{name}=~{_quoted('|'.join(re.escape(value) for value in values))}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
