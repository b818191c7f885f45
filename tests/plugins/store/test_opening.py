"""Opening the store: made when missing, moved up when old, refused when broken, and safe against kill -9."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy.dialects import postgresql

from plugins.changes import AddMembers
from plugins.settings import Settings
from plugins.store import Store, StoreBusy, StoreUnusable, open_store
from plugins.store.database import translated, upserting
from plugins.store.opening import MIGRATIONS, head, opened, revisions
from plugins.store.tables import metadata

ROOT = Path(__file__).parents[3]


def database(settings: Settings) -> Path:
    return settings.data_dir / "albumen.db"


def test_opening_again_keeps_what_is_there(settings: Settings) -> None:
    with open_store(settings) as store:
        run = store.runs.start("a", "curate")
    with open_store(settings) as store:
        assert [found.id for found in store.runs.list("a")] == [run]


OTHER = """
import sqlite3, sys
for _ in sys.stdin:
    connection = sqlite3.connect(sys.argv[1])
    print(connection.execute("SELECT count(*) FROM runs").fetchone()[0], flush=True)
    connection.close()  # the last one to go takes the log away
"""


def test_what_is_written_reaches_another_process_also_after_the_store_was_opened_twice(settings: Settings) -> None:
    with open_store(settings) as store:
        store.runs.start("a", "curate")
        with open_store(settings):
            pass
        told = [sys.executable, "-c", OTHER, str(database(settings))]
        with subprocess.Popen(told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            counts = []
            for _ in range(2):
                print(file=other.stdin, flush=True)
                counts.append(int(other.stdout.readline()))
                store.runs.start("a", "curate")
            other.stdin.close()
    assert counts == [1, 2]


def test_files_are_for_this_user_alone(settings: Settings) -> None:
    with open_store(settings) as store:
        store.runs.start("a", "curate")
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (settings.data_dir, *settings.data_dir.glob("*.db*"))}
    assert modes == {"data": 0o700, "albumen.db": 0o600, "albumen.db-wal": 0o600, "albumen.db-shm": 0o600}


def test_a_file_that_others_can_read_is_closed_to_them(settings: Settings) -> None:
    settings.data_dir.mkdir()
    database(settings).touch(0o644)
    with open_store(settings):
        assert stat.S_IMODE(database(settings).stat().st_mode) == 0o600


def test_pragmas(settings: Settings) -> None:
    with open_store(settings):
        engine = opened(settings.database, settings.data_dir)
        with engine.connect() as connection:
            said = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "foreign_keys", "synchronous")
            ]
        engine.dispose()
    assert said == ["wal", 1, 2]


def test_migrations_make_the_tables_of_the_code(settings: Settings) -> None:
    with open_store(settings):
        engine = opened(settings.database, settings.data_dir)
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
            made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'changes'").scalar()
        engine.dispose()
    assert "AUTOINCREMENT" in str(made)  # the number of a change is never given to another one


def test_there_is_one_line_of_migrations() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert [revision.revision for revision in script.walk_revisions()][::-1] == revisions()
    assert script.get_heads() == [head()]


def test_a_migration_that_fails_leaves_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.data_dir.mkdir()
    with closing(sqlite3.connect(database(settings))) as connection:
        connection.execute("CREATE TABLE runs (id TEXT)")  # in the way of a table in the middle of the migration
    with pytest.raises(StoreUnusable, match="already exists"), open_store(settings):
        pytest.fail("it opened")
    with closing(sqlite3.connect(database(settings))) as connection:
        assert connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("runs",)]


def test_many_at_once_make_it_once(settings: Settings) -> None:
    script = """
import sys
from pathlib import Path
from plugins.settings import Settings
from plugins.store import open_store
print("ready", flush=True)
sys.stdin.readline()
with open_store(Settings(data_dir=Path(sys.argv[1]))) as store:
    print(store.runs.start("a", "curate"))
"""
    children = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(settings.data_dir)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    answers = [child.communicate(timeout=60) for child in children]
    assert [error for _, error in answers if error] == []
    with open_store(settings) as store:
        assert sorted(run.id for run in store.runs.list("a")) == sorted(out.strip() for out, _ in answers)


def test_a_writer_killed_in_a_transaction_leaves_the_last_commit(settings: Settings) -> None:
    script = """
import sys
from pathlib import Path
from plugins.changes import AddMembers
from plugins.settings import Settings
from plugins.store import open_store
with open_store(Settings(data_dir=Path(sys.argv[1]))) as store:
    run = store.runs.start("a", "curate")
    entries = store.journal.plan("a", run, [AddMembers("e", (str(n),)) for n in range(2000)])
    store.journal.begin(entries[0].id)
    with store.transaction():
        for entry in entries[1:]:
            store.journal.begin(entry.id)
        store.runs.start("a", "half")
        print("inside", flush=True)
        sys.stdin.read()
"""
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(settings.data_dir)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "inside\n"
        os.kill(child.pid, signal.SIGKILL)
        child.wait(10)
    finally:
        child.kill()
        child.communicate()
    with open_store(settings) as store:
        assert [run.kind for run in store.runs.list("a")] == ["curate"]
        assert [entry.change for entry in store.journal.pending("a")] == [AddMembers("e", ("0",))]
        assert len(store.journal.planned("a")) == 1999


def test_a_full_disk_is_said_and_nothing_is_half_written(settings: Settings) -> None:
    with open_store(settings) as store:
        run = store.runs.start("a", "curate")
    script = """
import resource, sys
from pathlib import Path
from plugins.changes import AddMembers
from plugins.settings import Settings
from plugins.store import StoreUnusable, open_store
with open_store(Settings(data_dir=Path(sys.argv[1]))) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    try:
        store.journal.plan("a", sys.argv[2], [AddMembers("e" * 500, (str(n),)) for n in range(2000)])
    except StoreUnusable as error:
        print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(settings.data_dir), run],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "disk" in done.stdout, done
    with open_store(settings) as store:
        assert store.journal.of_run("a", run) == []
        assert len(store.journal.plan("a", run, [AddMembers("e", ("1",))])) == 1


def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    def half() -> None:
        with store.transaction():
            store.runs.start("a", "curate")
            with store.transaction():
                store.steps.record("a", "events", "1", {})
            raise KeyError

    with pytest.raises(KeyError):
        half()
    assert (store.runs.list("a"), store.steps.holds("a", "events", "1")) == ([], False)


def test_what_is_not_committed_is_not_seen_by_another_thread(store: Store) -> None:
    seen: list[int] = []
    with store.transaction():
        store.runs.start("a", "curate")
        other = threading.Thread(target=lambda: seen.append(len(store.runs.list("a"))))
        other.start()
        other.join()
        seen.append(len(store.runs.list("a")))
    assert seen == [0, 1]


def test_a_writer_waits_for_another(store: Store) -> None:
    inside, order = threading.Event(), []

    def second() -> None:
        inside.wait()
        store.runs.start("a", "second")
        order.append("second")

    other = threading.Thread(target=second)
    other.start()
    with store.transaction():
        store.runs.start("a", "first")
        inside.set()
        other.join(0.2)
        order.append("first")
    other.join()
    assert order == ["first", "second"]


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


@pytest.mark.parametrize(
    ("said", "content"),
    [
        pytest.param("not a database.*backups/", b"this is no database" * 100, id="another file"),
        pytest.param("not a database.*backups/", b"SQLite format 3\0" + b"\xff" * 4096, id="broken head"),
    ],
)
def test_a_broken_file_is_refused_with_the_mend(said: str, content: bytes, settings: Settings) -> None:
    settings.data_dir.mkdir()
    database(settings).write_bytes(content)
    with pytest.raises(StoreUnusable, match=said), open_store(settings):
        pytest.fail("it opened")
    assert database(settings).read_bytes() == content


def test_a_page_damaged_inside_is_said_when_it_is_read(settings: Settings) -> None:
    with open_store(settings) as store:
        run = store.runs.start("a", "curate")
        store.journal.plan("a", run, [AddMembers("e" * 500, (str(n),)) for n in range(500)])
    with database(settings).open("r+b") as file:
        file.seek(-4096 * 40, 2)  # the newest pages: those of the changes
        file.write(b"\xff" * 4096 * 40)
    with open_store(settings) as store, pytest.raises(StoreUnusable, match=r"damaged.*backups/"):
        store.journal.of_run("a", run)


def test_a_newer_schema_is_refused(settings: Settings) -> None:
    with open_store(settings):
        pass
    newer(database(settings))
    with pytest.raises(StoreUnusable, match="newer Albumen"), open_store(settings):
        pytest.fail("it opened")


def test_a_database_of_another_program_is_left_alone(settings: Settings) -> None:
    settings.data_dir.mkdir()
    with closing(sqlite3.connect(database(settings))) as connection:
        connection.execute("CREATE TABLE photos (id TEXT)")
    with pytest.raises(StoreUnusable, match="not Albumen's"), open_store(settings):
        pytest.fail("it opened")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreUnusable, match="another data_dir"), open_store(Settings(data_dir=tmp_path / "file/x")):
        pytest.fail("it opened")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("albumen.db", "no SQLAlchemy URL", id="a bare path"),
        pytest.param("sqlite://", "forgets", id="in memory"),
        pytest.param("oldb://x", "no SQLAlchemy URL", id="an unknown kind"),
        pytest.param("postgresql+psycopg2://me:pa55word@db/x", "pip install psycopg2", id="driver not installed"),
    ],
)
def test_a_url_that_does_not_work(url: str, said: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=SecretStr(url))
    with pytest.raises(StoreUnusable, match=said) as error, open_store(settings):
        pytest.fail("it opened")
    assert "pa55word" not in str(error.value)


def test_a_sqlite_file_by_url(tmp_path: Path) -> None:
    with open_store(Settings(data_dir=tmp_path, database_url=SecretStr(f"sqlite:///{tmp_path}/other.db"))) as store:
        store.runs.start("a", "curate")
    assert (tmp_path / "other.db").is_file()
    assert not (tmp_path / "albumen.db").exists()


def test_odd_folder_names(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "a?b#c %25 ä")
    with open_store(settings) as store:
        store.runs.start("a", "curate")
    assert database(settings).is_file()


@pytest.mark.parametrize(
    ("code", "made", "said"),
    [
        pytest.param("SQLITE_BUSY_SNAPSHOT", StoreBusy, "try again", id="busy"),
        pytest.param("SQLITE_FULL", StoreUnusable, "disk is full", id="full disk"),
        pytest.param("SQLITE_IOERR_WRITE", StoreUnusable, "does not read or write", id="disk error"),
        pytest.param("SQLITE_READONLY", StoreUnusable, "may not write", id="read-only"),
    ],
)
def test_errors_say_what_to_do(code: str, made: type[Exception], said: str) -> None:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorname = code
    found = translated(error, "albumen.db")
    assert isinstance(found, made)
    assert said in str(found)


def test_our_own_mistakes_are_not_dressed_up(store: Store) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        store.journal.plan("a", "no such run", [AddMembers("e", ("1",))])


@pytest.mark.parametrize("table", [pytest.param(table, id=name) for name, table in sorted(metadata.tables.items())])
def test_postgres_understands_every_table(table: sa.Table) -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    assert "CREATE TABLE" in str(sa.schema.CreateTable(table).compile(dialect=dialect))
    assert "ON CONFLICT" in str(upserting(table, "postgresql").compile(dialect=dialect))
