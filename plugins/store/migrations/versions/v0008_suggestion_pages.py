"""Indexes by which suggestions are shown word by word and photo by photo, and decisions by when they were made."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to version 0008."""
    op.create_index("ix_suggestions_value", "suggestions", ["library", "kind", "value", "score", "key"])
    op.create_index("ix_suggestions_subject", "suggestions", ["library", "kind", "subject"])
    op.create_index("ix_decisions_subject", "decisions", ["library", "kind", "subject"])
    op.create_index("ix_decisions_decided_at", "decisions", ["library", "decided_at", "kind"])
