"""Arrivals: what webhooks and polls said is new, kept on disk until a flow run has seen to it.

They lie in a file of their own, so that a run that holds the main database never delays the answer to a webhook. Many
that come together are one commit. All of them are hints: what is really new is asked of the gallery.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, TypeVar

from plugins.store.group_commit import GroupCommit

LOOK: Final = ""
"""The id of an arrival that names no photo: look what is new."""
MOST: Final = 20_000
"""Photos that wait for one library; more come to the same as "look what is new"."""
SCHEMA: Final = 1
_COUNTED: Final = 1_000
"""After so many photos those that wait are counted: at each commit that would be the most work of all."""
_TABLES: Final = (
    "CREATE TABLE arrivals (library TEXT, photo TEXT, first_at REAL NOT NULL, last_at REAL NOT NULL, "
    "run TEXT NOT NULL, seq INT NOT NULL, PRIMARY KEY (library, photo)) WITHOUT ROWID",
    "CREATE TABLE runs (key TEXT UNIQUE, library TEXT NOT NULL, asked_at REAL NOT NULL, run TEXT NOT NULL)",
    "CREATE TABLE libraries (library TEXT PRIMARY KEY, installed INT NOT NULL DEFAULT 0, heard_at REAL, "
    "polled_at REAL) WITHOUT ROWID",
)
_NOTE: Final = """
INSERT INTO arrivals VALUES (?1, ?2, ?3, ?3, '', ?4) ON CONFLICT DO UPDATE SET last_at = ?3, seq = ?4,
    first_at = iif(run = '', first_at, ?3), run = ''
"""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Asked:
    """A flow run that was asked for: our key, when (seconds since 1970), and Prefect's id; empty before it answered."""

    key: str
    library: str
    asked_at: float
    run: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a run of a library: how many arrivals, and when the first and the last came, in s since 1970."""

    photos: int
    first_at: float
    last_at: float


@dataclass(frozen=True, slots=True)
class Watched:
    """How we learn of new photos of a library; times in seconds since 1970, None for never.

    `installed`: its gallery was told to call us; `heard_at`: when it last did; `polled_at`: when it was last asked.
    """

    installed: bool = False
    heard_at: float | None = None
    polled_at: float | None = None


class Arrivals:
    """The file, and the one thread that writes it; usable by several threads, and by several processes.

    A file that is broken is put aside and made anew; then `lost` is true: look what is new everywhere. Times in the
    future, as after a clock was set back, are read as now.

    Args:
        file: made, with its folder, for this user alone if it is not there.

    Raises:
        StoreUnusable: the file can be neither used nor made, or the disk is full; every method raises it too.
    """

    def __init__(self, file: Path) -> None:
        self._file = GroupCommit(file, _TABLES, SCHEMA)
        self._seq: int = self._do(lambda of: of.execute("SELECT coalesce(max(seq), 0) FROM arrivals").fetchone()[0])
        self._uncounted = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def lost(self) -> bool:
        """Say whether the file was broken when it was opened, so that what waited is not known."""
        return self._file.lost

    def close(self) -> None:
        """Write what was handed in, and close the file."""
        self._file.close()

    def note(self, library: str, photos: Sequence[str] = (), *, heard: bool = False) -> Future[None]:
        """Keep arrivals of a library; the future is done when they are on disk.

        An id that waits already is kept once. One that was given to a run waits anew.

        Args:
            library: whose they are.
            photos: their ids in the gallery; none for "look what is new".
            heard: a webhook of this library said so.
        """
        at = time.time()

        def do(to: sqlite3.Connection) -> None:
            self._seq += 1
            to.executemany(_NOTE, [(library, photo, at, self._seq) for photo in photos or (LOOK,)])
            if heard:
                _set(to, library, "heard_at", at)
            self._uncounted += len(photos)
            if self._uncounted >= _COUNTED:
                self._uncounted = 0
                _bound(to, library)

        return self._file.hand_in(do)

    def waiting(self, library: str) -> Waiting | None:
        """Return what waits for a run that has not been asked for."""
        query = "SELECT count(*), min(first_at), max(last_at) FROM arrivals WHERE library = ? AND run = ''"
        photos, first, last = self._do(lambda of: of.execute(query, (library,)).fetchone())
        return Waiting(photos, _past(first), _past(last)) if photos else None

    def mark(self) -> int:
        """Return a number that all arrivals so far have at most, and later ones exceed."""
        return self._do(lambda _: self._seq)

    def ask(self, key: str, library: str) -> int:
        """Give what waits to a run that is going to be asked for under a key; return how many, and do nothing for 0."""

        def do(to: sqlite3.Connection) -> int:
            taken = _claim(to, key, library, self._seq)
            if taken:
                to.execute("INSERT INTO runs VALUES (?, ?, ?, '')", (key, library, time.time()))
            return taken

        return self._do(do)

    def join(self, key: str, library: str, mark: int) -> int:
        """Give what waits, as far as it came before `mark`, to a run that has been asked for; return how many."""
        return self._do(lambda to: _claim(to, key, library, mark))

    def answered(self, key: str, run: str) -> None:
        """Note Prefect's id of a run."""
        self._do(lambda to: to.execute("UPDATE runs SET run = ? WHERE key = ?", (run, key)))

    def settle(self, key: str) -> int:
        """Forget a run that ended well, with what was given to it and has not come again; return how many."""

        def do(to: sqlite3.Connection) -> int:
            to.execute("DELETE FROM runs WHERE key = ?", (key,))
            return to.execute("DELETE FROM arrivals WHERE run = ?", (key,)).rowcount

        return self._do(do)

    def put_back(self, key: str) -> int:
        """Forget a run that failed; what was given to it waits again. Return how many."""

        def do(to: sqlite3.Connection) -> int:
            to.execute("DELETE FROM runs WHERE key = ?", (key,))
            return to.execute("UPDATE arrivals SET run = '' WHERE run = ?", (key,)).rowcount

        return self._do(do)

    def asked(self, library: str) -> list[Asked]:
        """Return the runs of a library that were asked for and have not ended, in the order of asking."""
        query = "SELECT key, library, asked_at, run FROM runs WHERE library = ? ORDER BY rowid"
        rows = self._do(lambda of: of.execute(query, (library,)).fetchall())
        return [Asked(key, name, _past(at), run) for key, name, at, run in rows]

    def watched(self, library: str) -> Watched:
        """Return how we learn of new photos of a library."""
        query = "SELECT installed, heard_at, polled_at FROM libraries WHERE library = ?"
        row = self._do(lambda of: of.execute(query, (library,)).fetchone())
        if row is None:
            return Watched()
        return Watched(bool(row[0]), *(None if at is None else _past(at) for at in row[1:]))

    def polled(self, library: str, at: float) -> None:
        """Note when the gallery of a library was asked, in seconds since 1970."""
        self._do(lambda to: _set(to, library, "polled_at", at))

    def installed(self, library: str, *, there: bool) -> None:
        """Note whether the gallery of a library was told to call us; without, that it ever did is forgotten too."""

        def do(to: sqlite3.Connection) -> None:
            _set(to, library, "installed", int(there))
            if not there:
                _set(to, library, "heard_at", None)

        self._do(do)

    def _do(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        return self._file.hand_in(work).result()


def _set(to: sqlite3.Connection, library: str, column: str, value: float | None) -> None:
    """Set one column of ours of a library."""
    to.execute("INSERT INTO libraries (library) VALUES (?) ON CONFLICT DO NOTHING", (library,))
    to.execute(f"UPDATE libraries SET {column} = ? WHERE library = ?", (value, library))  # noqa: S608 (a name of ours)


def _claim(to: sqlite3.Connection, key: str, library: str, mark: int) -> int:
    query = "UPDATE arrivals SET run = ? WHERE library = ? AND run = '' AND seq <= ?"
    return to.execute(query, (key, library, mark)).rowcount


def _bound(to: sqlite3.Connection, library: str) -> None:
    """Let so many arrivals that nobody wants to count them be one that names no photo."""
    of_these = "FROM arrivals WHERE library = ? AND run = ''"
    found = to.execute(f"SELECT count(*), min(first_at), max(last_at), max(seq) {of_these}", (library,)).fetchone()
    if found[0] > MOST:
        to.execute(f"DELETE {of_these}", (library,))
        to.execute("INSERT OR REPLACE INTO arrivals VALUES (?, ?, ?, ?, '', ?)", (library, LOOK, *found[1:]))


def _past(at: float) -> float:
    return min(at, time.time())
