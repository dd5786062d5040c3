"""The feed of 90 days as a list that is searched: newest first, as far as it takes to find enough."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from data.store import Follower
from engine.query import parse
from engine.query.schemas import FEED
from engine.searching import DAYS, DECODED, LOOKED, Search
from engine.sheets.kind import Asked, Scene
from engine.sheets.kind import Kind as Sheets
from engine.views import FeedRow, SheetColumn, SheetRow

FOUND: Final = 500  # rows after which a search stops


def _searched(reader: Follower, asked: Asked) -> Iterator[FeedRow]:
    sites = asked.only
    only = None if sites is None else lambda entry: sites(entry.site)
    query = asked.query if asked.query is not None else parse("")
    return islice(Search(reader, asked.tenant, asked.now, query, only=only).rows(), FOUND)


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
    f"Everything the engine decided in {DAYS} days, newest first: the newest {FOUND} that match. `/` searches; words "
    f"alone are looked for in the text, in {LOOKED // 1_000_000} million entries; without word or site in {DECODED:,}.",
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
