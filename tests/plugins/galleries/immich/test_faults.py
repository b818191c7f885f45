"""One request in ten fails, in every way that a network can: the server ends as if none had."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from fakes.http.faults import KINDS
from fakes.served import Means, Served, Undisturbed, four_albums, grown, serve, without_waiting_for_the_disk, writes

from plugins.galleries import GalleryError, GalleryUnreachable

SEEDS = range(1_000 if os.environ.get("ALBUMEN_SOAK") else 50)
MOST_RUNS = 3


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    with without_waiting_for_the_disk():
        yield


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """Lend the ends of two runs in which nothing failed."""
    return Undisturbed(tmp_path_factory.mktemp("undisturbed"))


def run_until_done(library: Served, means: Means) -> int:
    """Run as the nightly schedule does: what could not be reached is tried again in the next run; return how often."""
    for n in range(1, MOST_RUNS + 1):
        try:
            assert library.run(means).applied.refused == []
        except GalleryUnreachable:
            continue
        return n
    raise AssertionError(f"not done after {MOST_RUNS} runs")


@pytest.mark.parametrize("seed", SEEDS)
def test_the_end_is_as_without_faults(seed: int, undisturbed: Undisturbed, tmp_path: Path) -> None:
    with serve() as server:
        library = undisturbed.begin(server, tmp_path)
        server.faults(seed, rate=0.1, hold_s=0.001)
        run_until_done(library, four_albums)
        server.faults(seed, rate=0)
        assert (server.dump(), library.memory()) == undisturbed.ends["first"]
        server.faults(seed + 1_000_000, rate=0.1, hold_s=0.001)
        run_until_done(library, grown)
        server.faults(seed, rate=0)
        assert (server.dump(), library.memory()) == undisturbed.ends["grown"]
        n = len(server.requests)
        assert (library.run(grown).plan.changes, writes(server, n)) == ((), [])


@pytest.mark.parametrize("kind", KINDS)
def test_one_kind_of_fault_at_every_other_request(kind: str, undisturbed: Undisturbed, tmp_path: Path) -> None:
    """Far worse than any network: what a run cannot do the next ones can, and none does any harm."""
    with serve() as server:
        library = undisturbed.begin(server, tmp_path)
        server.faults(seed=1, rate=0.5, kinds=[kind], hold_s=0.001)
        for _ in range(60):
            with suppress(GalleryError):
                library.run()
                break
        server.faults(seed=1, rate=0)
        library.run()
        assert (server.dump(), library.memory()) == undisturbed.ends["first"]
