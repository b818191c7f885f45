"""All that is measured of a face, instead of two figures made of it.

Faces found before cannot be filled in: they are dropped, and the next run looks at the pictures again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to version 0002."""
    op.drop_table("faces")
    op.execute(sa.text("DELETE FROM face_scans"))
    op.create_table(
        "faces",
        sa.Column("content_key", sa.Text(), nullable=False),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("face", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("left", sa.Double(), nullable=False),
        sa.Column("top", sa.Double(), nullable=False),
        sa.Column("right", sa.Double(), nullable=False),
        sa.Column("bottom", sa.Double(), nullable=False),
        sa.Column("landmarks", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("size_px", sa.Double(), nullable=False),
        sa.Column("sharpness", sa.Double(), nullable=False),
        sa.Column("frontal", sa.Double(), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=True),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_key", "extractor", "version"],
            ["face_scans.content_key", "face_scans.extractor", "face_scans.version"],
            name=op.f("fk_faces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("content_key", "extractor", "version", "face", name=op.f("pk_faces")),
    )
