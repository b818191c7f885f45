"""One connection to one database: transactions, and errors that say what to do."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError

from plugins.chunking import chunks
from plugins.store.outage import connected

BUSY_S = 60.0
"""How long a write waits for another process's; refreshes and backups commit in chunks, so each is short."""


ONE_WRITER = f"SET LOCAL lock_timeout = {int(BUSY_S * 1000)}; SELECT pg_advisory_xact_lock(4279362)"
"""What a transaction on Postgres begins with, so that writers take turns as they do in SQLite.

What one reads before it writes is then still so, and none of ours waits for another in a circle. The number is any.
"""


class StoreError(Exception):
    """Root of what can go wrong with the store; the subclasses say what to do next."""


class StoreUnusable(StoreError):
    """The database cannot be used as it is: do what the text says."""


class StoreBusy(StoreError):
    """Another process kept the database for too long: try again."""


class Database:
    """Reading and writing in transactions; inside `transaction()` all of this thread's work is one commit."""

    def __init__(self, engine: sa.Engine, where: str) -> None:
        """Use an engine; `where` names the database in messages, without a password."""
        self.engine = engine
        self.where = where
        self._thread = threading.local()

    @contextmanager
    def transaction(self, alone: bool = True) -> Iterator[sa.Connection]:
        """Commit everything that this thread does with the store inside the block together, or nothing of it.

        Writers take turns; on a server those that are not `alone`, single statements, do not wait for the others.
        """
        if (open_now := self._current) is not None:
            yield open_now
            return
        with self._translated(), connected(self.engine, self.where) as plain:
            connection = plain.execution_options(albumen_writes=True)
            with connection.begin():
                if alone and self.engine.dialect.name == "postgresql":
                    connection.exec_driver_sql(ONE_WRITER)
                self._thread.connection = connection
                try:
                    yield connection
                finally:
                    self._thread.connection = None

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Read one consistent state; inside `transaction()` its own."""
        if (open_now := self._current) is not None:
            yield open_now
            return
        with self._translated(), connected(self.engine, self.where) as connection:
            if self.engine.dialect.name == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")  # noqa: PLW2901
            yield connection

    @property
    def _current(self) -> sa.Connection | None:
        found: sa.Connection | None = getattr(self._thread, "connection", None)
        return found

    def upsert(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows; where the primary key is there already, replace the other columns by the row's."""
        if not rows:
            return
        statement = upserting(table, self.engine.dialect.name)
        with self.transaction() as connection:
            for part in chunks(rows):
                connection.execute(statement, part)

    def insert(self, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert rows that are not there yet."""
        with self.transaction() as connection:
            for part in chunks(rows):
                connection.execute(table.insert(), part)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            found = translated(error, self.where)
            if found is None:
                raise
            raise found from error


def inserting(table: sa.Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    """Return the dialect's own `INSERT`, which takes an `ON CONFLICT`."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def upserting(table: sa.Table, dialect: str) -> sa.Insert:
    """Return the dialect's `INSERT … ON CONFLICT DO UPDATE` for whole rows of a table."""
    insert = inserting(table, dialect)
    keys = [column.name for column in table.primary_key]
    rest = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=rest) if rest else insert.on_conflict_do_nothing()


def translated(error: Exception, where: str) -> StoreError | None:
    """Return an error that says what to do about a database's own, or None where that is a mistake of ours."""
    inner = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(inner, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreBusy(f"{where} was kept busy by another process for {BUSY_S:g} s: wait for it, then try again")
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return StoreBusy(f"{where} closed the connection: try again")
    state = getattr(inner, "sqlstate", None) or ""
    if state.startswith(_PASSING):
        return StoreBusy(f"{where} was kept busy by another process: {_line(inner)}. Try again")
    for start, text in _MENDS.items():
        if name.startswith(start) or state.startswith(start):
            return StoreUnusable(f"{where}: {_line(inner)}. {text}")
    if isinstance(error, OperationalError) and not name and not state:
        return StoreUnusable(f"{where} cannot be reached: {_line(inner)}. Check database_url and the server")
    return None


def _line(error: object) -> str:
    return " ".join(str(error).split())


RESTORE = (
    "Stop Albumen, move the file away, and copy the newest file of backups/ beside it into its place; without a copy "
    "just start again (no photo and no album is lost, then run `albumen adopt LIBRARY`)"
)
_PASSING = ("08", "40001", "40P01", "53300", "55P03", "57P")
"""Postgres' codes of what passes: connections, conflicts, deadlocks, too many clients, waiting too long, a restart."""
_MENDS = {
    "SQLITE_CORRUPT": f"The database is damaged. {RESTORE}",
    "SQLITE_NOTADB": f"The file is not a database. {RESTORE}",
    "SQLITE_FULL": "The disk is full: free some space and run again; nothing is half-written",
    "SQLITE_IOERR": "The disk does not read or write: check it and its free space, then run again",
    "SQLITE_READONLY": "Albumen may not write there: give its user the file and its folder, or choose another data_dir",
    "SQLITE_PERM": "Albumen may not write there: give its user the file and its folder, or choose another data_dir",
    "SQLITE_CANTOPEN": "The file cannot be opened: check the folder and its permissions, or choose another data_dir",
    "53": "The server is out of disk or memory: free some and run again; nothing is half-written",
    "25006": "The server only reads, as a standby does: name the one that writes in database_url",
    "42501": "Albumen's user may not do that: give it the database, or name its owner in database_url",
    "28": "The server does not let Albumen in: check the name and the password in database_url",
    "3D": "There is no such database: create it, or name another in database_url",
}
