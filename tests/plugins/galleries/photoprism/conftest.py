"""What the tests of the adapter share: a fake PhotoPrism of each version, and a client or a gallery on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.photoprism.server import FakePhotoPrism
from fakes.photoprism_writer import open_writer
from fakes.served import Kind
from fakes.served.photoprism import PHOTOPRISM

from plugins.galleries.http.patience import Patience
from plugins.galleries.photoprism import Plugin
from plugins.galleries.photoprism.client import Client, connect
from plugins.galleries.photoprism.writing import Writer
from plugins.sections import Retry
from plugins.settings import LibrarySettings

VERSIONS = ("250425", "250707", "251130", "260601", "260919", "270101")


@pytest.fixture(scope="session")
def kind() -> Kind:
    """Say which kind of server the runs of this folder are on."""
    return PHOTOPRISM


@pytest.fixture(params=VERSIONS)
def server(request: pytest.FixtureRequest) -> Iterator[FakePhotoPrism]:
    with FakePhotoPrism(version=request.param) as running:
        yield running


@pytest.fixture
def newest() -> Iterator[FakePhotoPrism]:
    with FakePhotoPrism() as running:
        yield running


@pytest.fixture
def five(newest: FakePhotoPrism) -> FakePhotoPrism:
    """Lend a server with five photos."""
    newest.add_photos(5)
    return newest


@pytest.fixture
def photos(five: FakePhotoPrism) -> list[str]:
    """Lend the ids of the five photos."""
    return list(five.state.photos)


@pytest.fixture
def writer(five: FakePhotoPrism, tmp_path: Path) -> Writer:
    """Lend a writer to the server with five photos."""
    return open_writer(five, tmp_path)


@pytest.fixture
def client_of() -> Iterator[Callable[..., Client]]:
    """Lend what makes a client: by default the admin's app password asks."""
    made: list[Client] = []

    def of(server: FakePhotoPrism, key: str | None = None, user: str = "") -> Client:
        said = server.token if key is None else key
        made.append(Client(connect(server.url), said, user, Patience(backoff_s=0.001)))
        return made[-1]

    yield of
    for client in made:
        client.close()


@pytest.fixture
def open_it(tmp_path: Path) -> Iterator[Callable[..., Plugin]]:
    """Lend what opens a gallery as settings do; `settings` are further ones of the library."""
    opened: list[Plugin] = []

    def at(server: FakePhotoPrism, key: str | None = None, folder: str = "known", **settings: Any) -> Plugin:
        given = {"time_zone": "Europe/Berlin", "retry": Retry(backoff_s=0.001), **settings}
        said = {"gallery": "photoprism", "url": server.url, "api_key": server.token if key is None else key}
        opened.append(Plugin.of(LibrarySettings.model_validate({"name": "anna", **said, **given}), tmp_path / folder))
        return opened[-1]

    yield at
    for plugin in opened:
        plugin.__exit__()
