"""A hundred thousand photos: how long listing them takes beyond the server's own time, and how much memory."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fakes.listing import listed
from fakes.served.immich import IMMICH

N = 100_000


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux to say how much memory was used")
def test_listing_a_hundred_thousand_photos(tmp_path: Path) -> None:
    with IMMICH.serve(n=N) as server:
        for n, again in ((N, False), (0, True)):
            asked = len(server.requests)
            told = listed(IMMICH, server, tmp_path / "data")
            assert told["n"] == n
            assert told["cpu_s"] < 60
            assert told["mb"] < 500
            assert len(server.requests) - asked <= N // 1000 + 15
            sys.stdout.write(f"{'again' if again else 'first'}: {told}\n")
