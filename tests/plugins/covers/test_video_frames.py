"""Frames for covers: one of each shot at least, sharp and still, none black or twice, at most 32, in bounded time."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageFilter

from plugins.covers import _frame_samples
from plugins.covers.video_frames import MOST, cover_frames, frame_key, look
from plugins.pictures import PictureNotThere, UnreadablePicture
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


def test_the_sharpest_stillest_frame_of_a_shot_is_taken(tmp_path):
    """One shot of four seconds: blurred, sharp but moving, sharp and still, dark."""
    sharp = scene(1)
    blurred = np.asarray(Image.fromarray(sharp).filter(ImageFilter.GaussianBlur(1)))
    moving = [np.roll(sharp, 2 * tenth, axis=1) for tenth in range(RATE)]
    frames = [*[blurred] * RATE, *moving, *[sharp] * RATE, *[(0.7 * sharp).astype(np.uint8)] * RATE]
    path = video(tmp_path / "x.mp4", frames)
    [best] = [at_s for at_s in found(path)[0] if int(at_s) == 2]
    _, (measured, _) = look(path, False, 20.0)
    still = {at_s: stillness for at_s, _, _, stillness in measured}
    assert still[best] > 0.9


@pytest.mark.parametrize("strict", [False, True], ids=["default", "strict"])
@pytest.mark.parametrize(
    ("numbers", "seen"),
    [
        pytest.param((-1, 1, -1, 2, -1), {1, 3}, id="black ones are left out"),
        pytest.param((1, 2, 1, 2, 1), {0, 1}, id="what comes back is not taken twice"),
        pytest.param((-1, -1), set(), id="a black video has none"),
        pytest.param((7,), {0}, id="one view is one frame"),
    ],
)
def test_frames_show_something_else_each(numbers, seen, strict, tmp_path):
    times, _ = found(video(tmp_path / "x.mp4", shots(*numbers)), strict)
    assert len(times) == len(seen)
    alike = {number: place for place, number in reversed([*enumerate(numbers)])}
    assert {alike[numbers[int(at_s // 2)]] for at_s in times} == seen


def test_no_more_than_an_album_has_and_first_and_last_are_there(tmp_path):
    path = video(tmp_path / "x.mp4", shots(*range(50), seconds=1), gop=RATE)
    for strict in (False, True):
        times, _ = found(path, strict)
        assert len(times) == MOST
        assert all(b > a for a, b in pairwise(times))
        assert (int(times[0]), int(times[-1])) == (0, 49)


def test_a_long_video_is_looked_at_here_and_there(tmp_path, monkeypatch):
    monkeypatch.setattr(_frame_samples, "MOST_LOOKED_AT", 5)
    monkeypatch.setattr(_frame_samples, "ENOUGH_KEYS", 4)
    path = video(tmp_path / "x.mp4", shots(*range(20), seconds=1), gop=RATE)
    assert found(path)[0] == [0, 4, 9, 14, 19]
    one_key = video(tmp_path / "y.mp4", shots(*range(20), seconds=1), gop=600)
    assert len(found(one_key)[0]) in range(5, 11)


class Pipe(BytesIO):
    """What is written to a pipe: no header is completed afterwards, and there is no index."""

    def seekable(self) -> bool:
        return False


def odd(pix_fmt: str) -> Callable[[Path], Path]:
    return lambda folder: video(folder / "x.mkv", shots(1, 2), codec="ffv1", pix_fmt=pix_fmt)


def piped(folder: Path) -> Path:
    video(pipe := Pipe(), shots(1, 2), file_format="matroska")
    (folder / "x.mkv").write_bytes(pipe.getvalue())
    return folder / "x.mkv"


def claims_years(folder: Path) -> Path:
    """Say in the header that four seconds are thirty years."""
    data = bytearray(video(folder / "x.mkv", shots(1, 2)).read_bytes())
    at = data.index(b"\x44\x89\x88") + 3
    data[at : at + 8] = struct.pack(">d", 1e12)
    (folder / "x.mkv").write_bytes(data)
    return folder / "x.mkv"


def hours_apart(folder: Path) -> Path:
    """Say in the index that each frame is shown for a day."""
    data = bytearray(video(folder / "x.mp4", shots(1, 2)).read_bytes())
    at = data.index(b"stts") + 16
    data[at : at + 4] = (2**30).to_bytes(4, "big")
    (folder / "x.mp4").write_bytes(data)
    return folder / "x.mp4"


def cut(share: float, suffix: str) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        path = video(folder / f"x{suffix}", shots(1, 2))
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
        return path

    return made


def scratched(folder: Path) -> Path:
    """Overwrite each 40th byte of the first shot's pictures."""
    path = video(folder / "x.mkv", shots(1, 2), gop=5)
    data = bytearray(path.read_bytes())
    data[900 : len(data) // 2 : 40] = bytes(len(data[900 : len(data) // 2 : 40]))
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("make", "seen"),
    [
        pytest.param(lambda folder: video(folder / "x.mp4", shots(1)[:1]), {0}, id="one frame"),
        pytest.param(lambda folder: video(folder / "x.mp4", shots(1, 2), rotation=90), {0, 1}, id="rotated"),
        pytest.param(
            lambda folder: video(folder / "x.mp4", shots(1, 2), times=[n * n for n in range(40)]),
            {0, 20},
            id="a variable frame rate",
        ),
        pytest.param(
            lambda folder: video(folder / "x.mkv", shots(1, 2), times=range(-15, 25)), {0, 1}, id="a start before 0"
        ),
        pytest.param(odd("yuv420p10le"), {0, 1}, id="ten bits"),
        pytest.param(odd("yuv444p"), {0, 1}, id="all colours"),
        pytest.param(odd("bgr0"), {0, 1}, id="RGB"),
        pytest.param(odd("gray"), {0, 1}, id="grey"),
        pytest.param(odd("yuva420p"), {0, 1}, id="transparent"),
        pytest.param(piped, {0, 1}, id="no index and no length"),
        pytest.param(claims_years, {0, 1}, id="a header that claims years"),
        pytest.param(hours_apart, {0}, id="frames that last for days"),
        pytest.param(cut(0.6, ".mkv"), {0}, id="cut off"),
        pytest.param(scratched, {1}, id="scratched"),
    ],
)
def test_odd_videos_give_what_they_have(make, seen, tmp_path):
    path = make(tmp_path)
    for strict in (False, True):
        times, _ = found(path, strict)
        assert {int(at_s // 2) for at_s in times} >= seen
        frames, _ = look(path, strict, 20.0)
        assert {frame.picture.mode for frame in frames} == {"RGB"}
        assert [frame.picture.size for frame in frames] == [look(path, strict, 20.0)[0][0].picture.size] * len(frames)


def test_a_rotated_video_is_upright(tmp_path):
    frames, _ = look(video(tmp_path / "x.mp4", shots(1), rotation=90), False, 20.0)
    assert [frame.picture.size for frame in frames] == [(48, 64)]


def audio(folder: Path) -> Path:
    with av.open(str(folder / "x.mp4"), "w") as out:
        stream = out.add_stream("aac", rate=48_000)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 2_048), np.float32), "fltp", "mono")
        silence.sample_rate = 48_000
        out.mux(stream.encode(silence))
        out.mux(stream.encode())
    return folder / "x.mp4"


def written(data: bytes) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        (folder / "x.mp4").write_bytes(data)
        return folder / "x.mp4"

    return made


def huge(folder: Path) -> Path:
    big = np.tile(scene(1), (6, 5, 1))
    data = video(folder / "x.mkv", [big], codec="ffv1").read_bytes()
    for side, pixels in ((b"\xb0\x82", big.shape[1]), (b"\xba\x82", big.shape[0])):
        data = data.replace(side + pixels.to_bytes(2, "big"), side + (15_000).to_bytes(2, "big"), 1)
    return written(data)(folder)


def empty(folder: Path) -> Path:
    """Leave all samples out of the sample table."""
    data = bytearray(video(folder / "x.mp4", shots(1)).read_bytes())
    for atom, offset in ((b"stsz", 12), (b"stts", 8), (b"stsc", 8), (b"stco", 8), (b"stss", 8)):
        at = data.index(atom) + offset
        data[at : at + 4] = bytes(4)
    return written(bytes(data))(folder)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(audio, "no moving picture", id="sound alone"),
        pytest.param(empty, "no frame of the video", id="no second long"),
        pytest.param(cut(0.3, ".mp4"), r"broken|no moving picture|no frame", id="cut off before its index"),
        pytest.param(huge, "too large", id="dimensions that nobody has"),
        pytest.param(written(b"#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n"), "no video", id="a play list"),
        pytest.param(written(b"ffconcat version 1.0\nfile /etc/passwd\n"), "no video", id="a list of files"),
        pytest.param(written(b"\0\0\0\x18ftypisom" + b"x" * 500), r"\w{4}", id="noise after a head"),
        pytest.param(written(b"\x1aE\xdf\xa3" + b"x" * 500), r"\w{4}", id="noise as Matroska"),
        pytest.param(written(b""), "no video", id="nothing"),
    ],
)
def test_what_is_no_video_is_one_error(make, reason, tmp_path):
    path = make(tmp_path)
    for strict in (False, True):
        with pytest.raises(UnreadablePicture, match=reason):
            look(path, strict, 20.0)


def test_time_that_is_up_gives_what_was_seen_and_says_so(tmp_path):
    path = video(tmp_path / "x.mp4", shots(1, 2, 3), gop=600)
    times, note = found(path, seconds=0.0)
    assert len(times) <= 1
    assert note.startswith("only the first 0 s of 6 s were looked at")
    seekable = video(tmp_path / "y.mp4", shots(*range(9), seconds=1), gop=RATE)
    times, note = found(seekable, seconds=0.0)
    assert len(times) <= 2
    assert note.startswith("only 2 frames, spread over it, were looked at")


def test_it_runs_in_a_decoder(five_shots, tmp_path):
    said: list[str] = []
    for source in (five_shots(), five_shots().read_bytes()):
        frames = cover_frames(source, tell=said.append)
        there, (measured, _) = look(source, False, 20.0)
        assert [(one.at_s, one.sharpness, one.exposure, one.stillness) for one in frames] == measured
        assert [one.picture.tobytes() for one in frames] == [one.picture.tobytes() for one in there]
    assert said == []
    with pytest.raises(PictureNotThere):
        cover_frames(tmp_path / "gone.mp4")
    with pytest.raises(UnreadablePicture, match="no video"):
        cover_frames(b"\xff\xd8\xff")


def test_a_key_tells_frames_apart():
    assert frame_key("abc", 1.5) == "abc@1.500s"
    assert frame_key("abc", 1.5) != frame_key("abc", 1.501)


def test_what_is_seen_when_time_is_up_is_spread_over_the_video():
    moments = _frame_samples._coarse_first(np.arange(29.0))
    assert sorted(moments) == list(range(29))
    for n in (3, 6, 13):
        seen = sorted(moments[:n])
        assert max(b - a for a, b in pairwise([-1.0, *seen, 29.0])) <= 2 * 29 / n
