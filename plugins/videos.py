"""Frames of videos: the first one that shows something, and a few more spread over it, in bounded time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import av
import numpy as np
from av.error import FFmpegError
from PIL import Image

from plugins.pictures import MAX_PIXELS, UnreadablePicture, open_still, opened, working_size

MAX_FADE_FRAMES = 90  # three seconds of video: no fade-in from black is longer
MAX_VIDEO_S = 8.0
"""Wall time spent on one video: less than the 10 s after which `Decoders` ends whoever decodes it."""
FIRST_SHARE, LAST_SHARE = 0.1, 0.9  # of a video's length: its very ends show pockets and shoes
DARK = 32  # of 255: a frame that is nowhere lighter shows nothing; black in video is 16 at most
SAME_S = 0.0015  # a moment that was rounded to milliseconds is the same one
ALIKE = 3.0  # of 255: mean difference of two small frames below which the second adds nothing

_ROTATIONS = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}
_SMALL = (32, 32)


@dataclass(frozen=True, slots=True)
class Frame:
    """An upright RGB picture, and when in its video it is shown, in seconds; None for a still, or if unknown."""

    picture: Image.Image = field(repr=False)
    at_s: float | None = None


def open_frames(source: Path | bytes, n: int = 1, seconds: float = MAX_VIDEO_S) -> tuple[Frame, ...]:
    """Decode a picture, or up to n frames of a video, upright, in RGB and at their working size.

    Args:
        source: a file, or its bytes.
        n: how many frames of a video are wanted; a still is always one.
        seconds: wall time after which a video gives what it has.

    Raises:
        UnreadablePicture: with the reason, whatever is wrong with it.
        PictureNotThere: the file is gone, is no regular file, or cannot be read now.
    """
    with opened(source) as (file, container):
        if container in ("", "image"):
            return (Frame(open_still(file, working=True)),)
        return video_frames(file, container, n, working=True, seconds=seconds)


def video_frames(
    file: IO[bytes], container: str, n: int = 1, *, working: bool, seconds: float = MAX_VIDEO_S
) -> tuple[Frame, ...]:
    """Return the first frame of a video that shows something, then others from 10 % to 90 % of it, in order.

    Black ones and those that look like the one before are left out. They are key frames where the video has enough of
    them; a container that cannot seek, or does not say how long it is, gives the first frame alone.

    Args:
        file: the video, open for reading in binary; it stays open.
        container: what `pictures.container_of` says of it.
        n: how many frames are wanted, at least 1.
        working: return them at their `working_size`; else with all their pixels.
        seconds: wall time after which it gives what it has.

    Raises:
        UnreadablePicture: there is no frame that can be decoded.
        Exception: whatever FFmpeg makes of a broken file; `pictures.opened` names it.
    """
    end = time.monotonic() + seconds
    with closing(open_video(file, container)) as video:
        frames = [_first_frame(video, working, end)]
        length_s = max(0.0, (video.duration or 0) / av.time_base)
        if n > 1 and length_s:
            moments = np.linspace(FIRST_SHARE, LAST_SHARE, n - 1) * length_s if n > 2 else [length_s / 2]
            frames += _later_frames(video, [float(at) for at in moments], frames[0], working, end)
    return tuple(frames)


def frame_at(source: Path | bytes, at_s: float, seconds: float = MAX_VIDEO_S) -> Image.Image:
    """Return the frame that a video shows at a moment, upright, in RGB, with all its pixels.

    Before its first frame that is the first one, after its last the last. A file that somebody else may have made is
    for `Decoders.frame_at`, which does this in a process of its own.

    Args:
        source: a video, or its bytes.
        at_s: seconds since its beginning, as `Frame.at_s` counts them.
        seconds: wall time after which it is given up.

    Raises:
        UnreadablePicture: with the reason; also where that moment cannot be reached in time.
        PictureNotThere: the file is gone, is no regular file, or cannot be read now.
    """
    with opened(source) as (file, container):
        if container in ("", "image"):
            raise UnreadablePicture("it is no video")
        with closing(open_video(file, container)) as video:
            return frame_picture(decoded_at(video, at_s, time.monotonic() + seconds))


def look_at(source: Path | bytes, at_s: float, seconds: float) -> tuple[tuple[Frame, ...], None]:
    """Return `frame_at` as `Decoders.look` wants it."""
    return (Frame(frame_at(source, at_s, seconds), at_s),), None


def open_video(file: IO[bytes], container: str) -> Any:
    """Open a video that `container_of` recognised; the caller closes it.

    The container's name is given to FFmpeg, so that a play list under a video's name, which would be followed to
    other files and addresses, is never recognised as one.

    Raises:
        UnreadablePicture: it holds no moving picture, or one larger than `MAX_PIXELS`.
    """
    video = av.open(file, format=container, metadata_errors="replace")
    size = [(stream.width, stream.height) for stream in video.streams.video]
    if not size or size[0][0] * size[0][1] > MAX_PIXELS:
        video.close()
        raise UnreadablePicture(
            "it holds no moving picture, or is cut off" if not size else f"{size[0]} pixels are too large"
        )
    return video


def frame_picture(frame: Any, *, working: bool = False) -> Image.Image:
    """Return a decoded video frame as an upright RGB picture, at its `working_size` if asked for."""
    width, height = working_size(frame.width, frame.height) if working else (frame.width, frame.height)
    picture: Image.Image = frame.to_image(width=width, height=height, interpolation="AREA")
    turn = _ROTATIONS.get(round(frame.rotation) % 360)
    return picture.transpose(turn) if turn is not None else picture


def decoded_at(video: Any, at_s: float, end: float) -> Any:
    """Return the decoded frame that an open video shows at a moment; see `frame_at`.

    Args:
        video: what `open_video` returned.
        at_s: seconds since its beginning.
        end: the `time.monotonic` at which it is given up.

    Raises:
        UnreadablePicture: no frame can be decoded, or not in time.
        FFmpegError: it is broken between the key frame before and that moment.
    """
    at_s, last = max(0.0, at_s), None
    for decoded in _decoded_from(video, at_s):
        shown_s = time_of(video, decoded)
        if last is not None and (shown_s is None or shown_s > at_s + SAME_S):
            break
        last = decoded
        if shown_s is not None and abs(shown_s - at_s) <= SAME_S:
            break  # just this one: it need not be known when the next is shown
        if time.monotonic() > end:
            raise UnreadablePicture(f"its frame at {at_s:.1f} s cannot be reached in time")
    if last is None:
        raise UnreadablePicture("no frame of the video can be decoded")
    return last


def _decoded_from(video: Any, at_s: float) -> Iterator[Any]:
    """Yield frames from the key frame before a moment on; from the beginning where that cannot be found."""
    frames = video.decode(video.streams.video[0])
    if not sought(video, at_s):
        yield from frames
        return
    first = next(frames, None)
    if first is None or (time_of(video, first) or 0.0) > at_s + SAME_S:  # behind it: there is no true index
        sought(video, 0.0)
        yield from video.decode(video.streams.video[0])
        return
    yield first
    yield from frames


def sought(video: Any, at_s: float) -> bool:
    """Go to the last key frame before a moment of an open video; say whether its container can do that."""
    try:
        video.seek(round(at_s * av.time_base) + (video.start_time or 0), backward=True, any_frame=False)
    except (FFmpegError, OSError, ValueError, OverflowError):
        return False
    return True


def _first_frame(video: Any, working: bool, end: float) -> Frame:
    """Return the first frame that is not black (many fade in), or the very first one if all are."""
    first: Frame | None = None
    for count, decoded in enumerate(video.decode(video.streams.video[0])):
        frame = _frame(video, decoded, working)
        if _shows_something(frame.picture):
            return frame
        first = first or frame
        if count >= MAX_FADE_FRAMES or time.monotonic() > end:
            break
    if first is None:
        raise UnreadablePicture("no frame of the video can be decoded")
    return first


def _later_frames(video: Any, moments: list[float], first: Frame, working: bool, end: float) -> Iterator[Frame]:
    last = first
    for count, at_s in enumerate(moments):
        left_s = end - time.monotonic()
        if left_s <= 0:
            return
        try:
            decoded = _decoded_at(video, at_s, last.at_s or 0.0, time.monotonic() + left_s / (len(moments) - count))
        except (FFmpegError, OSError, ValueError):
            return  # broken from here on, or a container that cannot seek: what was before counts
        if decoded is None:
            continue
        frame = _frame(video, decoded, working)
        if _shows_something(frame.picture) and not _alike(frame.picture, last.picture):
            yield frame
            last = frame


def _decoded_at(video: Any, at_s: float, after_s: float, end: float) -> Any:
    """Return the key frame before a moment; where that is not a new one, the frame of the moment itself."""
    stream = video.streams.video[0]
    video.seek(round(at_s * av.time_base) + (video.start_time or 0), backward=True, any_frame=False)
    decoded, enough_s = None, after_s
    for decoded in video.decode(stream):
        shown_s = time_of(video, decoded)
        if shown_s is None or shown_s > enough_s or time.monotonic() > end:
            break
        enough_s = max(after_s, at_s)  # key frames are rare here
    return decoded


def _frame(video: Any, decoded: Any, working: bool) -> Frame:
    return Frame(frame_picture(decoded, working=working), time_of(video, decoded))


def time_of(video: Any, decoded: Any) -> float | None:
    """Return when a decoded frame of an open video is shown, in seconds since its beginning; None if it says not."""
    if decoded.time is None:
        return None
    return max(0.0, float(decoded.time) - (video.start_time or 0) / av.time_base)


def _shows_something(picture: Image.Image) -> bool:
    return max(picture.convert("L").resize(_SMALL).tobytes()) > DARK


def _alike(one: Image.Image, other: Image.Image) -> bool:
    a, b = (np.asarray(picture.resize(_SMALL), dtype=np.float32) for picture in (one, other))
    return float(np.abs(a - b).mean()) < ALIKE
