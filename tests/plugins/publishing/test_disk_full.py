"""A store that has no room left in the middle of writing: the gallery is asked for nothing that is not written down."""

from __future__ import annotations

import resource
import shutil
from pathlib import Path
from typing import Any

import pytest
from fakes.killing import (
    CURATE,
    LIBRARY,
    PEOPLE,
    TWO,
    Step,
    difference,
    draw_library,
    in_child,
    opened,
    perform,
    state,
    without_fsync,
)

from plugins.changes import AssignFace, CreateAlbum
from plugins.galleries.folder import Plugin
from plugins.publishing.wanted import Wanted
from plugins.store import StoreUnusable

ROOMS = range(66_000, 176_000, 11_000)
"""Bytes that a file may have: the store's log of a run grows to 80,000 and more, all other files are smaller."""


def with_room(place: Path, step: Step, most: int) -> str:
    """Do a run in a process whose files may have so many bytes; return what stopped it, empty for nothing."""

    def work() -> str:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
        try:
            with opened(place) as store:
                perform(store, place, step)
        except StoreUnusable as error:
            return str(error)
        return ""

    status, said = in_child(work)
    assert status == 0
    return str(said)


def written_unnoted(place: Path) -> set[str]:
    """Return the albums and people that the gallery has of us and that the journal knows only as planned."""
    with opened(place) as store, Plugin(place / "photos", place / "data") as gallery:
        runs = store.runs.list(LIBRARY)
        planned = [e.change for run in runs for e in store.journal.of_run(LIBRARY, run.id, "planned")]
        albums = {album.marker.key for album in gallery.albums() if album.marker is not None}
        held = {region.id for photo in gallery.photos() for region in gallery.regions(photo) if region.person}
        unmade = {change.key for change in planned if isinstance(change, CreateAlbum)} & albums
        return unmade | ({change.face for change in planned if isinstance(change, AssignFace)} & held)


def begun(place: Path) -> bool:
    with opened(place) as store:
        return any(store.journal.runs_that_wrote(LIBRARY))


def ended(place: Path, step: Step) -> Any:
    with opened(place) as store:
        perform(store, place, step)
        return state(store, place)


@pytest.mark.parametrize(
    "wanted", [pytest.param(TWO, id="albums, tags and regions"), pytest.param(PEOPLE, id="people, several at once")]
)
def test_a_run_without_room_stops_before_the_call_and_goes_on_with_room(wanted: Wanted, tmp_path: Path) -> None:
    step: Step = (CURATE, wanted)
    base = tmp_path / "base"
    draw_library(base)

    def prepare() -> None:
        without_fsync()
        with opened(base) as store:
            store.status()

    in_child(prepare)
    expected = in_child(lambda: ended(Path(shutil.copytree(base, tmp_path / "undisturbed")), step))[1]
    stopped = 0
    for most in ROOMS:
        place = Path(shutil.copytree(base, tmp_path / f"room{most}"))
        said = with_room(place, step, most)
        assert "disk" in said or not said
        assert written_unnoted(place) == set()
        stopped += bool(said) and begun(place)
        assert difference(expected, in_child(lambda place=place: ended(place, step))[1]) == []
    assert 0 < stopped < len(ROOMS), "some runs stopped in the middle, and some had room"
