"""Arrivals become flow runs of a Prefect that comes and goes, and none is lost: over real HTTP and a real file."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from fakes.patience import until
from fakes.prefect_api import AUTH, FakePrefect

from app.hooks.debounce import Pace
from app.hooks.dispatcher import Dispatcher, seen_as
from app.prefect_api import FlowState, PrefectApi
from plugins.locks import library_busy, library_lock
from plugins.store.arrivals import Arrivals

QUICK = Pace(quiet_s=0.05, longest_s=0.5, look_s=0.01, again_s=(0.02, 0.1), reach_s=(0.01, 0.05))


@pytest.fixture
def prefect():
    with FakePrefect() as server:
        yield server


@pytest.fixture
def file(tmp_path):
    return tmp_path / "arrivals.db"


@contextmanager
def dispatching(file, prefect: FakePrefect, *libraries: str) -> Iterator[Dispatcher]:
    api = PrefectApi(prefect.url, AUTH)
    with Arrivals(file) as spool:
        dispatcher = Dispatcher(spool, api, libraries or ("family",), QUICK, partial(library_busy, file.parent))
        dispatcher.start()
        try:
            yield dispatcher
        finally:
            dispatcher.stop()
    api.close()


def finish(prefect: FakePrefect, kind: str = "COMPLETED") -> None:
    for run in prefect.list():
        if run.state[0] not in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}:
            prefect.become(run, kind)


def left(file) -> tuple[int, int]:
    """Return what still waits, and how many runs have not ended, once the process is gone."""
    with Arrivals(file) as spool:
        found = spool.waiting("family")
        return found.photos if found else 0, len(spool.asked("family"))


def test_arrivals_become_one_run_and_go_when_it_ended_well(prefect, file):
    with dispatching(file, prefect) as dispatcher:
        for n in range(50):
            dispatcher.note("family", [f"photo {n}"]).result()
        (run,) = prefect.await_runs(1)
        assert run.parameters == {"library": "family"}
        finish(prefect)
        until(lambda: dispatcher.is_idle("family"))
    assert (left(file), len(prefect.runs)) == ((0, 0), 1)


def test_libraries_have_runs_of_their_own(prefect, file):
    with dispatching(file, prefect, "family", "club") as dispatcher:
        dispatcher.note("family", ["a"]).result()
        dispatcher.note("club").result()
        runs = prefect.await_runs(2)
    assert sorted(run.parameters["library"] for run in runs) == ["club", "family"]


@pytest.mark.parametrize("end", ["FAILED", "CRASHED", "CANCELLED"])
def test_what_a_run_did_not_finish_gets_another(prefect, file, end):
    with dispatching(file, prefect) as dispatcher:
        dispatcher.note("family", ["a"]).result()
        prefect.await_runs(1)
        finish(prefect, end)
        prefect.await_runs(2)
        assert not dispatcher.is_idle("family")
        finish(prefect)
        until(lambda: dispatcher.is_idle("family"))
    assert left(file) == (0, 0)


def test_what_was_in_a_run_that_vanished_gets_another(prefect, file):
    with dispatching(file, prefect) as dispatcher:
        dispatcher.note("family", ["a"]).result()
        prefect.await_runs(1)
        with prefect.changed:
            prefect.runs.clear()
        prefect.await_runs(1)
        finish(prefect)
        until(lambda: dispatcher.is_idle("family"))
    assert left(file) == (0, 0)


def test_uploads_join_a_run_that_has_not_begun_and_not_one_that_has(prefect, file):
    with dispatching(file, prefect) as dispatcher:
        dispatcher.note("family", ["a"]).result()
        (first,) = prefect.await_runs(1)
        dispatcher.note("family", ["b"]).result()
        until(lambda: not dispatcher._arrivals.waiting("family"))
        assert len(prefect.runs) == 1
        prefect.become(first, "RUNNING")
        prefect.await_asked(f"flow_runs/{first.id}", 2)
        dispatcher.note("family", ["c"]).result()
        second = prefect.await_runs(2)[1]
        prefect.become(first, "COMPLETED")
        until(lambda: len(dispatcher._arrivals.asked("family")) == 1)
        prefect.become(second, "COMPLETED")
        until(lambda: dispatcher.is_idle("family"))


def test_uploads_wait_for_whoever_works_on_their_library_and_hold_up_no_other(prefect, file):
    """A run would hold a worker while it waits, and fail in the end, as through a night of hours."""
    with dispatching(file, prefect, "family", "club") as dispatcher:
        with library_lock(file.parent, "family"):
            dispatcher.note("family", ["a"]).result()
            until(lambda: dispatcher._rules["family"]._free_at > 0)
            dispatcher.note("club").result()
            (run,) = prefect.await_runs(1)
            assert run.parameters == {"library": "club"}
        assert prefect.await_runs(2)[1].parameters == {"library": "family"}
        finish(prefect)
        until(lambda: dispatcher.is_idle("family"))
    assert left(file) == (0, 0)


@pytest.mark.parametrize(
    ("breaks", "n"),
    [
        pytest.param(lambda prefect: prefect.down(), 10_000, id="no server"),
        pytest.param(lambda prefect: setattr(prefect, "says", 503), 200, id="a server that is busy"),
        pytest.param(lambda prefect: setattr(prefect, "says", 401), 200, id="a password that is not its own"),
        pytest.param(lambda prefect: setattr(prefect, "deployments", {}), 200, id="a server without our deployments"),
    ],
)
def test_what_comes_while_prefect_is_away_is_kept_over_a_restart_and_run_once_it_is_back(prefect, file, breaks, n):
    breaks(prefect)
    with dispatching(file, prefect) as dispatcher:
        for photo in range(n):
            last = dispatcher.note("family", [f"photo {photo}"])
        last.result()
    assert not prefect.runs
    prefect.says, prefect.deployments = 0, {"ingest/on-upload": "3f0f4d7e-27b7-4b6e-a7f5-000000000001"}
    if prefect._http is None:
        prefect.up()
    with dispatching(file, prefect) as dispatcher:
        prefect.await_runs(1)
        until(lambda: not dispatcher._arrivals.waiting("family"))
        while not dispatcher.is_idle("family"):
            finish(prefect)
    assert left(file) == (0, 0)
    assert len(prefect.runs) <= 2


def test_an_answer_that_is_lost_makes_no_second_run(prefect, file):
    prefect.loses = True
    with dispatching(file, prefect) as dispatcher:
        dispatcher.note("family", ["a"]).result()
        until(lambda: any("name/ingest" in asked for asked in prefect.asked))
        prefect.loses = False
        prefect.await_runs(1)
        finish(prefect)
        until(lambda: dispatcher.is_idle("family"))
    assert len(prefect.runs) == 1


def test_what_was_asked_for_by_a_process_that_is_gone_is_looked_after_by_the_next(prefect, file):
    with dispatching(file, prefect) as dispatcher:
        dispatcher.note("family", ["a"]).result()
        prefect.await_runs(1)
        until(lambda: dispatcher._arrivals.asked("family")[0].run)
    assert left(file) == (0, 1)
    finish(prefect)
    with dispatching(file, prefect) as dispatcher:
        until(lambda: dispatcher.is_idle("family"))
    assert (left(file), len(prefect.runs)) == ((0, 0), 1)


def test_a_process_that_died_before_it_asked_is_followed_by_one_that_asks(prefect, file):
    with Arrivals(file) as spool:
        spool.note("family", ["a"]).result()
        spool.ask("the key", "family")
    with dispatching(file, prefect) as dispatcher:
        (run,) = prefect.await_runs(1)
        assert run.key == "the key"
        finish(prefect)
        until(lambda: dispatcher.is_idle("family"))


def test_after_the_file_was_lost_every_library_is_looked_at(prefect, file):
    file.write_bytes(b"no database" * 500)
    with dispatching(file, prefect, "family", "club"):
        runs = prefect.await_runs(2)
    assert sorted(run.parameters["library"] for run in runs) == ["club", "family"]


def test_a_file_that_cannot_be_used_for_a_while_is_waited_for(prefect, file):
    """What could not be written then is written later: neither the thread nor the arrival is gone."""
    with dispatching(file, prefect) as dispatcher:
        spool = dispatcher._arrivals
        dispatcher.note("family", ["a"]).result()
        (run,) = prefect.await_runs(1)
        until(lambda: spool.asked("family")[0].run)
        with sqlite3.connect(file) as other:
            other.execute("ALTER TABLE runs RENAME TO gone")
        prefect.become(run, "COMPLETED")
        until(lambda: "family" in dispatcher._stale)
        with sqlite3.connect(file) as other:
            other.execute("ALTER TABLE gone RENAME TO runs")
        until(lambda: dispatcher.is_idle("family") and not spool.asked("family"))
    assert left(file) == (0, 0)


def test_that_prefect_is_away_is_said_once(prefect, file, caplog):
    prefect.says = 503
    with caplog.at_level(logging.WARNING, "albumen.hooks"), dispatching(file, prefect) as dispatcher:
        dispatcher.note("family", ["a"]).result()
        until(lambda: len(prefect.asked) >= 3)
    assert len([record for record in caplog.records if "wait" in record.message]) == 1


@pytest.mark.parametrize(
    ("kind", "name", "seen"),
    [
        pytest.param("SCHEDULED", "Scheduled", "not begun", id="made"),
        pytest.param("SCHEDULED", "Late", "not begun", id="no worker took it"),
        pytest.param("SCHEDULED", "AwaitingConcurrencySlot", "not begun", id="behind another run"),
        pytest.param("PENDING", "Pending", "starting", id="its process starts"),
        pytest.param("PENDING", "InfrastructurePending", "starting", id="its process is asked for"),
        pytest.param("SCHEDULED", "AwaitingRetry", "begun", id="failed once, and some of its steps are done"),
        pytest.param("RUNNING", "Running", "begun", id="at work"),
        pytest.param("CANCELLING", "Cancelling", "begun", id="not over yet"),
        pytest.param("PAUSED", "Suspended", "begun", id="waits for somebody"),
        pytest.param("SCHEDULED", "SomethingNew", "begun", id="what we do not know is not waited for"),
        pytest.param("COMPLETED", "Completed", "done", id="well"),
        pytest.param("FAILED", "Failed", "failed", id="failed"),
        pytest.param("CRASHED", "Crashed", "failed", id="its process died"),
        pytest.param("CANCELLED", "Cancelled", "cancelled", id="cancelled"),
    ],
)
def test_what_a_state_of_prefects_means(kind, name, seen):
    assert seen_as(FlowState(kind, name)) == seen
