"""What speaks for a suggestion, kept with the decision on it; how the faces were last grouped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to version 0004."""
    for table in ("suggestions", "decisions"):
        op.add_column(table, sa.Column("evidence", sa.Text(), nullable=False, server_default="{}"))
    op.create_table(
        "face_groups",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("content_key", sa.Text(), nullable=False),
        sa.Column("face", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("group", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("library", "extractor", "version", "content_key", "face", name=op.f("pk_face_groups")),
    )
