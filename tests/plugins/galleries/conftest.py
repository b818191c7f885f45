"""What the contract's tests share: every kind of gallery, each as a world of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.worlds import World
from fakes.worlds.kinds import KINDS, world_of

from plugins.galleries import Gallery


@pytest.fixture(scope="session")
def common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lend a folder for what worlds of one kind share."""
    return tmp_path_factory.mktemp("common")


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path, common: Path) -> Iterator[World]:
    with world_of(request.param, tmp_path / "world", common) as world:
        yield world


@pytest.fixture
def gallery(world: World) -> Iterator[Gallery]:
    """Lend the gallery of a world; whatever a test does with it, no photo is written to."""
    before = world.originals()
    with world.open() as gallery:
        yield gallery
    assert world.originals().items() >= before.items()
