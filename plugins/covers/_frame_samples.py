"""Frames of an open video, looked at in bounded time: key frames by seeking, or one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

import av
import numpy as np
from av.error import FFmpegError
from PIL import Image

from plugins.covers import Seconds
from plugins.covers._frame_choice import Samples, shows_something, view_of
from plugins.features import picture_exposure, picture_sharpness
from plugins.pictures import MAX_PIXELS, UnreadablePicture
from plugins.videos import SAME_S, sought, time_of

EVERY_S: Final = 1.0
"""At most one frame in so many seconds is looked at."""

MOST_LOOKED_AT: Final = 120
"""Frames of a video that are looked at, however long it is."""

ENOUGH_KEYS: Final = 32
"""Key frames that are enough to choose from."""

LOOK_PX: Final = 512
"""Longer side at which a frame is looked at."""

SMALL_PX: Final = (64, 36)
"""Size at which two frames are compared: a trembling hand is less than a pixel."""

NEAR_S: Final = 0.12
"""What moves is seen by a frame this much later."""

NEAR_PACKETS: Final = 3
"""With the key frame; more are not decoded for that, as they cost most of the time in large videos."""

HALF_STILL: Final = 4.0
"""Mean difference, of 255, of two small frames `NEAR_S` apart at which the first counts as half still."""

LOST_PACKETS: Final = 2_000
"""A stream without a key frame for so long is broken here: a minute of video has 1,500 frames."""


BROKEN: Final = (FFmpegError, OSError, ValueError)
"""What FFmpeg raises where a video is broken."""


@dataclass(frozen=True, slots=True)
class _Looked:
    at_s: float
    small: Image.Image
    sharpness: float
    exposure: float
    stillness: float = 1.0


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What was seen of a video; `by_seeking` says how, `is_cut` that time was up, one after the other at `until_s`."""

    samples: Samples
    by_seeking: bool
    is_cut: bool = False
    until_s: float = 0.0


def look_through(video: Any, strict: bool, end: float) -> LookedAt:
    """Look at frames spread over a video: key frames where there are enough, else at each second; strict: at all.

    Args:
        video: what `plugins.videos.open_video` returned.
        strict: decode every frame, and look at it.
        end: the `time.monotonic` until which it looks.

    Raises:
        UnreadablePicture: there is no frame that can be decoded.
    """
    keys = [] if strict else _key_frames(video, end)
    is_up = time.monotonic() > end
    if keys and (len(keys) >= _wanted(video) or (is_up and len(keys) > 1)):
        return LookedAt(_samples(keys), by_seeking=True, is_cut=is_up)
    sought(video, 0.0)
    looked, until_s = _one_after_the_other(video, 0.0 if strict else EVERY_S, end)
    if not looked:
        raise UnreadablePicture("no frame of the video can be decoded")
    return LookedAt(_samples(looked), by_seeking=False, is_cut=until_s is not None, until_s=until_s or 0.0)


def length_of(video: Any) -> float:
    """Return how long a video says that it is, in seconds; 0 where it does not."""
    return max(0.0, (video.duration or 0) / av.time_base)


def _wanted(video: Any) -> float:
    """Return how many key frames are enough; of one that does not say how long it is, no number is."""
    return max(1.0, min(ENOUGH_KEYS, length_of(video) / 2)) if length_of(video) else float("inf")


def _key_frames(video: Any, end: float) -> list[_Looked]:
    """Look at key frames spread over the video; none where it cannot be sought.

    How long it is tells its last key frame: a header may claim anything.
    """
    seen: set[float] = set()
    first, last = (_key_frame_at(video, at_s, seen) for at_s in (0.0, length_of(video)))
    found = [one for one in (first, last) if one is not None]
    if len(found) < 2:
        return found
    n = min(MOST_LOOKED_AT, int((found[1].at_s - found[0].at_s) / EVERY_S) + 1)
    for at_s in _coarse_first(np.linspace(found[0].at_s, found[1].at_s, max(2, n))[1:-1]):
        if time.monotonic() > end:
            break
        looked = _key_frame_at(video, at_s, seen)
        found += [looked] if looked is not None else []
    return sorted(found, key=lambda one: one.at_s)


def _coarse_first(moments: Seconds) -> list[float]:
    """Return moments so that they are spread over the video however soon time is up."""
    parts = (moments[::8], moments[4::8], moments[2::4], moments[1::2])
    return [float(at_s) for part in parts for at_s in part]


def _key_frame_at(video: Any, at_s: float, seen: set[float]) -> _Looked | None:
    """Look at the last key frame before a moment, and at what comes just after it, unless it was seen already."""
    if not sought(video, at_s):
        return None
    timed = list(_just_decoded(video, seen))
    if not timed:
        return None
    (shown_s, frame), (later_s, later) = timed[0], timed[-1]
    looked = _looked(frame, shown_s)
    return looked if later is frame else _with_stillness(looked, _small(_picture(later)), later_s)


def _just_decoded(video: Any, seen: set[float]) -> Iterator[tuple[float, Any]]:
    """Yield the key frame at which an open video stands, and those `NEAR_S` after it, with their times."""
    stream = video.streams.video[0]
    key_s: float | None = None
    n_packets = 0
    with suppress(*BROKEN):  # what came before counts
        for count, packet in enumerate(video.demux(stream)):
            if key_s is None:
                if count > LOST_PACKETS or (packet.is_keyframe and _packet_s(packet) in seen):
                    return
                if not packet.is_keyframe:
                    continue
                key_s = _packet_s(packet)
                seen.add(key_s)
            n_packets += 1
            yield from _timed(video, stream.codec_context.decode(packet), key_s)
            if n_packets >= NEAR_PACKETS or _packet_s(packet) > key_s + NEAR_S:
                break
        yield from _timed(video, stream.codec_context.decode(None), key_s or 0.0)


def _packet_s(packet: Any) -> float:
    shown = packet.pts if packet.pts is not None else packet.dts
    return float(shown * packet.time_base) if shown is not None else 0.0


def _timed(video: Any, frames: list[Any], from_s: float) -> Iterator[tuple[float, Any]]:
    """Yield frames with their times, but for those that hang on frames before the key frame."""
    for frame in frames:
        shown_s = time_of(video, frame)
        if shown_s is not None and float(frame.time) >= from_s - SAME_S:
            yield shown_s, frame


def _one_after_the_other(video: Any, every_s: float, end: float) -> tuple[list[_Looked], float | None]:
    """Decode a video from its beginning and look at a frame each so many seconds, fewer of a long one; 0: at all."""
    found: list[_Looked] = []
    due_s, waiting, shown_s = float("-inf"), False, 0.0
    for shown_s, frame in all_decoded(video, end):
        looked = _looked(frame, shown_s) if shown_s >= due_s else None
        if waiting and (shown_s >= found[-1].at_s + NEAR_S or not every_s):
            small = looked.small if looked is not None else _small(_picture(frame))
            found[-1], waiting = _with_stillness(found[-1], small, shown_s), False
        if looked is not None:
            found.append(looked)
            due_s, waiting = shown_s + every_s, True
        if every_s and len(found) > 2 * MOST_LOOKED_AT:
            found, every_s = found[::2], 2 * every_s
            due_s = found[-1].at_s + every_s
    return found, shown_s if time.monotonic() > end else None


def all_decoded(video: Any, end: float) -> Iterator[tuple[float, Any]]:
    """Yield the frames of a video with ascending times, until it ends or time is up; what is broken is left out.

    Args:
        video: what `plugins.videos.open_video` returned, at its beginning.
        end: the `time.monotonic` from which on it yields one frame more.
    """
    last_s = -1.0
    with suppress(*BROKEN):
        for packet in video.demux(video.streams.video[0]):
            is_up = time.monotonic() > end
            for shown_s, frame in _decoded(video, packet):
                if shown_s > last_s:
                    last_s = shown_s
                    yield shown_s, frame
            if is_up:
                return


def _decoded(video: Any, packet: Any) -> list[tuple[float, Any]]:
    try:
        return list(_timed(video, packet.decode(), float("-inf")))
    except BROKEN:
        return []


def _looked(frame: Any, at_s: float) -> _Looked:
    picture = _picture(frame)
    return _Looked(at_s, _small(picture), picture_sharpness(picture), picture_exposure(picture))


def _picture(frame: Any) -> Image.Image:
    if frame.width * frame.height > MAX_PIXELS:  # a stream may change its size
        raise UnreadablePicture(f"a frame of {frame.width} × {frame.height} pixels is too large")
    share = min(1.0, LOOK_PX / max(frame.width, frame.height))
    width, height = (max(1, round(side * share)) for side in (frame.width, frame.height))
    picture: Image.Image = frame.to_image(width=width, height=height, interpolation="AREA")
    return picture


def _small(picture: Image.Image) -> Image.Image:
    return picture.resize(SMALL_PX, Image.Resampling.BOX)


def _with_stillness(looked: _Looked, later: Image.Image, later_s: float) -> _Looked:
    one, other = (np.asarray(small, dtype=np.float32) for small in (looked.small, later))
    moved = float(np.abs(one - other).mean()) * NEAR_S / max(later_s - looked.at_s, NEAR_S / NEAR_PACKETS)
    return replace(looked, stillness=HALF_STILL / (HALF_STILL + moved))


def _samples(looked: list[_Looked]) -> Samples:
    def column(values: Any) -> Any:
        return np.array(values, np.float32)

    return Samples(
        at_s=np.array([one.at_s for one in looked]),
        views=np.stack([view_of(one.small) for one in looked]),
        shows=np.array([shows_something(one.small) for one in looked], np.bool_),
        sharpness=column([one.sharpness for one in looked]),
        exposure=column([one.exposure for one in looked]),
        stillness=column([one.stillness for one in looked]),
    )
