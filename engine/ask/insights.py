"""What stands out in the rows of an answer, by rule."""

from collections import Counter
from typing import Any, Final

from data.times import HOUR, parse

Row = dict[str, Any]
ENOUGH: Final = 5
_SITES: Final = {"incidents": "sites"}
_TYPES: Final = {"alerts": "alert_type", "predictions": "kind", "fraud": "anomalies"}
_OVER: Final = frozenset(("RESOLVED", "CLOSED", "CANCELLED"))


def insights(name: str, rows: list[Row]) -> list[str]:
    """Sentences, weightiest first; none about a handful of rows."""
    found = []
    grave = sum(1 for row in rows if row.get("severity") == "CRITICAL" or row.get("level") == "CRITICAL")
    if grave:
        found.append(f"{grave} of {len(rows)} {'is' if grave == 1 else 'are'} CRITICAL.")
    if len(rows) < ENOUGH:
        return found
    sites = Counter(site for row in rows for site in _many(row.get(_SITES.get(name, "site"))))
    if sites:
        top, number = sites.most_common(1)[0]
        if len(sites) == 1:
            found.append(f"All at one site, {top}: look for a cause there.")
        elif len(sites) <= 3:
            found.append(f"At {len(sites)} sites only: {', '.join(sorted(sites))}.")
        elif number > len(rows) / 2:
            found.append(f"More than half at {top} ({number} of {len(rows)}).")
    types = Counter(kind for row in rows for kind in _many(row.get(_TYPES.get(name, ""))))
    if types:
        kind, number = types.most_common(1)[0]
        if number > len(rows) / 2:
            found.append(f"Mostly {kind}: {number} of {len(rows)}.")
    serious = sum(1 for row in rows if row.get("severity") in ("HIGH", "CRITICAL"))
    if serious > len(rows) / 2:
        found.append("More than half are HIGH or worse.")
    still = sum(1 for row in rows if str(row.get("status") or row.get("state") or "RESOLVED") not in _OVER)
    if name in ("alerts", "incidents", "tickets") and still:
        found.append(f"{still} still open.")
    return found + _burst(rows)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _burst(rows: list[Row]) -> list[str]:
    clock = next((name for name in ("first_seen", "opened_at", "time", "made_at") if name in rows[0]), None)
    if clock is None:
        return []
    hours = Counter(parse(row[clock]) // HOUR for row in rows if row.get(clock))
    hour, number = hours.most_common(1)[0]
    if len(hours) > 2 and number > len(rows) / 2:
        return [f"{number} of {len(rows)} began in one hour, from {hour % 24:02d}:00 UTC."]
    return []
