"""What a row of a search is: its times, place, size and name; and where faces are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plugins.galleries.photoprism.parsing import MarkerPart, RowPart
from plugins.galleries.photoprism.shaping import box_of, photo_of
from plugins.records import Box, Photo, PlaceWords, Position

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2024, 5, 3, 12)
ROW: dict[str, Any] = {
    "UID": "psg1xw2q5p7u3k9a",
    "Hash": "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
    "Type": "image",
    "TakenAt": "2024-05-03T10:00:00Z",
    "TakenAtLocal": "2024-05-03T12:00:00Z",
    "TakenSrc": "meta",
    "TimeZone": "Europe/Rome",
    "FileRoot": "/",
    "FileName": "2024/05/IMG_1.jpg",
}


def photo(**fields: Any) -> Photo:
    return photo_of(RowPart.model_validate(ROW | fields), BERLIN)


@pytest.mark.parametrize(
    ("said", "taken_at", "taken_local", "origin"),
    [
        pytest.param({}, datetime(2024, 5, 3, 10, tzinfo=UTC), NOON, "exif", id="a zone: the wall's Z is false"),
        pytest.param(
            {"TimeZone": "Local", "TakenAt": "2024-05-03T12:00:00Z"},
            datetime(2024, 5, 3, 10, tzinfo=UTC),
            NOON,
            "exif",
            id="no zone: the wall's clock, in the library's zone",
        ),
        pytest.param(
            {"TimeZone": "", "TakenAt": "2024-05-03T12:00:00Z"},
            datetime(2024, 5, 3, 10, tzinfo=UTC),
            NOON,
            "exif",
            id="no zone, as older versions say it",
        ),
        pytest.param(
            {"TimeZone": "UTC", "TakenAt": "2024-05-03T12:00:00Z"},
            datetime(2024, 5, 3, 12, tzinfo=UTC),
            NOON,
            "exif",
            id="UTC is a zone like any other",
        ),
        pytest.param(
            {"TimeZone": "", "TakenSrc": "", "TakenAt": "2024-05-03T12:00:00Z"},
            datetime(2024, 5, 3, 12, tzinfo=UTC),
            datetime(2024, 5, 3, 14),
            "file",
            id="the file's own time is the world's",
        ),
        pytest.param(
            {"TimeZone": "UTC", "TakenSrc": "file", "TakenAt": "2024-05-03T12:00:00Z"},
            datetime(2024, 5, 3, 12, tzinfo=UTC),
            datetime(2024, 5, 3, 14),
            "file",
            id="the file's own time, though it says UTC",
        ),
        pytest.param(
            {"TakenSrc": "name", "TimeZone": "Local", "TakenAt": "2024-05-03T12:00:00Z"},
            datetime(2024, 5, 3, 10, tzinfo=UTC),
            NOON,
            "name",
            id="from its name",
        ),
        pytest.param(
            {"TakenAt": "2024-05-03T10:00:00.123456789Z"},
            datetime(2024, 5, 3, 10, 0, 0, 123456, tzinfo=UTC),
            NOON,
            "exif",
            id="billionths of a second",
        ),
        pytest.param(
            {"TakenAt": "2024-05-03T12:00:00+02:00"},
            datetime(2024, 5, 3, 10, tzinfo=UTC),
            NOON,
            "exif",
            id="an offset in place of Z",
        ),
        pytest.param(
            {"TimeZone": "Local", "TakenAt": "2024-10-27T02:30:00Z", "TakenAtLocal": "2024-10-27T02:30:00Z"},
            datetime(2024, 10, 27, 0, 30, tzinfo=UTC),
            datetime(2024, 10, 27, 2, 30),
            "exif",
            id="the hour that there is twice is the first",
        ),
    ],
)
def test_times(said: dict[str, Any], taken_at: datetime, taken_local: datetime, origin: str) -> None:
    found = photo(**said)
    assert (found.taken_at, found.taken_local, found.time_origin) == (taken_at, taken_local, origin)


@pytest.mark.parametrize(
    ("src", "origin"),
    [
        ("meta", "exif"),
        ("xmp", "xmp"),
        ("manual", "xmp"),
        ("batch", "xmp"),
        ("estimate", "file"),
        ("auto", "file"),
        ("something new", "exif"),
    ],
)
def test_where_a_time_is_from(src: str, origin: str) -> None:
    assert photo(TakenSrc=src).time_origin == origin


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"TakenAt": "yesterday"}, id="no time"),
        pytest.param({"TakenAt": "0001-01-01T00:00:00Z"}, id="how Go writes none"),
        pytest.param({"TakenAtLocal": "10000-01-01T00:00:00Z"}, id="a year that there is not"),
        pytest.param({"TakenAtLocal": "2024-02-30T00:00:00Z"}, id="a day that there is not"),
        pytest.param({"TakenAt": "9999-12-31T23:59:59-01:00"}, id="after the end of all time"),
        pytest.param(
            {"TakenAt": "9999-12-31T23:59:59Z", "TakenAtLocal": "9999-12-31T23:59:59Z", "TakenSrc": "", "TimeZone": ""},
            id="after the end of all time on the wall",
        ),
        pytest.param({"Type": "document"}, id="no photo"),
    ],
)
def test_what_makes_no_photo(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        photo(**said)


@pytest.mark.parametrize(
    ("said", "position"),
    [
        pytest.param({"Lat": 41.89, "Lng": 12.49, "PlaceSrc": "meta"}, Position(41.89, 12.49), id="of its metadata"),
        pytest.param({"Lat": 41.89, "Lng": 12.49, "PlaceSrc": "manual"}, Position(41.89, 12.49), id="of the user"),
        pytest.param({"Lat": 0.0, "Lng": 12.49, "PlaceSrc": "meta"}, Position(0.0, 12.49), id="on the equator"),
        pytest.param({"Lat": 0, "Lng": 0, "PlaceSrc": "meta"}, None, id="nowhere"),
        pytest.param({"Lat": 41.89, "Lng": 12.49, "PlaceSrc": "estimate"}, None, id="guessed from other photos"),
        pytest.param({"Lat": 91, "Lng": 12.49}, None, id="outside of the Earth"),
        pytest.param({"Lat": float("nan"), "Lng": 12.49}, None, id="no number"),
        pytest.param({"Lat": 41.89, "Lng": float("inf")}, None, id="without an end"),
    ],
)
def test_position(said: dict[str, Any], position: Position | None) -> None:
    assert photo(**said).position == position


@pytest.mark.parametrize(
    ("src", "words"),
    [
        pytest.param("meta", PlaceWords(city="Rome", country="it"), id="known: without what is unknown"),
        pytest.param("estimate", PlaceWords(), id="guessed with the place"),
    ],
)
def test_place_words(src: str, words: PlaceWords) -> None:
    said = {"PlaceSrc": src, "PlaceCity": "Rome", "PlaceState": "Unknown", "PlaceCountry": "it"}
    assert photo(**said).words == words
    assert photo(PlaceCountry="zz", PlaceCity="Unknown").words == PlaceWords()


@pytest.mark.parametrize(
    ("said", "name"),
    [
        pytest.param({}, "2024/05/IMG_1.jpg", id="below the originals"),
        pytest.param({"FileRoot": "sidecar", "FileName": "2024/RAW_1.CR3.jpg"}, "2024/RAW_1.CR3", id="of a RAW"),
        pytest.param({"FileRoot": "sidecar", "FileName": "2024/a.b/x.jpg"}, "2024/a.b/x.jpg", id="a dot in a folder"),
        pytest.param({"FileName": "", "OriginalName": "IMG_7.jpg"}, "IMG_7.jpg", id="as it was uploaded"),
        pytest.param({"FileName": ""}, "psg1xw2q5p7u3k9a", id="without any"),
    ],
)
def test_name(said: dict[str, Any], name: str) -> None:
    assert photo(**said).name == name


@pytest.mark.parametrize(
    ("kind", "is_a", "duration_s"),
    [
        ("image", "image", 0.0),
        ("raw", "image", 0.0),
        ("live", "image", 0.0),
        ("animated", "image", 0.0),
        ("vector", "image", 0.0),
        ("video", "video", 2.5),
    ],
)
def test_types(kind: str, is_a: str, duration_s: float) -> None:
    found = photo(Type=kind, Duration=2_500_000_000)
    assert (found.kind, found.duration_s) == (is_a, duration_s)


def test_the_rest_of_a_photo() -> None:
    found = photo(
        Width=4000,
        Height=-1,
        CameraMake="Canon",
        CameraModel="Canon EOS 6D",
        Favorite=True,
        DeletedAt="2024-06-01T10:00:00Z",
    )
    assert (found.width, found.height, found.camera) == (4000, 0, "Canon EOS 6D")
    assert (found.favourite, found.hidden, found.rating) == (True, True, 0)
    assert found.content_key == ROW["Hash"]
    assert photo(CameraMake="", CameraModel="Unknown").camera == ""


@pytest.mark.parametrize(
    ("deleted", "hidden"),
    [(None, False), ("", False), ("0001-01-01T00:00:00Z", False), ("2024-06-01T10:00:00Z", True)],
)
def test_an_archived_photo_has_the_time_of_that(deleted: str | None, hidden: bool) -> None:
    assert photo(DeletedAt=deleted).hidden is hidden


@pytest.mark.parametrize(
    ("place", "box"),
    [
        pytest.param((0.25, 0.5, 0.25, 0.25), (0.25, 0.5, 0.5, 0.75), id="inside"),
        pytest.param((-0.25, 0.5, 0.5, 0.75), (0.0, 0.5, 0.25, 1.0), id="cut at the edges"),
        pytest.param((1.5, 0.5, 0.5, 0.5), None, id="outside"),
        pytest.param((0.5, 0.5, 0.0, 0.5), None, id="without a width"),
        pytest.param((0.5, float("nan"), 0.5, 0.5), None, id="no number"),
    ],
)
def test_boxes(place: tuple[float, float, float, float], box: Box | None) -> None:
    x, y, w, h = place
    assert box_of(MarkerPart(UID="msg1xw2q5p7u3k9a", X=x, Y=y, W=w, H=h)) == box
