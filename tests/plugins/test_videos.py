"""Frames of a video are spread over it, show something and differ; a container that cannot seek gives its first."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from plugins.decoding import decoders
from plugins.pictures import UnreadablePicture, open_picture, opened
from plugins.videos import frame_at, open_frames, open_video, video_frames

RATE = 10  # frames a second


def video(
    path: Path | BytesIO,
    shades: Sequence[int],
    *,
    rotation: int = 0,
    size: tuple[int, int] = (64, 48),
    gop: int = 12,
    file_format: str | None = None,
) -> Path | BytesIO:
    """Write a video of grey frames, ten a second."""
    with av.open(path if isinstance(path, BytesIO) else str(path), "w", format=file_format) as out:
        stream = out.add_stream("mpeg4", rate=RATE)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = *size, "yuv420p", gop
        if rotation:
            stream.set_display_rotation(rotation)
        for shade in shades:
            frame = av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), shade, np.uint8), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def shades_of(source: Path | bytes, n: int) -> list[int]:
    return [round(frame.picture.getpixel((30, 20))[0], -1) for frame in open_frames(source, n)]


def scenes(*shades: int, seconds: int = 2) -> list[int]:
    return [shade for shade in shades for _ in range(seconds * RATE)]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".avi", ".mkv", ".3gp"])
def test_a_video_shows_its_first_frame_that_is_not_black(suffix, tmp_path):
    path = video(tmp_path / f"x{suffix}", [0, 0, 0, 200, 90])
    for source in (path, path.read_bytes()):
        picture = open_picture(source)
        assert (picture.mode, picture.size) == ("RGB", (64, 48))
        assert picture.getpixel((30, 20)) == pytest.approx((200, 200, 200), abs=8)
        [frame] = open_frames(source)
        assert frame.at_s == pytest.approx(0.3, abs=0.11)  # AVI counts frames, and not from the same one
        assert frame.picture.tobytes() == picture.tobytes()


def test_a_black_video_is_black(tmp_path):
    path = video(tmp_path / "x.mp4", scenes(0, 0))
    assert open_picture(path).getpixel((3, 3)) == pytest.approx((0, 0, 0), abs=4)
    assert len(open_frames(path, 4)) == 1


def test_a_turned_video_is_upright(tmp_path):
    path = video(tmp_path / "x.mp4", scenes(99, 200), rotation=90)
    assert open_picture(path).size == (48, 64)
    assert {frame.picture.size for frame in open_frames(path, 2)} == {(48, 64)}


@pytest.mark.parametrize("rotation", [0, 90])
def test_frames_come_at_their_working_size(rotation, tmp_path):
    path = video(tmp_path / "x.mp4", scenes(99, 200), size=(1920, 1440), rotation=rotation)
    size = (1280, 960) if not rotation else (960, 1280)
    assert [frame.picture.size for frame in open_frames(path, 2)] == [size, size]
    assert open_picture(path, working=True).size == size
    assert set(open_picture(path).size) == {1920, 1440}


@pytest.mark.parametrize(
    ("shades", "n", "seen"),
    [
        pytest.param(scenes(40, 80, 120, 160, 200), 1, [40], id="one frame is the first"),
        pytest.param(scenes(40, 80, 120, 160, 200), 2, [40, 120], id="the second is from the middle"),
        pytest.param(scenes(40, 80, 120, 160, 200), 4, [40, 120, 200], id="the first of 10 % looks like the first"),
        pytest.param(scenes(40, 200, 200, 200, 80), 4, [40, 200, 80], id="others from 10 to 90 %"),
        pytest.param(scenes(90, 90, 90), 4, [90], id="one view is one frame"),
        pytest.param(scenes(90, 0, 0, 0, 160), 4, [90, 160], id="black ones are left out"),
        pytest.param(scenes(90, 200, 90, 200, 90), 4, [90], id="alike is like the one before"),
        pytest.param([120], 4, [120], id="a video of one frame"),
    ],
)
def test_frames_are_spread_and_differ(shades, n, seen, tmp_path):
    path = video(tmp_path / "x.mp4", shades, gop=RATE)
    assert shades_of(path, n) == seen
    assert open_frames(path, n)[0].picture.tobytes() == open_picture(path).tobytes()


@pytest.mark.parametrize("gop", [5, 12, 600], ids=["many key frames", "few", "one"])
@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".avi", ".mkv", ".3gp"])
def test_frames_come_with_their_times_in_order(suffix, gop, tmp_path):
    path = video(tmp_path / f"x{suffix}", [40 + 2 * n for n in range(100)], gop=gop)
    for source in (path, path.read_bytes()):
        frames = open_frames(source, 4)
        times = [frame.at_s for frame in frames]
        assert all(b > a for a, b in pairwise(times))
        assert len(times) >= 3
        assert times == pytest.approx([0, 1, 5, 9][-len(times) :] if times[0] else [0, 1, 5, 9][: len(times)], abs=1.3)
        for frame in frames:  # each shows what is shown then; AVI's times are one frame off
            assert frame.picture.getpixel((30, 20))[0] == pytest.approx(40 + 2 * RATE * frame.at_s, abs=8)


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95])
def test_a_video_that_breaks_off_gives_what_it_has(cut, tmp_path):
    data = video(tmp_path / "x.mkv", scenes(40, 80, 120, 160, 200), gop=RATE).read_bytes()
    assert shades_of(data[: int(len(data) * cut)], 4)[0] == 40


def test_a_stream_that_does_not_say_how_long_it_is_gives_its_first_frame(tmp_path):
    class Stream(BytesIO):
        """What is written to a pipe: no header is completed afterwards."""

        def seekable(self) -> bool:
            return False

    out = Stream()
    video(out, scenes(90, 200), file_format="matroska", gop=RATE)
    assert shades_of(out.getvalue(), 4)[0] == 90


def test_time_that_is_up_gives_the_first_frame(tmp_path):
    path = video(tmp_path / "x.mp4", scenes(40, 80, 120, 160, 200), gop=RATE)
    assert len(open_frames(path, 4, seconds=0.0)) == 1


def test_a_still_is_one_frame_without_a_time(shared):
    [frame] = open_frames(shared / "hostile/made/animated.gif", 4)
    assert frame.at_s is None


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\0\0\0\x18ftypisom", id="a head without body"),
        pytest.param(b"\x1aE\xdf\xa3", id="Matroska without content"),
    ],
)
def test_what_cannot_be_played_is_one_error(data):
    with pytest.raises(UnreadablePicture, match=r"\w{4}"):
        open_frames(data, 4)


def test_a_video_stays_open_for_its_lender(tmp_path):
    path = video(tmp_path / "x.mp4", scenes(40, 80))
    with opened(path) as (file, container):
        video_frames(file, container, 2, working=False)
        assert not file.closed
        file.seek(0)
        open_video(file, container).close()


SUFFIXES = [".mp4", ".mov", ".avi", ".mkv", ".3gp"]


@pytest.mark.parametrize("gop", [5, 600], ids=["many key frames", "one"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_frame_at_a_moment_is_the_one_that_is_shown_then(suffix, gop, tmp_path):
    path = video(tmp_path / f"x{suffix}", [40 + 2 * n for n in range(100)], gop=gop, size=(80, 60), rotation=90)
    [first] = open_frames(path)
    for frame_number in (0, 1, 37, 50, 99):
        at_s = first.at_s + frame_number / RATE
        picture = frame_at(path, at_s)
        assert picture.size == (60, 80) or suffix in (".avi", ".mkv")  # those cannot say that it is turned
        assert picture.getpixel((30, 20))[0] == pytest.approx(40 + 2 * frame_number, abs=3)
        assert frame_at(path, at_s + 0.05).tobytes() == picture.tobytes()
    assert frame_at(path, -5.0).tobytes() == frame_at(path, first.at_s).tobytes()
    assert frame_at(path, 1e9).tobytes() == frame_at(path, first.at_s + 9.9).tobytes()


def test_a_frame_of_found_frames_is_found_again(tmp_path):
    path = video(tmp_path / "x.mp4", scenes(40, 80, 120, 160, 200), gop=7)
    for frame in open_frames(path, 4):
        assert frame_at(path, round(frame.at_s, 3)).tobytes() == frame.picture.tobytes()


def test_a_stream_that_cannot_be_sought_is_decoded_from_its_beginning():
    class Stream(BytesIO):
        def seekable(self) -> bool:
            return False

    out = Stream()
    video(out, scenes(40, 80, 120), file_format="matroska", gop=600)
    assert frame_at(out.getvalue(), 3.0).getpixel((30, 20))[0] == pytest.approx(80, abs=3)


def test_a_moment_that_cannot_be_reached_in_time_is_no_other_moment(tmp_path):
    path = video(tmp_path / "x.mp4", scenes(40, 80), gop=600)
    with pytest.raises(UnreadablePicture, match=r"frame at 3\.0 s cannot be reached"):
        frame_at(path, 3.0, seconds=0.0)


def test_a_still_has_no_moments(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "x.png")
    with pytest.raises(UnreadablePicture, match="no video"):
        frame_at(tmp_path / "x.png", 0.0)


def test_the_decoders_give_the_same_frame(tmp_path):
    path = video(tmp_path / "x.mp4", scenes(40, 80))
    for source in (path, path.read_bytes()):
        assert decoders().frame_at(source, 2.5).tobytes() == frame_at(path, 2.5).tobytes()
    with pytest.raises(UnreadablePicture, match="no video"):
        decoders().frame_at(b"nothing", 1.0)
