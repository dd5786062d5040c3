"""A refused line of a file is one dead letter, however often the file is fed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dead_letters", sa.Column("key", sa.BigInteger, nullable=True))
    op.create_index("dead_letters_key", "dead_letters", ["key"], unique=True)
