"""Copies of the store: one a day, seven kept, and one before a new schema; and what is in the store."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from plugins.store.database import Database, StoreUnusable
from plugins.store.tables import metadata

KEPT = 7
_UNWRITTEN: Final = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_TRUNCATE")


class Backup:
    """Copies, made while others read and write. A copy appears whole or not at all."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def daily(self, today: date | None = None) -> Path | None:
        """Copy the store as `albumen-YYYY-MM-DD.db` unless today's copy is there; keep the newest seven.

        Returns the new copy, or None where there is nothing to do: it was made today already, or the database is not
        SQLite (Postgres has its own tools).

        Raises:
            StoreUnusable: there is no room or no permission for the copy; the store itself is well.
        """
        if self._database.engine.dialect.name != "sqlite":
            return None
        path = self._folder / f"albumen-{today or datetime.now(UTC).date()}.db"
        if path.exists():
            return None
        self._make(path)
        for old in sorted(self._folder.glob("albumen-????-??-??.db"))[:-KEPT]:
            old.unlink(missing_ok=True)
        return path

    def before_schema(self, version: str) -> Path:
        """Copy a SQLite store as `albumen-before-VERSION.db`, for a return to the Albumen before that schema.

        Only the newest of these copies is kept.

        Raises:
            StoreUnusable: there is no room or no permission for the copy; the store itself is well.
        """
        path = self._folder / f"albumen-before-{version}.db"
        self._make(path)
        for old in set(self._folder.glob("albumen-before-*.db")) - {path}:
            old.unlink(missing_ok=True)
        return path

    def _make(self, path: Path) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._copy(path)
        except OSError as error:
            raise StoreUnusable(
                f"the store could not be copied to {path}: {error.strerror}. Free some space, or give Albumen's user "
                "the folder; the store itself is as it was"
            ) from error

    def _copy(self, path: Path) -> None:
        part = path.with_suffix(f".{os.getpid()}.part")
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
        try:
            with self._database.reading() as connection, closing(sqlite3.connect(part)) as target:
                source = connection.connection.driver_connection
                _pages(source, target)  # type: ignore[arg-type]
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def status(self) -> dict[str, int]:
        """Count the rows of each table."""
        with self._database.reading() as connection:
            return {
                name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                for name, table in sorted(metadata.tables.items())
            }


def _pages(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Copy all pages.

    Raises:
        OSError: the copy cannot be written.
    """
    try:
        source.backup(target)
    except sqlite3.Error as error:
        if error.sqlite_errorname.startswith(_UNWRITTEN):
            raise OSError(errno.EIO, str(error)) from error
        raise
