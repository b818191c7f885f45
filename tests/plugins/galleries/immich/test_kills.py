"""A run killed with `kill -9` at any of its requests to the server, and run again, ends as the undisturbed run does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fakes.disturbing import check_killed_at_random_in_a_large_library, killed
from fakes.dying import Dying
from fakes.served import Undisturbed
from fakes.served.immich import IMMICH

SOAK = bool(os.environ.get("ALBUMEN_SOAK"))


@pytest.mark.parametrize("served", [True, False], ids=["served", "unserved"])
@pytest.mark.parametrize("name", ["first", "grown", "people"])
def test_killed_at_every_request(
    name: str, served: bool, undisturbed: Undisturbed, dying: Dying, tmp_path: Path
) -> None:
    """Each request from the first write on; where the server has not served it, and in other runs, only some."""
    start = 1 if SOAK else undisturbed.writes[name][0]
    step = 1 if SOAK or (served and name == "first") else 8 if name == "people" else 3
    points = range(start, undisturbed.points[name] + 1, step)
    found = {point: killed(tmp_path / f"{point}", undisturbed, dying, name, point, served=served) for point in points}
    assert {point: wrong for point, wrong in found.items() if wrong} == {}


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(30))
def test_killed_at_random_in_a_large_library(seed: int, dying: Dying, tmp_path: Path) -> None:
    check_killed_at_random_in_a_large_library(seed, IMMICH, dying, tmp_path)
