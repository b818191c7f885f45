"""A run killed with `kill -9` at any of its requests to the server, and run again, ends as the undisturbed run does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fakes.disturbing import check_killed_at_random_in_a_large_library, killed
from fakes.dying import Dying
from fakes.served import Undisturbed
from fakes.served.photoprism import OLDER, PHOTOPRISM

SOAK = bool(os.environ.get("ALBUMEN_SOAK"))


def points_of(name: str, served: bool, undisturbed: Undisturbed) -> list[int]:
    """Return at which requests a run is killed: in a soak at all.

    Else from the first write on, in later runs at some; where the server has not done what it was asked only at such
    as write, for it is all the same with the others.
    """
    writes, last = undisturbed.writes[name], undisturbed.points[name]
    if SOAK:
        return list(range(1, last + 1))
    return list(range(writes[0], last + 1, 1 if name == "first" else 4)) if served else writes


def wrong_of(
    name: str, served: bool, undisturbed: Undisturbed, dying: Dying, place: Path, points: list[int]
) -> dict[int, list[str]]:
    found = {point: killed(place / f"{point}", undisturbed, dying, name, point, served=served) for point in points}
    return {point: wrong for point, wrong in found.items() if wrong}


@pytest.mark.parametrize("served", [True, False], ids=["served", "unserved"])
@pytest.mark.parametrize("name", ["first", "grown", "people"])
def test_killed_at_every_request(
    name: str, served: bool, undisturbed: Undisturbed, dying: Dying, tmp_path: Path
) -> None:
    points = points_of(name, served, undisturbed)
    assert wrong_of(name, served, undisturbed, dying, tmp_path, points) == {}


@pytest.mark.parametrize("name", ["first", "grown"])
def test_killed_where_there_is_no_batch_edit(name: str, dying: Dying, tmp_path: Path) -> None:
    undisturbed = Undisturbed(OLDER, tmp_path / "undisturbed")
    points = points_of(name, True, undisturbed)[:: 1 if SOAK else 20]
    assert wrong_of(name, True, undisturbed, dying, tmp_path, points) == {}


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(30))
def test_killed_at_random_in_a_large_library(seed: int, dying: Dying, tmp_path: Path) -> None:
    check_killed_at_random_in_a_large_library(seed, PHOTOPRISM, dying, tmp_path)
