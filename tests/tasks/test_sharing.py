"""Extraction shared by workers in processes of their own: no photo twice, none left out, whoever dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from fakes.curated import LIBRARY, enter
from fakes.immich import FakeImmich
from fakes.served import LONG_AGO
from fakes.small_folder import refresh
from fakes.snaps import draw_year
from prefect.settings import PREFECT_API_URL

import tasks.features
from plugins.locks import LibraryBusy
from plugins.settings import load_settings
from plugins.store import open_store
from plugins.turns import library_turn
from tasks.caching import Receipt
from tasks.context import opened
from tasks.extraction import extract_features, help_with
from tasks.features import extract_batch, extractors
from tasks.sharing import OtherModels, joined, offered

pytestmark = pytest.mark.flow
TESTS = Path(__file__).parents[1]
BATCH = 8
LARGE = 36
"""Photos to a batch of which some are kept before the last are fetched: a worker fetches 24 ahead."""
HELPER = """
import json, sys
import tasks.features
from tasks.extraction import help_with
tasks.features.KEPT_TOGETHER = 2
print("ready", flush=True)
sys.stdin.readline()
receipt = help_with("family")
print(json.dumps([receipt.status, receipt.figures]))
"""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    draw_year(folder)
    return folder


@dataclass
class Shared:
    """A gallery that counts its previews, and workers that help to extract it."""

    server: FakeImmich
    place: Path
    helpers: list[subprocess.Popen[str]] = field(default_factory=list)

    def helper(self) -> subprocess.Popen[str]:
        """Start a worker that waits for a word before it helps."""
        paths = os.pathsep.join([str(self.place / "outside"), str(TESTS), str(TESTS.parent)])
        env = {**os.environ, "PREFECT_API_URL": str(PREFECT_API_URL.value()), "PYTHONPATH": paths}
        pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        made = subprocess.Popen([sys.executable, "-c", HELPER], env=env, text=True, **pipes)
        self.helpers.append(made)
        assert made.stdout is not None
        assert made.stdout.readline() == "ready\n", made.communicate()[1]
        return made

    def let_go(self) -> None:
        for helper in self.helpers:
            assert helper.stdin is not None
            helper.stdin.write("go\n")
            helper.stdin.flush()

    def previews(self) -> Counter[str]:
        """Count how often the server gave the preview of each photo."""
        return Counter(s.path.split("/")[-2] for s in self.server.requests if s.path.endswith("/thumbnail"))

    def before_previews(self, act: Callable[[int], None]) -> None:
        """Act before each preview is given, with its number from 1."""
        numbers, lock = iter(range(1, 1_000_000)), threading.Lock()

        def before(_method: str, path: str, _number: int) -> None:
            if path.endswith("/thumbnail"):
                with lock:
                    number = next(numbers)
                act(number)

        self.server.before_request = before


@pytest.fixture(params=["sqlite"])
def shared(
    request: pytest.FixtureRequest, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shared]:
    if request.param == "postgres":
        monkeypatch.setenv("ALBUMEN_DATABASE_URL", request.getfixturevalue("postgres").store())
    monkeypatch.setenv("ALBUMEN_FEATURES__BATCH_PHOTOS", str(BATCH))
    monkeypatch.setenv("ALBUMEN_FEATURES__WORKERS", "3")
    monkeypatch.setattr("tasks.sharing.LOOK_S", 0.05)
    with FakeImmich() as server:
        server.add_library(pictures, with_user=False, created=LONG_AGO)
        enter(tmp_path, monkeypatch, "immich", f"{server.url}/api", server.key)
        lent = Shared(server, tmp_path)
        try:
            yield lent
        finally:
            for helper in lent.helpers:
                helper.kill()
                helper.communicate()


def claims() -> dict[str, str]:
    """Return who has which batch now."""
    with opened(LIBRARY) as here:
        found = here.store.leases.below(f"extract/{LIBRARY}/claim/")
        return {name: lease.holder for name, lease in found.items()}


@pytest.mark.parametrize("shared", ["postgres", pytest.param("sqlite", marks=pytest.mark.soak)], indirect=True)
def test_three_workers_do_each_photo_once(shared: Shared) -> None:
    refresh(LIBRARY)
    helpers = [shared.helper(), shared.helper()]
    all_there = threading.Event()

    def wait_for_all(number: int) -> None:
        if number == 1:
            shared.let_go()
            while len(set(claims().values())) < 3:
                assert all(helper.poll() is None for helper in helpers)
            all_there.set()
        assert all_there.wait(100)

    shared.before_previews(wait_for_all)
    receipt = extract_features(LIBRARY)
    n = len(shared.server.state.assets)
    assert (receipt.figures["photos"], receipt.figures["made"]) == (n, n)
    assert set(shared.previews().values()) == {1}
    assert len(shared.previews()) == n
    answers = [json.loads(helper.communicate(timeout=60)[0]) for helper in helpers]
    assert all(status == "done" and figures["made"] >= BATCH / 2 for status, figures in answers)
    assert sum(figures["made"] for _, figures in answers) < n
    assert claims() == {}
    assert extract_features(LIBRARY).status == "cached"


@pytest.mark.soak
@pytest.mark.parametrize("shared", ["postgres", "sqlite"], indirect=True)
def test_a_killed_worker_loses_what_it_had_not_kept_and_no_more(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its batch is taken over when its time is over, and goes on from what it had kept."""
    monkeypatch.setenv("ALBUMEN_FEATURES__CLAIM_S", "2")
    monkeypatch.setenv("ALBUMEN_FEATURES__BATCH_PHOTOS", str(LARGE))
    refresh(LIBRARY)
    helper = shared.helper()
    dead = threading.Event()

    def kill(_number: int) -> None:
        kept = _kept()
        if kept >= 2 and not dead.is_set():
            helper.send_signal(signal.SIGKILL)
            dead.set()

    shared.before_previews(kill)
    with opened(LIBRARY) as here:
        batches = tasks.features.batches_of(here)
        with offered(here, len(batches), LARGE, extractors(here).versions, False) as sharing:
            shared.let_go()
            helper.wait(100)
            kept = _kept()
            shared.before_previews(lambda _number: None)
            parts = sharing.take_part(lambda n: extract_batch(LIBRARY, number=n, photos=batches[n]))
    n = len(shared.server.state.assets)
    assert helper.returncode == -signal.SIGKILL
    assert [part.figures["number"] for part in parts] == [*range(len(batches))]
    assert 2 <= kept < LARGE
    assert sum(part.figures["made"] for part in parts) == n - kept
    assert sum(shared.previews().values()) - n <= LARGE - kept
    assert _kept() == n


def _kept() -> int:
    with opened(LIBRARY) as here:
        return sum(here.store.features.counts().values())


def test_a_worker_with_other_models_is_refused(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the two make cannot be compared: the run goes on without it."""
    refresh(LIBRARY)
    with opened(LIBRARY) as here, offered(here, 1, BATCH, extractors(here).versions, False) as sharing:
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("ALBUMEN_FEATURES__PICTURE", "other_tints")
            with pytest.raises(OtherModels) as refused:
                help_with(LIBRARY)
        assert "family is extracted by squares 1, tints 1, and this worker on " in str(refused.value)
        assert "has squares 1, other_tints 1: give it the same Albumen, weights and settings" in str(refused.value)
        assert claims() == {}
        [batch, *_] = tasks.features.batches_of(here)
        [part] = sharing.take_part(lambda n: extract_batch(LIBRARY, number=n, photos=batch))
    assert part.figures["made"] == BATCH
    with opened(LIBRARY) as here:
        assert {name for name, _ in here.store.features.counts()} == {"tints"}


def test_a_helper_that_can_have_no_photo_of_a_batch_leaves_it_to_the_run(
    shared: Shared, caplog: pytest.LogCaptureFixture
) -> None:
    """As one where the folder's disk is not mounted: what it calls done nobody would look at before the next run."""
    refresh(LIBRARY)
    with opened(LIBRARY) as here:
        models, n = extractors(here).versions, len(tasks.features.batches_of(here))
        with offered(here, n, BATCH, models, False) as sharing:
            helper = joined(here, models)
            assert helper is not None
            figures = {number: {"made": int(number == 1), "not_ready": BATCH} for number in range(n)}
            found = helper.take_part(lambda number: Receipt("extract_batch", figures=figures[number]))
            assert [part.figures["number"] for part in found] == [1]
            assert claims() == {}
            parts = sharing.take_part(lambda number: Receipt("extract_batch", figures={"made": 100 + number}))
    assert [part.figures["made"] for part in parts] == [100, 1, *range(102, 100 + n)]
    assert [line for line in caplog.messages if "none of the photos of family that lack something" in line]


@pytest.mark.parametrize("workers", ["1", "3"])
@pytest.mark.parametrize("shared", ["postgres"], indirect=True)
def test_a_run_whose_library_was_taken_over_stops_before_its_next_batch(
    shared: Shared, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    monkeypatch.setenv("ALBUMEN_FEATURES__WORKERS", workers)
    refresh(LIBRARY)
    with library_turn(load_settings(), LIBRARY) as turn:

        def take_over(number: int) -> None:
            if number == 1:
                assert turn.kept is not None
                with open_store(load_settings()) as store:
                    store.leases.forget_below(turn.kept.name)
                    assert store.leases.take(turn.kept.name, "another", 600)
                turn.kept._sure_until = 0.0

        shared.before_previews(take_over)
        with pytest.raises(LibraryBusy, match="taken over by another run"):
            extract_features(LIBRARY)
    assert _kept() == BATCH
    assert claims() == {}


@pytest.mark.parametrize("shared", ["postgres"], indirect=True)
def test_a_connection_that_breaks_before_the_first_batch_stops_nobody(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a restart of the server in the middle of a query, which is tried again as that of a task is."""
    refresh(LIBRARY)
    url = load_settings().database
    breaks: list[str] = []

    def break_once(connection: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
        if "FROM photos" in statement and not breaks:
            breaks.append(statement)
            with psycopg.connect(str(url).replace("+psycopg", "")) as other:
                pid = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
                other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])

    sa.event.listen(sa.Engine, "before_cursor_execute", break_once)
    try:
        assert extract_features(LIBRARY).figures["made"] == len(shared.server.state.assets)
        assert breaks
        breaks.clear()
        with opened(LIBRARY) as here, offered(here, 1, 4096, extractors(here).versions, False):
            assert help_with(LIBRARY).figures["photos"] == len(shared.server.state.assets)
        assert breaks
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", break_once)


def test_a_run_whose_time_ran_out_while_the_database_was_away_goes_on(shared: Shared) -> None:
    """Nobody could take its work over meanwhile, and nothing is left out."""
    refresh(LIBRARY)
    with opened(LIBRARY) as here:
        batches = tasks.features.batches_of(here)
        with offered(here, len(batches), BATCH, extractors(here).versions, False) as sharing:
            assert sharing.kept is not None
            assert here.store.leases.renew(sharing.work.name, sharing.kept.holder, -1)
            parts = sharing.take_part(lambda n: Receipt("extract_batch", figures={"made": n}))
    assert [part.figures["made"] for part in parts] == [*range(len(batches))]


def test_a_run_whose_work_was_taken_over_stops(shared: Shared) -> None:
    refresh(LIBRARY)
    with opened(LIBRARY) as here, offered(here, 2, BATCH, extractors(here).versions, False) as sharing:

        def taken_over(_number: int) -> Receipt:
            here.store.leases.forget_below(sharing.work.name)
            assert here.store.leases.take(sharing.work.name, "another", 600, {"token": "other"})
            return Receipt("extract_batch")

        with pytest.raises(LibraryBusy, match="the extraction of family was taken over by another run"):
            sharing.take_part(taken_over)
        here.store.leases.forget_below(sharing.work.name)


def test_a_helper_whose_run_was_killed_keeps_its_batch(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run, without helpers of its own, leaves it to the last, and does it once the helper is done with it."""
    monkeypatch.setenv("ALBUMEN_FEATURES__WORKERS", "1")
    refresh(LIBRARY)
    helping = f"extract/{LIBRARY}/claim/00000"
    with opened(LIBRARY) as here:
        first = {*tasks.features.batches_of(here)[0]}
        assert here.store.leases.take(helping, "helper", 600)
    n, before = len(shared.server.state.assets), set[str]()

    def done_behind_all_others(number: int) -> None:
        if number == n - len(first):
            before.update(shared.previews())
            with opened(LIBRARY) as here:
                here.store.leases.give_back(helping, "helper")

    shared.before_previews(done_behind_all_others)
    assert extract_features(LIBRARY).figures["made"] == n
    assert before
    assert not before & first


def test_a_helper_whose_run_was_killed_takes_no_batch_of_one_that_is_alone(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had no batch when the next run began, and would have taken those that this one does."""
    monkeypatch.setenv("ALBUMEN_FEATURES__WORKERS", "1")
    refresh(LIBRARY)
    with opened(LIBRARY) as here:
        work = {"library": LIBRARY, "token": "old", "n_batches": 3, "batch_photos": BATCH}
        models = extractors(here).versions
        assert here.store.leases.take(f"extract/{LIBRARY}/work", "dead", 600, {**work, "models": models})
        helper = joined(here, models)
        assert helper is not None
        took: list[object] = []
        shared.before_previews(lambda _number: took.extend(helper.take_part(lambda _n: Receipt("extract_batch"))))
        assert extract_features(LIBRARY).figures["made"] == len(shared.server.state.assets)
    assert took == []


def test_a_run_that_was_killed_while_it_offered_work_keeps_nobody_waiting(shared: Shared) -> None:
    refresh(LIBRARY)
    with opened(LIBRARY) as here:
        assert here.store.leases.take(f"extract/{LIBRARY}/work", "dead", 600, {"token": "old"})
        assert here.store.leases.take(f"extract/{LIBRARY}/done/old/00000", "dead", 600)
    assert extract_features(LIBRARY).figures["made"] == len(shared.server.state.assets)
    with opened(LIBRARY) as here:
        assert here.store.leases.below("extract/") == {}
