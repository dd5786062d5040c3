"""Questions about metrics at random, and what two ways to answer them say: `python -m tests.bench.wondering URL FILE`.

Answers go to FILE, one a line: two versions of the program that answer alike write the same.
"""

import random
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from data.times import HOUR, MINUTE
from engine.history.select import AGGREGATES, Wanted
from tests.bench.tiers import CLIENTS, NAME, REGIONS, site

GROUPS: Final[tuple[tuple[str, ...], ...]] = (
    (), (), ("site",), ("client",), ("label.region",), ("entity",), ("client", "label.region"),
)  # fmt: skip


def wonder(dice: random.Random, now: int) -> tuple[Wanted, Any, tuple[str, ...]]:
    """Spans of an hour to two years, evenly by magnitude, half of them up to now; half of them of all sites."""
    long = round(HOUR * (730 * 24) ** dice.random())
    until = now if dice.random() < 0.5 else now - round(MINUTE * (700 * 1440) ** dice.random())
    some: dict[str, Any] = {}
    kind = dice.random()
    if kind < 0.2:
        some["sites"] = tuple(site(dice.randrange(60)) for _ in range(dice.choice((1, 3, 20))))
    elif kind < 0.35:
        some["clients"] = (f"C{dice.randrange(CLIENTS)}",)
    elif kind < 0.5:
        some["labels"] = (("region", f"R{dice.randrange(REGIONS)}"),)
    step: Any = dice.choice(("auto", "5m", "1h", "1d", "range"))
    return Wanted(until - long, until, step=step, **some), dice.choice(AGGREGATES), dice.choice(GROUPS)


def main(url: str, out: str, count: int = 150) -> None:
    from data.opening import open_reader
    from engine.history import kept
    from engine.history.query import ask
    from noc_tui.commands.asking import look

    (partition,) = look(url, None, "default", lambda found, _: found)
    reader, dice = open_reader(url), random.Random(11)
    now = max(place[3] for place in reader.metric_places("default", NAME, 0, 1 << 62))
    with Path(out).open("wb") as file:
        for _ in range(count):
            wanted, aggregate, by = wonder(dice, now)
            answer = ask(reader, partition.registry, "default", NAME, wanted, aggregate, by, kept.NOTHING, "UTC")
            file.write(msgspec.json.encode(answer) + b"\n")
    reader.close()


if __name__ == "__main__":
    main(*sys.argv[1:3], *map(int, sys.argv[3:4]))
