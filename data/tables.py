"""The tables. Columns are what is searched or ordered by; `body` holds the whole record (see `data.bodies`).

Few indexes on purpose: they, not the rows, are what writing costs. Events lie in compressed segments, feed entries in
packs; both are found by position or time. Small columns stand before blobs, so that reading them touches no overflow.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, SmallInteger, Table, Text

metadata = MetaData()

_Count = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only under this name


def _key(name: str) -> Column[Any]:
    return Column(name, _Count, primary_key=True, autoincrement=False)


def _int(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, BigInteger, nullable=null)


def _small(name: str) -> Column[Any]:
    return Column(name, SmallInteger, nullable=False)


def _text(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, Text, nullable=null)


def _part(name: str) -> Column[Any]:
    return Column(name, Text, primary_key=True)


def _blob(name: str) -> Column[Any]:
    return Column(name, LargeBinary, nullable=False)


segments = Table(
    "segments",
    metadata,
    _key("first"),  # journal position of its first event
    _int("count"),
    _int("time_min"),
    _int("time_max"),
    _blob("identities"),  # 8 bytes an event, in journal order
    _blob("received"),
    _blob("assignments"),
    _blob("lines"),
)

entities = Table(
    "entities",
    metadata,
    _part("tenant"),
    _part("ref"),
    _int("seq"),
    _blob("body"),
    sqlite_with_rowid=False,
)

links = Table(
    "links",
    metadata,
    _part("tenant"),
    _part("source"),
    _part("target"),
    _part("kind"),
    sqlite_with_rowid=False,
)

alerts = Table(
    "alerts",
    metadata,
    _key("number"),
    _text("tenant"),
    _text("status"),
    _small("severity"),
    _text("site", null=True),
    _int("first_seen"),
    _int("last_seen"),
    _int("ended_at", null=True),
    _int("cluster", null=True),
    _blob("body"),
)

clusters = Table(
    "clusters",
    metadata,
    _key("number"),
    _text("tenant"),
    _small("severity"),
    _int("opened_at"),
    _int("last_at"),
    _int("closed_at", null=True),
    _int("incident", null=True),
    _blob("body"),
)

incidents = Table(
    "incidents",
    metadata,
    _key("number"),
    _text("tenant"),
    _text("state"),
    _small("severity"),
    _int("opened_at"),
    _int("last_at"),
    _int("closed_at", null=True),
    _blob("body"),
)

findings = Table(
    "findings",
    metadata,
    _key("number"),
    _text("tenant"),
    _text("status"),
    _small("severity"),
    _text("site", null=True),
    _int("detected_at"),
    _blob("body"),
)

anomalies = Table(
    "anomalies",
    metadata,
    _key("number"),
    _text("tenant"),
    _text("status"),
    _small("severity"),
    _text("person"),
    _text("site", null=True),
    _int("detected_at"),
    _blob("body"),
)

fraud = Table(
    "fraud",
    metadata,
    _key("number"),
    _text("tenant"),
    _text("person"),
    _text("site", null=True),
    _text("level"),
    _int("time"),
    _blob("body"),
)

predictions = Table(
    "predictions",
    metadata,
    _key("number"),
    _text("tenant"),
    _text("kind"),
    _text("entity"),
    _int("made_at"),
    _blob("body"),
)

correlations = Table(
    "correlations",
    metadata,
    _key("number"),
    _text("tenant"),
    _text("site", null=True),
    _int("detected_at"),
    _blob("body"),
)

models = Table(
    "models",
    metadata,
    _key("number"),
    _text("tenant"),
    _text("kind"),
    _int("made_at"),
    _blob("body"),
)

outbox = Table(
    "outbox",
    metadata,
    _key("number"),
    _text("tenant"),
    _text("receiver"),
    _text("status"),
    _int("made_at"),
    _blob("body"),
)

runs = Table(
    "runs",
    metadata,
    _key("number"),
    _text("tenant"),
    _text("playbook"),
    _text("state"),
    _int("made_at"),
    _blob("body"),
)

metric_series = Table("metric_series", metadata, _key("number"), _text("tenant"), _text("name"), _blob("body"))

metric_blocks = Table(
    "metric_blocks",
    metadata,
    _key("number"),
    _text("tenant"),
    _text("name"),
    _int("tier"),
    _int("start"),
    _int("until"),
    _blob("body"),
)

PLAIN = (fraud, predictions, correlations, models, outbox, runs, metric_series, metric_blocks)
"""Columns are fields of the record, by the same names."""

feed = Table(
    "feed",
    metadata,
    _part("partition"),
    _key("first"),  # sequence of its first entry
    _int("count"),
    _int("time_min"),
    _int("time_max"),
    _blob("body"),
    sqlite_with_rowid=False,
)

audit = Table(
    "audit",
    metadata,
    Column("number", _Count, primary_key=True),
    _text("tenant"),
    _int("time"),
    _blob("body"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("number", _Count, primary_key=True),
    _int("received_at"),
    _blob("body"),
    _int("key", null=True),  # of a numbered line: it is kept once; null where each arrival counts
)

positions = Table(
    "positions",
    metadata,
    _part("partition"),
    _int("watermark"),
    _int("sequence"),
    _int("watermark_then", null=True),  # at the last snapshot
)

# The statistics, and the highest number of each kind of record at that moment: rows above them are newer.
snapshots = Table(
    "snapshots",
    metadata,
    _key("seq"),
    _int("alerts"),
    _int("clusters"),
    _int("incidents"),
    _blob("body"),
)

# Recovery starts at the snapshot and runs the journal's tail again. So for rows that were there at the snapshot and
# changed since, these hold how they stood then; all three are emptied by the next snapshot.
records_before = Table(
    "records_before",
    metadata,
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),  # see data.rows.KEPT
    _key("number"),
    _text("tenant"),
    _int("ended_at", null=True),
    _blob("body"),
)

entities_before = Table(
    "entities_before",
    metadata,
    _part("tenant"),
    _part("ref"),
    _blob("body"),
    sqlite_with_rowid=False,
)

links_before = Table(
    "links_before",
    metadata,
    _part("tenant"),
    _part("source"),
    _part("target"),
    _part("kind"),
    _small("present"),  # 0 or 1
    sqlite_with_rowid=False,
)

# The field lists that bodies were written with: a body names its list by number.
shapes = Table("shapes", metadata, _key("number"), _text("record"), _text("fields"))

# Who may use the server.
tokens = Table("tokens", metadata, _part("id"), _blob("body"), sqlite_with_rowid=False)

meta = Table("meta", metadata, _part("name"), _text("value"))

# What is open is found at start without reading all that ever was.
Index("alerts_ended_at", alerts.c.ended_at)
Index("clusters_closed_at", clusters.c.closed_at)
Index("dead_letters_key", dead_letters.c.key, unique=True)
Index("outbox_status", outbox.c.status)
Index("metric_blocks_of", metric_blocks.c.tenant, metric_blocks.c.name, metric_blocks.c.tier, metric_blocks.c.start)

# Alembic's own table, outside `metadata`: migrations compare without it.
alembic_version = Table("alembic_version", MetaData(), Column("version_num", Text, primary_key=True))
