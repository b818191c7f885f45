"""What a cover was chosen from and why, the frames of videos, and the posters that we wrote."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to version 0006."""
    for column, nothing in (("candidates", "[]"), ("matches", "[]"), ("left_out", "{}")):
        op.add_column("covers", sa.Column(column, sa.Text(), nullable=False, server_default=nothing))
    op.create_table(
        "video_frames",
        sa.Column("content_key", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("frames", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("content_key", "version", name=op.f("pk_video_frames")),
    )
    op.create_table(
        "video_covers",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("content_key", sa.Text(), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.Column("candidates", sa.Text(), nullable=False),
        sa.Column("matches", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("library", "content_key", name=op.f("pk_video_covers")),
    )
    op.create_table(
        "ledger_posters",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("photo", sa.Text(), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("library", "photo", name=op.f("pk_ledger_posters")),
    )
