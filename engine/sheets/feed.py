"""The feed of 90 days as a list that is searched: newest first, as far as it takes to find enough."""

from collections.abc import Iterator
from typing import Final

from data.store import Follower
from data.times import DAY, HOUR
from engine.pages import feed_row
from engine.query.schemas import FEED
from engine.sheets.kind import Asked, Scene
from engine.sheets.kind import Kind as Sheets
from engine.views import FeedRow, SheetColumn, SheetRow

DAYS: Final = 90
FOUND: Final = 500  # rows after which a search stops
LOOKED: Final = 100_000  # entries after which it stops, whatever it found
WINDOW: Final = 20_000  # entries that are held at a time, about


def _searched(reader: Follower, asked: Asked) -> Iterator[FeedRow]:
    """In windows that grow while little is in them, so that what happened lately is found at once."""
    found = looked = 0
    until, step, first = asked.now + HOUR, 2 * HOUR, asked.now - DAYS * DAY
    while until > first and looked < LOOKED:
        since = max(first, until - step)
        entries = list(reader.feed(since, until))
        for entry in reversed(entries):
            if entry.partition != asked.tenant or (asked.only is not None and not asked.only(entry.site)):
                continue
            looked += 1
            row = feed_row(entry)
            if asked.match is None or asked.match(row, asked.now):
                yield row
                found += 1
                if found >= FOUND:
                    return
        until, step = since, min(step * 4, 8 * DAY) if len(entries) < WINDOW // 4 else max(HOUR, step // 2)


def _row(row: FeedRow, scene: Scene) -> SheetRow:
    return SheetRow(
        f"feed/{row.sequence}",
        row.severity,
        (row.time, row.severity or None, row.type.replace("_", " "), scene.site(row.site), row.text, row.sequence),
        loud=row.severity >= 5,
    )


FEED_SHEET = Sheets(
    "feed",
    "Feed",
    f"Everything the engine decided in {DAYS} days, newest first: the newest {FOUND} that match, looked for in the "
    f"newest {LOOKED:,} entries. `/` searches; words alone are looked for in the text.",
    (
        SheetColumn("when", 15, "moment", sort="newest"),
        SheetColumn("", 2, "severity"),
        SheetColumn("kind", 16, since=100),
        SheetColumn("site", 14, since=70),
        SheetColumn("what", 24, "title", grows=3),
        SheetColumn("no.", 8, "count", since=130),
    ),
    FEED,
    _row,
    {"newest": lambda row: -row.sequence},
    ("Nothing of it in the feed", "Another word, or fewer of them, may find something."),
    kept=_searched,
    sifted=True,
    note=f"newest {FOUND} of {DAYS} days",
    filter_hint="uplink site:S014 severity>=high type:incident_updated age<7d",
    rest=2.0,
)
