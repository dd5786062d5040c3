"""Starting reads what is open and what ended lately; with these indexes it no longer reads all that ever was."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("alerts_ended_at", "alerts", ["ended_at"])
    op.create_index("clusters_closed_at", "clusters", ["closed_at"])
