"""Which photos are left out, and, first of all, which are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from plugins.exclusion import excluded
from plugins.records import Photo
from plugins.sections import Exclude

PHOTO = Photo(
    id="1",
    name="2024/05/IMG_20240501_120000.jpg",
    taken_at=datetime(2024, 5, 1, 12, tzinfo=UTC),
    taken_local=datetime(2024, 5, 1, 12),
    content_key="k",
    width=4000,
    height=3000,
    camera="Pixel 8",
)
OFF = Exclude(screenshots=False, messenger=False, documents=False, hidden=False)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("IMG_20240501_120000.jpg", id="Android camera"),
        pytest.param("PXL_20240501_120000123.jpg", id="Pixel camera"),
        pytest.param("DSC_0001.JPG", id="DSC is no document"),
        pytest.param("Scandinavia/IMG_1.jpg", id="Scandinavia is no scan"),
        pytest.param("scandal.jpg", id="a word that begins with scan"),
        pytest.param("Signal Hill/IMG_1.jpg", id="a place called Signal Hill"),
        pytest.param("Telegraph Avenue/IMG_1.jpg", id="a street"),
        pytest.param("Documentary shoot/IMG_1.jpg", id="a documentary"),
        pytest.param("screens/IMG_1.jpg", id="a folder of screens"),
        pytest.param("photo_2024.jpg", id="a person's own name"),
        pytest.param("received.jpg", id="a bare word"),
        pytest.param("", id="no name"),
        pytest.param("a/../b/\n<script>\udce9.jpg", id="hostile name"),
    ],
)
def test_ordinary_photos_stay(name: str) -> None:
    assert excluded(replace(PHOTO, name=name), Exclude()) is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("Screenshot_20240501-120000.png", "a screenshot", id="Android"),
        pytest.param("Screenshot 2024-05-01 at 12.00.00.png", "a screenshot", id="macOS"),
        pytest.param("Screen Shot 2019-05-01 at 12.00.00.png", "a screenshot", id="older macOS"),
        pytest.param("Bildschirmfoto 2024-05-01 um 12.00.00.png", "a screenshot", id="German"),
        pytest.param("Capture d’écran 2024-05-01.png", "a screenshot", id="French"),
        pytest.param("スクリーンショット 2024-05-01.png", "a screenshot", id="Japanese"),
        pytest.param("Pictures/Screenshots/1.png", "a screenshot", id="by folder"),
        pytest.param("Screenrecorder-2024-05-01.mp4", "a screenshot", id="recording"),
        pytest.param("IMG-20240501-WA0007.jpg", "from a messenger", id="WhatsApp"),
        pytest.param("VID-20240501-WA0007.mp4", "from a messenger", id="WhatsApp video"),
        pytest.param("WhatsApp Image 2024-05-01 at 12.00.00.jpeg", "from a messenger", id="WhatsApp desktop"),
        pytest.param("photo_2024-05-01_12-00-00.jpg", "from a messenger", id="Telegram"),
        pytest.param("signal-2024-05-01-120000.jpg", "from a messenger", id="Signal"),
        pytest.param("received_1234567890.jpeg", "from a messenger", id="Facebook Messenger"),
        pytest.param("mmexport1714550400000.jpg", "from a messenger", id="WeChat"),
        pytest.param("Android/media/WhatsApp Images/a.jpg", "from a messenger", id="by folder"),
        pytest.param("Scan_0001.jpg", "a document", id="scanner"),
        pytest.param("scan12.tif", "a document", id="scanner without underscore"),
        pytest.param("Adobe Scan 1 May 2024.jpg", "a document", id="scanning app"),
        pytest.param("Documents/IMG_1.jpg", "a document", id="by folder"),
        pytest.param("DOC-20240501-WA0001.jpg", "a document", id="WhatsApp document"),
    ],
)
def test_by_name(name: str, reason: str) -> None:
    assert excluded(replace(PHOTO, name=name), Exclude()) == reason
    assert excluded(replace(PHOTO, name=name), OFF) is None


@pytest.mark.parametrize(
    ("name", "size", "camera", "reason"),
    [
        pytest.param("a.png", (1170, 2532), "", "a screenshot", id="a phone's screen"),
        pytest.param("a.png", (2532, 1170), "", "a screenshot", id="held sideways"),
        pytest.param("a.png", (1170, 2532), "iPhone", None, id="a camera took it"),
        pytest.param("a.jpg", (1170, 2532), "", None, id="a JPEG of that size may be a cut photo"),
        pytest.param("a.png", (1171, 2532), "", None, id="no screen's size"),
        pytest.param("a.jpg", (2480, 3508), "", "a document", id="A4 at 300 dpi"),
        pytest.param("a.jpg", (2480, 3508), "EOS", None, id="a camera took that too"),
        pytest.param("a.jpg", (0, 0), "", None, id="size not known"),
    ],
)
def test_by_size(name: str, size: tuple[int, int], camera: str, reason: str | None) -> None:
    photo = replace(PHOTO, name=name, width=size[0], height=size[1], camera=camera)
    assert excluded(photo, Exclude()) == reason


@pytest.mark.parametrize(
    ("pattern", "name", "reason"),
    [
        pytest.param("Work", "Work/a.jpg", "in the folder Work", id="top folder"),
        pytest.param(
            "work", "2024/Work/x/a.jpg", "in the folder 2024/Work", id="inner folder and what is below, any case"
        ),
        pytest.param("2024/*", "2024/x/y/a.jpg", "in the folder 2024/x", id="glob by path"),
        pytest.param("Work/**", "Work/a.jpg", "in the folder Work", id="the shell's way"),
        pytest.param("*/private/", "me/private/a.jpg", "in the folder me/private", id="slash at the end"),
        pytest.param("Work", "Homework/a.jpg", None, id="part of a name"),
        pytest.param("Work", "Work.jpg", None, id="a file of that name"),
        pytest.param("*", "a.jpg", None, id="the top itself is no folder"),
    ],
)
def test_by_folder(pattern: str, name: str, reason: str | None) -> None:
    assert excluded(replace(PHOTO, name=name), Exclude(folders=(pattern,))) == reason


@pytest.mark.parametrize(
    ("pattern", "tag", "left_out"),
    [
        pytest.param("dog", "Animals/Dog", True, id="the last word"),
        pytest.param("animals/dog", "Animals/Dog", True, id="the whole path"),
        pytest.param("animals/*", "Animals/Dog", True, id="what is below a word"),
        pytest.param("animals", "Animals/Dog", True, id="what is filed below a word"),
        pytest.param("animals/dog", "Animals/Dog/Rex", True, id="what is filed below a path"),
        pytest.param("dog/rex", "Animals/Dog/Rex", False, id="part of a path"),
        pytest.param("ac/dc", "Music/AC|DC", True, id="a last word with a slash"),
        pytest.param("do*", "Animals/Dog", True, id="a glob of the last word"),
    ],
)
def test_by_a_tag_with_levels(pattern: str, tag: str, left_out: bool) -> None:
    found = excluded(replace(PHOTO, tags=("sea", tag)), Exclude(tags=(pattern,)))
    assert found == (f"tagged {tag}" if left_out else None)


def test_by_album_and_tag_and_hidden() -> None:
    rules = Exclude(albums=("Sell*",), tags=("private",))
    assert excluded(PHOTO, rules, ["Summer"]) is None
    assert excluded(PHOTO, rules, ["Summer", "Selling"]) == "in the album Selling"
    assert excluded(replace(PHOTO, tags=("Private",)), rules) == "tagged Private"
    assert excluded(replace(PHOTO, hidden=True), rules) == "hidden or archived"
    assert excluded(replace(PHOTO, hidden=True), OFF) is None
