"""Leases: what several machines hold in turn; and on Postgres, text that sorts as it does in SQLite."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to version 0009."""
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute(BYTE_ORDER)


BYTE_ORDER = """
DO $$
DECLARE here record;
BEGIN
    FOR here IN
        SELECT table_name, string_agg(
            format('ALTER COLUMN %I TYPE %s COLLATE "C"', column_name,
                   CASE WHEN character_maximum_length IS NULL THEN 'text'
                        ELSE format('varchar(%s)', character_maximum_length) END), ', ') AS parts
        FROM information_schema.columns
        WHERE table_schema = current_schema() AND data_type IN ('text', 'character varying')
        GROUP BY table_name
    LOOP
        EXECUTE format('ALTER TABLE %I %s', here.table_name, here.parts);
    END LOOP;
END $$
"""
