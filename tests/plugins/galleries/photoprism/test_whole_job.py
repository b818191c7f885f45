"""Albums and labels on the fake PhotoPrism from first run to undo; what the user does by hand there stays for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import ceil
from pathlib import Path

import pytest
from fakes import whole_jobs as jobs
from fakes.pages.photoprism import Here, begun
from fakes.served.photoprism import NEW, OLD, PHOTOPRISM
from fakes.served.wanted import four_albums, grown

VERSIONS = [OLD, NEW, *(pytest.param(v, marks=pytest.mark.soak) for v in ("250425", "251130", "260601", "270101"))]
SHARED = Path(__file__).resolve().parents[4].parent / "shared"
pytestmark = pytest.mark.usefixtures("quick_disk")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    with begun(tmp_path) as library:
        yield library


def budget(here: Here, albums: int, labels: int, subjects: int = 0) -> int:
    """Return how many requests a run over an unchanged library may take."""
    return ceil(len(here.photos) / 5000) + albums + labels + subjects + 20


@pytest.mark.parametrize("version", VERSIONS)
def test_first_run_second_run_and_undo(version: str, tmp_path: Path) -> None:
    with begun(tmp_path, version) as here:
        jobs.check_first_run_second_run_and_undo(here, budget(here, albums=5, labels=7))


def test_an_undo_of_the_later_run_brings_back_what_the_first_had_made(here: Here) -> None:
    jobs.check_an_undo_of_the_later_run_brings_back_what_the_first_had_made(here)


@pytest.mark.parametrize("version", [OLD, NEW])
def test_as_many_writes_as_promised(version: str, tmp_path: Path) -> None:
    """An album is made, named, filled and given a cover; labels cost a call for 200 photos with the batch edit."""
    with begun(tmp_path, version) as here:
        last = here.server.state.photos[here.photos[-1]].taken
        here.server.add_photos([{"name": f"X{n}.jpg", "taken": last} for n in range(1_160)])
        assert here.library.run(jobs.one_large).applied.refused == []
        done = here.writes()
        assert sum(" /api/v1/albums" in write for write in done) == 2 + ceil(1_200 / 500) + 1
        batches = done.count("POST /api/v1/batch/photos/edit") + done.count("PUT /api/v1/batch/photos/edit")
        assert batches == (ceil(1_198 / 200) + 1 if version == NEW else 0)


def test_a_cover_whose_photo_was_deleted_is_nobodys_choice(here: Here) -> None:
    """PhotoPrism goes on naming its file, which is in no library any more, and picks no other by itself."""
    first, photos = four_albums(here.photos), here.photos
    lisbon = first.albums[-1]
    here.library.run(lambda _: first)
    here.drop([photos[0]])
    left = replace(lisbon, photos=lisbon.photos[1:], cover=photos[3])
    here.library.run(lambda _: replace(first, albums=(*first.albums[:-1], left)))
    assert here.album("Lisbon").cover == 3
    assert here.library.run(lambda _: replace(first, albums=(*first.albums[:-1], left))).plan.changes == ()


def test_a_run_over_an_unchanged_library_asks_for_no_single_photo(here: Here) -> None:
    PHOTOPRISM.with_faces(here.server)
    ana = here.server.add_person("Ana")
    here.server.add_face(here.photos[20], (0.1, 0.1, 0.2, 0.3), ana)
    here.library.run()
    with here.library.opened() as (_, gallery):
        list(gallery.all_regions(gallery.photos()))
    n = len(here.server.requests)
    again = here.library.run()
    with here.library.opened() as (_, gallery):
        faces = [region for _, found in gallery.all_regions(list(gallery.photos())) for region in found]
    assert (len(faces), again.plan.changes, here.writes(n)) == (5, (), [])
    asked = [seen.path for seen in here.server.requests[n:]]
    assert [path for path in asked if path.startswith("/api/v1/photos/")] == []
    assert len(asked) <= 2 * budget(here, albums=5, labels=7, subjects=1)


@pytest.mark.parametrize(("edit", "part", "seen"), jobs.EDITS.values(), ids=jobs.EDITS)
def test_an_edit_of_the_users_is_kept(here: Here, edit: jobs.Edit, part: jobs.Edit, seen: str) -> None:
    jobs.check_an_edit_of_the_users_is_kept(here, edit, part, seen)


@pytest.mark.parametrize("version", [OLD, NEW])
def test_a_label_that_the_user_has_blocked_is_never_set_again(version: str, tmp_path: Path) -> None:
    with begun(tmp_path, version) as here:
        here.server.block_label("Lisbon", here.photos[4])
        first = here.library.run()
        assert here.carriers("Lisbon") == [n for n in range(10) if n != 4]
        here.server.block_label("Lisbon", here.photos[1])
        for means in (four_albums, grown, four_albums):
            here.library.run(means)
        assert here.carriers("Lisbon") == [n for n in range(10) if n not in {1, 4}]
        here.library.undo(first.run)
        assert [n for n in (1, 4) if n in here.carriers("Lisbon")] == []


def test_an_archived_photo_has_not_left_our_album(here: Here) -> None:
    """The server takes it out of the album for good; we put it in again once it is back, and no user is told of it."""
    here.library.run()
    here.server.archive(here.photos[2])
    n = len(here.server.requests)
    archived = here.library.run()
    assert (archived.plan.changes, archived.plan.observations, here.writes(n)) == ((), (), [])
    here.server.restore(here.photos[2])
    restored = here.library.run()
    assert (restored.plan.observations, restored.applied.refused) == ((), [])
    assert here.album("Lisbon").photos == tuple(range(10))
    assert here.library.run().plan.changes == ()


def test_a_photo_that_the_user_took_out_stays_out_when_it_was_archived_too(here: Here) -> None:
    here.library.run()
    here.server.take_out("Lisbon", here.photos[2])
    here.library.run()
    here.server.archive(here.photos[2])
    here.library.run()
    here.server.restore(here.photos[2])
    for means in (four_albums, grown):
        here.library.run(means)
        assert 2 not in here.album(here.lisbon()).photos


@pytest.mark.parametrize("who", ["before us", "after taking it off"])
def test_a_tag_that_the_user_has_set_is_the_users(here: Here, who: str) -> None:
    jobs.check_a_tag_that_the_user_has_set_is_the_users(here, who)


def test_an_album_of_the_users_with_the_same_name_is_left_alone(here: Here) -> None:
    here.server.add_album("Lisbon", here.photos[:3], description="my own")
    jobs.check_an_album_of_the_users_with_the_same_title_is_left_alone(here)


def test_an_album_that_the_user_threw_away_is_not_brought_back(here: Here) -> None:
    """The server would bring it back, with its photos, for whoever makes one of its title."""
    mine = here.server.add_album("Lisbon", here.photos[30:33])
    here.server.delete_album(mine)
    jobs.check_an_undo_of_the_later_run_brings_back_what_the_first_had_made(here)
    assert here.server.state.albums[mine].deleted


def test_a_run_without_memory_changes_nothing_until_adopted(here: Here, tmp_path: Path) -> None:
    jobs.check_a_run_without_memory_changes_nothing_until_adopted(here, tmp_path / "new machine")
