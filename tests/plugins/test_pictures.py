"""Every file becomes one upright RGB picture or one clear error, in bounded time and memory."""

from __future__ import annotations

import errno
import io
import os
import resource
import socket
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from plugins.pictures import (
    MAX_PIXELS,
    PictureNotThere,
    UnreadablePicture,
    at_working_size,
    container_of,
    open_picture,
    open_still,
    opened,
    upright_box,
    working_size,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL", "ignore::RuntimeWarning:PIL")
HOSTILE = Path(__file__).resolve().parents[3] / "shared/data/hostile"
EXAMPLES = Path(__file__).resolve().parents[3] / "shared/data/exif"
CORNERS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255))  # left top, right top, left bottom, right bottom


def flag(width: int = 96, height: int = 64) -> Image.Image:
    """Four colours, so that every turn and every flip shows."""
    picture = Image.new("RGB", (width, height))
    for count, colour in enumerate(CORNERS):
        picture.paste(colour, (count % 2 * width // 2, count // 2 * height // 2, width, height))
    return picture


def corners(picture: Image.Image) -> list[tuple[int, ...]]:
    w, h = picture.size
    places = ((4, 4), (w - 5, 4), (4, h - 5), (w - 5, h - 5))
    return [tuple(round(c / 255) * 255 for c in picture.getpixel(place)) for place in places]


def saved(picture: Image.Image, file_format: str, **options) -> bytes:
    out = io.BytesIO()
    picture.save(out, file_format, **options)
    return out.getvalue()


def oriented(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize(
    ("file_format", "options"),
    [
        pytest.param("JPEG", {"quality": 95}, id="JPEG"),
        pytest.param("PNG", {}, id="PNG"),
        pytest.param("WEBP", {"lossless": True}, id="WebP"),
        pytest.param("TIFF", {}, id="TIFF"),
        pytest.param("HEIF", {"quality": 95}, id="HEIC"),
        pytest.param("AVIF", {"quality": 95}, id="AVIF"),
        pytest.param("GIF", {}, id="GIF"),
        pytest.param("BMP", {}, id="BMP"),
    ],
)
def test_every_format_keeps_its_colours_and_size(file_format, options):
    picture = open_picture(saved(flag(), file_format, **options))
    assert (picture.mode, picture.size, corners(picture)) == ("RGB", (96, 64), list(CORNERS))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
@pytest.mark.parametrize(
    ("orientation", "order"),
    [
        pytest.param(0, (0, 1, 2, 3), id="0 is no orientation"),
        pytest.param(1, (0, 1, 2, 3), id="1 upright"),
        pytest.param(2, (1, 0, 3, 2), id="2 mirrored"),
        pytest.param(3, (3, 2, 1, 0), id="3 upside down"),
        pytest.param(4, (2, 3, 0, 1), id="4 upside down and mirrored"),
        pytest.param(5, (0, 2, 1, 3), id="5 flipped over the diagonal"),
        pytest.param(6, (2, 0, 3, 1), id="6 turned right to view"),
        pytest.param(7, (3, 1, 2, 0), id="7 flipped over the other diagonal"),
        pytest.param(8, (1, 3, 0, 2), id="8 turned left to view"),
        pytest.param(9, (0, 1, 2, 3), id="9 is no orientation"),
    ],
)
def test_orientation_is_applied_once(file_format, orientation, order):
    picture = open_picture(saved(flag(), file_format, exif=oriented(orientation).tobytes()))
    assert picture.size == ((64, 96) if 5 <= orientation <= 8 else (96, 64))
    assert corners(picture) == [CORNERS[i] for i in order]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_box_turns_with_its_picture(orientation):
    stored = Image.new("RGB", (100, 60), "black")
    stored.paste("white", (10, 6, 40, 24))
    upright = open_picture(saved(stored, "PNG", exif=oriented(orientation)))
    left, top, right, bottom = upright_box((0.1, 0.1, 0.4, 0.4), orientation)
    w, h = upright.size
    assert upright.getbbox() == pytest.approx((left * w, top * h, right * w, bottom * h), abs=1e-6)


@pytest.mark.parametrize(
    ("picture", "file_format", "colour"),
    [
        pytest.param(Image.new("CMYK", (9, 9), (0, 255, 255, 0)), "JPEG", (255, 0, 0), id="CMYK"),
        pytest.param(Image.new("P", (9, 9), 0), "PNG", (0, 0, 0), id="palette"),
        pytest.param(Image.new("RGBA", (9, 9), (0, 0, 0, 0)), "PNG", (255, 255, 255), id="transparent shows white"),
        pytest.param(Image.new("LA", (9, 9), (0, 0)), "PNG", (255, 255, 255), id="transparent grey"),
        pytest.param(Image.new("1", (9, 9), 1), "TIFF", (255, 255, 255), id="bilevel"),
        pytest.param(Image.fromarray(np.full((9, 9), 32_896, np.uint16)), "PNG", (128,) * 3, id="16 bits"),
        pytest.param(Image.fromarray(np.full((9, 9), 32_896, np.int32)), "TIFF", (128,) * 3, id="32 bits"),
        pytest.param(Image.fromarray(np.full((9, 9), 0.5, np.float32)), "TIFF", (128,) * 3, id="floats"),
        pytest.param(Image.fromarray(np.full((9, 9), np.nan, np.float32)), "TIFF", (0,) * 3, id="not a number"),
    ],
)
@pytest.mark.parametrize("working", [False, True])
@pytest.mark.parametrize("side", [9, 1_500])
def test_every_mode_becomes_rgb(picture, file_format, colour, side, working):
    decoded = open_picture(saved(picture.resize((side, side)), file_format), working=working)
    assert decoded.mode == "RGB"
    assert decoded.getpixel((1, 1)) == pytest.approx(colour, abs=2)


def test_an_animation_is_its_first_frame():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert open_picture(data).getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("size", "working"),
    [
        pytest.param((4000, 3000), (1280, 960), id="12 megapixels: the longer side is the limit"),
        pytest.param((3000, 4000), (960, 1280), id="the same, upright"),
        pytest.param((1920, 1080), (1280, 720), id="both sides are"),
        pytest.param((6000, 1000), (4320, 720), id="a panorama: the shorter side is"),
        pytest.param((1280, 720), (1280, 720), id="working size already"),
        pytest.param((640, 480), (640, 480), id="never enlarged"),
        pytest.param((4000, 600), (4000, 600), id="a shorter side that is too short already stays"),
        pytest.param((1080, 40_000), (328, 12_148), id="a long screenshot has 4 megapixels at the most"),
        pytest.param((10_000_000, 1), (65_500, 1), id="a line is no longer than a JPEG can be"),
        pytest.param((1, 1), (1, 1), id="one pixel"),
    ],
)
def test_working_size(size, working):
    assert working_size(*size) == working


SIDES = st.integers(1, 3_000_000) | st.integers(1, 1_500)


@given(SIDES, SIDES)
@example(121, 743_038)
@example(506, 529_650)
def test_a_working_size_is_enough_and_not_too_much(width, height):
    new_width, new_height = working = working_size(width, height)
    assert working_size(*working) == working
    assert working_size(height, width) == (new_height, new_width)
    assert 1 <= new_width <= width
    assert 1 <= new_height <= height
    assert new_width * new_height <= 4_000_000
    assert max(working) <= 65_500
    one_more = (min(working) + 1) ** 2 * max(width, height) / min(width, height)  # pixels, if the shorter side had one
    limited = one_more > 4_000_000 or max(working) == 65_500 or min(working) < 10
    assert limited or max(working) >= min(1_280, max(width, height))
    assert limited or min(working) >= min(720, width, height)
    short = max(working) * min(width, height) / max(width, height)
    assert min(working) < 10 or min(working) == pytest.approx(short, rel=0.06, abs=1)  # pixels are whole
    assert max(working) <= 1_280 or min(working) <= 720


@pytest.mark.parametrize(
    ("file_format", "options"),
    [
        pytest.param("JPEG", {"quality": 95}, id="JPEG, which is decoded at half its size"),
        pytest.param("PNG", {}, id="PNG"),
        pytest.param("HEIF", {"quality": 95}, id="HEIC"),
    ],
)
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_picture_at_its_working_size_shows_the_same(file_format, options, orientation):
    data = saved(flag(3_000, 2_000), file_format, exif=oriented(orientation).tobytes(), **options)
    whole, picture = open_picture(data), open_picture(data, working=True)
    assert picture.size == working_size(*whole.size) == ((1280, 853) if orientation == 1 else (853, 1280))
    assert corners(picture) == corners(whole)


def test_a_picture_of_working_size_is_left_alone():
    picture = flag()
    assert at_working_size(picture) is picture


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff", id="one byte"),
        pytest.param(b"version https://git-lfs.github.com/spec/v1\n", id="a pointer, not the picture"),
        pytest.param(saved(flag(), "PNG")[:60], id="cut off"),
        pytest.param(saved(flag(800, 600), "JPEG")[:3000], id="half a JPEG"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", id="PostScript is a programme"),
        pytest.param(b"ffconcat version 1.0\nfile /etc/passwd\n", id="a play list names other files"),
        pytest.param(b"\x1aE\xdf\xa3ffconcat version 1.0\nfile /etc/passwd\n", id="a play list in disguise"),
        pytest.param(b"\0\0\0\x18ftypisom#EXTM3U\nhttp://127.0.0.1/", id="a stream list in disguise"),
        pytest.param(b"\0\0\0\x18ftypheic" + b"\0" * 99, id="HEIC without content"),
    ],
)
def test_what_is_no_picture_is_one_error(data, tmp_path):
    path = tmp_path / "x.jpg"
    path.write_bytes(data)
    for source in (data, path):
        with pytest.raises(UnreadablePicture, match=r"\w{4}"):
            open_picture(source)


def test_a_bomb_is_refused_before_it_is_decoded():
    side = int(MAX_PIXELS**0.5) + 100
    data = saved(Image.new("1", (side, side)), "PNG")
    assert len(data) < 200_000
    with pytest.raises(UnreadablePicture, match="pixels"):
        open_picture(data)


@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "missing"])
def test_what_is_no_file_is_not_waited_for(kind, tmp_path):
    path = tmp_path / "x.jpg"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        socket.socket(socket.AF_UNIX).bind(str(path))
    elif kind == "folder":
        path.mkdir()
    with pytest.raises(PictureNotThere, match=r"regular file|cannot be opened"):
        open_picture(path)


def test_what_may_not_be_read_is_not_the_picture_s_fault(unprivileged):
    path = unprivileged / "x.png"
    path.write_bytes(saved(flag(), "PNG"))
    path.chmod(0)
    with pytest.raises(PictureNotThere, match="Permission denied"):
        open_picture(path)


class FailingDisk(io.BytesIO):
    """A file on a disk that goes away while it is read."""

    def __init__(self, data: bytes, good_bytes: int, number: int) -> None:
        super().__init__(data)
        self.good_bytes, self.number = good_bytes, number

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() + (size if size is not None and size >= 0 else 1 << 30) > self.good_bytes:
            raise OSError(self.number, os.strerror(self.number))
        return super().read(size)


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ENOTCONN])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "HEIF", "TIFF", "WEBP"])
def test_a_failing_disk_is_not_the_picture_s_fault(file_format, number, tmp_path):
    data = saved(Image.effect_noise((300, 200), 99).convert("RGB"), file_format)
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(PictureNotThere, match="cannot be read"), opened(tmp_path / "x"):
        open_still(FailingDisk(data, len(data) // 2, number), working=True)


@pytest.mark.parametrize(
    ("head", "container"),
    [
        pytest.param(b"\xff\xd8\xff\xe0", "image", id="JPEG"),
        pytest.param(b"\0\0\0\x18ftypheic", "image", id="HEIC"),
        pytest.param(b"\0\0\0\x1cftypavif", "image", id="AVIF"),
        pytest.param(b"RIFF\0\0\0\0WEBP", "image", id="WebP"),
        pytest.param(b"II*\0", "image", id="TIFF"),
        pytest.param(b"\0\0\0\x18ftypqt  ", "mov", id="QuickTime"),
        pytest.param(b"\0\0\0\x18ftyp3gp4", "mov", id="3GP"),
        pytest.param(b"\0\0\0\x08wide\0\0\0\0mdat", "mov", id="old QuickTime"),
        pytest.param(b"\x1aE\xdf\xa3", "matroska", id="Matroska and WebM"),
        pytest.param(b"RIFF\0\0\0\0AVI LIST", "avi", id="AVI"),
        pytest.param(b"\0\0\0\x18ftypM4A ", "", id="sound"),
        pytest.param(b"\0\0\0\x18ftypcrx ", "", id="a raw file"),
        pytest.param(b"RIFF\0\0\0\0WAVEfmt", "", id="sound in RIFF"),
        pytest.param(b"<html>", "", id="text"),
        pytest.param(b"", "", id="nothing"),
    ],
)
def test_content_says_what_a_file_is(head, container):
    assert container_of(head) == container


@pytest.mark.parametrize("folder", [HOSTILE, EXAMPLES], ids=["hostile", "cameras"])
@pytest.mark.parametrize("working", [False, True])
def test_no_file_breaks_decoding(folder, working):
    if not folder.is_dir():
        pytest.skip(f"needs the shared data in {folder.name}/")
    kb_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcomes = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        try:
            picture = open_picture(path, working=working)
        except UnreadablePicture as error:
            outcomes[path.name] = str(error)
        else:
            assert picture.mode == "RGB"
            assert picture.width * picture.height <= MAX_PIXELS
            outcomes[path.name] = "decoded"
    assert {"decoded"} < set(outcomes.values())
    assert all(outcomes.values())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - kb_before < 400_000


@pytest.mark.parametrize("size", [(70_000, 10), (10, 140_000), (66_000, 1)])
def test_a_strip_too_long_for_jpeg_can_still_be_shown(size):
    picture = open_picture(saved(Image.new("RGB", size, "red"), "PNG"), working=True)
    assert max(picture.size) == 65_500
    again = open_picture(saved(picture, "JPEG"))
    assert again.size == picture.size
    assert again.getpixel((0, 0)) == pytest.approx((255, 0, 0), abs=9)
