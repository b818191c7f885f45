"""What PhotoPrism's answers say: what may be missing, what must not be, and what no id can be."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.galleries import GalleryBug
from plugins.galleries.photoprism.parsing import (
    AlbumPart,
    ConfigPart,
    PhotoPart,
    RowPart,
    SessionPart,
    is_uid,
    read,
)

UID = "psg1xw2q5p7u3k9a"
HASH = "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"
ROW: dict[str, Any] = {
    "UID": UID,
    "Hash": HASH,
    "TakenAt": "2024-05-03T10:00:00Z",
    "TakenAtLocal": "2024-05-03T12:00:00Z",
}


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="the least that there is"),
        pytest.param({"Brand": {"new": 1}, "Rating": 4}, id="fields of a newer version"),
        pytest.param({"Files": None, "DeletedAt": None, "CameraMake": None, "PlaceSrc": None}, id="null for nothing"),
        pytest.param({"Faces": 3, "Duration": 1_500_000_000, "Lat": 41, "Lng": 12.5}, id="whole numbers for broken"),
    ],
)
def test_a_row_is_read_with_tolerance(more: dict[str, Any]) -> None:
    row = read(RowPart, ROW | more, "GET /photos")
    assert (row.UID, row.Hash, row.DeletedAt, row.CameraMake) == (UID, HASH, "", "")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        pytest.param({"UID": "../../etc/passwd"}, "UID", id="a path for an id"),
        pytest.param({"UID": 7}, "UID", id="a number for an id"),
        pytest.param({"UID": f"{UID}\n"}, "UID", id="a line's end behind an id"),
        pytest.param({"Hash": "../secret"}, "Hash", id="a path for a hash"),
        pytest.param({"Hash": None}, "Hash", id="no hash"),
        pytest.param({"TakenAt": None}, "TakenAt", id="no time"),
        pytest.param({"Lat": "north"}, "Lat", id="a word for a number"),
        pytest.param({"Faces": [1]}, "Faces", id="a list for a number"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(GalleryBug, match=f"PhotoPrism's answer to GET /photos is not as expected: {says}: "):
        read(RowPart, ROW | wrong, "GET /photos")


def test_lists_that_are_null_are_empty() -> None:
    photo = read(PhotoPart, {"UID": UID, "Files": None, "Labels": None}, "GET /photos/{uid}")
    assert (photo.Files, photo.Labels, photo.primary) == ([], [], None)


def test_the_primary_file_is_the_one_that_says_so() -> None:
    files = [
        {"UID": "fsg1xw2q5p7u3k9a", "Hash": "a" * 40, "Markers": None},
        {"UID": "fsg1xw2q5p7u3k9b", "Hash": HASH, "Primary": True},
    ]
    photo = read(PhotoPart, {"UID": UID, "Files": files}, "GET /photos/{uid}")
    assert photo.primary is not None
    assert (photo.primary.Hash, photo.primary.Markers) == (HASH, [])


def test_who_asks_and_what_the_server_has() -> None:
    session = read(SessionPart, {"user": {"UID": "usg1xw2q5p7u3k9a", "Name": "anna"}, "scope": "*"}, "GET /session")
    config = read(ConfigPart, {"version": "251130-b3068414c", "settings": {"features": {}}}, "GET /config")
    assert (session.user.Name, session.scope, session.access_token) == ("anna", "*", "")
    assert (config.version, config.settings.features.batchEdit) == ("251130-b3068414c", False)


def test_an_album_says_who_chose_its_cover() -> None:
    album = read(AlbumPart, {"UID": "asg1xw2q5p7u3k9a", "Title": "Rome", "Thumb": None}, "GET /albums")
    assert (album.Thumb, album.ThumbSrc, album.Notes) == ("", "", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(UID, True, id="as the server makes them"),
        pytest.param("", False, id="nothing"),
        pytest.param(UID.upper(), False, id="capitals"),
        pytest.param(f"{UID}x", False, id="a letter too many"),
        pytest.param(f"{UID}\n", False, id="a line's end"),
        pytest.param("p/../../../../x1", False, id="a path of that length"),
    ],
)
def test_what_an_id_is(text: str, expected: bool) -> None:
    assert is_uid(text) is expected
