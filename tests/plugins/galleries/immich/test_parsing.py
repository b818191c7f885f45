"""What Immich's answers mean: versions, markers, times, sizes, contents; and what is said when a field is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plugins.galleries import GalleryBug, GalleryRefused
from plugins.galleries.immich.marker import split_marker, with_marker
from plugins.galleries.immich.parsing import AlbumPart, AssetPart, FacePart, read
from plugins.galleries.immich.shaping import box_of, photo_of
from plugins.galleries.immich.versions import Version, warning_of, ways_of
from plugins.records import Marker, Photo

BERLIN = ZoneInfo("Europe/Berlin")
ID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
ASSET: dict[str, Any] = {
    "id": ID,
    "ownerId": "a76357ac-6a9c-47c5-a81c-69c97a27f598",
    "type": "IMAGE",
    "fileCreatedAt": "2025-07-12T15:04:05.000Z",
    "localDateTime": "2025-07-12T17:04:05.000Z",
}
EXIF = {"dateTimeOriginal": "2025-07-12T15:04:05+00:00", "timeZone": "Europe/Rome"}

LYING = {"exifImageWidth": 40, "exifImageHeight": 30}


def photo(exif: dict[str, Any] | None = None, **fields: Any) -> Photo:
    return photo_of(read(AssetPart, {**ASSET, "exifInfo": {**EXIF, **(exif or {})}, **fields}, "POST /x"), BERLIN)


@pytest.mark.parametrize(
    ("version", "says"),
    [
        pytest.param(Version(1, 144, 1), "1.144.1 is too old", id="1.x"),
        pytest.param(Version(2, 0, 0), "2.0.0 is too old", id="2.0"),
        pytest.param(Version(2, 5, 2), "loses tags", id="the last that loses tags"),
    ],
)
def test_too_old(version: Version, says: str) -> None:
    with pytest.raises(GalleryRefused, match=says):
        ways_of(version)


@pytest.mark.parametrize(
    ("version", "careful", "shows_all", "one_merge_route"),
    [
        pytest.param(Version(2, 5, 3), False, False, False, id="oldest"),
        pytest.param(Version(2, 7, 5), False, False, False, id="last 2.x"),
        pytest.param(Version(3, 1, 0), False, True, False, id="measured"),
        pytest.param(Version(3, 2, 1), False, True, True, id="merge route"),
        pytest.param(Version(3, 3, 9), False, True, True, id="newest known"),
        pytest.param(Version(3, 4, 0), True, False, True, id="unknown minor"),
        pytest.param(Version(4, 0, 0), True, False, True, id="unknown major"),
    ],
)
def test_versions(version: Version, careful: bool, shows_all: bool, one_merge_route: bool) -> None:
    ways = ways_of(version)
    assert (ways.careful, ways.shows_all, ways.one_merge_route) == (careful, shows_all, one_merge_route)
    assert bool(warning_of(version)) == careful


@pytest.mark.parametrize(
    ("description", "text", "marker"),
    [
        pytest.param("", "", None, id="nothing"),
        pytest.param("Our trip\n", "Our trip\n", None, id="the user's"),
        pytest.param(
            "see [albumen:event key=a v=1] there", "see [albumen:event key=a v=1] there", None, id="in a line"
        ),
        pytest.param("[albumen:event key=a-1 v=1]", "", Marker("event", "a-1"), id="alone"),
        pytest.param(
            "12–14 July\nSun\n[albumen:trip key=b v=1]", "12–14 July\nSun", Marker("trip", "b"), id="last line"
        ),
        pytest.param("Sun\n[albumen:trip key=b v=1]\nRain", "Sun\nRain", Marker("trip", "b"), id="text below"),
        pytest.param("Sun\r\n[albumen:trip key=b v=1]\r\n", "Sun", Marker("trip", "b"), id="line ends of Windows"),
    ],
)
def test_marker(description: str, text: str, marker: Marker | None) -> None:
    assert split_marker(description) == (text, marker)


@pytest.mark.parametrize("text", ["", "Sun", "two\nlines", "ends\n", " \n"])
def test_a_marker_comes_off_as_it_went_on(text: str) -> None:
    marker = Marker("event", "ev-2025-07-12")
    assert split_marker(with_marker(text, marker)) == (text, marker)


def test_a_newer_marker_is_left_alone() -> None:
    with pytest.raises(GalleryRefused, match="newer Albumen"):
        split_marker("[albumen:event key=a v=2]")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param({k: v for k, v in ASSET.items() if k != "ownerId"}, "ownerId", id="a field is missing"),
        pytest.param({**ASSET, "id": "../../admin"}, "id", id="an id that is a path"),
        pytest.param({**ASSET, "exifInfo": {"latitude": "north"}}, "exifInfo.latitude", id="a field of another kind"),
        pytest.param([], "the whole answer", id="another kind of answer"),
    ],
)
def test_what_is_needed_is_named(answer: object, says: str) -> None:
    with pytest.raises(GalleryBug, match=f"POST /x is not as expected: {says}"):
        read(AssetPart, answer, "POST /x")


def test_what_is_unknown_or_missing_is_no_matter() -> None:
    found = photo_of(read(AssetPart, {**ASSET, "flavour": {"new": [1]}}, "POST /x"), BERLIN)
    assert (found.id, found.width, found.rating, found.position, found.camera) == (ID, 0, 0, None, "")


@pytest.mark.parametrize(
    ("exif", "fields", "taken_at", "local", "origin"),
    [
        pytest.param(
            {}, {}, "2025-07-12T15:04:05", "2025-07-12T17:04:05", "exif", id="zone known: the Z of local is false"
        ),
        pytest.param(
            {"timeZone": None},
            {"fileCreatedAt": "2025-07-12T17:04:05.000Z"},
            "2025-07-12T15:04:05",
            "2025-07-12T17:04:05",
            "exif",
            id="no zone: the wall's clock, in the library's zone",
        ),
        pytest.param(
            {"dateTimeOriginal": None, "timeZone": None},
            {"localDateTime": "2025-07-12T15:04:05.000Z"},
            "2025-07-12T15:04:05",
            "2025-07-12T17:04:05",
            "file",
            id="no date inside: the file's own time",
        ),
        pytest.param(
            {},
            {"fileCreatedAt": "2025-07-12T15:04:05.591869+00:00"},
            "2025-07-12T15:04:05.591869",
            "2025-07-12T17:04:05",
            "exif",
            id="microseconds, as the database writes them",
        ),
        pytest.param(
            {"timeZone": "UTC+3"},
            {},
            "2025-07-12T15:04:05",
            "2025-07-12T17:04:05",
            "exif",
            id="a zone that is an offset",
        ),
    ],
)
def test_times(exif: dict[str, Any], fields: dict[str, Any], taken_at: str, local: str, origin: str) -> None:
    found = photo(exif, **fields)
    assert found.taken_at == datetime.fromisoformat(taken_at).replace(tzinfo=UTC)
    assert (found.taken_local, found.time_origin) == (datetime.fromisoformat(local), origin)


@pytest.mark.parametrize(
    ("exif", "fields", "size"),
    [
        pytest.param(
            LYING | {"orientation": "6"}, {"width": 30, "height": 40}, (30, 40), id="the server's own is upright"
        ),
        pytest.param(LYING | {"orientation": "6"}, {}, (30, 40), id="turned"),
        pytest.param(LYING | {"orientation": "1"}, {}, (40, 30), id="not turned"),
        pytest.param({}, {}, (0, 0), id="unknown"),
    ],
)
def test_size(exif: dict[str, Any], fields: dict[str, Any], size: tuple[int, int]) -> None:
    found = photo(exif, **fields)
    assert (found.width, found.height) == size


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        pytest.param({"checksum": "c1", "thumbhash": "t1"}, "sha1:c1", id="an upload: sent again it is the same"),
        pytest.param(
            {"checksum": "c1", "thumbhash": "t1", "libraryId": ID}, f"immich:{ID}:t1", id="checksum of a path"
        ),
        pytest.param({"checksum": "c1", "thumbhash": "t2", "isEdited": True}, f"immich-edited:{ID}:t2", id="edited"),
        pytest.param({}, f"immich:{ID}:", id="neither yet"),
    ],
)
def test_content_key(fields: dict[str, Any], key: str) -> None:
    assert photo(**fields).content_key == key


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        pytest.param(12_500, 12.5, id="milliseconds of 3.x"),
        pytest.param("0:01:02.50000", 62.5, id="text of 2.x"),
        pytest.param(None, 0.0, id="unknown"),
        pytest.param("soon", 0.0, id="nonsense"),
    ],
)
def test_duration(duration: object, seconds: float) -> None:
    assert photo(type="VIDEO", duration=duration).duration_s == seconds
    assert photo(type="IMAGE", duration=duration).duration_s == 0.0


@pytest.mark.parametrize(
    ("lat", "lon", "there"),
    [
        pytest.param(48.1, 11.5, True, id="Munich"),
        pytest.param(0, 0, False, id="what cameras write without a fix"),
        pytest.param(91, 11.5, False, id="beyond the pole"),
        pytest.param(48.1, None, False, id="half"),
    ],
)
def test_place(lat: float, lon: float | None, there: bool) -> None:
    assert (photo({"latitude": lat, "longitude": lon}).position is not None) == there


def test_words() -> None:
    found = photo({"city": "Munich", "country": None, "make": "Apple", "model": "Apple iPhone 13", "rating": -1})
    assert (found.words.city, found.words.country, found.camera, found.rating) == ("Munich", "", "Apple iPhone 13", -1)
    assert photo({"make": "NIKON", "model": "P6000", "rating": 4}).camera == "NIKON P6000"
    assert photo(libraryId=ID, originalPath="/mnt/Work/a.jpg", originalFileName="a.jpg").name == "mnt/Work/a.jpg"


@pytest.mark.parametrize(
    ("corners", "box"),
    [
        pytest.param((160, 120, 320, 240), (0.25, 0.25, 0.5, 0.5), id="inside"),
        pytest.param((-64, 0, 320, 960), (0.0, 0.0, 0.5, 1.0), id="cut at the edge"),
        pytest.param((320, 240, 160, 120), (0.25, 0.25, 0.5, 0.5), id="corners swapped"),
        pytest.param((700, 0, 900, 100), None, id="outside"),
    ],
)
def test_box(corners: tuple[int, int, int, int], box: tuple[float, ...] | None) -> None:
    names = ("boundingBoxX1", "boundingBoxY1", "boundingBoxX2", "boundingBoxY2")
    fields = {"id": ID, "imageWidth": 640, "imageHeight": 480, **dict(zip(names, corners, strict=True))}
    assert box_of(read(FacePart, fields, "GET /faces")) == box


@pytest.mark.parametrize(
    ("fields", "owners"),
    [
        pytest.param({"ownerId": "me", "albumUsers": []}, {"me"}, id="2.x"),
        pytest.param({"albumUsers": [{"role": "owner", "user": {"id": ID}}]}, {ID}, id="3.x"),
        pytest.param({"albumUsers": [{"role": "editor", "user": {"id": ID}}]}, set(), id="somebody else's"),
    ],
)
def test_album_owner(fields: dict[str, Any], owners: set[str]) -> None:
    assert read(AlbumPart, {"id": ID, "albumName": "Rome", **fields}, "GET /albums").owners == owners
