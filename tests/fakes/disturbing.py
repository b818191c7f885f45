"""Runs against a server of any kind that fails or that are killed: the end must be that of undisturbed ones."""

from __future__ import annotations

import random
import signal
from contextlib import suppress
from pathlib import Path

from fakes.dying import Dying
from fakes.served import Kind, Served, Undisturbed
from fakes.served.wanted import Means, four_albums, grown, many_albums

from plugins.galleries import GalleryError, GalleryUnreachable

MOST_RUNS = 3


def run_until_done(library: Served, means: Means) -> int:
    """Run as the nightly schedule does: what could not be reached is tried again in the next run; return how often."""
    for n in range(1, MOST_RUNS + 1):
        try:
            assert library.run(means).applied.refused == []
        except GalleryUnreachable:
            continue
        return n
    raise AssertionError(f"not done after {MOST_RUNS} runs")


def check_the_end_is_as_without_faults(seed: int, undisturbed: Undisturbed, place: Path) -> None:
    """Let one request in ten fail, in every way that a network can, in a first run and in one that has found more."""
    kind = undisturbed.kind
    with kind.serve() as server:
        library = undisturbed.begin(server, place)
        server.faults(seed, rate=0.1, hold_s=0.001)
        run_until_done(library, four_albums)
        server.faults(seed, rate=0)
        assert (server.dump(), library.memory()) == undisturbed.ends["first"]
        server.faults(seed + 1_000_000, rate=0.1, hold_s=0.001)
        run_until_done(library, grown)
        server.faults(seed, rate=0)
        assert (server.dump(), library.memory()) == undisturbed.ends["grown"]
        n = len(server.requests)
        assert (library.run(grown).plan.changes, kind.writes(server, n)) == ((), [])


def check_far_worse_than_any_network(fault: str, undisturbed: Undisturbed, place: Path) -> None:
    """Let every other request fail in one way: what a run cannot do the next ones can, and none does any harm."""
    with undisturbed.kind.serve() as server:
        library = undisturbed.begin(server, place)
        server.faults(seed=1, rate=0.5, kinds=[fault], hold_s=0.001)
        for _ in range(60):
            with suppress(GalleryError):
                library.run()
                break
        server.faults(seed=1, rate=0)
        library.run()
        assert (server.dump(), library.memory()) == undisturbed.ends["first"]


def killed(place: Path, undisturbed: Undisturbed, dying: Dying, name: str, point: int, *, served: bool) -> list[str]:
    """Kill a run at one request and run again; return what is not as if nothing had happened."""
    place.mkdir()
    kind = undisturbed.kind
    with kind.serve() as server:
        library = undisturbed.begin(server, place)
        if name == "grown":
            library.run(four_albums)
        if name == "people":
            kind.with_faces(server)
        status = dying.run(server, library, name, point, served=served)
        library.run(kind.means(name))
        # How often the server is asked whether it is done differs a little from run to run.
        is_over = status == 0 and point > undisturbed.points[name] - 5
        wrong = [] if status == -signal.SIGKILL or is_over else [f"it ended with {status}"]
        wrong += [] if (server.dump(), library.memory()) == undisturbed.ends[name] else ["the end is another"]
        n = len(server.requests)
        changes = library.run(kind.means(name)).plan.changes
        return wrong + ([f"a further run wrote {changes}"] if changes or kind.writes(server, n) else [])


def check_killed_at_random_in_a_large_library(seed: int, kind: Kind, dying: Dying, place: Path) -> None:
    """Take a thousand photos; the run that should mend it is killed too, and the one after that."""
    with kind.serve(n=1_000) as server:
        assert dying.run(server, kind.library(server, place / "undisturbed"), "many") == 0
        expected, points = server.dump(), len(server.requests)
    with kind.serve(n=1_000) as server:
        library, luck = kind.library(server, place / "data"), random.Random(seed)
        for _ in range(3):
            dying.run(server, library, "many", luck.randrange(1, points + 1), served=luck.random() < 0.5)
        library.run(many_albums)
        assert server.dump() == expected
        assert library.run(many_albums).plan.changes == ()
