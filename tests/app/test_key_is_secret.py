"""The key of a server, and the tokens that it gave for it, are nowhere: not in what a run prints, keeps or tells."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from fakes.doors import Says, door
from fakes.immich import FakeImmich
from fakes.photoprism.server import PASSWORD, FakePhotoPrism

Command = Callable[..., subprocess.CompletedProcess[str]]
pytestmark = pytest.mark.flow
LOUD = {
    "PREFECT_LOGGING_LEVEL": "DEBUG",
    "PREFECT_LOGGING_ROOT_LEVEL": "DEBUG",
    "ALBUMEN_RETRY__ATTEMPTS": "2",
    "ALBUMEN_RETRY__BACKOFF_S": "0.01",
}


@dataclass(frozen=True)
class Secret:
    """A server that will fail: the library's table, without the key, and what is to be found nowhere."""

    table: str
    key: str
    tokens: Callable[[], list[str]] = list


def of_anna(gallery: str, url: str, more: str = "") -> str:
    return f'[libraries.anna]\ngallery = "{gallery}"\nurl = "{url}"\napi_key_file = "anna.key"\n{more}'


def an_afternoon(server: FakeImmich | FakePhotoPrism) -> None:
    """Put photos on a server that are worth an album, uploaded long ago."""
    began = datetime(2024, 5, 20, 9, tzinfo=UTC)
    for n in range(12):
        taken = began + timedelta(minutes=5 * n)
        if isinstance(server, FakeImmich):
            server.add_asset(f"{n}.jpg", taken, created=began)
        else:
            server.add_photo(f"{n}.jpg", taken, created=began)


@contextmanager
def revoked_while_writing() -> Iterator[Secret]:
    """Lend an Immich that knows the key until the first write comes."""
    with FakeImmich() as server:
        an_afternoon(server)

        def revoke(method: str, path: str, _: int) -> None:
            if (method, path) == ("POST", "/api/albums"):
                server.revoke(server.key)

        server.before_request = revoke
        yield Secret(of_anna("immich", server.url), server.key)


@contextmanager
def changed_while_writing() -> Iterator[Secret]:
    """Lend a PhotoPrism that ends the sessions, and has another password, when the first write comes."""
    with FakePhotoPrism() as server:
        an_afternoon(server)
        tokens: list[str] = [server.admin.preview_token]

        def change(method: str, path: str, _: int) -> None:
            sessions = [token for token, session in server.state.sessions.items() if session.kind == "login"]
            tokens.extend(sessions)
            if (method, path) == ("POST", "/api/v1/albums"):
                server.admin.password = "an0ther one"  # noqa: S105 (the fake's own)
                for token in sessions:
                    server.expire(token)

        server.before_request = change
        yield Secret(of_anna("photoprism", server.url, 'user = "admin"\n'), PASSWORD, lambda: tokens)


@contextmanager
def says_the_key(status: int) -> Iterator[Secret]:
    """Lend something that was an Immich a moment ago, and now shows all headers of the request in its error."""
    key = "k3yOfAnnaThatNobodyElseShouldEverSee"
    version = Says({"major": 3, "minor": 1, "patch": 0})
    shown = Says({"message": f"GET with x-api-key: {key} failed", "headers": {"x-api-key": key}}, status)
    with door({"/api/server/version": version, "/api/server/config": Says({})}, shown) as here:
        yield Secret(of_anna("immich", here.address), key)


@contextmanager
def says_the_token(status: int) -> Iterator[Secret]:
    """Lend something that was a PhotoPrism a moment ago, and now shows all headers of the request in its error."""
    key = "k3yofa-nnatha-tnobod-yelse0"
    shown = Says({"error": f"GET with authorization: Bearer {key} failed"}, status)
    with door({"/api/v1/status": Says({"status": "operational"})}, shown) as here:
        yield Secret(of_anna("photoprism", here.address), key)


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
        pytest.param(revoked_while_writing, "Invalid API key", id="revoked while writing", marks=pytest.mark.soak),
        pytest.param(changed_while_writing, "does not let 'admin' in", id="a password changed while writing"),
        pytest.param(partial(says_the_key, 400), "x-api-key: <key> failed", id="an error that shows the request"),
        pytest.param(
            partial(says_the_key, 500),
            "x-api-key: <key> failed",
            id="a failing server that does",
            marks=pytest.mark.soak,
        ),
        pytest.param(
            partial(says_the_token, 400),
            "Bearer <key> failed",
            id="an error of PhotoPrism's that does",
            marks=pytest.mark.soak,
        ),
    ],
)
def test_the_key_is_nowhere_after_a_run_that_failed(
    trouble: Callable[[], AbstractContextManager[Secret]],
    said: str,
    tmp_path: Path,
    albumen: Command,
    prefects: tuple[str, Path],
) -> None:
    server, database = prefects
    with trouble() as secret:
        (tmp_path / "albumen.toml").write_text(secret.table, encoding="utf-8")
        (tmp_path / "anna.key").write_text(secret.key, encoding="utf-8")
        run = albumen("curate", "anna", "--apply", "--yes", "--json", PREFECT_API_URL=server, **LOUD)
        doctor = albumen("doctor", "anna", PREFECT_API_URL=server)
    assert (run.returncode, doctor.returncode) == (1, 1)
    assert said in run.stdout + run.stderr
    printed = run.stdout + run.stderr + doctor.stdout + doctor.stderr
    assert not [text for text in (secret.key, *secret.tokens()) if text in printed]
    assert places_of("curate-anna", database), "what Prefect was told is not looked at"
    assert places_of(secret.key, tmp_path, database) == [tmp_path / "anna.key"]
    assert not [place for token in set(secret.tokens()) for place in places_of(token, tmp_path, database)]
