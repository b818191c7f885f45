"""One real `albumen serve` for the tests of a session: on free ports, with a folder and a fake Immich to serve.

A test asks for the fixture `service`; whatever it does to the service, the next one finds it running. Tests with this
fixture run in one process, after each other, and share what is in the libraries: none may take for granted that a
library is as it was drawn.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import uuid4

import psutil
from fakes.immich import FakeImmich
from fakes.snaps import draw_year

from app.prefect_api import FlowState, PrefectApi
from app.prefect_home import PrefectUnreachable
from app.serving.addresses import Addresses, noted
from app.serving.environment import own_auth
from app.serving.processes import running, service_of
from plugins.own_secrets import own_secret
from plugins.sample import draw_sample_library
from plugins.settings import Settings, load_settings

FAMILY, FOLDER = "family", "folder"
"""The libraries: on the fake Immich, and in a folder."""
N: Final = 12
PATIENCE_S: Final = 120.0
"""How long anything may take before a test gives up; no test asserts on it."""
_T = TypeVar("_T")
_SETTINGS: Final = """\
data_dir = "data"
[features]
enabled = false
[serve]
port = 0
hooks_port = 0
prefect_port = 0
nightly = ""
time_zone = "Europe/Lisbon"
poll_minutes = 0
quiet_s = 0.5
longest_s = 3
[libraries.family]
gallery = "immich"
url = "{url}"
api_key = "{key}"
time_zone = "UTC"
[libraries.folder]
path = "photos"
time_zone = "UTC"
"""


class PatientPrefect(PrefectApi):
    """Prefect's server as whoever asks again meets it: busy, it answers 503 now and then."""

    def start(self, deployment: str, parameters: dict[str, Any], idempotency_key: str = "") -> str:
        """Start a flow run, asking again while the server is too busy."""
        patience, key = time.monotonic() + PATIENCE_S, idempotency_key or str(uuid4())
        while True:
            try:
                return super().start(deployment, parameters, key)
            except PrefectUnreachable:
                if time.monotonic() > patience:
                    raise
                time.sleep(0.5)


@dataclass
class Service:
    """A running `albumen serve`: its folder, the fake Immich, and what a test needs to speak to it."""

    folder: Path
    server: FakeImmich
    process: subprocess.Popen[bytes] | None = None
    broken: str = ""
    """Why it did not start; the other tests need not try again."""

    @property
    def data(self) -> Path:
        """Return the data folder."""
        return self.folder / "data"

    @property
    def environment(self) -> dict[str, str]:
        """Return an environment in which the service, and a command beside it, find their settings and no others."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ALBUMEN_", "PREFECT_", "XDG_", "DO_NOT"))}
        return {**kept, "ALBUMEN_CONFIG": str(self.folder / "albumen.toml"), "HOME": str(self.folder)}

    @property
    def settings(self) -> Settings:
        """Return the settings of the service, for a test that opens its store."""
        return load_settings(self.folder / "albumen.toml").model_copy(update={"data_dir": self.data})

    @property
    def addresses(self) -> Addresses:
        """Return where its parts listen."""
        there = noted(self.data)
        assert there is not None, self.log()
        return there

    @property
    def prefect(self) -> PatientPrefect:
        """Return its Prefect server."""
        return PatientPrefect(self.addresses.api, own_auth(self.data))

    @property
    def token(self) -> str:
        """Return the token of the review page."""
        return own_secret(self.data, "review")

    def hook_secret(self, library: str) -> str:
        """Return the secret that webhooks of a library carry."""
        return own_secret(self.data, f"hook-{library}")

    def log(self) -> str:
        """Return the service's log."""
        file = self.data / "serve.log"
        return file.read_text("utf-8") if file.exists() else "(no log)"

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        command = [sys.executable, "-c", "from app.cli import main; main()", "serve"]
        nowhere = subprocess.DEVNULL
        self.process = subprocess.Popen(
            command, cwd=self.folder, env=self.environment, stdin=nowhere, stdout=nowhere, stderr=nowhere
        )
        self.until(self._is_ready, "the service to be ready")

    def ensure(self) -> None:
        """Start it unless it runs."""
        assert not self.broken, f"the service does not start: {self.broken[-3000:]}"
        if self.process is None or self.process.poll() is not None:
            self.start()
        self.until(self._is_ready, "the service to be ready")

    def _is_ready(self) -> bool:
        assert self.process
        if self.process.poll() is not None:
            self.broken = self.log()
            raise AssertionError(f"the service has ended: {self.broken[-3000:]}")
        there = noted(self.data)
        return there is not None and there.ready and there.pid == self.process.pid

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send it a signal, and wait for its end; return the exit status."""
        assert self.process
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)

    def processes(self) -> list[psutil.Process]:
        """Return what runs of it beside the supervisor: its parts, and the flow runs of its worker."""
        return running(service_of(self.data))

    def until(self, true: Callable[[], _T], what: str = "it", patience_s: float = PATIENCE_S) -> _T:
        """Wait until something is true, and return it."""
        patience = time.monotonic() + patience_s
        while not (found := true()):
            assert time.monotonic() < patience, f"waited in vain for {what}: {self.log()}"
            time.sleep(0.05)
        return found

    def finished(self, run: str) -> FlowState:
        """Wait until a flow run has ended, and return how."""
        prefect = self.prefect
        self.until(lambda: prefect.state(run).over, f"the flow run {run}")
        return prefect.state(run)


def _draw(photos: Path) -> None:
    """Draw a year of small pictures, or where pictures of the pages are made, those of the demo, which take longer."""
    if os.environ.get("TESTS_PICTURES"):
        draw_sample_library(photos)
    else:
        draw_year(photos)


@contextmanager
def a_service(folder: Path) -> Iterator[Service]:
    """Make a service with its libraries, not yet started; when the block ends, it is stopped."""
    _draw(folder / "photos")
    with FakeImmich() as server:
        server.add_photos(N)
        server.job_delay_s = 0.002
        (folder / "albumen.toml").write_text(_SETTINGS.format(url=server.url, key=server.key), encoding="utf-8")
        service = Service(folder, server)
        try:
            yield service
        finally:
            if service.process is not None and service.process.poll() is None:
                assert service.stop() == 0, service.log()
                assert service.processes() == []
