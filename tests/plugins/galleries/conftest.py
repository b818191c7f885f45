"""What tests of every gallery share: worlds for the contract, and runs on servers that nothing disturbs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.dying import Dying
from fakes.served import Kind, Undisturbed, without_waiting_for_the_disk
from fakes.worlds import World
from fakes.worlds.kinds import KINDS, world_of

from plugins.galleries import Gallery

pytest.register_assert_rewrite("fakes.bad_days", "fakes.disturbing", "fakes.whole_jobs")


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


@pytest.fixture(scope="module")
def quick_disk() -> Iterator[None]:
    with without_waiting_for_the_disk():
        yield


@pytest.fixture(scope="module")
def undisturbed(kind: Kind, quick_disk: None, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """Lend the ends of runs of which nothing failed and none was killed, on the folder's kind of server."""
    return Undisturbed(kind, tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture(scope="module")
def dying() -> Iterator[Dying]:
    """Lend processes to kill."""
    with Dying() as processes:
        yield processes
