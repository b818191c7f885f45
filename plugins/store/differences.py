"""Replacing what a table holds of a library by a new answer, of which only the difference is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from plugins.chunking import chunks
from plugins.store.database import Database


def replace_rows(
    database: Database, table: sa.Table, scope: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]
) -> None:
    """Make these rows all that a table has where the columns of `scope` have these values; as one commit.

    The rows, each with all columns and a key of its own, are taken in chunks into a temporary table, however many they
    are. The database compares: what is the same is not touched, so that the same answer again writes nothing.
    """
    with database.transaction() as connection:
        fresh = _temporary(table)
        fresh.create(connection)
        for part in chunks(rows):
            connection.execute(fresh.insert(), part)
        within = [table.c[name] == value for name, value in scope.items()]
        key = [table.c[column.name] == fresh.c[column.name] for column in table.primary_key]
        same = [table.c[one.name].is_not_distinct_from(fresh.c[one.name]) for one in table.columns]
        connection.execute(table.delete().where(*within, ~sa.exists().where(*key, *same)))
        new = sa.select(fresh).where(~sa.exists(sa.select(sa.literal(1)).select_from(table).where(*within, *key)))
        connection.execute(table.insert().from_select([column.name for column in table.columns], new))
        fresh.drop(connection)  # what fails takes it back with all else; a failed transaction refuses a drop


def _temporary(table: sa.Table) -> sa.Table:
    """Return a table of this connection alone, with the columns and the key of another one."""
    columns = (sa.Column(one.name, one.type, primary_key=one.primary_key) for one in table.columns)
    return sa.Table(f"fresh_{table.name}", sa.MetaData(), *columns, prefixes=["TEMPORARY"])
