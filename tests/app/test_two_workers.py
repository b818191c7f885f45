"""A service and a worker elsewhere, both real, extract one library on Postgres: no photo is looked at twice."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from fakes.immich import FakeImmich
from fakes.postgres import Postgres
from fakes.served import LONG_AGO
from fakes.serving import FAMILY, Service

from plugins.store import open_store

pytestmark = pytest.mark.soak
N = 60
PATIENCE_S: Final = 1_500.0
SETTINGS: Final = """\
data_dir = "data"
database_url = "{database}"
weights_dir = "{weights}"
[features]
batch_photos = 8
[serve]
port = 0
hooks_port = 0
prefect_port = 0
nightly = ""
poll_minutes = 0
[libraries.family]
gallery = "immich"
url = "{url}"
api_key = "{key}"
time_zone = "UTC"
"""


@pytest.fixture(scope="module")
def pictures(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    maker = shared.parent / "tools/make_library.py"
    subprocess.run([sys.executable, maker, "--out", folder, "--photos", str(N)], check=True, capture_output=True)
    return folder


@pytest.fixture
def service(pictures: Path, shared: Path, tmp_path: Path, postgres: Postgres) -> Iterator[Service]:
    with FakeImmich() as server:
        server.add_library(pictures, with_user=False, created=LONG_AGO)
        said = {"url": server.url, "key": server.key, "database": postgres.store(), "weights": shared / "weights"}
        (tmp_path / "albumen.toml").write_text(SETTINGS.format(**said), encoding="utf-8")
        service = Service(tmp_path, server)
        service.start()
        try:
            yield service
        finally:
            assert service.stop() == 0, service.log()


@contextmanager
def a_helper(service: Service, place: Path) -> Iterator[Path]:
    """Run a worker that only helps, with a data folder of its own; lend that."""
    (place / "secrets").mkdir(parents=True, mode=0o700)
    (place / "secrets/prefect").write_bytes((service.data / "secrets/prefect").read_bytes())
    (place / "secrets/prefect").chmod(0o600)
    own = {"ALBUMEN_DATA_DIR": str(place), "ALBUMEN_SERVE__ONLY_HELPS": "true", "ALBUMEN_SERVE__RUNS_AT_ONCE": "1"}
    command = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--worker-of"]
    with subprocess.Popen([*command, service.addresses.prefect], env={**service.environment, **own}) as helper:
        yield place
        helper.terminate()
        assert helper.wait(PATIENCE_S) == 0


def asked(service: Service, of: str, **which: Any) -> list[dict[str, Any]]:
    return list(service.prefect._http.post(f"/{of}/filter", json=which).json())


def previews(service: Service) -> Counter[str]:
    """Count how often the server gave the preview of each photo."""
    return Counter(seen.path.split("/")[-2] for seen in service.server.requests if seen.path.endswith("/thumbnail"))


def holders(service: Service) -> set[str]:
    """Return who has batches of the library now."""
    with open_store(service.settings) as store:
        return {lease.holder for lease in store.leases.below(f"extract/{FAMILY}/claim/").values()}


def test_both_extract_and_no_photo_is_looked_at_twice(service: Service, tmp_path: Path) -> None:
    both = threading.Event()

    def wait_for_both(_method: str, path: str, _number: int) -> None:
        if path.endswith("/thumbnail") and not both.is_set():
            service.until(lambda: len(holders(service)) == 2, "both to have a batch", PATIENCE_S)
            both.set()

    service.server.before_request = wait_for_both
    with a_helper(service, tmp_path / "helper"):
        service.until(lambda: len(asked(service, "work_pools/albumen/workers")) == 2, "two workers", PATIENCE_S)
        run = service.prefect.start("curate/curate-now", {"library": FAMILY, "steps": ["photos", "features"]})
        service.until(lambda: service.prefect.state(run).over, "the run", PATIENCE_S)
        helped = {"name": {"like_": f"extract-{FAMILY}"}}
        service.until(lambda: asked(service, "flow_runs", flow_runs=helped)[0]["end_time"], "the helper", PATIENCE_S)
        [help_] = asked(service, "flow_runs", flow_runs=helped)
    assert (service.prefect.state(run).kind, help_["state_type"]) == ("COMPLETED", "COMPLETED"), service.log()
    assert both.is_set()
    assert sorted(previews(service).values()) == [1] * len(service.server.state.assets)
    with open_store(service.settings) as store:
        assert {*store.features.counts().values()} == {len(service.server.state.assets)}
