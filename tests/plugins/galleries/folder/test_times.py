"""The capture time is the best that anything says, with its origin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from plugins.features.exif_fields import ExifFields, Stamp
from plugins.galleries.folder.times import Moment, choose_time, offset_by_gps, time_in_name

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
FILE_S = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()
TOKYO_TIME = timezone(timedelta(hours=9))


def stamp(day: int, offset_h: float | None = None) -> Stamp:
    return Stamp(datetime(2024, 5, day, 10), None if offset_h is None else timedelta(hours=offset_h))


ALL = {
    "exif": ExifFields(
        taken=stamp(1), digitized=stamp(2), gps_time=datetime(2024, 5, 5, 22, 10, tzinfo=UTC), changed=stamp(7)
    ),
    "xmp": datetime(2024, 5, 3, 10),
    "takeout": datetime(2024, 5, 4, 8, tzinfo=UTC),
}
NAMED = "IMG_20240506_100000.jpg"


@pytest.mark.parametrize(
    ("name", "sources", "day", "origin"),
    [
        pytest.param(NAMED, ALL, 1, "exif", id="DateTimeOriginal before all"),
        pytest.param(
            NAMED, {**ALL, "exif": ExifFields(digitized=stamp(2), changed=stamp(7))}, 2, "exif", id="CreateDate"
        ),
        pytest.param(NAMED, {**ALL, "exif": ExifFields(changed=stamp(7))}, 3, "xmp", id="XMP"),
        pytest.param(
            NAMED, {"takeout": ALL["takeout"], "exif": ExifFields(changed=stamp(7))}, 4, "takeout", id="Takeout"
        ),
        pytest.param(NAMED, {"exif": ExifFields(gps_time=datetime(2024, 5, 5, 8, tzinfo=UTC))}, 5, "exif", id="GPS"),
        pytest.param(NAMED, {"exif": ExifFields(changed=stamp(7))}, 6, "name", id="name"),
        pytest.param("x.jpg", {"exif": ExifFields(changed=stamp(7))}, 7, "exif", id="EXIF's last change"),
    ],
)
def test_order(name, sources, day, origin):
    moment = choose_time(name, FILE_S, BERLIN, now=NOW, **sources)
    assert moment == Moment(datetime(2024, 5, day, 8, tzinfo=UTC), datetime(2024, 5, day, 10), origin)


def test_the_file_time_is_last():
    moment = choose_time("x.jpg", FILE_S, BERLIN, now=NOW)
    assert moment == Moment(datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2025, 1, 2, 4, 4, 5), "file")


@pytest.mark.parametrize("mtime_s", [1e20, -1e20, float("nan")])
def test_a_file_time_outside_the_calendar_is_the_first_day(mtime_s):
    assert choose_time("x.jpg", mtime_s, BERLIN, now=NOW).at == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "sources",
    [
        pytest.param({"xmp": datetime(2999, 1, 1)}, id="XMP to come"),
        pytest.param({"takeout": datetime(1970, 1, 1, tzinfo=UTC)}, id="Takeout's zero"),
        pytest.param({"video": datetime(1904, 1, 1, tzinfo=UTC)}, id="QuickTime's zero"),
        pytest.param({"name": "IMG_29990101_000000.jpg"}, id="a name to come"),
    ],
)
def test_what_cannot_be_is_passed_over(sources):
    assert choose_time(mtime_s=FILE_S, zone=BERLIN, now=NOW, **{"name": "x.jpg", **sources}).origin == "file"


@pytest.mark.parametrize(
    ("taken", "gps_time", "at_utc_h"),
    [
        pytest.param(stamp(1, 9), None, 1, id="its own offset"),
        pytest.param(stamp(1, 9), datetime(2024, 5, 1, 10, tzinfo=UTC), 1, id="its own offset before the satellites'"),
        pytest.param(stamp(1), datetime(2024, 5, 1, 4, 15, 40, tzinfo=UTC), 4.25, id="Nepal by satellites"),
        pytest.param(stamp(1), datetime(2024, 5, 1, 4, 10, tzinfo=UTC), 8, id="an old fix: the library's zone"),
        pytest.param(stamp(1), datetime(2024, 4, 30, 10, tzinfo=UTC), 8, id="a day off: the library's zone"),
        pytest.param(stamp(1), None, 8, id="the library's zone"),
    ],
)
def test_offsets(taken, gps_time, at_utc_h):
    moment = choose_time("x.jpg", FILE_S, BERLIN, exif=ExifFields(taken=taken, gps_time=gps_time), now=NOW)
    assert moment.at == datetime(2024, 5, 1, tzinfo=UTC) + timedelta(hours=at_utc_h)
    assert moment.local == datetime(2024, 5, 1, 10)


@pytest.mark.parametrize(
    ("ahead", "offset"),
    [
        pytest.param(timedelta(hours=14), timedelta(hours=14), id="Kiribati"),
        pytest.param(timedelta(hours=14, minutes=15), None, id="farther than any clock"),
        pytest.param(timedelta(hours=-3, minutes=-30, seconds=-90), timedelta(hours=-3, minutes=-30), id="90 s late"),
        pytest.param(timedelta(hours=2, minutes=6), None, id="between the quarters"),
    ],
)
def test_offset_by_gps(ahead, offset):
    gps_time = datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert offset_by_gps(gps_time.replace(tzinfo=None) + ahead, gps_time) == offset


@pytest.mark.parametrize(
    ("sources", "at_h", "local_h"),
    [
        pytest.param({"xmp": datetime(2024, 5, 1, 10, tzinfo=TOKYO_TIME)}, 1, 10, id="an offset keeps its wall time"),
        pytest.param({"video": datetime(2024, 5, 1, 10, tzinfo=TOKYO_TIME)}, 1, 10, id="Apple's video time"),
        pytest.param({"takeout": datetime(2024, 5, 1, 10, tzinfo=UTC)}, 10, 12, id="UTC is seen from the library"),
        pytest.param({"xmp": datetime(2024, 5, 1, 10)}, 8, 10, id="naive is the library's"),
    ],
)
def test_wall_time(sources, at_h, local_h):
    moment = choose_time("x.jpg", FILE_S, BERLIN, now=NOW, **sources)
    assert (moment.at, moment.local) == (datetime(2024, 5, 1, at_h, tzinfo=UTC), datetime(2024, 5, 1, local_h))


@pytest.mark.parametrize("local", [datetime(2024, 3, 31, 2, 30), datetime(2024, 10, 27, 2, 30)])
def test_an_hour_that_is_missing_or_twice_has_a_time(local):
    moment = choose_time("x.jpg", FILE_S, BERLIN, exif=ExifFields(taken=Stamp(local)), now=NOW)
    assert moment.local == local
    assert moment.at.utcoffset() == timedelta(0)


MORNING = datetime(2024, 5, 1, 10, 11, 12)


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        pytest.param("DSC_0001.jpg", None, id="a counter"),
        pytest.param("holiday.jpg", None, id="a word"),
        pytest.param("IMG_20241301_101112.jpg", None, id="month 13"),
        pytest.param("IMG_20240230_101112.jpg", None, id="30 February"),
        pytest.param("IMG_20240501_251112.jpg", None, id="hour 25"),
        pytest.param("a" * 20 + "20240501" + "b" * 20 + ".jpg", None, id="a hash that looks like a day"),
        pytest.param("1920240501101112999.jpg", None, id="a long number"),
        pytest.param("IMG_20240501_101112.jpg", MORNING, id="Android"),
        pytest.param("IMG20240501101112.jpg", MORNING, id="Oppo"),
        pytest.param("20240501_101112.jpg", MORNING, id="Samsung"),
        pytest.param("20240501_101112(0).jpg", MORNING, id="Samsung, again"),
        pytest.param("VID_20240501_101112.mp4", MORNING, id="video"),
        pytest.param("IMG_20240501_101112345.jpg", MORNING.replace(microsecond=345_000), id="with milliseconds"),
        pytest.param("PXL_20240501_101112345.jpg", MORNING.replace(microsecond=345_000, tzinfo=UTC), id="Pixel is UTC"),
        pytest.param("PXL_20240501_101112345.MP.jpg", MORNING.replace(microsecond=345_000, tzinfo=UTC), id="in motion"),
        pytest.param("IMG-20240501-WA0001.jpg", datetime(2024, 5, 1, 12, 0, 1), id="WhatsApp keeps its order"),
        pytest.param("VID-20240501-WA0123.mp4", datetime(2024, 5, 1, 12, 2, 3), id="WhatsApp video"),
        pytest.param("WhatsApp Image 2024-05-01 at 10.11.12.jpeg", MORNING, id="WhatsApp on the web"),
        pytest.param("WhatsApp Image 2024-05-01 at 10.11.12 PM.jpeg", MORNING.replace(hour=22), id="in the evening"),
        pytest.param("Screenshot_2024-05-01-10-11-12.png", MORNING, id="screenshot"),
        pytest.param("Screenshot_20240501-101112_Maps.jpg", MORNING, id="screenshot of an app"),
        pytest.param("Screenshot 2024-05-01 at 12.11.12\u202fAM.png", MORNING.replace(hour=0), id="Mac at midnight"),
        pytest.param("signal-2024-05-01-101112.jpg", MORNING, id="Signal"),
        pytest.param("signal-2024-05-01-10-11-12-345.jpg", MORNING.replace(microsecond=345_000), id="Signal today"),
        pytest.param("photo_2024-05-01_10-11-12.jpg", MORNING, id="Telegram"),
        pytest.param("2024-05-01 10.11.12.jpg", MORNING, id="Dropbox"),
        pytest.param("2024-05-01 10.11.12-1.jpg", MORNING, id="Dropbox, again"),
        pytest.param("FB_IMG_1714558272000.jpg", datetime(2024, 5, 1, 10, 11, 12, tzinfo=UTC), id="Facebook"),
        pytest.param("1714558272000.jpg", datetime(2024, 5, 1, 10, 11, 12, tzinfo=UTC), id="milliseconds"),
        pytest.param("2024-05-01 birthday.jpg", datetime(2024, 5, 1, 12), id="only a day"),
    ],
)
def test_time_in_name(name, moment):
    assert time_in_name(name) == moment
