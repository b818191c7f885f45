"""A picture's own fields are read where they make sense, and left out where they cannot be true."""

from __future__ import annotations

import io
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from plugins.features.exif_fields import LONGEST, ExifFields, Stamp, credible, parse_offset, read_exif
from plugins.pictures import UnreadablePicture, open_picture
from plugins.records import PlaceWords

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL", "ignore::RuntimeWarning:exif")
SHARED = Path(__file__).resolve().parents[4] / "shared/data"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
LISBON = {1: "N", 2: (38.0, 42.0, 36.0), 3: "W", 4: (9.0, 8.0, 24.0)}
DETAIL, GPS = 0x8769, 0x8825
TAKEN, DIGITIZED, CHANGED = 0x9003, 0x9004, 0x0132
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF")


def picture(main=None, detail=None, gps=None, file_format="JPEG", size=(80, 60)) -> bytes:
    exif = Image.Exif()
    exif.update(main or {})
    if detail:
        exif.get_ifd(DETAIL).update(detail)
    if gps:
        exif.get_ifd(GPS).update(gps)
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, file_format, exif=exif.tobytes())
    return out.getvalue()


def read(data: bytes) -> ExifFields:
    return read_exif(io.BytesIO(data), now=NOW)


def test_a_picture_that_says_nothing_has_nothing():
    out = io.BytesIO()
    Image.new("RGB", (80, 60)).save(out, "JPEG")
    assert read(out.getvalue()) == ExifFields(width=80, height=60)


@pytest.mark.parametrize("file_format", FORMATS)
def test_every_format_says_the_same(file_format):
    fields = read(
        picture(
            {0x010F: "Canon", 0x0110: "Canon EOS 5D", CHANGED: "2024:06:01 00:00:00", 0x4746: 4},
            {TAKEN: "2024:05:01 10:11:12", 0x9291: "5", 0x9011: "+02:00", DIGITIZED: "2024:05:01 10:11:13"},
            {**LISBON, 5: b"\x00", 6: 12.5, 7: (8.0, 11.0, 10.0), 29: "2024:05:01", 31: 5.0},
            file_format,
        )
    )
    assert fields.taken == Stamp(datetime(2024, 5, 1, 10, 11, 12, 500_000), timedelta(hours=2))
    assert fields.digitized == Stamp(datetime(2024, 5, 1, 10, 11, 13))
    assert fields.changed == Stamp(datetime(2024, 6, 1))
    assert fields.gps_time == datetime(2024, 5, 1, 8, 11, 10, tzinfo=UTC)
    assert (fields.camera, fields.rating, fields.altitude_m) == ("Canon EOS 5D", 4, 12.5)
    assert fields.position is not None
    assert (fields.position.lat, fields.position.lon) == pytest.approx((38.71, -9.14))
    assert fields.position.radius_m == 5.0
    assert (fields.width, fields.height, fields.reasons) == (80, 60, ())


def test_a_tiff_says_the_same():
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Canon", 6
    exif.get_ifd(DETAIL)[TAKEN] = "2024:05:01 10:11:12"
    out = io.BytesIO()
    Image.new("RGB", (80, 60)).save(out, "TIFF", exif=exif.tobytes())
    fields = read(out.getvalue())
    assert (fields.camera, fields.orientation, fields.width, fields.height) == ("Canon", 6, 60, 80)
    assert fields.taken == Stamp(datetime(2024, 5, 1, 10, 11, 12))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("0000:00:00 00:00:00", id="zero"),
        pytest.param("    :  :     :  :  ", id="blank"),
        pytest.param("", id="empty"),
        pytest.param("2021-05-06T07:08:09+02:00", id="ISO form"),
        pytest.param("2020:13:45 25:61:61", id="month 13"),
        pytest.param("2023:02:29 10:00:00", id="no such day"),
        pytest.param("2024:05:01 24:00:00", id="hour 24"),
        pytest.param("1900:01:01 00:00:00", id="1900"),
        pytest.param("1904:01:01 00:00:00", id="QuickTime's zero"),
        pytest.param("1970:01:01 00:00:00", id="Unix's zero"),
        pytest.param("2999:01:01 00:00:00", id="far future"),
        pytest.param("2026:06:03 00:00:01", id="more than two days ahead"),
        pytest.param("2024:05:01", id="day only"),
        pytest.param("yesterday", id="words"),
    ],
)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_a_date_that_cannot_be_is_none(text, file_format):
    fields = read(picture({CHANGED: text}, {TAKEN: text, DIGITIZED: text}, file_format=file_format))
    assert (fields.taken, fields.digitized, fields.changed) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "subsec", "micros"),
    [
        pytest.param("2024:05:01 10:11:12", "5", 500_000, id="tenths"),
        pytest.param("2024:05:01 10:11:12", "061", 61_000, id="leading zero"),
        pytest.param("2024:05:01 10:11:12", "1234567", 123_456, id="finer than we keep"),
        pytest.param("2024:05:01 10:11:12", "   ", 0, id="blank"),
        pytest.param("2024:05:01 10:11:12", "-5", 0, id="no number"),
        pytest.param("2024:05:01 10:11:12.25", "", 250_000, id="in the date itself"),
    ],
)
def test_subsec_are_digits_after_the_point(text, subsec, micros):
    taken = read(picture(detail={TAKEN: text, 0x9291: subsec})).taken
    assert taken is not None
    assert taken.local.microsecond == micros


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        pytest.param("+02:00", 120, id="as written by the book"),
        pytest.param("-0330", -210, id="without colon"),
        pytest.param("+5:45", 345, id="one digit"),
        pytest.param("Z", 0, id="Zulu"),
        pytest.param("+00:00", 0, id="UTC"),
        pytest.param("+14:00", 840, id="Kiribati"),
        pytest.param("+15:00", None, id="nowhere on Earth"),
        pytest.param("+02:75", None, id="75 minutes"),
        pytest.param("   :  ", None, id="blank"),
        pytest.param("Europe/Berlin", None, id="a name"),
        pytest.param(None, None, id="nothing"),
        pytest.param(2, None, id="a number"),
    ],
)
def test_offsets(text, minutes):
    assert parse_offset(text) == (None if minutes is None else timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("changed", "offset"),
    [
        pytest.param("2024:05:01 10:11:12", timedelta(hours=9), id="the same clock"),
        pytest.param("2024:05:09 20:00:00", None, id="another clock, on another day"),
    ],
)
def test_the_offset_of_the_last_change_is_that_of_the_same_time(changed, offset):
    taken = read(picture({CHANGED: changed}, {TAKEN: "2024:05:01 10:11:12", 0x9010: "+09:00"})).taken
    assert taken is not None
    assert taken.offset == offset


@pytest.mark.parametrize(
    "gps",
    [
        pytest.param({}, id="empty"),
        pytest.param({1: "N", 2: (0.0,) * 3, 3: "E", 4: (0.0,) * 3}, id="0, 0 is a camera without a fix"),
        pytest.param({**LISBON, 2: (IFDRational(0, 0),) * 3}, id="0/0 is not the equator"),
        pytest.param({**LISBON, 4: (IFDRational(9, 1), IFDRational(8, 0), IFDRational(0, 1))}, id="8/0 minutes"),
        pytest.param({k: v for k, v in LISBON.items() if k != 1}, id="north or south is missing"),
        pytest.param({k: v for k, v in LISBON.items() if k != 3}, id="east or west is missing"),
        pytest.param({**LISBON, 1: "E"}, id="a latitude to the east"),
        pytest.param({**LISBON, 1: "\0"}, id="a reference of nothing"),
        pytest.param({k: v for k, v in LISBON.items() if k != 4}, id="one coordinate"),
        pytest.param({**LISBON, 2: (91.0, 0.0, 0.0)}, id="beyond the pole"),
        pytest.param({**LISBON, 4: (181.0, 0.0, 0.0)}, id="beyond the date line"),
        pytest.param({**LISBON, 2: (38.0, 99.0, 0.0)}, id="99 minutes"),
    ],
)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_a_place_that_cannot_be_is_none(gps, file_format):
    assert read(picture(gps=gps, file_format=file_format)).position is None


@pytest.mark.parametrize(
    ("gps", "lat", "lon"),
    [
        pytest.param(LISBON, 38.71, -9.14, id="three parts"),
        pytest.param({**LISBON, 2: (38.0, 42.6), 4: (9.0, 8.4)}, 38.71, -9.14, id="two parts"),
        pytest.param({**LISBON, 2: (38.71,), 4: (9.14,)}, 38.71, -9.14, id="one part"),
        pytest.param({**LISBON, 2: (38.0, 42.0, IFDRational(3600, 100))}, 38.71, -9.14, id="rationals"),
        pytest.param({**LISBON, 1: "S", 3: "E"}, -38.71, 9.14, id="south and east"),
        pytest.param({**LISBON, 1: "n", 3: "West"}, 38.71, -9.14, id="references by taste"),
        pytest.param({**LISBON, 2: (0.0, 0.0, 0.0)}, 0.0, -9.14, id="on the equator"),
    ],
)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_places(gps, lat, lon, file_format):
    position = read(picture(gps=gps, file_format=file_format)).position
    assert position is not None
    assert (position.lat, position.lon) == pytest.approx((lat, lon), abs=1e-6)


@pytest.mark.parametrize(
    ("ref", "height_m", "altitude_m"),
    [
        pytest.param(b"\x00", 430.0, 430.0, id="above the sea"),
        pytest.param(b"\x01", 430.0, -430.0, id="the Dead Sea"),
        pytest.param(None, 430.0, 430.0, id="no reference is above"),
        pytest.param(b"\x00", IFDRational(0, 0), None, id="0/0"),
        pytest.param(b"\x00", 4e6, None, id="in orbit"),
    ],
)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_altitude(ref, height_m, altitude_m, file_format):
    gps = {6: height_m} if ref is None else {5: ref, 6: height_m}
    assert read(picture(gps=gps, file_format=file_format)).altitude_m == altitude_m


@pytest.mark.parametrize(
    ("day", "clock", "moment"),
    [
        pytest.param("2024:05:01", (8.0, 11.0, 10.5), datetime(2024, 5, 1, 8, 11, 10, 500_000, UTC), id="by the book"),
        pytest.param("2024-05-01", (8.0, 11.0, 10.0), datetime(2024, 5, 1, 8, 11, 10, 0, UTC), id="dashes"),
        pytest.param("0000:00:00", (0.0, 0.0, 0.0), None, id="zero"),
        pytest.param("2024:05:01", (25.0, 0.0, 0.0), None, id="hour 25"),
        pytest.param("2024:05:01", (8.0, 11.0), None, id="two parts"),
        pytest.param("2024:05:01", (IFDRational(0, 0),) * 3, None, id="0/0"),
        pytest.param("1970:05:01", (8.0, 11.0, 10.0), None, id="before there were satellites"),
        pytest.param("2099:05:01", (8.0, 11.0, 10.0), None, id="to come"),
        pytest.param("9999:12:31", (23.0, 59.0, 60.0), None, id="the end of the calendar"),
    ],
)
def test_the_satellites_clock(day, clock, moment):
    assert read(picture(gps={**LISBON, 7: clock, 29: day})).gps_time == moment


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "HEIF", "AVIF"])
@pytest.mark.parametrize(("orientation", "kept"), [(0, 1), (1, 1), (3, 3), (6, 6), (8, 8), (9, 1)])
def test_size_is_that_of_the_decoded_picture(orientation, kept, file_format):
    data = picture({0x0112: orientation, 0x010F: "x"}, file_format=file_format)
    fields = read(data)
    assert (fields.width, fields.height) == open_picture(data).size
    assert fields.orientation == kept


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        pytest.param("Apple", "iPhone XR", "Apple iPhone XR", id="two names"),
        pytest.param("NIKON", "NIKON D70s", "NIKON D70s", id="the make once"),
        pytest.param("RICOH      ", "DC-3Z\0\0\0", "RICOH DC-3Z", id="padding"),
        pytest.param("Apple", "", "Apple", id="no model"),
        pytest.param("A\x1bB", "C\nD", "A B C D", id="control characters"),
        pytest.param("A", "B" * 9_000, "A " + "B" * (LONGEST - 2), id="longer than any name"),
    ],
)
def test_camera(make, model, camera):
    assert read(picture({0x010F: make, 0x0110: model})).camera == camera


def test_directories_in_a_circle_end():
    """The `exif` package alone would follow them for ever."""
    block = b"Exif\0\0" + b"MM\0*" + struct.pack(">I", 8) + struct.pack(">HI", 0, 8)
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", exif=block)
    fields = read(out.getvalue())
    assert (fields.width, fields.taken) == (8, None)
    assert "circle" in fields.reasons[0]


@pytest.mark.parametrize("cut", range(6, 200, 11))
def test_a_broken_block_loses_fields_not_the_picture(cut):
    data = picture({0x010F: "Canon"}, {TAKEN: "2024:05:01 10:11:12"}, LISBON)
    start = data.index(b"Exif\0\0") + cut
    fields = read(data[:start] + b"\xff" * 9 + data[start + 9 :])
    assert (fields.width, fields.height) == (80, 60)


@pytest.mark.parametrize("data", [b"", b"no picture", picture()[:20]])
def test_no_picture_is_an_error(data):
    with pytest.raises(UnreadablePicture):
        read(data)


@pytest.mark.parametrize(
    ("moment", "yes"),
    [
        pytest.param(datetime(1901, 1, 1), True, id="a scan of a very old photo"),
        pytest.param(datetime(1900, 12, 31), False, id="1900"),
        pytest.param(datetime(2026, 6, 2, 23), True, id="a clock a day ahead"),
        pytest.param(datetime(2026, 6, 4, tzinfo=UTC), False, id="days ahead"),
    ],
)
def test_credible(moment, yes):
    assert credible(moment, NOW) is yes


def example(name: str) -> ExifFields:
    path = SHARED / "exif" / name
    if not path.is_file():
        pytest.skip("needs the shared data in exif/")
    with path.open("rb") as file:
        return read_exif(file)


def test_iptc_of_a_real_picture():
    fields = example("immich_test_assets/metadata/gps-position/thompson-springs.jpg")
    assert fields.words == PlaceWords(city="Thompson Springs", state="Utah", country="United States")
    assert "utah winter scenes" in fields.keywords
    assert fields.xmp.lstrip(b"\xef\xbb\xbf").startswith(b"<?xpacket")


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        pytest.param("metadata_extractor_jpg/Issue 508.jpg", datetime(2020, 9, 2, 18, 52, 42, 892_000), id="SubSec"),
        pytest.param("metadata_extractor_jpg/FujiFilm SP-2500.jpg", None, id="blank"),
        pytest.param("metadata_extractor_jpg/Olympus C4040Z.jpg", None, id="zero"),
    ],
)
def test_real_dates(name, taken):
    found = example(name).taken
    assert (found and found.local) == taken


def test_a_real_place_below_the_sea():
    assert example("metadata_extractor_jpg/Issue 173 (dotnet).jpg").altitude_m == -848.0


@pytest.mark.parametrize("folder", ["exif", "hostile"])
def test_no_file_breaks_reading(folder):
    if not (SHARED / folder).is_dir():
        pytest.skip(f"needs the shared data in {folder}/")
    read_well = 0
    for path in sorted(p for p in (SHARED / folder).rglob("*") if p.is_file()):
        with path.open("rb") as file:
            try:
                fields = read_exif(file)
            except UnreadablePicture:
                continue
        assert fields.width > 0, path
        assert fields.height > 0, path
        read_well += 1
    assert read_well > 100
