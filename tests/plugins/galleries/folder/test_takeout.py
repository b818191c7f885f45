"""Google's JSON is found under every name that Google gives it, and believed where it makes sense."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime

import pytest

from plugins.features import exif_fields
from plugins.galleries.folder.takeout import (
    BrokenTakeout,
    TakeoutFields,
    parse_takeout,
    read_takeout,
    takeout_json_of,
)
from plugins.records import Position

LONG = "IMG_20190101_120000_a_very_long_name_of_a_photo.jpg"  # 51 characters
LONGEST = "x" * 47 + ".jpg"  # Google cuts the photo's own name too


@pytest.mark.parametrize(
    ("photo", "json_name"),
    [
        pytest.param("IMG_1.jpg", "IMG_1.jpg.json", id="until 2024"),
        pytest.param("IMG_1.jpg", "IMG_1.jpg.supplemental-metadata.json", id="since 2024"),
        pytest.param("IMG_1.jpg", "IMG_1.jpg.supplemental-meta.json", id="cut suffix"),
        pytest.param("IMG_1.jpg", "IMG_1.jpg.s.json", id="cut to one letter"),
        pytest.param("IMG_1.jpg", "IMG_1.jpg..json", id="cut to the dot"),
        pytest.param(LONG, f"{LONG[:46]}.json", id="cut name"),
        pytest.param(LONGEST, f"{'x' * 46}.json", id="both cut"),
        pytest.param("IMG_1(2).jpg", "IMG_1.jpg(2).json", id="numbered"),
        pytest.param("IMG_1(2).jpg", "IMG_1.jpg.supplemental-metadata(2).json", id="numbered, since 2024"),
        pytest.param("IMG_1(2).jpg", "IMG_1(2).jpg.json", id="numbered by the camera"),
        pytest.param("IMG_1-edited.jpg", "IMG_1.jpg.json", id="an edited copy"),
        pytest.param("IMG_1-bearbeitet.jpg", "IMG_1.jpg.supplemental-metadata.json", id="edited in German"),
        pytest.param("IMG_1-edited(2).jpg", "IMG_1.jpg(2).json", id="edited and numbered"),
        pytest.param("IMG_1.jpg", "IMG_1.json", id="without the suffix"),
        pytest.param("IMG_1", "IMG_1.json", id="no suffix to be without"),
        # Names that others found in real exports; see `takeout_json_of`.
        pytest.param("PXL_20241231_151646544.MP.jpg", "PXL_20241231_151646544.MP.jpg.supplemental-met.json", id="46"),
        pytest.param("2021-08-08T15_36_24+02_00.JPEG", "2021-08-08T15_36_24+02_00.JPEG.supplemental-me.json", id="me"),
        pytest.param("PXL_20240827_094331806.PORTRAIT(1).jpg", "PXL_20240827_094331806.PORTRAIT.jpg.supplement(1).json",
                     id="46 less its number"),
        pytest.param("PXL_20240506_142610305.LONG_EXPOSURE-01.COVER.jpg",
                     "PXL_20240506_142610305.LONG_EXPOSURE-01.COVER..json", id="cut after the dot"),
        pytest.param("PXL_20211120_223243932.MOTION-02.ORIGINAL.jpg",
                     "PXL_20211120_223243932.MOTION-02.ORIGINAL.jpg..json", id="room for a dot"),
        pytest.param("PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGINA.jpg",
                     "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGIN.json", id="photo cut to 51, JSON to 46"),
        pytest.param("05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jpg",
                     "05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jp.json", id="half a suffix"),
        pytest.param("13039_327707840323_537645323_9470255_27214_n(1).jpg",
                     "13039_327707840323_537645323_9470255_27214_n.j(1).json", id="half a suffix and a number"),
        pytest.param("Backyard_ceremony_wedding_photography_xxxxxxx_m(494).jpg",
                     "Backyard_ceremony_wedding_photography_xxxxxxx_(494).json", id="cut, then numbered"),
        pytest.param("original_1d4caa6f-16c6-4c3d-901b-9387de10e528_P(1).jpg",
                     "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_.json", id="the number was cut off"),
        pytest.param("😀😃😄😁😆😅😂🤣🥲☺️😊😇🙂🙃😉😌😍🥰😘😗😙😚😋😛.jpg",
                     "😀😃😄😁😆😅😂🤣🥲☺️😊😇🙂🙃😉😌😍🥰😘😗😙😚😋.json", id="emoji count twice"),
        pytest.param("IMG2021021(4455)74722(1).jpg", "IMG2021021(4455)74722.jpg(1).json", id="two numbers"),
        pytest.param("Negative0-36-35(1)(1).jpg", "Negative0-36-35(1).jpg.supplemental-metadata(1).json", id="twice"),
        pytest.param("skytree (2).jpg", "skytree (2).jpg.supplemental-metadata.json", id="numbered by its owner"),
        pytest.param("20220322_205147-edited(1).jpg", "20220322_205147.jpg.supplemental-metadata(1).json", id="edited"),
        pytest.param("PXL_20220405_090123740.PORTRAIT-modifié.jpg", "PXL_20220405_090123740.PORTRAIT.jpg.json",
                     id="edited in French"),
        pytest.param("a-modifie\u0301.jpg", "a.jpg.json", id="edited in French on a Mac"),
        pytest.param("a-ha editado.jpg", "a.jpg.supplemental-metadata.json", id="edited in Spanish"),
        pytest.param("ccccm_20210613_184811_ssssnnnnnnn_666666666-edi.jpg",
                     "ccccm_20210613_184811_ssssnnnnnnn_666666666.jp.json", id="edited, cut"),
        pytest.param("pppppppPR-uuuuuuuu-rrrr--ttttttttttt-4444444-e(3).jpeg",
                     "pppppppPR-uuuuuuuu-rrrr--ttttttttttt-4444444.j(3).json", id="edited, cut and numbered"),
        pytest.param("Peanut Butter Balls.jpg", "Peanut Butter Balls.supplemental-metadata.json", id="no suffix, 2024"),
        pytest.param("Peanut Butter Balls(1).jpg", "Peanut Butter Balls(1).json", id="no suffix, numbered"),
    ],
)  # fmt: skip
def test_the_json_of_a_photo(photo, json_name):
    assert takeout_json_of(photo, {photo, json_name, "metadata.json", "IMG_9.jpg.json"}) == json_name


@pytest.mark.parametrize(
    ("photo", "names"),
    [
        pytest.param("IMG_1.jpg", {"IMG_1.jpg(2).json"}, id="its namesake's"),
        pytest.param("IMG_1(2).jpg", {"IMG_1.jpg.json"}, id="the first one's"),
        pytest.param("IMG_1.jpg", {"IMG_12.jpg.json", "metadata.json"}, id="others'"),
        pytest.param("IMG_1.jpg", {"IMG_1.jpg.supplemental-metadata-x.json"}, id="more than the suffix"),
        pytest.param("IMG_1-e.jpg", {"IMG_1.jpg.json"}, id="a short name is not cut"),
        pytest.param("IMG_1-ed.jpg", {"IMG_1.jpg.json"}, id="another copy"),
        pytest.param("x_y(185).jpg", {"x_y.jpg(184).json", "x_y.jpg.json"}, id="another number"),
        pytest.param("DSC_0104(1).JPG", {"DSC_0104.JPG.supplemental-metadata.json"}, id="the first one's, since 2024"),
    ],
)
def test_not_the_json_of_another_photo(photo, names):
    assert takeout_json_of(photo, names) is None


def test_its_own_json_comes_before_the_original_s():
    names = {"IMG_1-edited.jpg.json", "IMG_1.jpg.json"}
    assert takeout_json_of("IMG_1-edited.jpg", names) == "IMG_1-edited.jpg.json"


@pytest.mark.parametrize(
    ("photo", "json_name"),
    [
        pytest.param("y" * 47 + ".jpg", "y" * 46 + ".json", id="the first"),
        pytest.param("y" * 47 + "(1).jpg", "y" * 46 + "(1).json", id="the second"),
        pytest.param("IMG(1).jpg", "IMG.jpg.supplemental-metadata(1).json", id="the second, short"),
        pytest.param("IMG.jpg", "IMG.jpg.supplemental-metadata.json", id="the first, short"),
    ],
)
def test_namesakes_have_one_each(photo, json_name):
    names = {"y" * 46 + ".json", "y" * 46 + "(1).json", "IMG.jpg.supplemental-metadata.json"}
    names |= {"IMG.jpg.supplemental-metadata(1).json", "IMG.json"}
    assert takeout_json_of(photo, names) == json_name


def parsed(**fields) -> TakeoutFields:
    return parse_takeout(json.dumps(fields).encode())


def test_everything_that_google_knows():
    assert parsed(
        title="IMG_1.jpg",
        description=" At the sea ",
        photoTakenTime={"timestamp": "1714558272", "formatted": "1 May 2024, 10:11:12 UTC"},
        geoData={"latitude": 38.71, "longitude": -9.14, "altitude": 12.0},
        geoDataExif={"latitude": 1.0, "longitude": 1.0},
        people=[{"name": "Anna"}, {"name": "Ben"}, {"name": "Anna"}],
        favorited=True,
        archived=True,
        trashed=True,
    ) == TakeoutFields(
        taken=datetime(2024, 5, 1, 10, 11, 12, tzinfo=UTC),
        position=Position(38.71, -9.14),
        people=("Anna", "Ben"),
        favourite=True,
        archived=True,
        trashed=True,
        description="At the sea",
    )


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"geoData": {"latitude": 0.0, "longitude": 0.0}}, id="0, 0 is unknown"),
        pytest.param({"geoData": {"latitude": 91, "longitude": 0}}, id="beyond the pole"),
        pytest.param({"geoData": {"latitude": float("nan"), "longitude": 1}}, id="NaN"),
        pytest.param({"geoData": {"latitude": 10**400, "longitude": 1}}, id="a number without end"),
        pytest.param({"geoData": {"latitude": "38.71", "longitude": "-9.14"}}, id="numbers as text"),
        pytest.param({"geoData": [38.71, -9.14], "people": "Anna", "photoTakenTime": 5}, id="other shapes"),
        pytest.param({"people": [None, {}, {"name": 5}, {"name": " "}]}, id="people without names"),
        pytest.param({"photoTakenTime": {"timestamp": "9" * 30}}, id="a time outside the calendar"),
        pytest.param({"photoTakenTime": {"timestamp": "soon"}}, id="a time in words"),
        pytest.param({"photoTakenTime": {"timestamp": True}}, id="a time that is true"),
        pytest.param({"people": [{"name": "\x01\n"}]}, id="people of control characters"),
        pytest.param({"favorited": "yes", "archived": 1, "trashed": "no"}, id="not quite true"),
    ],
)
def test_what_makes_no_sense_is_not_there(fields):
    assert parsed(**fields) == TakeoutFields()


def test_the_camera_s_place_stands_in_for_google_s():
    place = {"latitude": 38.71, "longitude": -9.14}
    assert parsed(geoData={"latitude": 0, "longitude": 0}, geoDataExif=place).position == Position(38.71, -9.14)


@pytest.mark.parametrize(
    "character", [pytest.param(b"\\ud800", id="half a character"), pytest.param(b"\\u0000", id="zero")]
)
def test_what_no_file_can_hold_is_replaced(character):
    assert parse_takeout(b'{"description": "a%sb"}' % character).description == "a?b"


def test_a_name_is_not_endless():
    (name,) = parsed(people=[{"name": "A" * 9_000}]).people
    assert len(name) == exif_fields.LONGEST


def test_a_time_before_1970():
    assert parsed(photoTakenTime={"timestamp": "-86400"}).taken == datetime(1969, 12, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"\xff\xfe", id="not text"),
        pytest.param(b"[" * 100_000, id="nested without end"),
        pytest.param(b'{"description": "' + b"x" * 1_000_000 + b'"}', id="too large"),
    ],
)
def test_broken_json_is_one_error(data, tmp_path):
    path = tmp_path / "x.json"
    path.write_bytes(data)
    with pytest.raises(BrokenTakeout, match=r"JSON|larger"):
        read_takeout(path)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x.json")
    with pytest.raises(BrokenTakeout, match="regular file"):
        read_takeout(tmp_path / "x.json")
