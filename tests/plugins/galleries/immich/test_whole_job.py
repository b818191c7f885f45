"""Albums and tags on the fake Immich from first run to undo; what the user does by hand there is there ever after."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from pathlib import Path

import pytest
from fakes import whole_jobs as jobs
from fakes.pages.immich import Here, begun

VERSIONS = ["2.5.3", "2.7.5", "3.1.0", "3.3.5", *(pytest.param(v, marks=pytest.mark.soak) for v in ("3.0.0", "3.2.1"))]
pytestmark = pytest.mark.usefixtures("quick_disk")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    with begun(tmp_path) as library:
        yield library


def budget(here: Here, tags: int, members: list[int]) -> int:
    """Return how many requests a run over an unchanged library may take."""
    passes = 2  # of the timeline and of the archive
    return passes * ceil(len(here.photos) / 1000) + tags + sum(ceil(n / 1000) for n in members) + 15


@pytest.mark.parametrize("version", VERSIONS)
def test_first_run_second_run_and_undo(version: str, tmp_path: Path) -> None:
    with begun(tmp_path, version) as here:
        jobs.check_first_run_second_run_and_undo(here, budget(here, tags=9, members=[10, 10, 10, 10, 6]))


def test_an_undo_of_the_later_run_brings_back_what_the_first_had_made(here: Here) -> None:
    jobs.check_an_undo_of_the_later_run_brings_back_what_the_first_had_made(here)


def test_as_many_writes_as_promised(here: Here) -> None:
    assets = here.server.state.assets
    here.server.add_photos(
        [{"name": f"X{n}.jpg", "taken": assets[here.photos[-1]].taken} for n in range(1_160)],
        created=assets[here.photos[0]].created,
    )
    first = here.library.run(jobs.one_large)
    assert first.applied.refused == []
    done = here.writes()
    assert sum(" /api/albums" in write for write in done) == 1 + (ceil(1200 / 500) - 1) + 1
    # Two photos carry Portugal as the user's own: they lack one tag, the others both.
    assert done.count("PUT /api/tags/assets") == ceil(1198 / 300) + 1


@pytest.mark.parametrize(("edit", "part", "seen"), jobs.EDITS.values(), ids=jobs.EDITS)
def test_an_edit_of_the_users_is_kept(here: Here, edit: jobs.Edit, part: jobs.Edit, seen: str) -> None:
    jobs.check_an_edit_of_the_users_is_kept(here, edit, part, seen)


@pytest.mark.parametrize("who", ["before us", "after taking it off"])
def test_a_tag_that_the_user_has_set_is_the_users(here: Here, who: str) -> None:
    jobs.check_a_tag_that_the_user_has_set_is_the_users(here, who)


def test_an_album_of_the_users_with_the_same_name_is_left_alone(here: Here) -> None:
    here.server.add_album("Lisbon", here.photos[:3], "my own")
    jobs.check_an_album_of_the_users_with_the_same_title_is_left_alone(here)


def test_a_run_without_memory_changes_nothing_until_adopted(here: Here, tmp_path: Path) -> None:
    jobs.check_a_run_without_memory_changes_nothing_until_adopted(here, tmp_path / "new machine")
