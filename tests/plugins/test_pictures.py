"""Every file becomes one upright RGB picture or one clear error, in bounded time and memory."""

from __future__ import annotations

import io
import os
import resource
import socket
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from plugins.pictures import (
    MAX_PIXELS,
    UnreadablePicture,
    container_of,
    open_picture,
    reduced,
    to_jpeg,
    upright_box,
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


def video(path: Path, shades: list[int], rotation: int = 0) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        if rotation:
            stream.set_display_rotation(rotation)
        for shade in shades:
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), shade, np.uint8), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


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
@pytest.mark.parametrize("min_px", [None, 4])
def test_every_mode_becomes_rgb(picture, file_format, colour, min_px):
    decoded = open_picture(saved(picture, file_format), min_px)
    assert decoded.mode == "RGB"
    assert decoded.getpixel((1, 1)) == pytest.approx(colour, abs=2)


def test_an_animation_is_its_first_frame():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert open_picture(data).getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
@pytest.mark.parametrize(
    ("size", "min_px", "shorter"),
    [
        pytest.param((1600, 1200), None, (1200, 1200), id="all of it without a wish"),
        pytest.param((1600, 1200), 5_000, (1200, 1200), id="never enlarged"),
        pytest.param((1600, 1200), 300, (300, 599), id="reduced, but not below the wish"),
        pytest.param((1200, 1600), 299, (299, 597), id="upright"),
        pytest.param((2000, 1), 10, (1, 1), id="a line"),
    ],
)
def test_min_px_is_the_shorter_side(file_format, size, min_px, shorter):
    picture = open_picture(saved(Image.new("RGB", size), file_format), min_px)
    assert shorter[0] <= min(picture.size) <= shorter[1]


def test_reducing_by_less_than_two_changes_nothing():
    picture = flag()
    assert reduced(picture, 40) is picture


def test_a_preview_says_nothing_about_its_photo():
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    data = to_jpeg(open_picture(saved(flag(), "JPEG", exif=exif)))
    assert b"Secret" not in data
    assert not Image.open(io.BytesIO(data)).getexif()


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
    with pytest.raises(UnreadablePicture, match="regular file"):
        open_picture(path)


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


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".avi", ".mkv", ".3gp"])
def test_a_video_shows_its_first_frame_that_is_not_black(suffix, tmp_path):
    path = video(tmp_path / f"x{suffix}", [0, 0, 0, 200, 90])
    for source in (path, path.read_bytes()):
        picture = open_picture(source)
        assert (picture.mode, picture.size) == ("RGB", (64, 48))
        assert picture.getpixel((30, 20)) == pytest.approx((200, 200, 200), abs=8)


def test_a_black_video_is_black(tmp_path):
    assert open_picture(video(tmp_path / "x.mp4", [0, 0])).getpixel((3, 3)) == pytest.approx((0, 0, 0), abs=4)


def test_a_turned_video_is_upright(tmp_path):
    assert open_picture(video(tmp_path / "x.mp4", [99], rotation=90)).size == (48, 64)


@pytest.mark.parametrize("folder", [HOSTILE, EXAMPLES], ids=["hostile", "cameras"])
@pytest.mark.parametrize("min_px", [None, 64])
def test_no_file_breaks_decoding(folder, min_px):
    if not folder.is_dir():
        pytest.skip(f"needs the shared data in {folder.name}/")
    kb_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcomes = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        try:
            picture = open_picture(path, min_px)
        except UnreadablePicture as error:
            outcomes[path.name] = str(error)
        else:
            assert picture.mode == "RGB"
            assert picture.width * picture.height <= MAX_PIXELS
            outcomes[path.name] = "decoded"
    assert {"decoded"} < set(outcomes.values())
    assert all(outcomes.values())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - kb_before < 400_000


@pytest.mark.parametrize("min_px", [None, 8, 64])
@pytest.mark.parametrize("size", [(70_000, 10), (10, 140_000), (66_000, 1)])
def test_a_strip_too_long_for_jpeg_can_still_be_shown(size, min_px):
    picture = open_picture(saved(Image.new("RGB", size, "red"), "PNG"), min_px)
    assert max(picture.size) <= 65_500
    again = open_picture(to_jpeg(picture))
    assert again.size == picture.size
    assert again.getpixel((0, 0)) == pytest.approx((255, 0, 0), abs=9)
