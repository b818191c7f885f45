"""Frames for covers: one of each shot at least, sharp and still, none black or twice, at most 32, in bounded time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from plugins.covers.video_frames import look
from plugins.videos import frame_at

RATE = 10
SIZE = (64, 48)


def scene(number: int) -> np.ndarray:
    """Return a picture unlike those of other numbers; black is -1."""
    if number < 0:
        return np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    patches = np.random.default_rng(number).integers(40, 255, (6, 8, 3), np.uint8)
    return np.asarray(Image.fromarray(patches).resize(SIZE, Image.Resampling.NEAREST))


def shots(*numbers: int, seconds: float = 2.0) -> list[np.ndarray]:
    return [scene(number) for number in numbers for _ in range(round(seconds * RATE))]


def video(
    to: Path | BytesIO, frames: Sequence[np.ndarray], gop: int = RATE, codec: str = "mpeg4", rotation: int = 0,
    pix_fmt: str = "yuv420p", times: Sequence[int] | None = None, file_format: str | None = None,
) -> Path | BytesIO:  # fmt: skip
    """Write a video, ten frames a second or at these tenths."""
    with av.open(to if isinstance(to, BytesIO) else str(to), "w", format=file_format) as out:
        stream = out.add_stream(codec, rate=RATE)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt, stream.codec_context.gop_size = pix_fmt, gop
        if rotation:
            stream.set_display_rotation(rotation)
        for n, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = times[n] if times else n
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return to


def found(source: Path | bytes, strict: bool = False, seconds: float = 20.0) -> tuple[list[float], str]:
    frames, (_, note) = look(source, strict, seconds)
    return [frame.at_s for frame in frames], note


@pytest.fixture(scope="session")
def five_shots(tmp_path_factory) -> Callable[..., Path]:
    """Return videos of five shots of two seconds, by suffix and key frame distance, each made once."""
    made: dict[tuple[str, int], Path] = {}

    def one(suffix: str = ".mp4", gop: int = RATE) -> Path:
        if (suffix, gop) not in made:
            path = tmp_path_factory.mktemp("videos") / f"x{suffix}"
            made[suffix, gop] = video(path, shots(1, 2, 3, 4, 5), gop, "vp8" if suffix == ".webm" else "mpeg4")
        return made[suffix, gop]

    return one


@pytest.mark.parametrize("strict", [False, True], ids=["default", "strict"])
@pytest.mark.parametrize("gop", [RATE, 600], ids=["a key frame a second", "one key frame"])
@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".avi", ".mkv", ".webm"])
def test_each_shot_has_one_frame(five_shots, suffix, gop, strict):
    path = five_shots(suffix, gop)
    times, note = found(path, strict)
    assert sorted({int(at_s // 2) for at_s in times}) == [0, 1, 2, 3, 4]
    assert note == ""
    frames, (measured, _) = look(path, strict, 20.0)
    for frame, (at_s, *measures) in zip(frames, measured, strict=True):
        assert frame.picture.tobytes() == frame_at(path, at_s).tobytes()
        assert all(0 <= one <= 1 for one in measures)
