"""Arrivals are on disk before they are answered, each once, and go only when a run that took them has ended well."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from plugins.store import arrivals as module
from plugins.store.arrivals import Arrivals, Waiting, Watched
from plugins.store.database import StoreUnusable

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "data" / "arrivals.db"


@pytest.fixture
def spool(file):
    with Arrivals(file) as opened:
        yield opened


def waits(spool: Arrivals, library: str = "family") -> int:
    found = spool.waiting(library)
    return found.photos if found else 0


def note(spool: Arrivals, *photos: str, library: str = "family") -> None:
    spool.note(library, photos).result()


def test_nothing_waits_at_first_and_the_file_is_the_users_alone(spool, file):
    assert (spool.waiting("family"), spool.asked("family"), spool.watched("family")) == (None, [], Watched())
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777, spool.lost) == (0o600, 0o700, False)


def test_an_id_waits_once_and_libraries_are_apart(spool):
    note(spool, "a", "b")
    note(spool, "b", "c")
    note(spool, "a", library="other")
    assert (waits(spool), waits(spool, "other")) == (3, 1)


def test_look_what_is_new_is_an_arrival_too(spool):
    note(spool)
    note(spool)
    assert waits(spool) == 1


def test_what_was_given_to_a_run_goes_when_it_ended_well(spool):
    note(spool, "a", "b")
    assert spool.ask("key", "family") == 2
    assert waits(spool) == 0
    spool.answered("key", "run-id")
    assert [(one.key, one.run) for one in spool.asked("family")] == [("key", "run-id")]
    assert spool.settle("key") == 2
    assert (waits(spool), spool.asked("family")) == (0, [])


def test_what_was_given_to_a_run_that_failed_waits_again(spool):
    note(spool, "a", "b")
    spool.ask("key", "family")
    assert spool.put_back("key") == 2
    assert (waits(spool), spool.asked("family")) == (2, [])


def test_what_comes_again_while_its_run_is_at_work_waits_anew(spool):
    note(spool, "a", "b")
    spool.ask("key", "family")
    first = time.time()
    note(spool, "a")
    again = spool.waiting("family")
    assert again is not None
    assert (again.photos, again.first_at >= first) == (1, True)
    assert spool.settle("key") == 1
    assert waits(spool) == 1


def test_a_run_that_takes_nothing_is_not_noted(spool):
    assert spool.ask("key", "family") == 0
    assert spool.asked("family") == []


def test_only_what_came_before_the_mark_joins(spool):
    note(spool, "a")
    spool.ask("key", "family")
    note(spool, "b")
    mark = spool.mark()
    note(spool, "c")
    assert spool.join("key", "family", mark) == 1
    assert waits(spool) == 1
    assert spool.settle("key") == 2


def test_so_many_that_nobody_wants_to_count_them_become_one(spool, monkeypatch):
    monkeypatch.setattr(module, "MOST", 5_000)
    for start in range(0, 20_000, 1_000):
        note(spool, *(f"photo {n}" for n in range(start, start + 1_000)))
    found = spool.waiting("family")
    assert found is not None
    assert found.photos <= 6_000
    assert found.last_at - found.first_at > 0


def test_many_that_come_together_are_all_kept(spool):
    def send(start: int) -> None:
        for done in [spool.note("family", [f"photo {n}"]) for n in range(start, start + 250)]:
            done.result()

    threads = [threading.Thread(target=send, args=(250 * n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert waits(spool) == 2_000


def test_all_of_it_outlives_the_process(file):
    with Arrivals(file) as spool:
        note(spool, "a", "b")
        spool.ask("key", "family")
        spool.answered("key", "run-id")
        note(spool, "c")
        spool.installed("family", there=True)
        spool.polled("family", 1_000.0)
    with Arrivals(file) as spool:
        assert (waits(spool), [one.run for one in spool.asked("family")]) == (1, ["run-id"])
        assert spool.watched("family") == Watched(installed=True, polled_at=1_000.0)
        mark = spool.mark()
        note(spool, "d")
        assert spool.join("key", "family", mark) == 1


def test_what_was_answered_is_there_after_kill_9(file):
    code = (
        "import os, signal; from plugins.store.arrivals import Arrivals; from pathlib import Path\n"
        f"spool = Arrivals(Path({str(file)!r}))\n"
        "for n in range(200): spool.note('family', [f'photo {n}']).result(); print(n, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == -9
    with Arrivals(file) as spool:
        assert waits(spool) == len(done.stdout.split()) == 200


def test_times_in_the_future_are_read_as_now(file):
    with Arrivals(file) as spool:
        note(spool, "a")
        spool.polled("family", time.time() + 10_000)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE arrivals SET first_at = first_at + 1e6, last_at = last_at + 1e6")
    with Arrivals(file) as spool:
        found, watched = spool.waiting("family"), spool.watched("family")
        assert isinstance(found, Waiting)
        assert max(found.first_at, found.last_at, watched.polled_at or 0) <= time.time()


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda file: file.write_bytes(b"no database at all" * 1000), id="other bytes"),
        pytest.param(lambda file: file.write_bytes(file.read_bytes()[:5000]), id="cut off"),
        pytest.param(
            lambda file: sqlite3.connect(file, isolation_level=None).execute("PRAGMA user_version = 9"),
            id="a version to come",
        ),
    ],
)
def test_a_broken_file_is_put_aside_and_the_loss_is_told(file, spoil):
    with Arrivals(file) as spool:
        note(spool, *(f"photo {n}" for n in range(2_000)))
    spoil(file)
    with Arrivals(file) as spool:
        assert (spool.lost, spool.waiting("family")) == (True, None)
        note(spool, "a")
        assert waits(spool) == 1
    assert file.with_name("arrivals.db.broken").exists()
    with Arrivals(file) as spool:
        assert not spool.lost


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StoreUnusable, match=r"data/arrivals\.db"):
        Arrivals(tmp_path / "data" / "arrivals.db")


def test_a_full_disk_fails_the_arrival_and_not_those_after_it(spool):
    pages = spool._file.hand_in(lambda of: of.execute("PRAGMA max_page_count = 12").fetchone()).result()
    with pytest.raises(StoreUnusable, match="full"):
        note(spool, *(f"{n} {'x' * 300}" for n in range(1_000)))
    assert (pages, waits(spool)) == ((12,), 0)
    note(spool, "a")
    assert waits(spool) == 1


def test_a_closed_spool_says_so(file):
    spool = Arrivals(file)
    spool.close()
    with pytest.raises(StoreUnusable, match="closed"):
        note(spool, "a")


def test_another_process_may_note_a_webhook_meanwhile(spool, file):
    with Arrivals(file) as other:
        other.installed("family", there=True)
    assert spool.watched("family").installed
    spool.note("family", ["a"], heard=True).result()
    assert spool.watched("family").heard_at is not None
    spool.installed("family", there=False)
    assert spool.watched("family") == Watched()
