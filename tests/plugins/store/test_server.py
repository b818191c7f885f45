"""What a database server may do to us: said as what it is, and what passes can be tried again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from fakes.postgres import Postgres
from pydantic import SecretStr

import plugins.store.database
from plugins.settings import Settings
from plugins.store import Store, StoreBusy, StoreUnusable, open_store
from plugins.store.opening import head
from plugins.store.outage import outlasting
from plugins.store.tables import people
from plugins.turns import TURN_S


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.store()


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    with open_store(Settings(data_dir=tmp_path, database_url=SecretStr(url))) as opened:
        yield opened


def test_a_connection_that_breaks_in_a_transaction_can_be_tried_again(store: Store) -> None:
    def cut() -> None:
        with store._database.transaction() as connection:
            store.runs.start("a", "curate")
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(StoreBusy, match="try again"):
        cut()
    assert store.runs.list("a") == []
    store.runs.start("a", "curate")
    assert len(store.runs.list("a")) == 1


def test_who_waits_too_long_for_another_writer_can_try_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    short = plugins.store.database.ONE_WRITER.replace("60000", "50")
    monkeypatch.setattr(plugins.store.database, "ONE_WRITER", short)
    raised: list[Exception] = []

    def other() -> None:
        try:
            store.runs.start("a", "second")
        except StoreBusy as error:
            raised.append(error)

    with store.transaction():
        store.runs.start("a", "first")
        waiting = threading.Thread(target=other)
        waiting.start()
        waiting.join()
    assert [run.kind for run in store.runs.list("a")] == ["first"]
    assert "lock timeout" in str(raised[0])


def test_what_one_block_reads_is_of_one_moment(store: Store) -> None:
    with store._database.reading():
        before = store.runs.list("a")
    with store._database.reading() as connection:
        query = sa.text("SELECT count(*) FROM runs")
        seen = [connection.scalar(query)]
        other = threading.Thread(target=lambda: store.runs.start("a", "curate"))
        other.start()
        other.join()
        seen.append(connection.scalar(query))
    assert (before, seen, len(store.runs.list("a"))) == ([], [0, 0], 1)


def test_a_server_that_comes_back_is_waited_for_inside_a_run_and_not_outside(store: Store, postgres: Postgres) -> None:
    postgres.stop()
    with pytest.raises(StoreUnusable, match="cannot be reached"):
        store.runs.list("a")
    back = threading.Timer(0.5, postgres.start)
    back.start()
    with outlasting():
        assert store.runs.list("a") == []
    back.join()


def test_a_server_that_says_nothing_at_all_is_noticed_long_before_its_leases_are_over(store: Store) -> None:
    """Also in the middle of a query, where looking whether it lives asks nothing: a cable, a machine without power."""
    with store._database.reading() as connection:
        said = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    idle_s = int(said["keepalives_idle"]) + int(said["keepalives_interval"]) * int(said["keepalives_count"])
    assert max(idle_s, int(said["tcp_user_timeout"]) / 1_000) <= TURN_S / 3


def test_a_database_that_is_not_there_is_named_without_the_password(postgres: Postgres, tmp_path: Path) -> None:
    url = SecretStr(f"postgresql+psycopg://albumen:pa55word@/nothing?host={postgres.folder}")
    with (
        pytest.raises(StoreUnusable, match='"nothing" does not exist') as error,
        open_store(Settings(data_dir=tmp_path, database_url=url)),
    ):
        pytest.fail("it opened")
    assert "pa55word" not in str(error.value)


def test_an_older_schema_is_brought_up_to_date_and_sorts_as_sqlite_does(url: str, store: Store, tmp_path: Path) -> None:
    with store._database.transaction() as connection:
        connection.exec_driver_sql("DROP TABLE leases")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0008'")
        connection.exec_driver_sql('ALTER TABLE people ALTER COLUMN id TYPE text COLLATE "default"')
    with open_store(Settings(data_dir=tmp_path, database_url=SecretStr(url))) as again:
        with again._database.transaction() as connection:
            said = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
            connection.execute(people.insert(), [{"library": "x", "id": name} for name in ("a", "B", "\u00e9")])
            order = connection.exec_driver_sql("SELECT id FROM people ORDER BY id").scalars().all()
        assert again.leases.take("a", "one", 60)
    assert (said, order) == (head(), ["B", "a", "\u00e9"])
