"""How many questions are understood: kind, filters, range, grouping, order and limit, or the reason of a refusal.

    python -m tests.support.ask_scores FILE.jsonl [...]

A line holds `q` and what is expected of it: `kind`, `reason`, `since`, `hours`, `group`, `limit`, `order`, `metric`,
`aggregate`, `during`, and any filter by its name. The world of the questions is fixed below.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from data import times
from data.times import HOUR
from engine.ask.asked import NotUnderstood
from engine.ask.moments import Clock
from engine.ask.names import Name, Names
from engine.ask.reading import read

NOW = times.parse("2026-01-05T10:30:00Z")  # a Monday
WORLD = Names(
    [
        Name("site", "S1", "Harbour Gate"), Name("site", "S2", "Northfield Mall"), Name("site", "S3", "Mill Lane"),
        Name("site", "S4", "Mill Lane"), Name("client", "C1", "Acme"), Name("person", "P1", "Anna Berg"),
        Name("person", "P2", "Omar Diaz"), Name("entity", "device/D7", "D7"), Name("entity", "host/web-1", "web-1"),
        Name("metric", "load", "load"), Name("metric", "battery_pct", "battery_pct"),
        Name("alert_type", "DEVICE_OFFLINE", "DEVICE_OFFLINE"), Name("alert_type", "LINK_DOWN", "LINK_DOWN"),
        Name("alert_type", "SLA_BREACH", "SLA_BREACH"),
    ],
    {"C1": ["S1"]},
)  # fmt: skip
_OWN = {"q", "kind", "reason", "since", "hours", "group", "limit", "order", "metric", "aggregate", "during", "follows"}


def wrong(line: dict[str, Any]) -> str:
    """What is not as expected; empty where all is."""
    try:
        asked = read(line["q"], WORLD, Clock(NOW, ZoneInfo("UTC")), "me")
    except NotUnderstood as error:
        return "" if line.get("reason") == error.reason else f"refused: {error.reason}: {error}"
    if "reason" in line:
        return f"understood: {asked.written()}"
    expected: dict[str, Any] = {"kind": line["kind"]}
    got: dict[str, Any] = {"kind": asked.kind}
    fields = {
        "since": times.text(asked.since), "hours": (NOW - asked.since) / HOUR, "limit": asked.limit,
        "group": asked.group_by, "order": asked.order_by, "metric": asked.metric, "aggregate": asked.aggregate,
        "during": asked.during,
    }  # fmt: skip
    for name, value in fields.items():
        if name in line:
            expected[name], got[name] = line[name], value
    for name in line.keys() - _OWN:
        expected[name], got[name] = line[name], asked.filters.get(name)
    for each in (expected, got):
        each["group"] = sorted(each.get("group", []))
    filters = {name for name in asked.filters if not name.startswith("_")} - (line.keys() - _OWN)
    if filters:
        got["besides"] = sorted(filters)
    return "" if expected == got else f"{got} is not {expected}"


def main() -> None:
    for path in map(Path, sys.argv[1:]):
        lines = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
        right: Counter[str] = Counter()
        total: Counter[str] = Counter()
        for line in lines:
            kind = line.get("kind") or "refused"
            found = wrong(line)
            total[kind] += 1
            right[kind] += not found
            if found:
                print(f"  {line['q']}\n    {found}")
        print(f"{path.name}: {right.total()} of {total.total()} ({right.total() / total.total():.1%})")
        print("  " + ", ".join(f"{kind} {right[kind]}/{total[kind]}" for kind in sorted(total)))


if __name__ == "__main__":
    main()
