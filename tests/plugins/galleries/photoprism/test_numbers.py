"""A hundred thousand photos: how many requests listing them takes, how long and how much memory beyond the server."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fakes.listing import listed
from fakes.served import LONG_AGO
from fakes.served.photoprism import PHOTOPRISM

N = 100_000
FACES, PEOPLE, LABELS = 20_000, 100, 100


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux to say how much memory was used")
def test_listing_a_hundred_thousand_photos(tmp_path: Path) -> None:
    with PHOTOPRISM.serve(n=N) as server:
        photos, people = PHOTOPRISM.photos(server), [server.add_person(f"Person {n}") for n in range(PEOPLE)]
        for n, photo in enumerate(photos[:: N // FACES]):
            server.add_face(photo, (0.1, 0.1, 0.2, 0.3), people[n % PEOPLE] if n % 3 == 0 else "")
        for n in range(LABELS):
            server.label(f"Label {n}", *photos[n::LABELS])
        for photo in photos:
            server.change_photo(photo, updated=LONG_AGO)  # what changed just now is listed twice
        for n, again in ((N, False), (0, True)):
            asked = len(server.requests)
            told = listed(PHOTOPRISM, server, tmp_path / "data", "faces")
            assert (told["n"], told["faces"]) == (n, FACES)
            assert told["cpu_s"] < 90
            assert told["mb"] < 500
            maps = PEOPLE + LABELS * (1 if again else 2)  # of each label one photo is looked at, once
            requests = len(server.requests) - asked
            assert requests <= maps + 20 + (N / 5000 if again else N / 500 + FACES)
            sys.stdout.write(f"{'again' if again else 'first'}: {told}, {requests} requests\n")
