"""A real Postgres of the machine's own packages, for a session of tests: on a socket of its own, each test a database.

As root it runs as another user, since Postgres refuses root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from plugins.store.opening import opened
from plugins.store.tables import metadata

NEEDED = "pg_ctl"
USER = "albumen"
MISSING = "needs Postgres, such as Debian's package postgresql: pg_ctl is on no path and not in /usr/lib/postgresql"
SORTED = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en")
"""As most servers sort, and not as SQLite does: upper and lower case beside each other."""
_numbers = count()


def programs() -> Path | None:
    """Return the folder of Postgres' programs, the newest where there are several; None without any."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{NEEDED}"), key=lambda found: int(found.parts[-3]))
    if versions:
        return versions[-1].parent
    on_path = shutil.which(NEEDED)
    return Path(on_path).resolve().parent if on_path else None


class Postgres:
    """A server in a folder; it can be stopped as by a power cut, and started again with what it had committed."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self.folder = programs, folder
        self._as: dict[str, Any] = {}
        self._migrated = self._emptied = ""
        if os.geteuid() == 0:
            owner = _somebody()
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            self._as = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        self._run("initdb", "-U", USER, "-A", "trust", "-E", "UTF8", *SORTED, "--no-sync")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        flags = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c max_connections=50"
        quick = "-c shared_buffers=16MB -c full_page_writes=off -c fsync=off"  # a kill leaves what the system was told
        self._run("pg_ctl", "-w", "-o", f"{flags} {quick}", "-l", str(self.folder / "log"), "start")

    def stop(self, how: str = "immediate") -> None:
        """Stop it; `immediate` is as by a kill: what was not committed is lost, and every connection breaks."""
        self._run("pg_ctl", "-w", "-m", how, "stop")

    def database(self, like: str = "template0") -> str:
        """Make a new database, empty or like another; return its SQLAlchemy URL."""
        name = f"test{next(_numbers)}"
        with psycopg.connect(host=str(self.folder), user=USER, dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return f"postgresql+psycopg://{USER}@/{name}?host={self.folder}"

    def store(self) -> str:
        """Make a database that has the store's tables already, which saves its migrations; return its URL."""
        if not self._migrated:
            url = self.database()
            opened(url, self.folder).dispose()
            self._migrated = str(sa.make_url(url).database)
        return self.database(like=self._migrated)

    def emptied(self) -> str:
        """Return the URL of a database with empty tables of the store: each time the same, which is quick."""
        self._emptied = self._emptied or self.store()
        tables = ", ".join(table.name for table in metadata.sorted_tables)
        with psycopg.connect(
            host=str(self.folder), user=USER, dbname=sa.make_url(self._emptied).database
        ) as connection:
            connection.execute(f"TRUNCATE {tables} RESTART IDENTITY")
        return self._emptied

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs / program, "-D", str(self.folder / "data"), *arguments],
            stdout=subprocess.DEVNULL,  # not a pipe: the server would hold it open
            stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            cwd=self.folder,
            check=False,
            **self._as,
        )
        assert done.returncode == 0, (program, done.stderr, _log(self.folder))


def _log(folder: Path) -> str:
    log = folder / "log"
    return log.read_text(errors="replace")[-2_000:] if log.exists() else ""


def _somebody() -> pwd.struct_passwd:
    """Return a user who is not root: that of the package where it is there."""
    with suppress(KeyError):
        return pwd.getpwnam("postgres")
    return pwd.getpwnam("nobody")


@contextmanager
def a_postgres() -> Iterator[Postgres]:
    """Run a server of its own, or skip where there are no programs; it and its folder are gone at the end."""
    found = programs()
    if found is None:
        pytest.skip(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="albumen-pg-"))  # short, as a socket's path must be
    try:
        server = Postgres(found, folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
