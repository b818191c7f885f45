"""Opening a database: SQLite's pragmas, file modes, and the migrations up to this version's schema."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from plugins.atomic import private_folder
from plugins.store.backup import Backup
from plugins.store.database import BUSY_S, Database, StoreBusy, StoreError, StoreUnusable, translated
from plugins.store.outage import connected

MIGRATIONS = Path(__file__).parent / "migrations"
_NO_COPY = (
    "%s: its schema goes from %s to %s, all of it or nothing. Albumen copies no database of a server: to go back to "
    "the version before, give it back what pg_dump has kept"
)
log = logging.getLogger("albumen")
POSTGRES_LOCK = 0x414C42554D454E  # "ALBUMEN": any number that other programs are unlikely to take
_NOTICING = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # ms that a query may be on its way: Linux alone gives up after a quarter of an hour
}
"""How soon a server is noticed that is cut off, and says nothing at all."""


def opened(place: Path | str, backups: Path) -> sa.Engine:
    """Return an engine on a database, a SQLite file or by URL, that is there and has this version's schema.

    A SQLite file of an older schema is copied to the folder `backups` before it is migrated.

    Raises:
        StoreUnusable: it is damaged, of a newer version, or cannot be reached; the text says what to do.
        StoreBusy: another process is setting it up and does not finish.
    """
    if isinstance(place, Path):
        return _sqlite_file(place, backups)
    try:
        parsed = sa.make_url(place)
        if parsed.get_backend_name() == "sqlite":
            if parsed.database in {None, "", ":memory:"}:
                raise StoreUnusable("a database in memory forgets what the next run needs: name a file in database_url")
            return _sqlite_file(Path(str(parsed.database)), backups)
        return _server(parsed)
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreUnusable(
            "database_url is no SQLAlchemy URL such as postgresql+psycopg://user@host/albumen"
        ) from error
    except ModuleNotFoundError as error:
        raise StoreUnusable(f"the database needs a driver that is not installed: pip install {error.name}") from error


def _sqlite_file(path: Path, backups: Path) -> sa.Engine:
    _private(path)
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY_S})
    sa.event.listen(engine, "connect", _on_connect)
    sa.event.listen(engine, "begin", _on_begin)
    try:
        if _version(engine, str(path)) != head():
            with _setting_up(path):
                if _version(engine, str(path)) not in {None, head()}:  # asked again: another may have been faster
                    Backup(Database(engine, str(path)), backups).before_schema(head())
                with engine.connect() as connection:  # once set it stays in the file; needs to be alone, hence the lock
                    connection.connection.driver_connection.execute("PRAGMA journal_mode = WAL")  # type: ignore[union-attr]
                _migrate(engine, str(path))
    except Timeout as error:
        raise StoreBusy(f"another process has been setting up {path} for {BUSY_S:g} s: try again") from error
    except (DBAPIError, sqlite3.Error) as error:
        engine.dispose()
        raise translated(error, str(path)) or StoreUnusable(f"{path}: {error}") from error
    except BaseException:
        engine.dispose()
        raise
    return engine


def _setting_up(path: Path) -> FileLock:
    """Return the lock of those who would make or migrate this file; it lies with the libraries' locks."""
    folder = path.parent / "locks"
    folder.mkdir(mode=0o700, exist_ok=True)
    return FileLock(folder / f"{path.name}.lock", timeout=BUSY_S, mode=0o600)


def _private(path: Path) -> None:
    """Make the file and its folder for this user alone; SQLite gives its side files the mode of the file.

    A file that is there is not opened: closing it would drop the locks that SQLite holds on it for this process (POSIX,
    https://sqlite.org/howtocorrupt.html, 2.2), and another process that is done would take the log away under us.
    """
    try:
        private_folder(path.parent)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        if not os.access(path, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise StoreUnusable(
            f"{path} cannot be made or written: {error.strerror}. Give Albumen's user the folder, free some space, "
            "or choose another data_dir"
        ) from error


def _on_connect(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions begin where we say so, not where the driver guesses
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_S * 1000)}")
    connection.execute("PRAGMA foreign_keys = ON")
    # FULL: a commit is on the disk before the gallery is called, so that not even a power cut forgets a begun write
    # (with WAL, NORMAL is enough against kill -9). It costs one fsync a commit, far less than the call to the gallery.
    connection.execute("PRAGMA synchronous = FULL")


def _on_begin(connection: sa.Connection) -> None:
    """Take the write lock at once where we mean to write: a reader that turns writer late fails without waiting."""
    writes = connection.get_execution_options().get("albumen_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _server(url: sa.URL) -> sa.Engine:
    postgres = url.get_backend_name() == "postgresql"
    engine = sa.create_engine(url, pool_pre_ping=True, connect_args=_NOTICING if postgres else {})
    where = url.render_as_string(hide_password=True)
    try:
        if (found := _version(engine, where)) != head():
            if found is not None:
                log.warning(_NO_COPY, where, found, head())
            _migrate(engine, where)
    except DBAPIError as error:
        engine.dispose()
        raise translated(error, where) or StoreUnusable(f"{where}: {error.orig}") from None
    except BaseException:
        engine.dispose()
        raise
    return engine


def revisions() -> list[str]:
    """Return the schema versions that this Albumen knows, oldest first."""
    return sorted(file.stem.split("_")[0][1:] for file in (MIGRATIONS / "versions").glob("v*.py"))


def head() -> str:
    """Return the schema version that this Albumen works with."""
    return revisions()[-1]


def _version(engine: sa.Engine, where: str) -> str | None:
    """Return the schema version of a database, None for an empty one.

    Raises:
        StoreUnusable: it is of a version that we do not know.
    """
    with connected(engine, where) as connection:
        tables = sa.inspect(connection).get_table_names()
        found = (
            connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
            if "alembic_version" in tables
            else None
        )
    if found is None and "photos" in tables:
        raise StoreUnusable(f"{where} holds tables that are not Albumen's: choose another data_dir")
    if found is not None and found not in revisions():
        raise StoreUnusable(
            f"{where} was written by a newer Albumen (schema {found}, this one knows up to "
            f"{head()}): install that version again, or choose another data_dir"
        )
    return None if found is None else str(found)


def _migrate(engine: sa.Engine, where: str) -> None:
    """Bring the schema up to date in one transaction, alone; a process killed in it leaves the old schema."""
    from alembic import command  # noqa: PLC0415  a tenth of a second that only a new database needs
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with connected(engine, where) as connection, connection.execution_options(albumen_writes=True).begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": POSTGRES_LOCK})
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreUnusable(f"{where} cannot be brought up to date: {error}") from error


__all__ = ["StoreError", "head", "opened", "revisions"]
