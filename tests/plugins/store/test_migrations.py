"""Databases of older schemas: opened, copied, brought up to date; what the new schema does not concern stays."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations

from plugins.records import FoundFace
from plugins.settings import Settings
from plugins.store import Store, StoreUnusable, open_store
from plugins.store.opening import MIGRATIONS, head
from plugins.store.tables import metadata

ROOT = Path(__file__).resolve().parents[3]
VALUES = {sa.Text: "a", sa.String: "a", sa.Integer: 1, sa.BigInteger: 1, sa.Double: 0.5, sa.Boolean: True}
"""One row of these fits every table: all keys are alike, so that each foreign key finds its row."""


def value_of(column: sa.Column[Any]) -> Any:
    return b"\x00\x3c" if isinstance(column.type, sa.LargeBinary) else VALUES[type(column.type.as_generic())]


@pytest.fixture
def old(settings: Settings) -> Path:
    """Make a database as version 0001 made it, with one row in each table."""
    settings.data_dir.mkdir()
    path = settings.data_dir / "albumen.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        tables = sa.MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                connection.execute(table.insert(), {column.name: value_of(column) for column in table.columns})
    engine.dispose()
    return path


def rows(path: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(path)) as connection:
        there = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {
            name: connection.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608 (our own names)
            for name in metadata.tables
            if name in there
        }


def schema(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def test_rows_of_the_other_tables_stay(old: Path, settings: Settings) -> None:
    before = rows(old)
    assert all(len(found) == 1 for found in before.values())
    with open_store(settings):
        pass
    sure = [(*label, 1.0) for label in before["face_labels"]]  # what an older version knew was told without a doubt
    bare = {name: [(*row, "{}") for row in before[name]] for name in ("suggestions", "decisions")}
    new: dict[str, list[object]] = {
        name: []
        for name in (
            "ledger_people", "ledger_faces", "trained", "face_groups", "auto_tags",
            "ledger_covers", "ledger_posters", "video_covers", "video_frames", "leases",
        )
    }  # fmt: skip
    covers = [(*row, "[]", "[]", "{}") for row in before["covers"]]
    expected = {**before, "faces": [], "face_scans": [], "face_labels": sure, "covers": covers, **bare, **new}
    assert rows(old) == expected
    assert schema(old) == head()


def test_faces_are_looked_for_again_but_not_in_what_cannot_be_read(old: Path, settings: Settings) -> None:
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("INSERT INTO face_scans VALUES ('b', 'a', 'a', 0)")
    face = FoundFace((0, 0, 1, 1), ((0.5, 0.5),) * 5, 1.0, 50.0, 1.0, 1.0, np.ones(2, np.float32))  # type: ignore[arg-type]
    with open_store(settings) as store:
        assert store.faces.missing(["a", "b"], "a", "a") == ["b"]  # a is noted as unreadable
        store.faces.put("a", "a", [("b", [face])])
        assert store.faces.table(["a", "b"], "a", "a").size_px.tolist() == [50.0]


def test_the_old_database_is_copied_first(old: Path, settings: Settings) -> None:
    before = rows(old)
    (settings.data_dir / "backups").mkdir()
    (settings.data_dir / "backups/albumen-before-0001.db").touch()  # of an earlier change: the newest is kept
    with open_store(settings):
        pass
    (copy,) = (settings.data_dir / "backups").iterdir()
    assert (copy.name, stat.S_IMODE(copy.stat().st_mode)) == (f"albumen-before-{head()}.db", 0o600)
    assert (rows(copy), schema(copy)) == (before, "0001")
    with open_store(settings) as store:  # nothing to migrate: no further copy; the daily ones leave it alone
        assert store.backup.daily() is not None
    assert copy.exists()


def test_a_new_database_is_not_copied(store: Store, settings: Settings) -> None:
    assert store.status()["faces"] == 0
    assert not (settings.data_dir / "backups").exists()


def test_without_room_for_the_copy_nothing_changes(old: Path, settings: Settings) -> None:
    (settings.data_dir / "backups").write_text("in the way", encoding="utf-8")
    before = rows(old)
    with pytest.raises(StoreUnusable, match="the store itself is as it was"), open_store(settings):
        pytest.fail("it opened")
    assert (rows(old), schema(old)) == (before, "0001")


def test_a_disk_that_fills_up_in_the_middle_of_the_copy_changes_nothing(old: Path, settings: Settings) -> None:
    """Files of another process may grow to a third of the store: the kernel refuses what is written beyond."""
    script = """
import resource, sys
from pathlib import Path
from plugins.settings import Settings
from plugins.store import StoreUnusable, open_store
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    open_store(Settings(data_dir=Path(sys.argv[1]))).__enter__()
except StoreUnusable as error:
    print(error)
"""
    before, most = rows(old), old.stat().st_size // 3
    asked = [sys.executable, "-c", script, str(settings.data_dir), str(most)]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "could not be copied" in done.stdout
    assert "the store itself is as it was" in done.stdout
    assert (rows(old), schema(old)) == (before, "0001")
    assert list((settings.data_dir / "backups").iterdir()) == []
    with open_store(settings) as store:  # with room again
        assert store.status()["photos"] == 1


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite"])
def test_each_migration_can_be_said_in_each_dialect(dialect: str) -> None:
    said = StringIO()
    context = MigrationContext.configure(dialect_name=dialect, opts={"as_sql": True, "output_buffer": said})
    with Operations.context(context):
        for path in sorted((MIGRATIONS / "versions").glob("v*.py")):
            import_module(f"plugins.store.migrations.versions.{path.stem}").upgrade()
    assert said.getvalue().count("CREATE TABLE faces") == 2  # the first migration's and the second's
    assert said.getvalue().count("CREATE TABLE ledger_people") == 1
    assert ("DOUBLE PRECISION" in said.getvalue()) == (dialect == "postgresql")
