"""What Alembic runs: the migrations, on the connection that the store hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from plugins.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,  # SQLite alters a table by making it anew
)
with context.begin_transaction():
    context.run_migrations()
