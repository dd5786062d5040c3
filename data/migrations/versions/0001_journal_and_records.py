"""The journal, the records decided from it, and what recovery starts from."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _int(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null)


def _small(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger, nullable=False)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def _blob(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, _COUNT, primary_key=True, autoincrement=False)


def _part(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def upgrade() -> None:
    _journal()
    _records()
    _others()
    _recovery()


def _journal() -> None:
    op.create_table(
        "segments",
        _key("first"),
        _int("count"),
        _int("time_min"),
        _int("time_max"),
        _blob("identities"),
        _blob("received"),
        _blob("assignments"),
        _blob("lines"),
    )
    op.create_table(
        "feed",
        _part("partition"),
        _key("first"),
        _int("count"),
        _int("time_min"),
        _int("time_max"),
        _blob("body"),
        sqlite_with_rowid=False,
    )


def _records() -> None:
    op.create_table(
        "alerts",
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
    op.create_table(
        "clusters",
        _key("number"),
        _text("tenant"),
        _small("severity"),
        _int("opened_at"),
        _int("last_at"),
        _int("closed_at", null=True),
        _int("incident", null=True),
        _blob("body"),
    )
    op.create_table(
        "incidents",
        _key("number"),
        _text("tenant"),
        _text("state"),
        _small("severity"),
        _int("opened_at"),
        _int("last_at"),
        _int("closed_at", null=True),
        _blob("body"),
    )
    op.create_table(
        "findings",
        _key("number"),
        _text("tenant"),
        _text("status"),
        _small("severity"),
        _text("site", null=True),
        _int("detected_at"),
        _blob("body"),
    )
    op.create_table(
        "anomalies",
        _key("number"),
        _text("tenant"),
        _text("status"),
        _small("severity"),
        _text("person"),
        _text("site", null=True),
        _int("detected_at"),
        _blob("body"),
    )


def _others() -> None:
    op.create_table("entities", _part("tenant"), _part("ref"), _int("seq"), _blob("body"), sqlite_with_rowid=False)
    op.create_table("links", _part("tenant"), _part("source"), _part("target"), _part("kind"), sqlite_with_rowid=False)
    op.create_table(
        "audit", sa.Column("number", _COUNT, primary_key=True), _text("tenant"), _int("time"), _blob("body")
    )
    op.create_table("dead_letters", sa.Column("number", _COUNT, primary_key=True), _int("received_at"), _blob("body"))
    op.create_table("shapes", _key("number"), _text("record"), _text("fields"))
    op.create_table("meta", _part("name"), _text("value"))


def _recovery() -> None:
    op.create_table(
        "positions",
        _part("partition"),
        _int("watermark"),
        _int("sequence"),
        _int("watermark_then", null=True),
    )
    op.create_table("snapshots", _key("seq"), _int("alerts"), _int("clusters"), _int("incidents"), _blob("body"))
    op.create_table(
        "records_before",
        sa.Column("kind", sa.SmallInteger, primary_key=True, autoincrement=False),
        _key("number"),
        _text("tenant"),
        _int("ended_at", null=True),
        _blob("body"),
    )
    op.create_table("entities_before", _part("tenant"), _part("ref"), _blob("body"), sqlite_with_rowid=False)
    op.create_table(
        "links_before",
        _part("tenant"),
        _part("source"),
        _part("target"),
        _part("kind"),
        _small("present"),
        sqlite_with_rowid=False,
    )
