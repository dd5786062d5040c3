"""Scores of check-ins, predictions, correlations, and the models that make them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TEXT = {"fraud": ("tenant", "person", "site", "level"), "predictions": ("tenant", "kind", "entity"),
         "correlations": ("tenant", "site"), "models": ("tenant", "kind")}  # fmt: skip
_TIME = {"fraud": "time", "predictions": "made_at", "correlations": "detected_at", "models": "made_at"}


def upgrade() -> None:
    for name, texts in _TEXT.items():
        op.create_table(
            name,
            sa.Column("number", _COUNT, primary_key=True, autoincrement=False),
            *(sa.Column(text, sa.Text, nullable=text == "site") for text in texts),
            sa.Column(_TIME[name], sa.BigInteger, nullable=False),
            sa.Column("body", sa.LargeBinary, nullable=False),
        )
