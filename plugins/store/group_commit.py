"""A small SQLite file with one writing thread: what many threads hand in while it writes is one commit.

For what must be on the disk before somebody gets an answer: a commit costs the same for one row and for a thousand.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from plugins.atomic import private_folder
from plugins.store.database import StoreUnusable

BUSY_S: Final = 10.0
"""How long another process may hold the file."""
MOST_JOBS: Final = 1_000
"""What is one commit at most, so that nobody waits for what came long after."""
_T = TypeVar("_T")
_log = logging.getLogger("albumen.store")


class GroupCommit:
    """The file and its writer; usable by several threads, and the file by several processes.

    A file that is broken, or of another version, is put aside and made anew; then `lost` is true.

    Args:
        file: made, with its folder, for this user alone if it is not there.
        tables: the statements that make it.
        version: which tables these are, from 1.

    Raises:
        StoreUnusable: the file can be neither used nor made, or the disk is full; futures raise it too.
    """

    def __init__(self, file: Path, tables: Sequence[str], version: int) -> None:
        self.file = file
        self.lost = False
        self._closed = False
        self._tables = (*tables, f"PRAGMA user_version = {version:d}")
        self._version = version
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        with self._translated():
            self._connection = self._opened()
        self._writer = threading.Thread(target=self._write, name=file.stem, daemon=True)
        self._writer.start()

    def close(self) -> None:
        """Write what was handed in, and close the file."""
        self._closed = True
        self._jobs.put(None)
        self._writer.join()
        self._connection.close()

    def hand_in(self, work: Callable[[sqlite3.Connection], _T]) -> Future[_T]:
        """Let work be done with the file; the future has what it returns once that is on the disk."""
        future: Future[_T] = Future()
        future.set_running_or_notify_cancel()  # whoever stops waiting, as at a lost connection, stops nothing here
        if self._closed:
            future.set_exception(StoreUnusable(f"{self.file} is closed"))
        else:
            self._jobs.put(_Job(work, future))
        return future

    def _write(self) -> None:
        """Do what is handed in until told to end: all that waits at a time is one commit."""
        while (job := self._jobs.get()) is not None:
            batch = [job, *self._more()]
            try:
                with self._translated():
                    answers = self._commit(batch)
            except Exception as error:  # a fault of ours too must reach whoever waits for the future
                _log.error("%s", error)
                for each in batch:
                    each.future.set_exception(error)
            else:
                for each, answer in zip(batch, answers, strict=True):
                    each.future.set_result(answer)

    def _more(self) -> Iterator[_Job]:
        """Yield what was handed in meanwhile, without waiting for more."""
        with suppress(queue.Empty):
            for _ in range(MOST_JOBS):
                job = self._jobs.get_nowait()
                if job is None:
                    self._jobs.put(None)
                    return
                yield job

    def _commit(self, batch: Sequence[_Job]) -> list[object]:
        with _at_once(self._connection):
            return [job.work(self._connection) for job in batch]

    def _opened(self) -> sqlite3.Connection:
        private_folder(self.file.parent)
        try:
            return self._connected()
        except _Strange as error:
            _log.warning("%s is put aside, as it cannot be read: %s", self.file, error)
            self.lost = True
            self.file.replace(self.file.with_name(f"{self.file.name}.broken"))
            for end in ("-wal", "-shm"):
                self.file.with_name(f"{self.file.name}{end}").unlink(missing_ok=True)
            return self._connected()

    def _connected(self) -> sqlite3.Connection:
        """Return the open file, with its tables."""
        self.file.touch(mode=0o600)
        connection = sqlite3.connect(self.file, BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")  # an answer means that the disk has it
            with _at_once(connection):
                self._make_tables(connection)
        except BaseException as error:
            connection.close()
            if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
                raise _Strange(str(error)) from error
            raise
        return connection

    def _make_tables(self, connection: sqlite3.Connection) -> None:
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if not found and not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            for statement in self._tables:
                connection.execute(statement)
        elif found != self._version:
            raise _Strange(f"its version is {found}, not {self._version}")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, _Strange) as error:
            raise StoreUnusable(
                f"{self.file}: {error}. Check the disk, its free space, and who may write there"
            ) from error


class _Strange(Exception):
    """The file is no such file, or of a version that we do not know."""


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[sqlite3.Connection], Any]
    future: Future[Any]


@contextmanager
def _at_once(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk ends it by itself
            connection.execute("ROLLBACK")
        raise
