"""Extraction on a Dask cluster of real processes: every batch once, also where a worker is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.curated import LIBRARY, enter
from fakes.immich import FakeImmich
from fakes.served import LONG_AGO
from fakes.small_folder import refresh
from fakes.snaps import draw_year
from prefect.settings import PREFECT_API_URL

from plugins.settings import SettingsWrong, load_settings
from tasks.context import opened
from tasks.extraction import extract_features
from tasks.on_dask import DaskMissing
from tasks.sharing import OtherModels

pytest.importorskip("prefect_dask", reason="needs the extra dask")
pytestmark = pytest.mark.flow
TESTS = Path(__file__).parents[1]
BATCH = 8
CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    options = dict(threads_per_worker=1, dashboard_address=None, host="127.0.0.1", scheduler_port=0)
    with LocalCluster(n_workers=2, **options) as cluster:
        print(cluster.scheduler_address, *(worker.pid for worker in cluster.workers.values()), flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeImmich]:
    draw_year(tmp_path / "pictures")
    monkeypatch.setenv("ALBUMEN_FEATURES__BATCH_PHOTOS", str(BATCH))
    with FakeImmich() as serving:
        serving.add_library(tmp_path / "pictures", with_user=False, created=LONG_AGO)
        enter(tmp_path, monkeypatch, "immich", f"{serving.url}/api", serving.key)
        refresh(LIBRARY)
        yield serving


@pytest.fixture
def cluster(server: FakeImmich, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Run a cluster of two processes, and name it in the settings; lend the numbers of the processes."""
    paths = os.pathsep.join([str(tmp_path / "outside"), str(TESTS), str(TESTS.parent)])
    env = {**os.environ, "PREFECT_API_URL": str(PREFECT_API_URL.value()), "PYTHONPATH": paths}
    command = [sys.executable, "-c", CLUSTER]
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        address, *numbers = running.stdout.readline().split()
        monkeypatch.setenv("ALBUMEN_FEATURES__DASK", address)
        yield [int(number) for number in numbers]
        running.communicate(timeout=60)


def previews(server: FakeImmich) -> Counter[str]:
    return Counter(s.path.split("/")[-2] for s in server.requests if s.path.endswith("/thumbnail"))


def test_a_killed_worker_loses_at_most_a_batch(server: FakeImmich, cluster: list[int]) -> None:
    lock, gone = threading.Lock(), threading.Event()

    def kill_one(_method: str, path: str, _number: int) -> None:
        with lock:
            if path.endswith("/thumbnail") and not gone.is_set() and len(previews(server)) > 2 * BATCH:
                os.kill(cluster[0], signal.SIGKILL)
                gone.set()

    server.before_request = kill_one
    receipt = extract_features(LIBRARY)
    n = len(server.state.assets)
    assert gone.is_set()
    assert receipt.figures["photos"] == n
    assert len(previews(server)) == n
    assert sum(previews(server).values()) - n <= BATCH
    with opened(LIBRARY) as here:
        assert here.store.features.counts() == {("tints", "1"): n}


@pytest.mark.soak
def test_a_worker_with_other_models_is_refused(
    server: FakeImmich, cluster: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALBUMEN_FEATURES__PICTURE", "other_tints")  # here, and not in the cluster
    with pytest.raises(OtherModels, match=r"by squares 1, other_tints 1, and .* has squares 1, tints 1"):
        extract_features(LIBRARY)
    with opened(LIBRARY) as here:
        assert here.store.features.counts() == {}


@pytest.mark.soak
def test_what_no_worker_of_the_cluster_can_have_the_run_does_itself(
    server: FakeImmich, cluster: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the folder's disk is mounted on the first machine alone."""
    with FakeImmich() as here:
        here.add_library(tmp_path / "pictures", with_user=False, created=LONG_AGO)
        monkeypatch.setenv("ALBUMEN_LIBRARIES__FAMILY__URL", f"{here.url}/api")
        monkeypatch.setenv("ALBUMEN_LIBRARIES__FAMILY__API_KEY", here.key)
        n = len(here.state.assets)
        assert here.state.assets.keys() == server.state.assets.keys()
        server.state.assets.clear()
        assert extract_features(LIBRARY).figures["made"] == n
        assert len(previews(server)) == len(previews(here)) == n
    with opened(LIBRARY) as found:
        assert found.store.features.counts() == {("tints", "1"): n}


def test_without_the_extra_it_is_named(server: FakeImmich, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALBUMEN_FEATURES__DASK", "local:2")
    monkeypatch.setitem(sys.modules, "prefect_dask", None)  # as where it is not installed
    monkeypatch.setitem(sys.modules, "prefect_dask.task_runners", None)
    with pytest.raises(DaskMissing, match=r"pip install 'albumen\[dask\]'"):
        extract_features(LIBRARY)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("10.0.0.5:8786", id="no scheme"),
        pytest.param("local:0", id="nobody"),
        pytest.param("local:two", id="no number"),
    ],
)
def test_no_address_of_a_cluster(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALBUMEN_FEATURES__DASK", address)
    with pytest.raises(SettingsWrong, match=r"\[features\] dask: write the address"):
        load_settings()
