"""A hundred thousand photos: how many requests listing them takes, how long and how much memory beyond the server."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fakes.listing import listed
from fakes.served.photoprism import PHOTOPRISM

N = 100_000
FACES = 50


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux to say how much memory was used")
def test_listing_a_hundred_thousand_photos(tmp_path: Path) -> None:
    with PHOTOPRISM.serve(n=N) as server:
        for photo in PHOTOPRISM.photos(server)[:FACES]:
            server.add_face(photo, (0.1, 0.1, 0.2, 0.3))
        for n, again in ((N, False), (0, True)):
            asked = len(server.requests)
            told = listed(PHOTOPRISM, server, tmp_path / "data")
            assert told["n"] == n
            assert told["cpu_s"] < 90
            assert told["mb"] < 500
            assert len(server.requests) - asked <= (N / 5000 if again else N / 500 + FACES) + 20
            sys.stdout.write(f"{'again' if again else 'first'}: {told}\n")
