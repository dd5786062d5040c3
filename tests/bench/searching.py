"""Searching 90 days of feed: 300,000 entries as a simulated operation makes them, the same days over and over."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.bench import recordings
from tests.bench.child import ask
from tests.bench.figures import Figure, at_most, percentile

ENTRIES, ENTRIES_QUICK = 300_000, 20_000
EVENTS, EVENTS_QUICK = 120_000, 20_000
PACK: Final = 560  # entries, as a replay leaves them
FILTERS: Final = (
    "nothing_like_it", "severity>=high site:S014 zebra", "site:S999", "Жираф", "age<7d nothing_like_it", "power",
    "severity>=high type:incident_updated",
)  # fmt: skip


def measure(folder: Path, *, quick: bool) -> Iterator[Figure]:
    file = recordings.simulated(folder / "feed.jsonl", EVENTS_QUICK if quick else EVENTS)
    database = f"sqlite:///{folder / 'feed.db'}"
    ask("replay", 900, files=[str(file)], database=database)
    count = ENTRIES_QUICK if quick else ENTRIES
    found = ask("feed", 600, database=database, count=count, repeats=3 if quick else 11)
    name = f"{found['entries']:,} entries of 90 days, {found['bytes'] / found['entries']:.0f} bytes each"
    yield Figure("feed", name, found["packed"] / 1e6, "MB on disk")
    for where, (looked, decoded, rows, times) in found["searches"].items():
        told = f"`{where}`: {rows} found in {looked:,}, {decoded:,} decoded"
        yield at_most(Figure("feed", told, percentile(times, 0.5) * 1000, "CPU ms"), 200)


def feed(database: str, count: int, repeats: int) -> None:
    """Spreads the feed over 90 days until it has `count` entries, then searches it."""
    from data.opening import open_reader
    from engine.query import parse
    from engine.searching import Search
    from tests.bench.child import tell

    now, size, packed = _spread(database.removeprefix("sqlite:///"), count)
    searches: dict[str, Any] = {}
    reader = open_reader(database)
    for where in FILTERS:
        times = []
        for _ in range(repeats):
            search = Search(reader, "default", now, parse(where))
            began = time.process_time()
            found = search.found(500)
            times.append(time.process_time() - began)
        searches[where] = (search.looked, search.decoded, len(found), times)
    tell({"entries": count, "bytes": size, "packed": packed, "searches": searches})


def _spread(path: str, count: int) -> tuple[int, int, int]:
    """(newest time, bytes of the entries, bytes on disk)."""
    from data import journal
    from data.times import DAY

    connection = sqlite3.connect(path)
    bodies = [journal.decompress(body) for (body,) in connection.execute("select body from feed order by first")]
    mark = bodies[0][:1]
    entries = [one for body in bodies for one in msgspec.msgpack.decode(memoryview(body)[1:])]
    end = max(one[2] for one in entries)
    step = 90 * DAY // count
    connection.execute("delete from feed")
    size = packed = 0
    for first in range(1, count + 1, PACK):
        made = []
        for sequence in range(first, min(first + PACK, count + 1)):
            one = entries[(sequence - 1) % len(entries)]
            made.append([one[0], sequence, end - (count - sequence) * step, *one[3:]])
        raw = mark + msgspec.msgpack.encode(made)
        body = journal.compress(raw)
        size, packed = size + len(raw), packed + len(body)
        row = ("default", first, len(made), made[0][2], made[-1][2], body)
        connection.execute(
            "insert into feed (partition, first, count, time_min, time_max, body) values (?,?,?,?,?,?)", row
        )
    connection.commit()
    connection.close()
    return end, size, packed
