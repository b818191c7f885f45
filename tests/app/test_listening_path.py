"""The whole way of an upload to a PhotoPrism: its websocket, the listener, an arrival, and a run asked of Prefect."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.patience import until
from fakes.photoprism import FakePhotoPrism
from fakes.prefect_api import FakePrefect
from fakes.receiving import Caller, receiving

from app.hooks.listening_notes import Heard, noted
from plugins.settings import Settings
from plugins.store import open_store
from tasks.watermark import keep_watermark


@pytest.fixture
def server() -> Iterator[FakePhotoPrism]:
    with FakePhotoPrism() as fake:
        fake.add_photos(3)
        yield fake


@pytest.fixture
def prefect() -> Iterator[FakePrefect]:
    with FakePrefect() as fake:
        yield fake


@pytest.fixture
def call(server: FakePhotoPrism, prefect: FakePrefect, tmp_path: Path) -> Iterator[Caller]:
    """Serve the receiver for a library that was curated an hour ago, and is never polled."""
    family = {"gallery": "photoprism", "url": server.url, "api_key": server.token, "retry": {"backoff_s": 0.001}}
    serve = {"poll_minutes": 0, "quiet_s": 0.05, "longest_s": 0.5}
    settings = Settings.model_validate({"data_dir": tmp_path, "serve": serve, "libraries": {"family": family}})
    with open_store(settings) as store:
        keep_watermark(store, "family", datetime.now(UTC) - timedelta(hours=1))
    with receiving(settings, prefect.url) as caller:
        until(lambda: heard(caller).connected_at)
        yield caller


def heard(call: Caller) -> Heard:
    return noted(call.settings.data_dir).get("family", Heard())


def test_an_upload_asks_for_a_run(call: Caller, server: FakePhotoPrism, prefect: FakePrefect) -> None:
    server.emit("index.completed", {})  # nothing is new yet
    until(lambda: heard(call).heard_at)
    server.upload(3)
    (run,) = prefect.await_runs(1)
    assert run.parameters == {"library": "family"}


def test_an_upload_while_the_server_is_being_restarted_asks_for_a_run(
    call: Caller, server: FakePhotoPrism, prefect: FakePrefect
) -> None:
    server.faults(1, 1.0, ["502"])
    server.restart()
    until(lambda: heard(call).connected_at is None)
    server.upload()  # said to nobody
    server.faults(1, 0.0)
    assert len(prefect.await_runs(1)) == 1


def test_the_process_that_listens_loads_no_prefect_and_no_torch() -> None:
    code = (
        "import sys, app.receiver, app.hooks.listener as l; from plugins.settings import LibrarySettings; "
        "assert l.ear_of(LibrarySettings(name='anna', gallery='photoprism', url='http://x')); "
        "print({'prefect', 'torch', 'sklearn', 'cv2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
