"""A gallery's notes: a file beside the store of what need not be asked again, which may be deleted at any time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final

from plugins.atomic import private_folder
from plugins.galleries import GalleryRefused, GalleryUnreachable

_TABLES: Final = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_FORGOTTEN: Final = "DROP TABLE IF EXISTS {}"


class KnownFile:
    """The file, opened on first use and made anew when it is broken or of another schema. Usable by several threads.

    It has facts, which stay, and notes, which hold until the next sweep; a subclass adds tables of its gallery's.
    Every method raises `GalleryUnreachable` when the file cannot be used now.
    """

    schema: ClassVar[int]
    """One higher, and what older versions knew is forgotten."""
    tables: ClassVar[str]
    """SQL that makes the tables, each statement ended by a semicolon."""
    added: ClassVar[str] = ""
    """SQL that makes, where they are not there, tables that came later and are no reason to forget the others."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._noted: set[str] = set()
        self._open: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._open is not None:
                self._open.close()
            self._open = None

    def account(self) -> str:
        """Return whose library this is, by the server's id; empty before the first run."""
        return self._fact("account")

    def keep_account(self, account: str) -> None:
        """Keep whose library this is.

        Raises:
            GalleryRefused: it was somebody else's so far.
        """
        before = self.account()
        if before and before != account:
            raise GalleryRefused(
                "the key is another user's than that of the runs before: one library is one user. Put the old user's "
                f"key back, or give the new one a library of their own; delete {self.path} if they are one person"
            )
        if not before:
            self._keep_fact("account", account)

    def begin_sweep(self) -> int:
        """Return the number of a new sweep; what was noted before is forgotten, but for what this object has."""
        number = int(self._fact("sweep") or 0) + 1
        self._keep_fact("sweep", str(number))
        with self._writing() as file:
            stale = [(name,) for (name,) in file.execute("SELECT name FROM notes") if name not in self._noted]
            file.executemany("DELETE FROM notes WHERE name = ?", stale)
        return number

    def note(self, name: str) -> str | None:
        """Return what was noted since the last sweep began, or just before; None when nothing was."""
        return next((str(row[0]) for row in self._rows("SELECT value FROM notes WHERE name = ?", name)), None)

    def keep_note(self, name: str, value: str) -> None:
        """Note what need not be asked again until the next sweep."""
        self._noted.add(name)
        with self._writing() as file:
            file.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, value))

    def drop_notes(self, start: str) -> None:
        """Forget the notes whose names begin so."""
        self._noted = {name for name in self._noted if not name.startswith(start)}
        with self._writing() as file:
            file.execute("DELETE FROM notes WHERE substr(name, 1, ?) = ?", (len(start), start))

    def _fact(self, name: str) -> str:
        return next((str(row[0]) for row in self._rows("SELECT value FROM facts WHERE name = ?", name)), "")

    def _keep_fact(self, name: str, value: str) -> None:
        with self._writing() as file:
            file.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def _rows(self, query: str, *values: object) -> list[tuple[str, ...]]:
        with self._using() as file:
            return file.execute(query, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Give the file for one transaction."""
        with self._using() as file, file:
            file.execute("BEGIN IMMEDIATE")
            yield file

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._open is None:
                    self._open = self._opened()
                yield self._open
            except (sqlite3.Error, OSError) as error:
                raise GalleryUnreachable(f"{self.path} cannot be used now: {error}") from error

    def _opened(self) -> sqlite3.Connection:
        private_folder(self.path.parent)
        try:
            return self._prepared()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:  # it is no database any more, and holds nothing that cannot be asked again
            self.path.unlink(missing_ok=True)
            return self._prepared()

    def _prepared(self) -> sqlite3.Connection:
        file = sqlite3.connect(self.path, timeout=60.0, isolation_level=None, check_same_thread=False)
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = NORMAL")
        if file.execute("PRAGMA user_version").fetchone()[0] != self.schema:
            self._make_tables(file)
        file.executescript(self.added)
        return file

    def _make_tables(self, file: sqlite3.Connection) -> None:
        with file:
            file.execute("BEGIN IMMEDIATE")
            if file.execute("PRAGMA user_version").fetchone()[0] == self.schema:
                return  # another process was faster
            for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                file.execute(_FORGOTTEN.format(name))
            for statement in (_TABLES + self.tables).split(";"):
                file.execute(statement)
            file.execute(f"PRAGMA user_version = {self.schema}")
