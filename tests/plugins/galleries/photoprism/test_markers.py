"""Faces and people as they are read of PhotoPrism: of each photo asked once, and never of those without a face."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pytest
from fakes.photoprism import FakePhotoPrism

from plugins.changes import AssignFace, CreatePerson
from plugins.galleries import Gallery
from plugins.galleries.photoprism import Plugin
from plugins.galleries.photoprism.markers import faces_of
from plugins.galleries.photoprism.parsing import PhotoPart, read
from plugins.galleries.photoprism.shaping import box_of
from plugins.records import Person, Region

Open = Callable[..., Plugin]
BOX, PLACE = (0.125, 0.25, 0.25, 0.5), (0.125, 0.25, 0.375, 0.75)
BESIDE = (0.5, 0.25, 0.25, 0.5)


@pytest.fixture
def server() -> Iterator[FakePhotoPrism]:
    with FakePhotoPrism() as running:
        running.add_photos(4)
        yield running


@pytest.fixture
def photos(server: FakePhotoPrism) -> list[str]:
    return list(server.state.photos)


def whole(gallery: Gallery) -> dict[str, list[Region]]:
    """Return all faces of the photos that have any."""
    return {photo.id: list(found) for photo, found in gallery.all_regions(gallery.photos()) if found}


def single(server: FakePhotoPrism, since: int = 0) -> list[str]:
    """Return the photos that were asked for one by one."""
    asked = (seen.path for seen in server.requests[since:] if seen.method == "GET")
    return sorted(path.rpartition("/")[2] for path in asked if path.startswith("/api/v1/photos/"))


def test_regions_name_the_photo_the_place_and_whose_they_are(
    server: FakePhotoPrism, photos: list[str], open_it: Open
) -> None:
    ana = server.add_person("Ana")
    hers, nobodys = server.add_face(photos[0], BOX, ana), server.add_face(photos[0], BESIDE)
    gallery = open_it(server)
    by_id = {photo.id: photo for photo in gallery.photos()}
    expected = [
        Region(photos[0], PLACE, "Ana", f"{photos[0]}#{hers}", ana),
        Region(photos[0], (0.5, 0.25, 0.75, 0.75), "", f"{photos[0]}#{nobodys}"),
    ]
    assert list(gallery.regions(by_id[photos[0]])) == expected
    assert whole(gallery) == {photos[0]: expected}
    assert gallery.people() == [Person(ana, "Ana")]


def test_only_photos_with_faces_are_asked_for_and_those_once(
    server: FakePhotoPrism, photos: list[str], open_it: Open
) -> None:
    server.add_face(photos[0], BOX, server.add_person("Ana"))
    server.add_face(photos[2], BOX)
    found = whole(open_it(server))
    assert single(server) == sorted([photos[0], photos[2]])
    n = len(server.requests)
    assert whole(open_it(server)) == found
    assert single(server, n) == []


def test_faces_of_nobody_are_not_asked_for_where_nobody_is_to_be_seen(
    server: FakePhotoPrism, photos: list[str], open_it: Open
) -> None:
    server.add_face(photos[1], BOX)
    gallery = open_it(server)
    assert [list(gallery.regions(photo)) for photo in list(gallery.photos())] == [[]] * 4
    assert single(server) == []


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        pytest.param(lambda server, photo, marker, ana: server.give(marker, ana), 1, id="named"),
        pytest.param(lambda server, photo, marker, ana: server.reject(marker), 0, id="rejected, so that there is none"),
        pytest.param(lambda server, photo, marker, ana: server.add_face(photo, BESIDE), 1, id="another found"),
    ],
)
def test_a_photo_whose_faces_may_be_others_is_asked_for_again(
    server: FakePhotoPrism, photos: list[str], open_it: Open, change: Callable[..., object], asked: int
) -> None:
    ana = server.add_person("Ana")
    server.add_face(photos[1], BOX, ana)
    marker = server.add_face(photos[0], BOX)
    before, n = whole(open_it(server)), len(server.requests)
    change(server, photos[0], marker, ana)
    assert whole(open_it(server)) != before
    assert single(server, n) == photos[:1] * asked


@pytest.mark.parametrize("flag", ["hidden", "excluded", "private"])
def test_the_name_of_somebody_hidden_is_told_nowhere(
    server: FakePhotoPrism, photos: list[str], open_it: Open, flag: str
) -> None:
    ana = server.add_person("Ana", **{flag: True})
    server.add_face(photos[0], BOX, ana)
    gallery = open_it(server)
    (region,) = whole(gallery)[photos[0]]
    assert (region.name, region.person) == ("", ana)
    assert gallery.people() == [Person(ana, "Ana", hidden=True)]


def test_somebody_of_ours_has_the_name_that_was_wished_for_until_the_user_gives_another(
    server: FakePhotoPrism, photos: list[str], open_it: Open
) -> None:
    face = f"{photos[0]}#{server.add_face(photos[0], BOX)}"
    gallery = open_it(server)
    assert len(whole(gallery)) == 1
    gallery.apply(CreatePerson("p-1", 'Béa "B."'))
    made = gallery.apply(AssignFace(face, "p-1")).gallery_id
    for one in (gallery, open_it(server)):
        assert [(r.name, r.person) for r in whole(one)[photos[0]]] == [('Béa "B."', made)]
        assert list(one.people()) == [Person(made, 'Béa "B."')]
    server.rename_person(made, "Bea")
    again = open_it(server)
    assert [region.name for region in whole(again)[photos[0]]] == ["Bea"]
    assert list(again.people()) == [Person(made, "Bea")]


def test_what_we_have_written_is_not_asked_for_again(server: FakePhotoPrism, photos: list[str], open_it: Open) -> None:
    face = f"{photos[0]}#{server.add_face(photos[0], BOX)}"
    gallery = open_it(server)
    whole(gallery)
    gallery.apply(CreatePerson("p-1", "Ana"))
    gallery.apply(AssignFace(face, "p-1"))
    n = len(server.requests)
    (region,) = whole(open_it(server))[photos[0]]
    assert (region.name, single(server, n)) == ("Ana", [])


def test_without_a_sweep_the_server_is_asked_and_who_is_gone_has_no_faces(
    server: FakePhotoPrism, photos: list[str], open_it: Open
) -> None:
    server.add_face(photos[0], BOX, server.add_person("Ana"))
    first = open_it(server)
    there = next(photo for photo in first.photos() if photo.id == photos[0])
    gallery = open_it(server, folder="another")
    assert [region.id for region in gallery.regions(there)] == [region.id for region in first.regions(there)]
    del server.state.photos[photos[0]]
    assert list(gallery.regions(there)) == []


@pytest.mark.parametrize(
    ("scope", "reads", "writes"),
    [
        pytest.param("*", True, True, id="all"),
        pytest.param("photos albums labels config sessions", False, False, id="no word of people"),
        pytest.param("photos albums labels people config sessions", True, False, id="no files, of which markers are"),
        pytest.param("photos albums labels files config sessions", False, False, id="markers without people"),
    ],
)
def test_people_are_read_and_written_as_far_as_the_scope_goes(
    server: FakePhotoPrism, photos: list[str], open_it: Open, scope: str, reads: bool, writes: bool
) -> None:
    server.add_face(photos[0], BOX, server.add_person("Ana"))
    gallery = open_it(server, server.add_token(scope))
    assert len(list(gallery.photos())) == 4
    assert [person.name for person in gallery.people()] == (["Ana"] if reads else [])
    assert gallery.capabilities.people is writes
    assert any("people" in text for text in gallery.warnings()) is not writes


def test_people_that_are_switched_off_stay(server: FakePhotoPrism, open_it: Open) -> None:
    server.features["people"] = False
    gallery = open_it(server)
    assert gallery.capabilities.people is False
    assert any("people" in text for text in gallery.warnings())


PHOTO = {"UID": "p" + "1" * 15, "Files": [{"UID": "f" + "1" * 15, "Primary": True, "Markers": None}]}


@pytest.mark.parametrize(
    ("marker", "box"),
    [
        pytest.param({"X": 0.5, "Y": 0.5, "W": 1.0, "H": 1.0}, (0.5, 0.5, 1.0, 1.0), id="beyond the picture"),
        pytest.param({"X": -0.5, "Y": 0.0, "W": 0.75, "H": 0.5}, (0.0, 0.0, 0.25, 0.5), id="before the picture"),
        pytest.param({"X": 2.0, "Y": 0.5, "W": 0.1, "H": 0.1}, None, id="outside"),
        pytest.param({"X": 0.5, "Y": 0.5}, None, id="without a size"),
        pytest.param({"X": math.nan, "Y": 0.5, "W": 0.1, "H": 0.1}, None, id="no number"),
    ],
)
def test_odd_places(marker: dict[str, float], box: object) -> None:
    file = {**PHOTO["Files"][0], "Markers": [{"UID": "m" + "1" * 15, "Type": "face", **marker}]}  # type: ignore[dict-item,index]
    (found,) = faces_of(read(PhotoPart, {**PHOTO, "Files": [file]}, "GET /photos/{uid}"))
    assert box_of(found) == box


@pytest.mark.parametrize("files", [None, [], PHOTO["Files"], [{"UID": "f" + "1" * 15, "Markers": [{"UID": "m" * 16}]}]])
def test_photos_without_a_face(files: object) -> None:
    assert faces_of(read(PhotoPart, {**PHOTO, "Files": files}, "GET /photos/{uid}")) == []
