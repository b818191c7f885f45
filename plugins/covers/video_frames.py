"""Frames of a video that could be its cover: at most 32, spread over its shots, each sharp, well lit and still."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from PIL import Image

from plugins.covers._frame_choice import choose
from plugins.covers._frame_samples import BROKEN, LookedAt, all_decoded, length_of, look_through
from plugins.decoding import decoders
from plugins.features import picture_exposure, picture_sharpness
from plugins.pictures import UnreadablePicture, opened
from plugins.videos import SAME_S, Frame, decoded_at, frame_picture, open_video

VERSION: Final = "1"
"""Changes whenever the same video may give other frames."""

MOST: Final = 32
"""Frames that a cover is chosen from, as of any album."""

SECONDS, STRICT_SECONDS = 30.0, 300.0
"""The longest that one video may take, and the longest where every frame is looked at."""

LOOKING: Final = 0.5
"""Share of the time in which frames are looked at; in the rest the chosen ones are fetched."""

log = logging.getLogger("albumen")


@dataclass(frozen=True, slots=True)
class FoundFrame:
    """An upright RGB frame at its working size, when it is shown, and what was measured of it, 0 to 1.

    `stillness` says how little moves between it and the frames just after it.
    """

    at_s: float
    picture: Image.Image = field(repr=False)
    sharpness: float
    exposure: float
    stillness: float


def frame_key(content_key: str, at_s: float) -> str:
    """Return the key under which the store keeps the features of one frame of a video."""
    return f"{content_key}@{at_s:.3f}s"


def cover_frames(
    source: Path | bytes, strict: bool = False, tell: Callable[[str], None] = log.info, seconds: float | None = None
) -> list[FoundFrame]:
    """Return the frames of a video that could be its cover, in order of time: at most 32, none of a black video.

    It looks at key frames, at most one a second and 120 in all, and decodes no others where the container can be
    sought and has enough of them; else at one frame a second. It runs in a decoding process.

    Args:
        source: a video, or its bytes.
        strict: let all frames form the set that the 32 are chosen from.
        tell: is told in a sentence where time was up before the end of the video.
        seconds: the longest that it may take, if not `SECONDS` or `STRICT_SECONDS`.

    Raises:
        UnreadablePicture: with the reason; also for a still.
        PictureNotThere: the file cannot be read now.
        DecoderCannotStart: no video can be decoded.
    Source: patent 004 (CN111191059), claim 7.
    """
    longest = seconds or (STRICT_SECONDS if strict else SECONDS)
    asked = decoders().look(f"{__name__}:look", source, strict, seconds=longest)
    frames, (measured, note) = asked.result()
    if note:
        tell(note)
    return [FoundFrame(of_one[0], frame.picture, *of_one[1:]) for frame, of_one in zip(frames, measured, strict=True)]


def look(source: Path | bytes, strict: bool, seconds: float) -> tuple[list[Frame], tuple[list[tuple[float, ...]], str]]:
    """Find the frames, in this process, as `Decoders.look` wants them: with their measures, and a note or nothing."""
    began = time.monotonic()
    with opened(source) as (file, container):
        if container in ("", "image"):
            raise UnreadablePicture("it is no video")
        with closing(open_video(file, container)) as video:
            seen = look_through(video, strict, began + LOOKING * seconds)
            note = _note(seen, length_of(video), seconds)
        found = list(_found(file, container, seen, began + seconds))
    measured: list[tuple[float, ...]] = [(one.at_s, one.sharpness, one.exposure, one.stillness) for one in found]
    return [Frame(one.picture, one.at_s) for one in found], (measured, note)


def _note(seen: LookedAt, length_s: float, seconds: float) -> str:
    if not seen.is_cut:
        return ""
    why = f"more would take longer than {seconds:.0f} s"
    if seen.by_seeking:
        return f"only {len(seen.samples.at_s)} frames, spread over it, were looked at: {why}"
    of_all = f" of {length_s:.0f} s" if length_s > seen.until_s else ""
    return f"only the first {seen.until_s:.0f} s{of_all} were looked at: {why}"


def _found(file: IO[bytes], container: str, seen: LookedAt, end: float) -> Iterator[FoundFrame]:
    """Yield the chosen frames, decoded once more at their working size."""
    samples = seen.samples
    stillness = {round(float(samples.at_s[row]), 3): float(samples.stillness[row]) for row in choose(samples, MOST)}
    file.seek(0)
    with closing(open_video(file, container)) as video:
        fetch = _by_seeking if seen.by_seeking else _one_after_the_other
        for at_s, decoded in fetch(video, list(stillness), end):
            picture = frame_picture(decoded, working=True)
            yield FoundFrame(at_s, picture, picture_sharpness(picture), picture_exposure(picture), stillness[at_s])


def _by_seeking(video: Any, moments: Sequence[float], end: float) -> Iterator[tuple[float, Any]]:
    for at_s in moments:
        with suppress(*BROKEN):
            yield at_s, decoded_at(video, at_s, end)


def _one_after_the_other(video: Any, moments: Sequence[float], end: float) -> Iterator[tuple[float, Any]]:
    wanted = list(moments)
    for shown_s, decoded in all_decoded(video, end) if wanted else ():
        if shown_s >= wanted[0] - SAME_S:
            yield wanted.pop(0), decoded
        if not wanted:
            return
