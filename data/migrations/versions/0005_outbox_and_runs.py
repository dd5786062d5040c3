"""What people outside are told, and runs of playbooks."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TEXT = {"outbox": ("tenant", "receiver", "status"), "runs": ("tenant", "playbook", "state")}


def upgrade() -> None:
    for name, texts in _TEXT.items():
        op.create_table(
            name,
            sa.Column("number", _COUNT, primary_key=True, autoincrement=False),
            *(sa.Column(text, sa.Text, nullable=False) for text in texts),
            sa.Column("made_at", sa.BigInteger, nullable=False),
            sa.Column("body", sa.LargeBinary, nullable=False),
        )
    op.create_index("outbox_status", "outbox", ["status"])
