"""What every test stands on: state of its own, Prefect kept to itself, and the fixtures that all layers share."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as hypothesis_settings

if TYPE_CHECKING:
    from fakes.postgres import Postgres
    from fakes.serving import Service

SHARED = Path(os.environ.get("ALBUMEN_SHARED", Path(__file__).resolve().parents[2] / "shared"))
"""A folder beside the project with real pictures and places; tests that need it are skipped where it is not."""
SOAK = bool(os.environ.get("ALBUMEN_SOAK"))
KEPT = frozenset({"ALBUMEN_SHARED", "ALBUMEN_SOAK"})
"""Variables that tests themselves read."""
STATE = Path(tempfile.mkdtemp(prefix="albumen-tests-"))
atexit.register(shutil.rmtree, STATE, ignore_errors=True)

# Prefect reads its environment when it is imported, so all of this comes before any test module.
for name in [n for n in os.environ if n.startswith(("ALBUMEN_", "PREFECT_")) and n not in KEPT]:
    del os.environ[name]
os.environ |= {
    "ALBUMEN_DATA_DIR": str(STATE / "data"),
    "PREFECT_HOME": str(STATE / "prefect"),
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",  # of child processes, on a busy machine
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}
sys.path.append(str(Path(__file__).parent))  # for `from fakes.tiny import …`
hypothesis_settings.register_profile("soak", max_examples=5_000, deadline=None)
if SOAK:
    hypothesis_settings.load_profile("soak")


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook: later they count for nothing
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the long tests out unless asked for; lend Prefect's one test server to those that run a flow."""
    for item in items:
        if item.get_closest_marker("soak") and not SOAK:
            item.add_marker(pytest.mark.skip(reason="takes long: make soak runs it"))
        served = isinstance(item, pytest.Function) and "one_service" in item.fixturenames  # has a server of its own
        if item.get_closest_marker("flow") and isinstance(item, pytest.Function) and not served:
            item.fixturenames.insert(0, "prefect_server")  # a `usefixtures` mark would come too late here
        flow = "prefect" if item.get_closest_marker("flow") else item.nodeid.partition("::")[0]
        group = "service" if served else flow
        item.add_marker(pytest.mark.xdist_group(group))  # side by side, each file in one process, these all in one


@pytest.fixture(autouse=True)
def _heard_log() -> None:
    """Let what Albumen logs be heard, whatever a test before has had Prefect or a server do to its logger."""
    logger = logging.getLogger("albumen")
    logger.propagate, logger.disabled = True, False
    logger.setLevel(logging.NOTSET)


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """Run one Prefect server for the session; tests marked `flow` have it without asking."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=90):  # 10 to 14 s on an idle machine
        yield


@pytest.fixture(scope="session")
def one_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Make the session's one `albumen serve`, not yet started."""
    from fakes.serving import a_service

    with a_service(tmp_path_factory.mktemp("service")) as service:
        yield service


@pytest.fixture
def service(one_service: Service) -> Service:
    """Lend the session's one `albumen serve`, running: see tests/fakes/serving.py."""
    one_service.ensure()
    return one_service


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Run one Postgres for the session, on first use; skip where its programs are not there."""
    from fakes.postgres import a_postgres

    with a_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def shared() -> Path:
    """Lend the folder of real data, or skip."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"needs the shared data in {SHARED}: name another folder by ALBUMEN_SHARED")
    return SHARED / "data"
