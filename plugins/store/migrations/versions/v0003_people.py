"""People: what we published of them, how strongly a face belongs to somebody, and heads trained for a library."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to version 0003."""
    op.add_column("face_labels", sa.Column("strength", sa.Double(), server_default="1", nullable=False))
    op.create_table(
        "ledger_people",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("gallery_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("library", "key", name=op.f("pk_ledger_people")),
    )
    op.create_table(
        "ledger_faces",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("face", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("box", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("library", "face", "person", name=op.f("pk_ledger_faces")),
    )
    op.create_table(
        "trained",
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("library", "kind", "slot", name=op.f("pk_trained")),
    )
