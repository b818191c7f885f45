"""Turns with a library by leases in a database that machines share: one holder, taken over only when it is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.postgres import Postgres
from pydantic import SecretStr

import plugins.turns
from plugins.locks import LibraryBusy
from plugins.settings import Settings
from plugins.store import open_store
from plugins.turns import check_turn, library_at_work, library_turn

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys
from pathlib import Path
from pydantic import SecretStr
from plugins.settings import Settings
from plugins.turns import library_turn
with library_turn(Settings(data_dir=Path(sys.argv[1]), database_url=SecretStr(sys.argv[2])), "family"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def shared_database(postgres: Postgres) -> SecretStr:
    return SecretStr(postgres.store())


@pytest.fixture
def settings(shared_database: SecretStr, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "ours", database_url=shared_database)


@pytest.fixture
def other(shared_database: SecretStr, tmp_path: Path) -> Settings:
    """The settings of another machine: its data folder is its own."""
    return Settings(data_dir=tmp_path / "theirs", database_url=shared_database)


def test_one_machine_at_a_time(settings: Settings, other: Settings) -> None:
    assert not library_at_work(other, "family")
    with library_turn(settings, "family") as turn:
        assert library_at_work(other, "family")
        assert not library_at_work(other, "another")
        with pytest.raises(LibraryBusy, match="'family' is being worked on by process"), library_turn(other, "family"):
            pytest.fail("both have it")
        turn.check()
    with library_turn(other, "family"):
        pass


def test_a_holder_on_another_machine_is_named_and_one_that_was_killed_is_waited_out(
    settings: Settings, other: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert other.database_url is not None
    command = [sys.executable, "-c", HOLDER, str(other.data_dir), other.database_url.get_secret_value()]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.send_signal(signal.SIGKILL)
        holder.wait(30)
    with pytest.raises(LibraryBusy, match=rf"process {holder.pid} on "), library_turn(settings, "family"):
        pytest.fail("its time is not over")
    with open_store(settings) as store:
        lease = store.leases.held("library/family")
        assert lease is not None
        assert store.leases.renew(lease.name, lease.holder, -1)  # as if three minutes had passed
    with library_turn(settings, "family"):
        pass


def test_whoever_lost_it_stops(settings: Settings, other: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins.turns, "TURN_S", 0.6)
    with library_turn(settings, "family") as turn, open_store(other) as store:
        store.leases.forget_below("library/family")
        assert store.leases.take("library/family", "another", 600)
        assert turn.kept is not None
        turn.kept._renewing.join(30)
        with pytest.raises(LibraryBusy, match="taken over by another run"):
            turn.check()
    assert library_at_work(other, "family")  # giving back what is somebody else's gives nothing back


def test_whoever_slept_beyond_its_time_asks_before_it_goes_on(settings: Settings, other: Settings) -> None:
    """Its thread has not woken up yet: what another has taken meanwhile is noticed all the same."""
    with library_turn(settings, "family") as turn, open_store(other) as store:
        assert turn.kept is not None
        turn.kept._sure_until = 0.0
        check_turn("family")
        assert turn.kept._sure_until > 0.0
        store.leases.forget_below("library/family")
        assert store.leases.take("library/family", "another", 600)
        turn.kept._sure_until = 0.0
        with pytest.raises(LibraryBusy, match="taken over by another run"):
            check_turn("family")
    check_turn("family")  # not held any more: nothing to lose


def test_a_server_that_is_away_does_not_lose_it(
    settings: Settings, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins.turns, "TURN_S", 0.6)
    with library_turn(settings, "family") as turn:
        postgres.stop()
        assert turn.kept is not None
        turn.kept._over.wait(1.0)  # more than its time: nobody could take it meanwhile
        postgres.start()
        with open_store(settings) as store:
            assert store.leases.take("family", "anybody", 1)  # the server is there again
        turn.check()
    assert not library_at_work(settings, "family")
