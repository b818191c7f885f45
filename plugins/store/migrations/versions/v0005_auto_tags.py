"""Tags that are set without asking."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to version 0005."""
    op.create_table(
        "auto_tags",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("content_key", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("library", "content_key", "tag", name=op.f("pk_auto_tags")),
    )
