"""A run killed with `kill -9` at any of its requests to the server, and run again, ends as the undisturbed run does."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.dying import Dying
from fakes.served import (
    Served,
    Undisturbed,
    four_albums,
    grown,
    many_albums,
    people,
    serve,
    with_faces,
    without_waiting_for_the_disk,
    writes,
)

SOAK = bool(os.environ.get("ALBUMEN_SOAK"))
MEANS = {"first": four_albums, "grown": grown, "people": people}


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    with without_waiting_for_the_disk():
        yield


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """Lend the ends of two runs of which none was killed."""
    return Undisturbed(tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture(scope="module")
def dying() -> Iterator[Dying]:
    """Lend processes to kill."""
    with Dying() as processes:
        yield processes


def killed(place: Path, undisturbed: Undisturbed, dying: Dying, name: str, point: int, *, served: bool) -> list[str]:
    """Kill a run at one request and run again; return what is not as if nothing had happened."""
    place.mkdir()
    with serve() as server:
        library = undisturbed.begin(server, place)
        if name == "grown":
            library.run(four_albums)
        if name == "people":
            with_faces(server)
        status = dying.run(server, library, name, point, served=served)
        library.run(MEANS[name])
        # How often the server is asked whether it is done differs a little from run to run.
        is_over = status == 0 and point > undisturbed.points[name] - 5
        wrong = [] if status == -signal.SIGKILL or is_over else [f"it ended with {status}"]
        wrong += [] if (server.dump(), library.memory()) == undisturbed.ends[name] else ["the end is another"]
        n = len(server.requests)
        changes = library.run(MEANS[name]).plan.changes
        return wrong + ([f"a further run wrote {changes}"] if changes or writes(server, n) else [])


@pytest.mark.parametrize("served", [True, False], ids=["served", "unserved"])
@pytest.mark.parametrize("name", list(MEANS))
def test_killed_at_every_request(
    name: str, served: bool, undisturbed: Undisturbed, dying: Dying, tmp_path: Path
) -> None:
    """Each request from the first write on; where the server has not served it, and in other runs, only some."""
    start = 1 if SOAK else undisturbed.first_write[name]
    step = 1 if SOAK or (served and name == "first") else 8 if name == "people" else 3
    points = range(start, undisturbed.points[name] + 1, step)
    found = {point: killed(tmp_path / f"{point}", undisturbed, dying, name, point, served=served) for point in points}
    assert {point: wrong for point, wrong in found.items() if wrong} == {}


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(30))
def test_killed_at_random_in_a_large_library(seed: int, dying: Dying, tmp_path: Path) -> None:
    """A thousand photos; the run that should mend it is killed too, and the one after that."""
    with serve(n=1_000) as server:
        assert dying.run(server, Served(server.url, server.key, tmp_path / "undisturbed"), "many") == 0
        expected, points = server.dump(), len(server.requests)
    with serve(n=1_000) as server:
        library, luck = Served(server.url, server.key, tmp_path / "data"), random.Random(seed)
        for _ in range(3):
            dying.run(server, library, "many", luck.randrange(1, points + 1), served=luck.random() < 0.5)
        library.run(many_albums)
        assert server.dump() == expected
        assert library.run(many_albums).plan.changes == ()
