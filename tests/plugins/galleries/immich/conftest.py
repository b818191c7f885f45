"""What the tests of the adapter share: a fake Immich of each version, and a gallery or a writer on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fakes.immich import FakeImmich
from fakes.immich_writer import PACE, open_writer
from fakes.served import Kind
from fakes.served.immich import IMMICH

from plugins.galleries.http.patience import Patience
from plugins.galleries.immich import Plugin
from plugins.galleries.immich.client import connect
from plugins.galleries.immich.writing import Writer

VERSIONS = ("2.7.5", "3.0.0", "3.1.0", "3.2.1", "3.9.0")


@pytest.fixture(scope="session")
def kind() -> Kind:
    """Say which kind of server the runs of this folder are on."""
    return IMMICH


@pytest.fixture(params=VERSIONS)
def server(request: pytest.FixtureRequest) -> Iterator[FakeImmich]:
    with FakeImmich(version=request.param) as running:
        yield running


@pytest.fixture
def newest() -> Iterator[FakeImmich]:
    with FakeImmich() as running:
        yield running


@pytest.fixture
def open_it(tmp_path: Path) -> Iterator[Callable[..., Plugin]]:
    opened: list[Plugin] = []

    def at(server: FakeImmich, key: str | None = None, folder: str = "known") -> Plugin:
        http = connect(server.url, key or server.key)
        opened.append(Plugin(http, tmp_path / folder, ZoneInfo("Europe/Berlin"), Patience(backoff_s=0.001), PACE))
        return opened[-1]

    yield at
    for plugin in opened:
        plugin.__exit__()


@pytest.fixture
def photos(server: FakeImmich) -> list[str]:
    """Lend the ids of all photos, in the order in which they came in."""
    return list(server.state.assets)


@pytest.fixture
def writer(server: FakeImmich, tmp_path: Path) -> Writer:
    return open_writer(server, tmp_path)
