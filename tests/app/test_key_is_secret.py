"""The key of a server is nowhere but in the settings: not in what a run prints, writes, keeps or tells Prefect."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from fakes.doors import Says, door
from fakes.immich import FakeImmich

Command = Callable[..., subprocess.CompletedProcess[str]]
pytestmark = pytest.mark.flow
LOUD = {
    "PREFECT_LOGGING_LEVEL": "DEBUG",
    "PREFECT_LOGGING_ROOT_LEVEL": "DEBUG",
    "ALBUMEN_RETRY__ATTEMPTS": "2",
    "ALBUMEN_RETRY__BACKOFF_S": "0.01",
}


def with_photos() -> FakeImmich:
    """Return a server with an afternoon that is worth an album, uploaded long ago."""
    server, began = FakeImmich(), datetime(2024, 5, 20, 9, tzinfo=UTC)
    for n in range(12):
        server.add_asset(f"{n}.jpg", began + timedelta(minutes=5 * n), created=began)
    return server


@contextmanager
def revoked_while_writing() -> Iterator[tuple[str, str]]:
    """Lend a server that knows the key until the first write comes."""
    with with_photos() as server:

        def revoke(method: str, path: str, _: int) -> None:
            if (method, path) == ("POST", "/api/albums"):
                server.revoke(server.key)

        server.before_request = revoke
        yield server.url, server.key


@contextmanager
def says_the_key(status: int) -> Iterator[tuple[str, str]]:
    """Lend something that was an Immich a moment ago, and now shows all headers of the request in its error."""
    key = "k3yOfAnnaThatNobodyElseShouldEverSee"
    version = Says({"major": 3, "minor": 1, "patch": 0})
    shown = Says({"message": f"GET with x-api-key: {key} failed", "headers": {"x-api-key": key}}, status)
    with door({"/api/server/version": version, "/api/server/config": Says({})}, shown) as here:
        yield here.address, key


@pytest.fixture
def prefects(prefect_server: None) -> tuple[str, Path]:
    """Return the address of the session's test server, and the folder of its database."""
    from prefect.settings import PREFECT_API_URL, PREFECT_SERVER_DATABASE_CONNECTION_URL

    _, _, file = str(PREFECT_SERVER_DATABASE_CONNECTION_URL.value()).partition(":///")
    return str(PREFECT_API_URL.value()), Path(file).parent


def places_of(text: str, *folders: Path) -> list[Path]:
    """Return the files below some folders that hold a text."""
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return [path for path in files if text.encode() in path.read_bytes()]


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        pytest.param(revoked_while_writing, "Invalid API key", id="revoked while writing"),
        pytest.param(partial(says_the_key, 400), "x-api-key: <key> failed", id="an error that shows the request"),
        pytest.param(
            partial(says_the_key, 500),
            "x-api-key: <key> failed",
            id="a failing server that does",
            marks=pytest.mark.soak,
        ),
    ],
)
def test_the_key_is_nowhere_after_a_run_that_failed(
    trouble: Callable[[], AbstractContextManager[tuple[str, str]]],
    said: str,
    tmp_path: Path,
    albumen: Command,
    prefects: tuple[str, Path],
) -> None:
    server, database = prefects
    with trouble() as (url, key):
        (tmp_path / "albumen.toml").write_text(
            f'[libraries.anna]\ngallery = "immich"\nurl = "{url}"\napi_key_file = "anna.key"\n', encoding="utf-8"
        )
        (tmp_path / "anna.key").write_text(key, encoding="utf-8")
        run = albumen("curate", "anna", "--apply", "--yes", "--json", PREFECT_API_URL=server, **LOUD)
        doctor = albumen("doctor", "anna", PREFECT_API_URL=server)
    assert (run.returncode, doctor.returncode) == (1, 1)
    assert said in run.stdout + run.stderr
    assert key not in run.stdout + run.stderr + doctor.stdout + doctor.stderr
    assert places_of("curate-anna", database), "what Prefect was told is not looked at"
    assert places_of(key, tmp_path, database) == [tmp_path / "anna.key"]
